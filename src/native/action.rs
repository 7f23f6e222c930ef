//! The actions that a runtime requests from its thread.

use super::socket::Opening;
use crate::client::{Attempt, Error};
use crate::device::Token;
use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use futures_channel::oneshot;

/// The future of a token.
pub(crate) type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, Error>> + Send>>;

/// An action for the driver.
pub(super) enum Action {
    AwaitToken(Attempt, TokenFuture),
    Open(Attempt, Opening),
    Send(Attempt, Frame),
    Close(Attempt),
    /// Check the deadline again.
    Wake,
    /// Report when everything has been sent.
    Flush(oneshot::Sender<()>),
}
