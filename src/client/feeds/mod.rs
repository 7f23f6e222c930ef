//! Subscriptions: shared feeds for equal requests, samples before the `:rpc`, resumption.
//!
//! A feed lives as long as it has a subscription or a call that waits for it. Its `feedId` lives as
//! long as the connection: feeds belong to the socket, so after a reconnection each is requested
//! again, once, and gets a new id.
//!
//! ```text
//!             :rpc          connection lost          accepted again               :rpc
//! Requested ────────▶ Open ─────────────────▶ Lost ──────────────────▶ Requested ────────▶ Open
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `feed.rs` | one feed, and the outcomes of its changes |
//! | `lifecycle.rs` | how feeds are opened, ended, lost and resumed |
//! | `hot_state.rs` | the state that samples need |
//! | `series_set.rs` | the columns of a feed's series |
//! | `samples.rs` | the operations that samples need |
//! | `inline_str.rs` | ids, stored inline |
//!
//! The table owns its deadlines and changes nothing outside: effects are returned, as
//! [`OpenedFeed`], [`EndedFeed`] and the like.

mod feed;
mod hot_state;
mod inline_str;
mod lifecycle;
mod samples;
mod series_set;

use super::deadlines::Deadlines;
use super::ids::{CallId, FeedSlot};
use super::input::SeriesOptions;
use crate::device::Request;
use crate::index::{HashIndex, hash};
use crate::json::quote;
use crate::series::{Columns, TemplateScanner};
use crate::sorted::in_order;
use crate::time::Instant;
use core::time::Duration;
use feed::FeedEntry;
pub(super) use feed::{DedupKey, EndedFeed, OpenedFeed};
use hot_state::FeedHotState;
use slab::Slab;

/// All feeds.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    feeds: Slab<FeedEntry>,
    /// By the same keys: what samples need.
    hot: Vec<FeedHotState>,
    scanner: TemplateScanner,
    last_seq: u64,
    by_dedup_key: HashIndex,
    /// By the `feedId` of an open feed, else by the request id.
    by_id: HashIndex,
    by_subscription: HashIndex,
    /// When pending resumptions are given up.
    deadlines: Deadlines,
}

impl Feeds {
    pub(super) fn len(&self) -> usize {
        self.feeds.len()
    }

    /// Entries in all tables: 0 if there are no feeds and nothing is remembered.
    pub(super) fn entries(&self) -> usize {
        self.len()
            + self.by_dedup_key.len()
            + self.by_id.len()
            + self.by_subscription.len()
            + self.series_count()
            + self.deadlines.entries()
    }

    /// Series, including those whose feed is being opened or resumed.
    pub(super) fn series_count(&self) -> usize {
        self.hot.iter().map(|hot| hot.series.len()).sum()
    }

    fn get(&self, feed: FeedSlot) -> Option<&FeedEntry> {
        self.feeds.get(feed.index())
    }

    fn get_mut(&mut self, feed: FeedSlot) -> Option<&mut FeedEntry> {
        self.feeds.get_mut(feed.index())
    }

    fn at(&self, value: u64) -> Option<&FeedEntry> {
        self.get(FeedSlot::from_index_value(value))
    }

    /// Every feed, oldest first.
    pub(super) fn slots(&self) -> impl Iterator<Item = FeedSlot> + use<> {
        let held = self.feeds.iter();
        let slots = held.map(|(key, feed)| (feed.created_seq, FeedSlot::from_index(key).0));
        in_order(slots).map(|(_, slot)| FeedSlot(slot))
    }

    pub(super) fn by_subscription(&self, subscription: CallId) -> Option<FeedSlot> {
        let found = self.by_subscription.get(subscription.value().into());
        found.map(FeedSlot::from_index_value)
    }

    pub(super) fn by_request(&self, id: &str) -> Option<FeedSlot> {
        let requested = |value| self.at(value).and_then(FeedEntry::request_id) == Some(id);
        let found = self.by_id.find(hash(id.as_bytes()), requested);
        found.map(FeedSlot::from_index_value)
    }

