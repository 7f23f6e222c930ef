//! What one feed does with its samples: it counts them, remembers the last one's `messageId`, and
//! keeps the columns of its series.

use super::CallId;
use super::short::ShortText;
use crate::bytes::same;
use crate::json;
use crate::series::{Columns, Pushed, Scanned, Scanner};
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

/// When the last sample came, and whether the caller alone has read it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Last {
    at: Instant,
    how: How,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum How {
    /// None has come.
    #[default]
    Never,
    Read,
    Taken,
}

impl Last {
    pub(super) fn at(self) -> Option<Instant> {
        (self.how != How::Never).then_some(self.at)
    }

    pub(super) fn was_taken(self) -> bool {
        self.how == How::Taken
    }
}

/// What every sample needs of its feed, in one line of the processor's cache: with ten thousand
/// feeds to fetch a line costs more than all that is done with it.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Intake {
    /// The id of the feed while it is open.
    feed_id: ShortText<36>,
    /// Whether a subscription is no series, so that samples have to be told.
    pub(super) has_listener: bool,
    /// Whether a subscription is one.
    pub(super) has_series: bool,
    last: Last,
    received: u64,
}

/// What a series needs more.
#[derive(Debug, Default)]
pub(super) struct Tape {
    /// How many series are to be told of.
    news: usize,
    /// The JSON text of the last sample's `messageId`, unless it was taken by the caller.
    message_id: ShortText<38>,
    untimed: Untimed,
    /// The first by its id, which is often the only one, has a place of its own.
    series: Option<Series>,
    /// The others, in the order of their ids. Boxed, so that many of them move up quickly.
    #[expect(
        clippy::vec_box,
        reason = "a series is large, and is taken out of the middle"
    )]
    more: Vec<Box<Series>>,
}

/// Whether a series has got a sample whose `event_time` cannot be read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Untimed {
    #[default]
    None,
    ToTell,
    Told,
}

impl Tape {
    /// Keeps a sample in all series.
    #[inline]
    fn push(&mut self, scanned: &Scanned<'_>) {
        let mut untimed = false;
        for series in self.all_mut() {
            untimed |= series.columns.push_scanned(scanned) == Pushed::KeptWithoutTime;
        }
        if untimed && self.untimed == Untimed::None {
            self.untimed = Untimed::ToTell;
        }
    }

    /// Whether to tell that a time cannot be read: once.
    #[inline]
    pub(super) fn take_untimed(&mut self) -> bool {
        let is_untold = self.untimed == Untimed::ToTell;
        if is_untold {
            self.untimed = Untimed::Told;
        }
        is_untold
    }

    pub(super) fn last_message_id(&self) -> Option<String> {
        let text = core::str::from_utf8(self.message_id.get()).ok()?;
        json::text(text).map(|id| id.into_owned())
    }

    pub(super) fn add_series(&mut self, id: CallId, columns: Columns, options: SeriesOptions) {
        let wants_updates = options.wants_updates;
        self.news += usize::from(wants_updates);
        self.put(Series {
            id,
            columns,
            untold: wants_updates,
            wants_updates,
        });
    }

    fn put(&mut self, series: Series) {
        let after = match &mut self.series {
            None => return self.series = Some(series),
            Some(first) if series.id < first.id => core::mem::replace(first, series),
            Some(_) => series,
        };
        let at = self.more.partition_point(|other| other.id < after.id);
        self.more.insert(at, Box::new(after));
    }

