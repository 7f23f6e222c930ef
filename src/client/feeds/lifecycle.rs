//! How feeds are opened, ended, lost and resumed.

use super::super::ids::{CallId, FeedSlot};
use super::super::output::FeedGap;
use super::Feeds;
use super::feed::{EndedFeed, FeedState, OpenedFeed};
use crate::index::hash;
use crate::series::Columns;
use crate::sorted::SortedSet;
use crate::time::Instant;

impl Feeds {
    /// Records that a feed was requested under this id. A resumption is given up at `until`.
    pub(in super::super) fn requested(
        &mut self,
        slot: FeedSlot,
        request_id: String,
        until: Instant,
    ) {
        if let Some(feed) = self.feeds.get_mut(slot.index()) {
            self.by_id
                .insert(hash(request_id.as_bytes()), slot.0.into());
            feed.state = FeedState::Requested { request_id };
            if !feed.subscriptions.is_empty() {
                self.deadlines.set(slot.0, until);
            }
        }
    }

    /// Records the id that the server assigned to a feed.
    pub(in super::super) fn opened(
        &mut self,
        slot: FeedSlot,
        feed_id: &str,
        now: Instant,
    ) -> Option<OpenedFeed> {
        let feed = self.feeds.get_mut(slot.index())?;
        if let Some(request_id) = feed.request_id() {
            self.by_id
                .remove(hash(request_id.as_bytes()), slot.0.into());
        }
        self.deadlines.clear(slot.0);
        feed.state = FeedState::Open {
            feed_id: feed_id.to_owned(),
        };
        let resumed = !feed.subscriptions.is_empty();
        let waiting = core::mem::take(&mut feed.waiting);
        let pending_samples = core::mem::take(&mut feed.pending_samples);
        let dropped = core::mem::take(&mut feed.dropped);
        for call in waiting.iter() {
            self.join(slot, call);
        }
        self.update_consumers(slot);
        self.by_id.insert(hash(feed_id.as_bytes()), slot.0.into());
        let hot = self.hot.get_mut(slot.index())?;
        hot.feed_id.set(feed_id.as_bytes());
        let last_was_parsed_by_driver = hot.last_was_parsed_by_driver;
        let last_message_id = hot.series.last_message_id();
        Some(OpenedFeed {
            pending_samples,
            dropped,
            gap: resumed.then(|| FeedGap {
                from: hot.last_at(),
                to: now,
                last_message_id: last_message_id.filter(|_| !last_was_parsed_by_driver),
                last_was_parsed_by_driver,
            }),
            waiting,
        })
    }

    /// Takes the id away from the feed that has it; the caller ends that feed.
    pub(in super::super) fn take_feed_id(&mut self, feed_id: &str) -> Option<FeedSlot> {
        let slot = self.by_feed_id(feed_id.as_bytes())?;
        self.by_id.remove(hash(feed_id.as_bytes()), slot.0.into());
        self.get_mut(slot)?.state = FeedState::Lost;
        Some(slot)
    }

    /// Removes a waiting call. Returns the feed, ended, if nothing else was using it.
    pub(in super::super) fn leave(&mut self, slot: FeedSlot, call: CallId) -> Option<EndedFeed> {
        let feed = self.get_mut(slot)?;
        feed.waiting.remove(call);
        let is_needed = feed.is_needed();
        if let Some(hot) = self.hot.get_mut(slot.index()) {
            hot.series.remove(call);
        }
        if is_needed { None } else { self.end(slot) }
    }

    /// Ends a subscription. Returns its columns, if it was a series, and the feed, ended, if nothing
    /// else was using it.
    pub(in super::super) fn unsubscribe(
        &mut self,
        subscription: CallId,
    ) -> Option<(Option<Columns>, Option<EndedFeed>)> {
        let slot = self.by_subscription(subscription)?;
        self.by_subscription
            .remove(subscription.value().into(), slot.0.into());
        let columns = self.hot.get_mut(slot.index())?.series.remove(subscription);
        let feed = self.get_mut(slot)?;
        feed.subscriptions.remove(subscription);
        let is_needed = feed.is_needed();
        if feed.subscriptions.is_empty() {
            // For the waiting calls the feed is being opened.
            self.deadlines.clear(slot.0);
        }
        self.update_consumers(slot);
        let ended = if is_needed { None } else { self.end(slot) };
        Some((columns, ended))
    }

    /// Ends a feed that was not resumed. Calls that have joined it meanwhile keep waiting, each up
    /// to its own timeout: for them the feed is being opened.
    pub(in super::super) fn end_resumption(&mut self, slot: FeedSlot) -> Option<EndedFeed> {
        let feed = self.get(slot)?;
        if feed.waiting.is_empty() {
            return self.end(slot);
        }
        let subscriptions: Vec<_> = feed.subscriptions.iter().collect();
        let mut series = Vec::new();
        for &subscription in &subscriptions {
            let (columns, _) = self.unsubscribe(subscription)?;
            series.extend(columns.map(|columns| (subscription, columns)));
        }
        Some(EndedFeed {
            feed: slot,
            waiting: SortedSet::default(),
            subscriptions,
            samples: self.samples_of(slot),
            series,
            feed_id: None,
            late_request_id: None,
        })
    }

    /// Removes a feed with all its subscriptions.
    pub(in super::super) fn end(&mut self, slot: FeedSlot) -> Option<EndedFeed> {
        let feed = self.feeds.try_remove(slot.index())?;
        let hot = core::mem::take(self.hot.get_mut(slot.index())?);
        self.deadlines.clear(slot.0);
        self.by_dedup_key
            .remove(feed.dedup_key.hash(), slot.0.into());
        if let Some(id) = feed.indexed_id() {
            self.by_id.remove(hash(id.as_bytes()), slot.0.into());
        }
        for subscription in feed.subscriptions.iter() {
            self.by_subscription
                .remove(subscription.value().into(), slot.0.into());
        }
        Some(EndedFeed {
            feed: slot,
            subscriptions: feed.subscriptions.iter().collect(),
            samples: hot.received,
            series: hot.series.into_vec(),
            feed_id: feed.feed_id().map(str::to_owned),
            late_request_id: feed.request_id().map(str::to_owned),
            waiting: feed.waiting,
        })
    }

    /// The connection is lost: ids become invalid, and feeds without a subscription are removed.
    pub(in super::super) fn connection_lost(&mut self) {
        self.by_id.clear();
        for slot in self.slots() {
            self.deadlines.clear(slot.0);
            let (Some(feed), Some(hot)) = (
                self.feeds.get_mut(slot.index()),
                self.hot.get_mut(slot.index()),
            ) else {
                continue;
            };
            if feed.subscriptions.is_empty() {
                self.end(slot);
                continue;
            }
            // No sample matches this feed until it has an id again.
            hot.feed_id.set(b"");
            feed.state = FeedState::Lost;
            feed.pending_samples.clear();
            feed.dropped = 0;
            // The waiting calls fail.
            for call in feed.waiting.iter().collect::<Vec<_>>() {
                self.leave(slot, call);
            }
        }
    }
}
