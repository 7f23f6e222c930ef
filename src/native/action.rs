//! What a runtime asks of its thread.

use super::socket::Opening;
use crate::client::{Attempt, Error};
use crate::device::Token;
use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use futures_channel::oneshot;

/// A token to come.
pub(crate) type TokenFuture = Pin<Box<dyn Future<Output = Result<Token, Error>> + Send>>;

/// What the driver is to do.
pub(super) enum Action {
    AwaitToken(Attempt, TokenFuture),
    Open(Attempt, Opening),
    Send(Attempt, Frame),
    Close(Attempt),
    /// Look at the deadline.
    Wake,
    /// Tell when everything has gone out.
    Flush(oneshot::Sender<()>),
}
