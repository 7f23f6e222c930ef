//! What the runtime needs of a network.

use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;

/// A socket to come, or why there is none, on one line.
pub type Opening = Pin<Box<dyn Future<Output = Result<Box<dyn Socket>, String>> + Send>>;

/// Opens WebSockets.
pub trait Connect: Send + Sync {
    /// Opens a WebSocket to a `ws:` or `wss:` URL, which holds the token. Dropped, it gives up.
    fn connect(&self, url: &str) -> Opening;
}

/// An open WebSocket. Its methods are polled as a future is: where they wait, they have the waker
/// called once they can go on. Errors are one line for people.
pub trait Socket: Send {
    /// The next message; `None` once the other side has closed.
    ///
    /// # Errors
    /// The socket is broken.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, String>>>;

    /// Takes frames from the front and sends them. Ready when all have gone out.
    ///
    /// # Errors
    /// The socket is broken.
    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        frames: &mut VecDeque<Frame>,
    ) -> Poll<Result<(), String>>;

    /// Closes. Ready when that is done, well or not.
    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()>;
}
