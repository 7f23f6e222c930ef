//! Deadlines of many items of one kind, earliest first.

use crate::index::HashIndex;
use crate::sorted::SortedSet;
use crate::time::Instant;
use core::time::Duration;

/// At most one deadline for each id.
#[derive(Debug, Default)]
pub(super) struct Deadlines {
    /// Due times in milliseconds, with their ids.
    by_time: SortedSet<(u64, u32)>,
    /// Due times in milliseconds, by id.
    by_id: HashIndex,
}

impl Deadlines {
    /// Sets or moves a deadline.
    pub(super) fn set(&mut self, id: u32, when: Instant) {
        self.clear(id);
        if !when.is_never() {
            self.by_id.insert(id.into(), when.as_millis());
            self.by_time.insert((when.as_millis(), id));
        }
    }

    /// Postpones all deadlines.
    pub(super) fn postpone(&mut self, by: Duration) {
        let all: Vec<_> = self.by_time.iter().collect();
        for (when, id) in all {
            self.set(id, Instant::from_millis(when) + by);
        }
    }

    /// Clears a deadline. Harmless if it is not set.
    pub(super) fn clear(&mut self, id: u32) {
        if let Some(when) = self.by_id.get(id.into()) {
            self.by_id.remove(id.into(), when);
            self.by_time.remove((when, id));
        }
    }

    /// Entries in all tables: 0 if no deadline is set.
    pub(super) fn entries(&self) -> usize {
        self.by_time.len() + self.by_id.len()
    }

    /// The earliest deadline.
    #[inline]
    pub(super) fn first(&self) -> Option<Instant> {
        self.by_time
            .first()
            .map(|(when, _)| Instant::from_millis(when))
    }

    /// Removes the earliest deadline and returns its id.
    pub(super) fn pop(&mut self) -> Option<u32> {
        let (_, id) = self.by_time.first()?;
        self.clear(id);
        Some(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn the_earliest_deadline_fires_first_and_once() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, at(30));
        deadlines.set(2, at(10));
        assert_eq!(deadlines.first(), Some(at(10)));
        assert_eq!(deadlines.pop(), Some(2));
        assert_eq!(deadlines.pop(), Some(1));
        assert_eq!(deadlines.pop(), None);
        assert_eq!((deadlines.first(), deadlines.entries()), (None, 0));
    }

    #[test]
    fn moving_a_deadline_replaces_the_old_one() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, at(10));
        deadlines.set(1, at(50));
        assert_eq!(deadlines.first(), Some(at(50)));
        deadlines.postpone(Duration::from_millis(5));
        assert_eq!(deadlines.first(), Some(at(55)));
        deadlines.clear(1);
        assert_eq!(deadlines.first(), None);
    }

    #[test]
    fn the_last_instant_never_fires() {
        let mut deadlines = Deadlines::default();
        deadlines.set(1, at(10));
        deadlines.set(1, at(u64::MAX));
        assert_eq!(deadlines.entries(), 0);
    }
}
