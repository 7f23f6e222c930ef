//! The network interface of the runtime.

use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;

/// The future of a socket, or of the reason why there is none, on one line.
pub type Opening = Pin<Box<dyn Future<Output = Result<Box<dyn Socket>, String>> + Send>>;

/// Opens WebSockets.
pub trait Connect: Send + Sync {
    /// Opens a WebSocket to a `ws:` or `wss:` URL, which contains the token. Dropping the future
    /// cancels it. Called on the client's own thread; a panic fails the attempt.
    fn connect(&self, url: &str) -> Opening;
}

/// An open WebSocket. Its methods are polled like a future: if they return `Pending`, they wake the
/// waker once they can continue. Errors are one line of human-readable text. A panic is
/// an error, too.
pub trait Socket: Send {
    /// The next message; `None` once the other side has closed.
    ///
    /// # Errors
    /// The socket is broken.
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, String>>>;

    /// Takes frames from the front of the queue and sends them. Ready when all have been sent.
    ///
    /// # Errors
    /// The socket is broken.
    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        frames: &mut VecDeque<Frame>,
    ) -> Poll<Result<(), String>>;

    /// Closes the socket. Ready when it has closed or closing has failed.
    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()>;
}