    /// How many series there are.
    pub(super) fn len(&self) -> usize {
        usize::from(self.series.is_some()) + self.more.len()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut Series> {
        let more = self.more.iter_mut().map(|series| &mut **series);
        self.series.iter_mut().chain(more)
    }

    fn place(&self, id: CallId) -> Option<usize> {
        self.more.binary_search_by_key(&id, |series| series.id).ok()
    }

    fn find(&self, id: CallId) -> Option<&Series> {
        match &self.series {
            Some(first) if first.id == id => Some(first),
            _ => self.more.get(self.place(id)?).map(|series| &**series),
        }
    }

    pub(super) fn is_series(&self, id: CallId) -> bool {
        self.find(id).is_some()
    }

    pub(super) fn series(&self, id: CallId) -> Option<&Columns> {
        self.find(id).map(|series| &series.columns)
    }

    pub(super) fn remove_series(&mut self, id: CallId) -> Option<Series> {
        let removed = if self.series.as_ref().is_some_and(|first| first.id == id) {
            let next = (!self.more.is_empty()).then(|| *self.more.remove(0));
            core::mem::replace(&mut self.series, next)?
        } else {
            *self.more.remove(self.place(id)?)
        };
        self.news -= usize::from(removed.untold);
        Some(removed)
    }

    pub(super) fn into_series(self) -> Vec<Series> {
        let more = self.more.into_iter().map(|series| *series);
        self.series.into_iter().chain(more).collect()
    }

    pub(super) fn told(&mut self, id: CallId) {
        let place = self.place(id);
        let series = match &mut self.series {
            Some(first) if first.id == id => Some(first),
            _ => place
                .and_then(|at| self.more.get_mut(at))
                .map(|series| &mut **series),
        };
        if let Some(series) = series {
            self.news += usize::from(series.wants_updates && !series.untold);
            series.untold = series.wants_updates;
        }
    }

    /// The series to tell of, once each until [`told`](Self::told).
    #[inline]
    pub(super) fn updated(&mut self) -> Vec<CallId> {
        if self.news == 0 {
            return Vec::new();
        }
        self.news = 0;
        let untold = self.all_mut().filter(|series| series.untold);
        untold
            .map(|series| {
                series.untold = false;
                series.id
            })
            .collect()
    }

    pub(super) const fn has_series(&self) -> bool {
        self.series.is_some()
    }
}

impl Intake {
    pub(super) const fn received(&self) -> u64 {
        self.received
    }

    pub(super) const fn last(&self) -> Last {
        self.last
    }

    pub(super) fn set_feed_id(&mut self, feed_id: &str) {
        self.feed_id.set(feed_id.as_bytes());
    }

    #[inline]
    pub(super) fn has_feed_id(&self, feed_id: &[u8]) -> bool {
        same(self.feed_id.get(), feed_id)
    }

    /// Takes a sample whose payload is a JSON object.
    pub(super) fn note(
        &mut self,
        tape: &mut Tape,
        payload: &[u8],
        scanner: &mut Scanner,
        now: Instant,
    ) {
        // Of an object that has been checked the scanner reads all.
        let scanned = scanner.scan(payload);
        if let Some(scanned) = &scanned {
            tape.push(scanned);
        }
        let message_id = scanned.and_then(|scanned| scanned.message_id);
        tape.message_id.set(message_id.unwrap_or_default());
        self.remember(now, How::Read);
    }

    /// Takes a payload that looks like a sample of the feed of this id. `None` where it is out of
    /// the ordinary: nothing has happened then.
    #[inline]
    pub(super) fn take(
        &mut self,
        tape: &mut Tape,
        payload: &[u8],
        feed_id: &[u8],
        scanner: &mut Scanner,
        now: Instant,
    ) -> Option<()> {
        if !self.has_series {
            return None;
        }
        // What the end needs is fetched while the payload is gone through.
        core::hint::black_box(
            tape.series
                .as_ref()
                .and_then(|series| series.columns.next_time()),
        );
        let scanned = scanner.scan(payload)?;
        let id = scanned.feed_id?.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
        // `error`, or with escapes in it.
        let is_refusal = scanned
            .result
            .is_some_and(|result| result != b"\"success\"");
        if scanned.has_error() || is_refusal || !same(id, feed_id) || scanned.value.is_none() {
            return None;
        }
        tape.push(&scanned);
        tape.message_id.set(scanned.message_id.unwrap_or_default());
        self.remember(now, How::Read);
        Some(())
    }

    /// Takes a sample that the caller has read. Answers whether that is enough: a series wants it too.
    pub(super) fn take_read(&mut self, now: Instant) -> bool {
        let is_enough = self.has_listener && !self.has_series && !self.feed_id.get().is_empty();
        if is_enough {
            self.remember(now, How::Taken);
        }
        is_enough
    }

    #[inline]
    fn remember(&mut self, now: Instant, how: How) {
        self.received += 1;
        self.last = Last { at: now, how };
    }
}
