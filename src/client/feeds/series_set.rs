//! The series of one feed: their columns, and which of them have unreported samples.

use super::super::ids::CallId;
use super::super::input::SeriesOptions;
use super::inline_str::InlineStr;
use crate::json;
use crate::series::{Columns, Pushed, Scanned};

/// A subscription that keeps columns.
#[derive(Debug)]
struct SeriesEntry {
    id: CallId,
    columns: Columns,
    /// Set if the caller wants updates and has not been notified since the last one.
    unnotified: bool,
    wants_updates: bool,
}

/// The series of a feed.
#[derive(Debug, Default)]
pub(super) struct SeriesSet {
    /// The JSON text of the last sample's `messageId`, unless the driver parsed that sample.
    message_id: InlineStr<38>,
    /// The series with the lowest id, often the only one, stored inline.
    first: Option<SeriesEntry>,
    /// The others, ordered by id. Boxed, so that moving many of them is fast.
    #[expect(
        clippy::vec_box,
        reason = "a series is large, and is taken out of the middle"
    )]
    others: Vec<Box<SeriesEntry>>,
}

impl SeriesSet {
    /// Appends a sample to all series and keeps its `messageId`. Returns whether it has an
    /// `event_time` that cannot be read.
    #[inline]
    pub(super) fn push(&mut self, scanned: &Scanned<'_>) -> bool {
        let mut untimed = false;
        for series in self.all_mut() {
            untimed |= series.columns.push_scanned(scanned) == Pushed::KeptWithoutTime;
        }
        self.message_id.set(scanned.message_id.unwrap_or_default());
        untimed
    }

    /// Prefetches the memory that the next sample is written to.
    #[inline]
    pub(super) fn prefetch(&self) {
        let first = self.first.as_ref();
        core::hint::black_box(first.and_then(|series| series.columns.next_time()));
    }

    pub(super) fn last_message_id(&self) -> Option<String> {
        let text = core::str::from_utf8(self.message_id.get()).ok()?;
        json::text(text).map(|id| id.into_owned())
    }

    pub(super) fn add(&mut self, id: CallId, columns: Columns, options: SeriesOptions) {
        let wants_updates = options.wants_updates;
        self.put(SeriesEntry {
            id,
            columns,
            unnotified: wants_updates,
            wants_updates,
        });
    }

    fn put(&mut self, series: SeriesEntry) {
        let after = match &mut self.first {
            None => return self.first = Some(series),
            Some(first) if series.id < first.id => core::mem::replace(first, series),
            Some(_) => series,
        };
        let at = self.others.partition_point(|other| other.id < after.id);
        self.others.insert(at, Box::new(after));
    }

    pub(super) fn len(&self) -> usize {
        usize::from(self.first.is_some()) + self.others.len()
    }

    fn all_mut(&mut self) -> impl Iterator<Item = &mut SeriesEntry> {
        let others = self.others.iter_mut().map(|series| &mut **series);
        self.first.iter_mut().chain(others)
    }

    fn place(&self, id: CallId) -> Option<usize> {
        self.others
            .binary_search_by_key(&id, |series| series.id)
            .ok()
    }

    pub(super) fn columns(&self, id: CallId) -> Option<&Columns> {
        match &self.first {
            Some(first) if first.id == id => Some(&first.columns),
            _ => Some(&self.others.get(self.place(id)?)?.columns),
        }
    }

    pub(super) fn remove(&mut self, id: CallId) -> Option<Columns> {
        let removed = if self.first.as_ref().is_some_and(|first| first.id == id) {
            let next = (!self.others.is_empty()).then(|| *self.others.remove(0));
            core::mem::replace(&mut self.first, next)?
        } else {
            *self.others.remove(self.place(id)?)
        };
        Some(removed.columns)
    }

    pub(super) fn into_vec(self) -> Vec<(CallId, Columns)> {
        let others = self.others.into_iter().map(|series| *series);
        let all = self.first.into_iter().chain(others);
        all.map(|series| (series.id, series.columns)).collect()
    }

    /// The caller has handled an update; the next sample raises another.
    pub(super) fn mark_notified(&mut self, id: CallId) {
        let place = self.place(id);
        let series = match &mut self.first {
            Some(first) if first.id == id => Some(first),
            _ => place
                .and_then(|at| self.others.get_mut(at))
                .map(|series| &mut **series),
        };
        if let Some(series) = series {
            series.unnotified = series.wants_updates;
        }
    }

    /// The series to notify, each once until [`mark_notified`](Self::mark_notified).
    #[inline]
    pub(super) fn take_updated(&mut self) -> Vec<CallId> {
        let take =
            |series: &mut SeriesEntry| core::mem::take(&mut series.unnotified).then_some(series.id);
        self.all_mut().filter_map(take).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn series_are_notified_in_the_order_of_their_ids() {
        let mut set = SeriesSet::default();
        for id in [3, 1, 2] {
            let options = SeriesOptions {
                capacity: 1,
                wants_updates: true,
            };
            set.add(CallId::new(id), Columns::new(1).unwrap(), options);
        }
        assert_eq!(set.take_updated(), [1, 2, 3].map(CallId::new));
        assert_eq!(set.take_updated(), []);
    }
}
