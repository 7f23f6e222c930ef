//! The part of a feed's state that samples need, with the columns of its series.

use super::inline_str::InlineStr;
use super::series_set::SeriesSet;
use crate::series::Scanned;
use crate::time::Instant;

/// The state that samples need. Every sample touches one of its cache lines, those of a series two
/// more beside it: with ten thousand feeds, fetching a line costs more than all the work done with
/// it.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct FeedHotState {
    /// The id of the feed while it is open.
    pub(super) feed_id: InlineStr<36>,
    pub(super) series: SeriesSet,
    /// Whether any subscription is not a series, so that samples have to be delivered.
    pub(super) has_listener: bool,
    /// Whether any subscription is a series.
    pub(super) has_series: bool,
    /// Whether the driver parsed the last sample, and has its `messageId`.
    pub(super) last_was_parsed_by_driver: bool,
    untimed: Untimed,
    last_at: Instant,
    pub(super) received: u64,
}

#[cfg(target_arch = "wasm32")]
const _: () = assert!(size_of::<FeedHotState>() == 3 * 64, "a fourth cache line");

/// Whether a series has received a sample whose `event_time` cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Untimed {
    #[default]
    None,
    Unreported,
    Reported,
}

impl FeedHotState {
    /// When the last sample arrived.
    pub(super) fn last_at(&self) -> Option<Instant> {
        (self.received > 0).then_some(self.last_at)
    }

    /// Appends a sample to all series.
    #[inline]
    pub(super) fn record(&mut self, scanned: &Scanned<'_>, now: Instant) {
        if self.series.push(scanned) && self.untimed == Untimed::None {
            self.untimed = Untimed::Unreported;
        }
        self.note(now, false);
    }

    /// Whether to warn that the time of a sample cannot be read; true once.
    #[inline]
    pub(super) fn take_untimed(&mut self) -> bool {
        let is_unreported = self.untimed == Untimed::Unreported;
        if is_unreported {
            self.untimed = Untimed::Reported;
        }
        is_unreported
    }

    #[inline]
    pub(super) fn note(&mut self, now: Instant, parsed_by_driver: bool) {
        self.received += 1;
        self.last_at = now;
        self.last_was_parsed_by_driver = parsed_by_driver;
    }
}
