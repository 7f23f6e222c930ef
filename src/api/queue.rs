//! A bounded queue with one reader: holds a stream's items for a slow consumer.

use super::platform::caught;
use core::task::{Context, Poll, Waker};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Items waiting for a stream. If there are too many, the oldest are dropped.
pub(super) struct Queue<T>(Mutex<Contents<T>>);

struct Contents<T> {
    items: VecDeque<T>,
    limit: usize,
    dropped: u64,
    is_closed: bool,
    waker: Option<Waker>,
}

impl<T> Queue<T> {
    /// An empty queue for at most `limit` items, but at least one.
    pub(super) fn new(limit: usize) -> Self {
        Self(Mutex::new(Contents {
            items: VecDeque::new(),
            limit: limit.max(1),
            dropped: 0,
            is_closed: false,
            waker: None,
        }))
    }

    /// Adds an item. On overflow, `on_overflow` gets the item being dropped and the one after it.
    pub(super) fn push(&self, item: T, on_overflow: impl FnOnce(T, &mut T)) {
        let waker = {
            let mut state = self.lock();
            if state.is_closed {
                return;
            }
            state.items.push_back(item);
            if state.items.len() > state.limit {
                let oldest = state.items.pop_front();
                state.dropped += 1;
                if let Some((oldest, next)) = oldest.zip(state.items.front_mut()) {
                    on_overflow(oldest, next);
                }
            }
            state.waker.take()
        };
        wake(waker);
    }

    /// Closes the queue. Queued items can still be read, unless `forget` is set.
    pub(super) fn close(&self, forget: bool) {
        let (waker, _forgotten) = {
            let mut state = self.lock();
            state.is_closed = true;
            let forgotten = forget.then(|| core::mem::take(&mut state.items));
            (state.waker.take(), forgotten)
        };
        wake(waker);
    }

    /// The next item; `None` at the end.
    pub(super) fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let mut state = self.lock();
        if let Some(item) = state.items.pop_front() {
            return Poll::Ready(Some(item));
        }
        if state.is_closed {
            return Poll::Ready(None);
        }
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// How many items were dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped
    }

    /// A poisoned lock is safe to use: no consumer code runs while it is held.
    fn lock(&self) -> MutexGuard<'_, Contents<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Called without the lock, since a waker may poll immediately. A waker that panics concerns only
/// its own task.
fn wake(waker: Option<Waker>) {
    if let Some(waker) = waker {
        caught(|| waker.wake());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn read(queue: &Queue<u32>) -> Poll<Option<u32>> {
        queue.poll_next(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn overflow_drops_and_counts_the_oldest() {
        let queue = Queue::new(2);
        for item in [1, 2, 3] {
            queue.push(item, |oldest, next| *next += 10 * oldest);
        }
        assert_eq!(queue.dropped(), 1);
        assert_eq!(read(&queue), Poll::Ready(Some(12)));
        assert_eq!(read(&queue), Poll::Ready(Some(3)));
        assert_eq!(read(&queue), Poll::Pending);
    }

    #[test]
    fn queued_items_are_readable_after_the_end_unless_cleared() {
        for (forget, first) in [(false, Some(1)), (true, None)] {
            let queue = Queue::new(5);
            queue.push(1, |_, _| {});
            queue.close(forget);
            queue.push(2, |_, _| {});
            assert_eq!(read(&queue), Poll::Ready(first));
            assert_eq!(read(&queue), Poll::Ready(None));
        }
    }
}
