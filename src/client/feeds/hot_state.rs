//! The part of a feed's state that every sample needs.

use super::inline_str::InlineStr;
use super::series_set::SeriesSet;
use crate::bytes::bytes_eq;
use crate::device::is_refusal;
use crate::series::TemplateScanner;
use crate::time::Instant;

/// When the last sample arrived, and what read it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct LastSample {
    at: Instant,
    source: SampleSource,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum SampleSource {
    /// No sample has arrived.
    #[default]
    None,
    /// Read by the core.
    Core,
    /// Parsed by the driver, which has its `messageId`.
    Driver,
}

impl LastSample {
    pub(super) fn at(self) -> Option<Instant> {
        (self.source != SampleSource::None).then_some(self.at)
    }

    pub(super) fn was_parsed_by_driver(self) -> bool {
        self.source == SampleSource::Driver
    }
}

/// The state that every sample needs, in one cache line: with ten thousand feeds, fetching a line
/// costs more than all the work done with it.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct FeedHotState {
    /// The id of the feed while it is open.
    feed_id: InlineStr<36>,
    /// Whether any subscription is not a series, so that samples have to be delivered.
    pub(super) has_listener: bool,
    /// Whether any subscription is a series.
    pub(super) has_series: bool,
    last: LastSample,
    received: u64,
}

impl FeedHotState {
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    pub(super) const fn last(&self) -> LastSample {
        self.last
    }

    pub(super) fn set_feed_id(&mut self, feed_id: &str) {
        self.feed_id.set(feed_id.as_bytes());
    }

    #[inline]
    pub(super) fn has_feed_id(&self, feed_id: &[u8]) -> bool {
        bytes_eq(self.feed_id.get(), feed_id)
    }

    /// Records a sample whose payload is JSON, in any formatting.
    pub(super) fn record(
        &mut self,
        series: &mut SeriesSet,
        payload: &[u8],
        scanner: &mut TemplateScanner,
        now: Instant,
    ) {
        match scanner.scan(payload) {
            Some(scanned) => series.push(&scanned),
            None => series.clear_message_id(),
        }
        self.note(now, SampleSource::Core);
    }

    /// Records a payload that looks like a sample of the feed with this id. Returns `None`, with
    /// nothing changed, if the payload is unusual.
    #[inline]
    pub(super) fn try_record(
        &mut self,
        series: &mut SeriesSet,
        payload: &[u8],
        feed_id: &[u8],
        scanner: &mut TemplateScanner,
        now: Instant,
    ) -> Option<()> {
        if !self.has_series {
            return None;
        }
        // Overlaps with the scan of the payload.
        series.prefetch();
        let scanned = scanner.scan(payload)?;
        let id = scanned.feed_id?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        let is_sample = bytes_eq(id, feed_id)
            && scanned.value.is_some()
            && !is_refusal(scanned.error, scanned.result);
        if !is_sample {
            return None;
        }
        series.push(&scanned);
        self.note(now, SampleSource::Core);
        Some(())
    }

    /// Records a sample that the driver has parsed. Returns whether that is enough: a series needs
    /// the frame itself.
    pub(super) fn record_parsed(&mut self, now: Instant) -> bool {
        let is_enough = self.has_listener && !self.has_series && !self.feed_id.get().is_empty();
        if is_enough {
            self.note(now, SampleSource::Driver);
        }
        is_enough
    }

    #[inline]
    fn note(&mut self, now: Instant, source: SampleSource) {
        self.received += 1;
        self.last = LastSample { at: now, source };
    }
}
