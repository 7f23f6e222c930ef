//! The operations on the feed table that samples need.

use super::super::ids::{CallId, FeedSlot};
use super::super::payload::Payload;
use super::Feeds;
use super::hot_state::FeedHotState;
use super::series_set::SeriesSet;
use crate::index::hash;
use crate::series::Columns;
use crate::time::Instant;

impl Feeds {
    /// The open feed with this id.
    #[inline]
    pub(in super::super) fn by_feed_id(&self, feed_id: &[u8]) -> Option<FeedSlot> {
        let has_it = |value| {
            let hot = self.hot_state(FeedSlot::from_index_value(value));
            hot.is_some_and(|hot| hot.has_feed_id(feed_id))
        };
        let found = self.by_id.find(hash(feed_id), has_it);
        found.map(FeedSlot::from_index_value)
    }

    fn hot_state(&self, feed: FeedSlot) -> Option<&FeedHotState> {
        self.hot.get(feed.index())
    }

    /// Records an open feed's sample. Returns whether there is a listener to notify.
    pub(in super::super) fn record(
        &mut self,
        slot: FeedSlot,
        payload: &[u8],
        now: Instant,
    ) -> bool {
        let (Some(hot), Some(series)) = (
            self.hot.get_mut(slot.index()),
            self.series.get_mut(slot.index()),
        ) else {
            return false;
        };
        hot.record(series, payload, &mut self.scanner, now);
        hot.has_listener
    }

    /// Like `record`, for the fast path. Returns `None` if the payload is unusual.
    #[inline]
    pub(in super::super) fn try_record(
        &mut self,
        slot: FeedSlot,
        payload: &[u8],
        feed_id: &[u8],
        now: Instant,
    ) -> Option<bool> {
        let hot = self.hot.get_mut(slot.index())?;
        let series = self.series.get_mut(slot.index())?;
        hot.try_record(series, payload, feed_id, &mut self.scanner, now)?;
        Some(hot.has_listener)
    }

    /// Records a sample that the driver has parsed. Returns whether that is enough.
    pub(in super::super) fn record_parsed(&mut self, slot: FeedSlot, now: Instant) -> bool {
        let hot = self.hot.get_mut(slot.index());
        hot.is_some_and(|hot| hot.record_parsed(now))
    }

    pub(in super::super) fn samples_of(&self, slot: FeedSlot) -> u64 {
        self.hot_state(slot).map_or(0, FeedHotState::received)
    }

    /// Whether to warn that a time of a series cannot be read; true once per feed.
    #[inline]
    pub(in super::super) fn take_untimed(&mut self, slot: FeedSlot) -> bool {
        let series = self.series.get_mut(slot.index());
        series.is_some_and(SeriesSet::take_untimed)
    }

    /// The series to notify, each once.
    #[inline]
    pub(in super::super) fn take_updated(&mut self, slot: FeedSlot) -> Vec<CallId> {
        if !self.hot_state(slot).is_some_and(|hot| hot.has_series) {
            return Vec::new();
        }
        let series = self.series.get_mut(slot.index());
        series.map(SeriesSet::take_updated).unwrap_or_default()
    }

    pub(in super::super) fn columns(&self, series: CallId) -> Option<&Columns> {
        let slot = self.by_subscription(series)?;
        self.series.get(slot.index())?.columns(series)
    }

    pub(in super::super) fn mark_notified(&mut self, series: CallId) {
        let slot = self.by_subscription(series);
        if let Some(set) = slot.and_then(|slot| self.series.get_mut(slot.index())) {
            set.mark_notified(series);
        }
    }

    /// Keeps a sample that arrived before its feed's id.
    pub(in super::super) fn keep_pending(&mut self, slot: FeedSlot, sample: Payload, most: usize) {
        if let Some(feed) = self.feeds.get_mut(slot.index()) {
            feed.pending_samples.push_back(sample);
            if feed.pending_samples.len() > most {
                feed.pending_samples.pop_front();
                feed.dropped += 1;
            }
        }
    }
}
