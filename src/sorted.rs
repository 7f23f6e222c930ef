//! A small sorted set.
//!
//! Ids and deadlines are created in ascending order and mostly removed in it too, so a ring with
//! binary search is as fast as a tree. The standard library's `BTreeSet` instead makes the package
//! 7.2 KB larger (brotli).

use core::marker::PhantomData;
use std::collections::{BinaryHeap, VecDeque};

/// A member of a [`SortedSet`]: it is stored as bits, so that all sets share one implementation.
pub(crate) trait Member: Copy {
    /// The bits, which sort in the same order as the members.
    fn to_bits(self) -> u128;
    /// The member with these bits.
    fn from_bits(bits: u128) -> Self;
}

/// A number, for example a time, and an id; sorted by the number first.
impl Member for (u64, u32) {
    fn to_bits(self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1)
    }

    #[expect(clippy::cast_possible_truncation, reason = "one half each")]
    fn from_bits(bits: u128) -> Self {
        ((bits >> 64) as u64, bits as u32)
    }
}

/// A set that is kept sorted.
#[derive(Debug)]
pub(crate) struct SortedSet<T> {
    bits: Ring,
    members: PhantomData<T>,
}

impl<T> Default for SortedSet<T> {
    fn default() -> Self {
        Self {
            bits: Ring::default(),
            members: PhantomData,
        }
    }
}

impl<T: Member> SortedSet<T> {
    /// Adds a member; harmless if it is already in the set.
    pub(crate) fn insert(&mut self, member: T) {
        self.bits.insert(member.to_bits());
    }

    /// Removes a member; returns whether it was in the set.
    pub(crate) fn remove(&mut self, member: T) -> bool {
        self.bits.remove(member.to_bits())
    }

    pub(crate) fn contains(&self, member: T) -> bool {
        self.bits.find(member.to_bits()).is_ok()
    }

    pub(crate) fn first(&self) -> Option<T> {
        self.bits.0.front().copied().map(T::from_bits)
    }

    pub(crate) fn clear(&mut self) {
        self.bits.0.clear();
    }

    pub(crate) fn len(&self) -> usize {
        self.bits.0.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bits.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = T> {
        self.bits.0.iter().copied().map(T::from_bits)
    }
}

/// The members in order, duplicates included.
pub(crate) fn in_order<T: Member>(members: impl Iterator<Item = T>) -> InOrder<T> {
    // Less code than a sort.
    let heap = BinaryHeap::from(members.map(T::to_bits).collect::<Vec<_>>());
    heap.into_sorted_vec().into_iter().map(T::from_bits)
}

pub(crate) type InOrder<T> = core::iter::Map<std::vec::IntoIter<u128>, fn(u128) -> T>;

#[derive(Debug, Default)]
struct Ring(VecDeque<u128>);

impl Ring {
    #[inline(never)]
    fn find(&self, bits: u128) -> Result<usize, usize> {
        self.0.binary_search(&bits)
    }

    #[inline(never)]
    fn insert(&mut self, bits: u128) {
        if let Err(place) = self.find(bits) {
            self.0.insert(place, bits);
        }
    }

    #[inline(never)]
    fn remove(&mut self, bits: u128) -> bool {
        let place = self.find(bits);
        place.is_ok_and(|place| self.0.remove(place).is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    impl Member for u128 {
        fn to_bits(self) -> u128 {
            self
        }

        fn from_bits(bits: u128) -> Self {
            bits
        }
    }

    #[test]
    fn iterates_in_order_for_any_insertion_order() {
        let mut set: SortedSet<u128> = SortedSet::default();
        for member in [5, 9, 1, 5, 7, 1, 9] {
            set.insert(member);
        }
        assert_eq!(set.iter().collect::<Vec<_>>(), [1, 5, 7, 9]);
        assert!(set.contains(7) && !set.contains(6));
        assert!(set.remove(5) && !set.remove(5));
        assert_eq!((set.first(), set.len()), (Some(1), 3));
        assert_eq!(
            in_order([3u128, 1, 2, 1].into_iter()).collect::<Vec<_>>(),
            [1, 1, 2, 3]
        );
        set.clear();
        assert!(set.is_empty() && set.first().is_none());
    }
}
