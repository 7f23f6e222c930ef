//! The differences between the platforms: natively everything can move between threads; in
//! WebAssembly, values that hold JavaScript objects cannot.

use crate::client::Error;
use crate::device::Token;
use core::future::Future;
use core::pin::Pin;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use super::native::{Link, link};
#[cfg(target_arch = "wasm32")]
pub(super) use super::web::{Link, link};

#[cfg(not(target_arch = "wasm32"))]
pub(super) use crate::native::caught;
/// Runs the caller's code. A panic in WebAssembly cannot be caught.
#[cfg(target_arch = "wasm32")]
pub(super) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    Some(run())
}

/// A shared pointer.
#[cfg(target_arch = "wasm32")]
pub(super) use std::rc::Rc as Shared;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use std::sync::Arc as Shared;

/// `Send` natively; no bound in WebAssembly.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send> MaybeSend for T {}
/// `Send` natively; no bound in WebAssembly.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSend {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSend for T {}

/// `Send + Sync` natively; no bound in WebAssembly.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSync: Send + Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + Sync> MaybeSync for T {}
/// `Send + Sync` natively; no bound in WebAssembly.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSync {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSync for T {}

/// The future of a token.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, TokenFailure>> + Send>>;
#[cfg(target_arch = "wasm32")]
pub(super) type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, TokenFailure>>>>;

/// A function that returns a token, or the reason why there is none.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type TokenFunction = Box<dyn Fn() -> TokenFuture + Send + Sync>;
#[cfg(target_arch = "wasm32")]
pub(super) type TokenFunction = Box<dyn Fn() -> TokenFuture>;

/// Why a function returned no token.
pub(super) enum TokenFailure {
    /// It failed, with this message.
    Failed(String),
    /// It returned something that is not a valid token.
    Unusable(Error),
}
