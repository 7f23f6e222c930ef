//! The operations on the feed table that samples need.

use super::super::ids::{CallId, FeedSlot};
use super::super::payload::Payload;
use super::Feeds;
use super::hot_state::FeedHotState;
use crate::bytes::bytes_eq;
use crate::device::is_refusal;
use crate::index::hash;
use crate::series::Columns;
use crate::time::Instant;

impl Feeds {
    /// The open feed with this id.
    #[inline]
    pub(in super::super) fn by_feed_id(&self, feed_id: &[u8]) -> Option<FeedSlot> {
        let has_it = |value| {
            let slot = FeedSlot::from_index_value(value);
            let hot = self.hot.get(slot.index());
            hot.is_some_and(|hot| bytes_eq(hot.feed_id.get(), feed_id))
        };
        let found = self.by_id.find(hash(feed_id), has_it);
        found.map(FeedSlot::from_index_value)
    }

    /// Records an open feed's sample, whose payload is JSON in any formatting. Returns whether there
    /// is a listener to notify.
    pub(in super::super) fn record(
        &mut self,
        slot: FeedSlot,
        payload: &[u8],
        now: Instant,
    ) -> bool {
        let Some(hot) = self.hot.get_mut(slot.index()) else {
            return false;
        };
        // A sample that is not an object has no `messageId`.
        let scanned = self.scanner.scan(payload).unwrap_or_default();
        hot.record(&scanned, now);
        hot.has_listener
    }

    /// Like `record`, for the fast path, if the payload looks like a sample of the feed with this id.
    /// Returns `None`, with nothing changed, if the payload is unusual or there is no series.
    #[inline]
    pub(in super::super) fn try_record(
        &mut self,
        slot: FeedSlot,
        payload: &[u8],
        feed_id: &[u8],
        now: Instant,
    ) -> Option<bool> {
        let hot = self.hot.get_mut(slot.index());
        let hot = hot.filter(|hot| hot.has_series)?;
        // Overlaps with the scan of the payload.
        hot.series.prefetch();
        let scanned = self.scanner.scan(payload)?;
        let id = scanned.feed_id?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        let is_sample = bytes_eq(id, feed_id)
            && scanned.value.is_some()
            && !is_refusal(scanned.error, scanned.result);
        if !is_sample {
            return None;
        }
        hot.record(&scanned, now);
        Some(hot.has_listener)
    }

    /// Records a sample that the driver has parsed. Returns whether that is enough: a series needs
    /// the frame itself.
    pub(in super::super) fn record_parsed(&mut self, slot: FeedSlot, now: Instant) -> bool {
        let Some(hot) = self.hot.get_mut(slot.index()) else {
            return false;
        };
        let is_enough = hot.has_listener && !hot.has_series && !hot.feed_id.get().is_empty();
        if is_enough {
            hot.note(now, true);
        }
        is_enough
    }

    pub(in super::super) fn samples_of(&self, slot: FeedSlot) -> u64 {
        self.hot.get(slot.index()).map_or(0, |hot| hot.received)
    }

    /// Whether to warn that a time of a series cannot be read; true once per feed.
    #[inline]
    pub(in super::super) fn take_untimed(&mut self, slot: FeedSlot) -> bool {
        let hot = self.hot.get_mut(slot.index());
        hot.is_some_and(FeedHotState::take_untimed)
    }

    /// The series to notify, each once.
    #[inline]
    pub(in super::super) fn take_updated(&mut self, slot: FeedSlot) -> Vec<CallId> {
        let hot = self.hot.get_mut(slot.index());
        hot.map(|hot| hot.series.take_updated()).unwrap_or_default()
    }

    pub(in super::super) fn columns(&self, series: CallId) -> Option<&Columns> {
        let slot = self.by_subscription(series)?;
        self.hot.get(slot.index())?.series.columns(series)
    }

    pub(in super::super) fn mark_notified(&mut self, series: CallId) {
        let slot = self.by_subscription(series);
        if let Some(hot) = slot.and_then(|slot| self.hot.get_mut(slot.index())) {
            hot.series.mark_notified(series);
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
