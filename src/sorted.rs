//! A small set in order.
//!
//! Ids and deadlines are given out in ascending order and mostly end in it too, so a ring with a
//! binary search is as quick as a tree, and a tenth of its code in the module.

use std::collections::VecDeque;

/// A set that is held sorted.
#[derive(Debug)]
pub(crate) struct Sorted<T>(VecDeque<T>);

impl<T> Default for Sorted<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T: Copy + Ord> Sorted<T> {
    /// Adds a member; harmless where it is one.
    #[inline(never)]
    pub(crate) fn insert(&mut self, member: T) {
        if self.0.back().is_none_or(|last| *last < member) {
            self.0.push_back(member);
        } else if let Err(place) = self.0.binary_search(&member) {
            self.0.insert(place, member);
        }
    }

    /// Takes a member out; answers whether it was one.
    #[inline(never)]
    pub(crate) fn remove(&mut self, member: &T) -> bool {
        let place = self.0.binary_search(member);
        place.is_ok_and(|place| self.0.remove(place).is_some())
    }

    pub(crate) fn contains(&self, member: &T) -> bool {
        self.0.binary_search(member).is_ok()
    }

    pub(crate) fn first(&self) -> Option<&T> {
        self.0.front()
    }

    pub(crate) fn pop_first(&mut self) -> Option<T> {
        self.0.pop_front()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.0.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn is_in_order_whatever_the_order_of_adding() {
        let mut set = Sorted::default();
        for member in [5, 9, 1, 5, 7, 1, 9] {
            set.insert(member);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 5, 7, 9]);
        assert!(set.contains(&7) && !set.contains(&6));
        assert!(set.remove(&5) && !set.remove(&5));
        assert_eq!(
            (set.pop_first(), set.first(), set.len()),
            (Some(1), Some(&7), 2)
        );
        set.clear();
        assert!(set.is_empty() && set.pop_first().is_none());
    }
}
