//! Finds a feed by the id that the server gave to it: asked for every sample.
//!
//! A place is eight bytes, so that those of ten thousand feeds stay in the processor's cache. The id
//! itself lies with what else a sample needs of its feed, and is compared there.

/// An open-addressing table from the hash of an id to the feed's number.
#[derive(Debug, Default)]
pub(super) struct FeedIdIndex {
    /// A power of two of them, or none.
    places: Vec<Place>,
    len: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Place {
    hash: u32,
    /// One more than the feed's number; 0 where the place is free.
    feed: u32,
}

impl FeedIdIndex {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The feed of this id, where `is` says whether a feed has it.
    #[inline]
    pub(super) fn find(&self, id: &[u8], is: impl Fn(u32) -> bool) -> Option<u32> {
        self.probe(hash(id), |place| is(place.feed - 1))
            .map(|(_, place)| place.feed - 1)
    }

    /// Adds a feed whose id is not in it yet.
    pub(super) fn insert(&mut self, id: &[u8], feed: u32) {
        if (self.len + 1) * 4 > self.places.len() * 3 {
            self.grow();
        }
        self.len += 1;
        self.put(Place {
            hash: hash(id),
            feed: feed + 1,
        });
    }

    /// Takes a feed out; harmless where it is not in it with this id.
    pub(super) fn remove(&mut self, id: &[u8], feed: u32) {
        let found = self.probe(hash(id), |place| place.feed == feed + 1);
        let Some((mut hole, _)) = found else {
            return;
        };
        self.len -= 1;
        let mask = self.places.len() - 1;
        let mut at = hole;
        // What lies behind it moves up, unless it would go before the place that it belongs to.
        loop {
            at = (at + 1) & mask;
            let place = self.places.get(at).copied().unwrap_or_default();
            let home = place.hash as usize & mask;
            let moves =
                place.feed != 0 && (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(hole) & mask);
            if place.feed == 0 || moves {
                self.set(hole, if moves { place } else { Place::default() });
                hole = at;
            }
            if place.feed == 0 {
                return;
            }
        }
    }

    #[inline]
    fn probe(&self, hash: u32, is: impl Fn(Place) -> bool) -> Option<(usize, Place)> {
        let mask = self.places.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        loop {
            let place = *self.places.get(at)?;
            if place.feed == 0 {
                return None;
            }
            if place.hash == hash && is(place) {
                return Some((at, place));
            }
            at = (at + 1) & mask;
        }
    }

    fn put(&mut self, place: Place) {
        let mask = self.places.len() - 1;
        let mut at = place.hash as usize & mask;
        while self.places.get(at).is_some_and(|taken| taken.feed != 0) {
            at = (at + 1) & mask;
        }
        self.set(at, place);
    }

    fn set(&mut self, at: usize, place: Place) {
        if let Some(old) = self.places.get_mut(at) {
            *old = place;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let size = (self.places.len() * 2).max(8);
        let places = core::mem::replace(&mut self.places, vec![Place::default(); size]);
        for place in places {
            if place.feed != 0 {
                self.put(place);
            }
        }
    }
}

/// Ids differ in a few bytes of any place; whoever could choose them to collide, the server,
/// decides on no more of them than there are feeds.
#[inline]
fn hash(id: &[u8]) -> u32 {
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, rest) = id.as_chunks::<8>();
    let mut hash = id.len() as u64;
    for word in words {
        hash = (hash ^ u64::from_le_bytes(*word)).wrapping_mul(SPREAD);
        hash ^= hash >> 32;
    }
    let rest = rest
        .iter()
        .fold(0, |rest, &byte| rest << 8 | u64::from(byte));
    hash = (hash ^ rest).wrapping_mul(SPREAD);
    // The high half depends on every bit.
    (hash >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn id(number: u32) -> String {
        format!("4cbe686d-303a-4081-84aa-{number:012x}")
    }

    #[test]
    fn finds_what_is_in_it_and_nothing_else() {
        let mut index = FeedIdIndex::default();
        let is = |wanted: u32| move |feed| feed == wanted;
        assert_eq!(index.find(b"", is(0)), None);
        for feed in 0..1000 {
            index.insert(id(feed).as_bytes(), feed);
        }
        for feed in 0..1000 {
            assert_eq!(index.find(id(feed).as_bytes(), is(feed)), Some(feed));
            assert_eq!(index.find(id(feed).as_bytes(), |_| false), None);
        }
        assert_eq!(index.find(id(1000).as_bytes(), |_| true), None);
        assert_eq!(index.len(), 1000);
        index.clear();
        assert_eq!(
            (index.len(), index.find(id(1).as_bytes(), is(1))),
            (0, None)
        );
    }

    /// Against the standard map: the same after any row of insertions and removals, also where
    /// many ids have the same hash.
    #[test]
    fn stays_right_while_feeds_come_and_go() {
        for kinds in [1, 3, 50, 4000] {
            let (mut index, mut map) = (FeedIdIndex::default(), HashMap::new());
            let mut seed = 1u32;
            for _ in 0..4000 {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let feed = seed >> 22;
                // Feeds of the same kind share an id, and with it the hash; the feed tells them apart.
                let id = id(feed % kinds);
                if map.remove(&feed).is_some() {
                    index.remove(id.as_bytes(), feed);
                } else {
                    map.insert(feed, id.clone());
                    index.insert(id.as_bytes(), feed);
                }
                index.remove(id.as_bytes(), 5000);
                assert_eq!(index.len(), map.len());
                let found = index.find(id.as_bytes(), |found| found == feed);
                assert_eq!(found.is_some(), map.contains_key(&feed));
            }
            for (feed, id) in &map {
                assert_eq!(
                    index.find(id.as_bytes(), |found| found == *feed),
                    Some(*feed)
                );
            }
        }
    }

    /// Which `tests/scenarios/series.rs` relies on.
    #[test]
    fn these_two_have_the_same_hash() {
        assert_eq!(hash(b"a7fff13d-e752aa7b"), hash(b"c01597ed-22f55e7c"));
    }

    #[test]
    fn ids_that_differ_in_any_one_place_spread() {
        for place in 0..36 {
            let mut homes: Vec<u32> = (0..16u8)
                .map(|digit| {
                    let mut id = id(0).into_bytes();
                    id[place] = b"0123456789abcdef"[usize::from(digit)];
                    hash(&id) & 0xff
                })
                .collect();
            homes.sort_unstable();
            homes.dedup();
            assert!(homes.len() >= 12, "{place}: {homes:?}");
        }
    }
}
