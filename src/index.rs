//! A hash index from 64-bit keys to numbers.
//!
//! Strings are looked up by their hash, and the caller checks whether an entry has the right
//! string: so each string is stored once, and all tables of the crate share one implementation.
//! `hashbrown::HashTable` instead makes the package 0.8 KB larger (brotli), and a map for each pair
//! of types 3 KB more each.

/// Finds numbers by key. A key may have several entries.
#[derive(Debug, Default)]
pub(crate) struct HashIndex {
    /// Open addressing with linear probing; the length is a power of two or 0.
    slots: Vec<Entry>,
    len: usize,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    key: u64,
    /// `FREE` if there is no entry.
    value: u64,
}

const FREE: u64 = u64::MAX;
const FREE_SLOT: Entry = Entry {
    key: 0,
    value: FREE,
};

impl HashIndex {
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// The first value of the key that `is` accepts.
    #[inline]
    pub(crate) fn find(&self, key: u64, is: impl FnMut(u64) -> bool) -> Option<u64> {
        Some(self.locate(key, is)?.1)
    }

    /// The place of the first value of the key that `is` accepts, and the value.
    #[inline]
    fn locate(&self, key: u64, mut is: impl FnMut(u64) -> bool) -> Option<(usize, u64)> {
        let mut at = self.home(key);
        loop {
            let slot = self.slots.get(at).filter(|slot| slot.value != FREE)?;
            if slot.key == key && is(slot.value) {
                return Some((at, slot.value));
            }
            at = self.after(at);
        }
    }

    /// The value of a key that has at most one entry.
    #[inline(never)]
    pub(crate) fn get(&self, key: u64) -> Option<u64> {
        self.find(key, |_| true)
    }

    /// Adds an entry; `value` must be below `u64::MAX`.
    #[inline(never)]
    pub(crate) fn insert(&mut self, key: u64, value: u64) {
        if (self.len + 1) * 4 > self.slots.len() * 3 {
            let room = (self.slots.len() * 2).max(8);
            let before = core::mem::replace(&mut self.slots, vec![FREE_SLOT; room]);
            for slot in before {
                if slot.value != FREE {
                    self.place(slot);
                }
            }
        }
        self.len += 1;
        self.place(Entry { key, value });
    }

    /// Removes an entry; returns whether it existed.
    #[inline(never)]
    pub(crate) fn remove(&mut self, key: u64, value: u64) -> bool {
        let Some((mut hole, _)) = self.locate(key, |found| found == value) else {
            return false;
        };
        self.len -= 1;
        // Later entries move up, unless that would put them before their home slot.
        let mut next = hole;
        loop {
            next = self.after(next);
            let slot = self.slots.get(next).copied().unwrap_or(FREE_SLOT);
            let from_home = next.wrapping_sub(self.home(slot.key)) & self.mask();
            let from_hole = next.wrapping_sub(hole) & self.mask();
            if slot.value != FREE && from_home < from_hole {
                continue;
            }
            if let Some(place) = self.slots.get_mut(hole) {
                *place = slot;
            }
            if slot.value == FREE {
                return true;
            }
            hole = next;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.len = 0;
    }

    fn place(&mut self, slot: Entry) {
        let mut at = self.home(slot.key);
        while self.slots.get(at).is_some_and(|slot| slot.value != FREE) {
            at = self.after(at);
        }
        if let Some(place) = self.slots.get_mut(at) {
            *place = slot;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "all bits have been mixed")]
    fn home(&self, key: u64) -> usize {
        mix(key) as usize & self.mask()
    }

    fn after(&self, at: usize) -> usize {
        (at + 1) & self.mask()
    }

    fn mask(&self) -> usize {
        self.slots.len().wrapping_sub(1)
    }
}

/// Hashes a string to a key.
#[inline(never)]
pub(crate) fn hash(text: &[u8]) -> u64 {
    let mut key = text.len() as u64;
    let mut rest = text;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        key = mix(key ^ u64::from_le_bytes(*word));
        rest = after;
    }
    for &byte in rest {
        key = key << 8 ^ key >> 56 ^ u64::from(byte);
    }
    mix(key)
}

/// Every bit of the key affects all lower ones.
const fn mix(key: u64) -> u64 {
    let key = (key ^ key >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    key ^ key >> 29
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn behaves_like_a_set_of_pairs() {
        let mut index = HashIndex::default();
        let mut model = BTreeSet::new();
        let mut chance = 7u64;
        for step in 0..20_000u64 {
            chance = mix(chance.wrapping_add(step));
            // Few keys, so that they share home slots, and enough of them that the table grows.
            let (key, value) = (chance % 64 * (chance >> 60), chance >> 20 & 3);
            if chance >> 40 & 1 == 0 {
                assert_eq!(index.remove(key, value), model.remove(&(key, value)));
            } else if model.insert((key, value)) {
                index.insert(key, value);
            }
            assert_eq!(index.len(), model.len());
            let found = index.find(key, |found| found == value);
            assert_eq!(found.is_some(), model.contains(&(key, value)));
        }
        for &(key, value) in &model {
            assert_eq!(index.find(key, |found| found == value), Some(value));
        }
        index.clear();
        assert_eq!((index.len(), index.get(1)), (0, None));
        index.insert(1, 2);
        assert_eq!(index.get(1), Some(2));
    }

    #[test]
    fn distinct_strings_have_distinct_hashes() {
        let texts = (0..100_000).map(|n| format!("feed-{n}"));
        let keys: BTreeSet<_> = texts.map(|text| hash(text.as_bytes())).collect();
        assert_eq!(keys.len(), 100_000);
        assert_ne!(hash(b"ab"), hash(b"ba"));
        assert_ne!(hash(b""), hash(b"\0"));
    }
}
