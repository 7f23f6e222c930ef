//! The caller's code: a panic in it must not take down the client.

use super::socket::Socket;
use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the caller's code, such as a waker. `None` if it panics, which the panic hook has reported
/// by then.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

/// Something of the caller's that may panic, also while it is dropped.
pub(crate) struct Guarded<T>(Option<T>);

impl<T> Guarded<T> {
    pub(crate) fn new(of_caller: T) -> Self {
        Self(Some(of_caller))
    }

    /// `None` if it panics.
    fn run<R>(&mut self, run: impl FnOnce(&mut T) -> R) -> Option<R> {
        let of_caller = self.0.as_mut()?;
        caught(|| run(of_caller))
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        let _ = caught(|| drop(self.0.take()));
    }
}

/// Resolves to `None` if the future panics.
impl<F: Future + Unpin> Future for Guarded<F> {
    type Output = Option<F::Output>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.run(|future| Pin::new(future).poll(context)) {
            Some(polled) => polled.map(Some),
            None => Poll::Ready(None),
        }
    }
}

/// A panic is an error of the socket.
impl Guarded<Box<dyn Socket>> {
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame, String>>> {
        self.run(|socket| socket.poll_read(context))
            .unwrap_or_else(|| Poll::Ready(Some(Err(panicked()))))
    }

    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        frames: &mut VecDeque<Frame>,
    ) -> Poll<Result<(), String>> {
        self.run(|socket| socket.poll_write(context, frames))
            .unwrap_or_else(|| Poll::Ready(Err(panicked())))
    }

    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.run(|socket| socket.poll_close(context))
            .unwrap_or(Poll::Ready(()))
    }
}

fn panicked() -> String {
    "the socket panicked".to_owned()
}
