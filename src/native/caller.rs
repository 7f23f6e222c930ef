//! The caller's code: a panic in it must not take down the client.

use super::socket::Socket;
use crate::engine::Frame;
use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the caller's code, such as a waker. `None` if it panics, which the panic hook has reported
/// by then.
pub(crate) fn caught<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run)).ok()
}

/// A socket whose panics are errors.
pub(super) struct Guarded(pub(super) Box<dyn Socket>);

impl Guarded {
    pub(super) fn poll_read(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame, String>>> {
        caught(|| self.0.poll_read(context)).unwrap_or_else(|| Poll::Ready(Some(Err(panicked()))))
    }

    pub(super) fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        frames: &mut VecDeque<Frame>,
    ) -> Poll<Result<(), String>> {
        caught(|| self.0.poll_write(context, frames))
            .unwrap_or_else(|| Poll::Ready(Err(panicked())))
    }

    pub(super) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        caught(|| self.0.poll_close(context)).unwrap_or(Poll::Ready(()))
    }
}

fn panicked() -> String {
    "the socket panicked".to_owned()
}