    /// The request id of the one feed that is being opened or resumed, if there is exactly one.
    pub(super) fn sole_request_id(&self) -> Option<&str> {
        let feeds = self.feeds.iter();
        let mut requested = feeds.filter_map(|(_, feed)| feed.request_id());
        let first = requested.next()?;
        requested.next().is_none().then_some(first)
    }

    /// The request to send to the server.
    pub(super) fn request(&self, feed: FeedSlot) -> Option<Request> {
        self.get(feed)?.dedup_key.to_request().ok()
    }

    /// The request id under which a feed is being opened or resumed.
    pub(super) fn request_id(&self, feed: FeedSlot) -> Option<String> {
        self.get(feed)?.request_id().map(str::to_owned)
    }

    /// The id of an open feed.
    pub(super) fn feed_id(&self, feed: FeedSlot) -> Option<String> {
        self.get(feed)?.feed_id().map(str::to_owned)
    }

    /// Describes a feed, for messages.
    pub(super) fn describe(&self, feed: FeedSlot) -> Option<String> {
        let DedupKey { request, .. } = &self.get(feed)?.dedup_key;
        let parts = [
            "table ",
            &quote(&request.table),
            ", source ",
            &quote(&request.source),
            " of device ",
            &quote(&request.device_id),
        ];
        Some(parts.concat())
    }

    /// Whether this is the feed's first sample that is not JSON.
    pub(super) fn is_first_unreadable(&mut self, feed: FeedSlot) -> bool {
        let feed = self.get_mut(feed);
        feed.is_some_and(|feed| !core::mem::replace(&mut feed.warned_unreadable, true))
    }

    /// When the first pending resumption is given up.
    #[inline]
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.first()
    }

    /// Removes the earliest deadline.
    pub(super) fn pop_timeout(&mut self) -> Option<FeedSlot> {
        self.deadlines.pop().map(FeedSlot)
    }

    /// Postpones the deadlines after a clock jump.
    pub(super) fn postpone(&mut self, by: Duration) {
        self.deadlines.postpone(by);
    }

    /// Updates who receives the samples of a feed. Call it whenever that changes for an open feed,
    /// whose series all belong to subscriptions.
    fn update_consumers(&mut self, slot: FeedSlot) {
        let feed = self.feeds.get(slot.index());
        let hot = self.hot.get_mut(slot.index());
        if let (Some(feed), Some(hot)) = (feed, hot) {
            hot.has_listener = feed.subscriptions.len() > hot.series.len();
            hot.has_series = hot.series.len() > 0;
        }
    }

    /// Subscribes a call to the feed of an equal request, or to a new one, which the caller has to
    /// request. If the feed is not open, the call waits for it.
    pub(super) fn subscribe(
        &mut self,
        call: CallId,
        dedup_key: DedupKey,
        series: Option<(Columns, SeriesOptions)>,
    ) -> FeedSlot {
        let dedup_hash = dedup_key.hash();
        let equal = |value| {
            self.at(value)
                .is_some_and(|feed| feed.dedup_key == dedup_key)
        };
        let slot = match self.by_dedup_key.find(dedup_hash, equal) {
            Some(value) => FeedSlot::from_index_value(value),
            None => {
                self.last_seq += 1;
                let feed = FeedEntry::new(dedup_key, self.last_seq);
                let slot = FeedSlot::from_index(self.feeds.insert(feed));
                if slot.index() == self.hot.len() {
                    self.hot.push(FeedHotState::default());
                }
                self.by_dedup_key.insert(dedup_hash, slot.0.into());
                slot
            }
        };
        if let (Some((columns, options)), Some(hot)) = (series, self.hot.get_mut(slot.index())) {
            hot.series.add(call, columns, options);
        }
        if self.feed_id(slot).is_some() {
            self.join(slot, call);
            self.update_consumers(slot);
        } else if let Some(feed) = self.get_mut(slot) {
            feed.waiting.insert(call);
        }
        slot
    }

    /// Turns a call into a subscription of an open feed.
    fn join(&mut self, slot: FeedSlot, call: CallId) {
        if let Some(feed) = self.get_mut(slot) {
            feed.subscriptions.insert(call);
            self.by_subscription
                .insert(call.value().into(), slot.0.into());
        }
    }
}
