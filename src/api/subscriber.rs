//! One subscription, as the hub sees it: where its samples go.

use super::queue::Queue;
use crate::client::{Error, FeedGap};
use crate::series::Columns;
use core::task::{Context, Poll};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A sample on its way to its feed.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) payload: String,
    pub(super) attachments: Vec<Vec<u8>>,
    /// What was missed before it.
    pub(super) gap: Option<FeedGap>,
}

impl Delivery {
    pub(super) const fn new(payload: String, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            payload,
            attachments,
            gap: None,
        }
    }
}

/// Gaps that a series keeps; the oldest go.
const MOST_GAPS: usize = 1024;

/// What the hub and the handle of a subscription share.
pub(super) struct Subscriber {
    state: Mutex<State>,
    samples: Queue<Delivery>,
    /// That a series has new samples.
    updates: Queue<()>,
    is_series: bool,
}

#[derive(Default)]
struct State {
    feed_id: String,
    received: u64,
    dropped: u64,
    /// Of a feed, what comes with the next sample; of a series, all there were.
    gaps: Vec<FeedGap>,
    error: Option<Error>,
    /// Of a series that has ended; the core has them before.
    columns: Option<Columns>,
}

impl Subscriber {
    /// Of a feed whose reader may leave that many samples unread.
    pub(super) fn of_feed(queue: usize) -> Self {
        Self::new(queue, false)
    }

    /// Of a series.
    pub(super) fn of_series() -> Self {
        Self::new(1, true)
    }

    fn new(queue: usize, is_series: bool) -> Self {
        Self {
            state: Mutex::default(),
            samples: Queue::new(queue),
            updates: Queue::new(1),
            is_series,
        }
    }

    pub(super) fn is_series(&self) -> bool {
        self.is_series
    }

    pub(super) fn opened(&self, feed_id: &str, dropped: u64) {
        let mut state = self.lock();
        feed_id.clone_into(&mut state.feed_id);
        state.dropped = dropped;
    }

    pub(super) fn deliver(&self, mut delivery: Delivery) {
        {
            let mut state = self.lock();
            state.received += 1;
            delivery.gap = state.gaps.drain(..).reduce(join);
        }
        // The gap before a sample that has to go is before the next one.
        self.samples.push(delivery, |oldest, next| {
            next.gap = oldest.gap.into_iter().chain(next.gap.take()).reduce(join);
        });
    }

    pub(super) fn resumed(&self, feed_id: &str, gap: &FeedGap) {
        let mut state = self.lock();
        feed_id.clone_into(&mut state.feed_id);
        if state.gaps.len() >= MOST_GAPS {
            state.gaps.remove(0);
        }
        state.gaps.push(gap.clone());
    }

    pub(super) fn updated(&self) {
        self.updates.push((), |(), ()| {});
    }

    pub(super) fn keep_columns(&self, columns: Columns) {
        self.lock().columns = Some(columns);
    }

    /// The feed has ended; what is queued is still read.
    pub(super) fn end(&self, error: Option<Error>) {
        self.lock().error = error;
        self.samples.close(false);
        self.updates.close(false);
    }

    /// The caller has ended it: nothing more is read.
    pub(super) fn stop(&self) {
        self.samples.close(true);
        self.updates.close(true);
    }

    pub(super) fn poll_sample(&self, context: &mut Context<'_>) -> Poll<Option<Delivery>> {
        self.samples.poll_next(context)
    }

    pub(super) fn poll_update(&self, context: &mut Context<'_>) -> Poll<Option<()>> {
        self.updates.poll_next(context)
    }

    pub(super) fn feed_id(&self) -> String {
        self.lock().feed_id.clone()
    }

    pub(super) fn received(&self) -> u64 {
        self.lock().received
    }

    /// Samples that had to go, at the start or in the queue.
    pub(super) fn dropped(&self) -> u64 {
        self.lock().dropped + self.samples.dropped()
    }

    pub(super) fn gaps(&self) -> Vec<FeedGap> {
        self.lock().gaps.clone()
    }

    pub(super) fn error(&self) -> Option<Error> {
        self.lock().error.clone()
    }

    /// Reads the columns of a series that has ended.
    pub(super) fn read_ended<T>(&self, read: impl FnOnce(&Columns) -> T) -> Option<T> {
        self.lock().columns.as_ref().map(read)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One gap for two, between which no sample was read.
fn join(first: FeedGap, second: FeedGap) -> FeedGap {
    FeedGap {
        to: second.to,
        ..first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Instant;
    use core::task::Waker;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn gap(from: u64, to: u64) -> FeedGap {
        FeedGap {
            from: Some(Instant::from_millis(from)),
            to: Instant::from_millis(to),
            last_message_id: Some(from.to_string()),
            last_was_parsed_by_driver: false,
        }
    }

    fn next(subscriber: &Subscriber) -> Option<Delivery> {
        match subscriber.poll_sample(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(delivery) => delivery,
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_gap_is_before_the_next_sample_that_is_read() {
        let subscriber = Subscriber::of_feed(1);
        let sample = |payload: &str| Delivery::new(payload.to_owned(), Vec::new());
        subscriber.resumed("a", &gap(1, 2));
        subscriber.resumed("b", &gap(3, 4));
        subscriber.deliver(sample("lost"));
        subscriber.resumed("c", &gap(5, 6));
        subscriber.deliver(sample("read"));
        let read = next(&subscriber).unwrap();
        let gap = read.gap.unwrap();
        assert_eq!(read.payload, "read");
        assert_eq!(gap.from, Some(Instant::from_millis(1)));
        assert_eq!(gap.to, Instant::from_millis(6));
        assert_eq!(gap.last_message_id.as_deref(), Some("1"));
        assert_eq!((subscriber.received(), subscriber.dropped()), (2, 1));
        subscriber.deliver(sample("after"));
        assert!(next(&subscriber).unwrap().gap.is_none());
    }
}
