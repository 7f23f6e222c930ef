//! A map from calls to values.

use crate::client::CallId;
use crate::index::HashIndex;
use slab::Slab;

/// Values by call. One index serves every kind of value: a separate map for each costs 1 KB of
/// code.
pub(super) struct ByCall<T> {
    values: Slab<T>,
    places: HashIndex,
}

impl<T> Default for ByCall<T> {
    fn default() -> Self {
        Self {
            values: Slab::new(),
            places: HashIndex::default(),
        }
    }
}

impl<T> ByCall<T> {
    /// Adds the value of a call that has none yet.
    pub(super) fn insert(&mut self, call: CallId, value: T) {
        let place = self.values.insert(value);
        self.places.insert(call.value().into(), place as u64);
    }

    pub(super) fn get(&self, call: CallId) -> Option<&T> {
        self.values.get(self.place(call)?)
    }

    pub(super) fn remove(&mut self, call: CallId) -> Option<T> {
        let place = self.place(call)?;
        self.places.remove(call.value().into(), place as u64);
        self.values.try_remove(place)
    }

    fn place(&self, call: CallId) -> Option<usize> {
        usize::try_from(self.places.get(call.value().into())?).ok()
    }
}
