//! What differs between the platforms: natively everything can move between threads, in WebAssembly
//! what holds JavaScript cannot.

use crate::client::Error;
use crate::device::Token;
use core::future::Future;
use core::pin::Pin;

#[cfg(not(target_arch = "wasm32"))]
pub(super) use super::native::Link;
#[cfg(target_arch = "wasm32")]
pub(super) use super::web::Link;

/// A shared pointer.
#[cfg(target_arch = "wasm32")]
pub(super) use std::rc::Rc as Shared;
#[cfg(not(target_arch = "wasm32"))]
pub(super) use std::sync::Arc as Shared;

/// `Send` natively; nothing in WebAssembly.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSend: Send {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send> MaybeSend for T {}
/// `Send` natively; nothing in WebAssembly.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSend {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSend for T {}

/// `Send + Sync` natively; nothing in WebAssembly.
#[cfg(not(target_arch = "wasm32"))]
pub trait MaybeSync: Send + Sync {}
#[cfg(not(target_arch = "wasm32"))]
impl<T: Send + Sync> MaybeSync for T {}
/// `Send + Sync` natively; nothing in WebAssembly.
#[cfg(target_arch = "wasm32")]
pub trait MaybeSync {}
#[cfg(target_arch = "wasm32")]
impl<T> MaybeSync for T {}

/// A token to come.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, TokenFailure>> + Send>>;
#[cfg(target_arch = "wasm32")]
pub(super) type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, TokenFailure>>>>;

/// A function that gives a token, or says why there is none.
#[cfg(not(target_arch = "wasm32"))]
pub(super) type TokenFunction = Box<dyn Fn() -> TokenFuture + Send + Sync>;
#[cfg(target_arch = "wasm32")]
pub(super) type TokenFunction = Box<dyn Fn() -> TokenFuture>;

/// Why a function gave no token.
pub(super) enum TokenFailure {
    /// It failed; in its own words.
    Failed(String),
    /// What it gave is none.
    Unusable(Error),
}
