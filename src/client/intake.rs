//! What one feed does with its samples: it remembers the last one, and keeps the columns of its
//! series.

use super::CallId;
use crate::series::{Columns, Pushed, scan_object};
use crate::time::Instant;

/// A subscription that keeps columns.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) id: CallId,
    pub(super) columns: Columns,
    /// Whether the caller wants to be told of new samples, and has not been told since.
    untold: bool,
    wants_updates: bool,
}

/// How a series is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesOptions {
    /// Samples kept.
    pub capacity: usize,
    /// Whether to tell of new samples.
    pub wants_updates: bool,
}

/// The last sample, whole: a copy of some hundred bytes costs less than looking for the
/// `messageId`, which only a break asks for.
#[derive(Debug, Default)]
struct Last {
    payload: Vec<u8>,
    at: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Intake {
    received: u64,
    last: Last,
    /// The one before, for a sample that is given back.
    before: Last,
    series: Vec<Series>,
}

impl Intake {
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    pub(super) fn last(&self) -> (&[u8], Option<Instant>) {
        (&self.last.payload, self.last.at)
    }

    pub(super) fn add_series(&mut self, id: CallId, columns: Columns, options: SeriesOptions) {
        let wants_updates = options.wants_updates;
        self.series.push(Series {
            id,
            columns,
            untold: wants_updates,
            wants_updates,
        });
    }

    pub(super) fn is_series(&self, id: CallId) -> bool {
        self.series.iter().any(|series| series.id == id)
    }

    pub(super) fn series(&self, id: CallId) -> Option<&Columns> {
        self.series
            .iter()
            .find(|series| series.id == id)
            .map(|series| &series.columns)
    }

    pub(super) fn remove_series(&mut self, id: CallId) -> Option<Series> {
        let at = self.series.iter().position(|series| series.id == id)?;
        Some(self.series.swap_remove(at))
    }

    pub(super) fn into_series(self) -> Vec<Series> {
        self.series
    }

    pub(super) fn told(&mut self, id: CallId) {
        for series in &mut self.series {
            if series.id == id {
                series.untold = series.wants_updates;
            }
        }
    }

    /// The series to tell of, once each until [`told`](Self::told).
    pub(super) fn updated(&mut self) -> Vec<CallId> {
        let untold = self.series.iter_mut().filter(|series| series.untold);
        untold
            .map(|series| {
                series.untold = false;
                series.id
            })
            .collect()
    }

    /// Takes a sample whose payload is JSON.
    pub(super) fn note(&mut self, payload: &[u8], now: Instant) {
        for series in &mut self.series {
            series.columns.push(payload);
        }
        self.remember(payload, now);
    }

    /// Takes a payload that looks like a sample of the feed of this id. `None` where it is out of
    /// the ordinary: nothing has happened then.
    pub(super) fn take(&mut self, payload: &[u8], feed_id: &[u8], now: Instant) -> Option<()> {
        if !self.series.is_empty() {
            let scanned = scan_object(payload)?;
            let id = scanned.feed_id?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
            if scanned.has_error() || id != feed_id || scanned.value.is_none() {
                return None;
            }
            for series in &mut self.series {
                let pushed = series.columns.push_scanned(&scanned);
                debug_assert_eq!(pushed, Pushed::Kept);
            }
        }
        core::mem::swap(&mut self.last, &mut self.before);
        self.remember(payload, now);
        Some(())
    }

    fn remember(&mut self, payload: &[u8], now: Instant) {
        self.received += 1;
        self.last.payload.clear();
        self.last.payload.extend_from_slice(payload);
        self.last.at = Some(now);
    }

    /// Undoes the last [`take`](Self::take). Only of a payload that was not JSON: no series has
    /// kept it.
    pub(super) fn give_back(&mut self) {
        self.received -= 1;
        core::mem::swap(&mut self.last, &mut self.before);
    }
}
