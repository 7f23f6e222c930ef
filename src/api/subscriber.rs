//! One subscription as the hub sees it: the target of its samples.

use super::queue::Queue;
use crate::client::{Error, FeedGap, Payload};
use crate::series::Columns;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A sample on its way to a feed.
#[derive(Clone, Debug)]
pub(super) struct Delivery {
    pub(super) payload: Payload,
    /// What was missed before this sample.
    pub(super) gap: Option<FeedGap>,
}

impl Delivery {
    pub(super) const fn new(payload: Payload) -> Self {
        Self { payload, gap: None }
    }
}

/// Gaps that a series keeps; the oldest are dropped.
const MOST_GAPS: usize = 1024;

/// The state shared by the hub and a subscription's handle.
pub(super) struct Subscriber {
    state: Mutex<FeedRecord>,
    pub(super) samples: Queue<Delivery>,
    /// Signals that a series has new samples.
    pub(super) updates: Queue<()>,
    pub(super) is_series: bool,
}

#[derive(Default)]
struct FeedRecord {
    feed_id: String,
    received: u64,
    dropped: u64,
    /// For a feed, the gaps to report with the next sample; for a series, all gaps.
    gaps: Vec<FeedGap>,
    error: Option<Error>,
    /// The columns of an ended series; until then the core has them.
    columns: Option<Columns>,
}

impl Subscriber {
    /// For a feed whose reader may leave `queue` samples unread.
    pub(super) fn of_feed(queue: usize) -> Self {
        Self {
            state: Mutex::default(),
            samples: Queue::new(queue),
            updates: Queue::new(1),
            is_series: false,
        }
    }

    /// For a series, whose samples the core keeps.
    pub(super) fn of_series() -> Self {
        Self {
            is_series: true,
            ..Self::of_feed(1)
        }
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
        // The gap before a dropped sample moves to the next one.
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

    pub(super) fn keep_columns(&self, columns: Columns) {
        self.lock().columns = Some(columns);
    }

    /// The feed has ended; queued samples can still be read.
    pub(super) fn end(&self, error: Option<Error>) {
        self.lock().error = error;
        self.samples.close(false);
        self.updates.close(false);
    }

    /// The caller has stopped it; nothing more can be read.
    pub(super) fn stop(&self) {
        self.samples.close(true);
        self.updates.close(true);
    }

    pub(super) fn feed_id(&self) -> String {
        self.lock().feed_id.clone()
    }

    pub(super) fn received(&self) -> u64 {
        self.lock().received
    }

    /// Samples dropped, when the feed opened or by the queue.
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

    fn lock(&self) -> MutexGuard<'_, FeedRecord> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Merges two gaps with no sample read between them.
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
    use core::task::{Context, Poll, Waker};
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
        let mut context = Context::from_waker(Waker::noop());
        match subscriber.samples.poll_next(&mut context) {
            Poll::Ready(delivery) => delivery,
            Poll::Pending => None,
        }
    }

    #[test]
    fn a_gap_precedes_the_next_sample_read() {
        let subscriber = Subscriber::of_feed(1);
        let sample = |payload: &str| Delivery::new(payload.to_owned().into());
        subscriber.resumed("a", &gap(1, 2));
        subscriber.resumed("b", &gap(3, 4));
        subscriber.deliver(sample("lost"));
        subscriber.resumed("c", &gap(5, 6));
        subscriber.deliver(sample("read"));
        let read = next(&subscriber).unwrap();
        let gap = read.gap.unwrap();
        assert_eq!(read.payload.json, "read");
        assert_eq!(gap.from, Some(Instant::from_millis(1)));
        assert_eq!(gap.to, Instant::from_millis(6));
        assert_eq!(gap.last_message_id.as_deref(), Some("1"));
        assert_eq!((subscriber.received(), subscriber.dropped()), (2, 1));
        subscriber.deliver(sample("after"));
        assert!(next(&subscriber).unwrap().gap.is_none());
    }
}
