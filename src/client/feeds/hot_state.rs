//! The part of a feed's state that every sample needs.

use super::inline_str::InlineStr;
use crate::time::Instant;

/// The state that every sample needs, in one cache line: with ten thousand feeds, fetching a line
/// costs more than all the work done with it.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct FeedHotState {
    /// The id of the feed while it is open.
    pub(super) feed_id: InlineStr<36>,
    /// Whether any subscription is not a series, so that samples have to be delivered.
    pub(super) has_listener: bool,
    /// Whether any subscription is a series.
    pub(super) has_series: bool,
    /// Whether the driver parsed the last sample, and has its `messageId`.
    pub(super) last_was_parsed_by_driver: bool,
    last_at: Instant,
    pub(super) received: u64,
}

impl FeedHotState {
    /// When the last sample arrived.
    pub(super) fn last_at(&self) -> Option<Instant> {
        (self.received > 0).then_some(self.last_at)
    }

    #[inline]
    pub(super) fn note(&mut self, now: Instant, parsed_by_driver: bool) {
        self.received += 1;
        self.last_at = now;
        self.last_was_parsed_by_driver = parsed_by_driver;
    }
}
