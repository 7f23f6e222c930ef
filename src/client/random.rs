//! The core's source of chance: seeded from outside, so that every scenario can be played again.

#![allow(
    clippy::cast_possible_truncation,
    reason = "cutting words into halves is the point"
)]

use crate::time::whole_millis;
use core::time::Duration;

/// A seeded generator (xoshiro128++ over a SplitMix64-spread seed). Not for secrets: it spreads
/// reconnections and makes request ids that do not collide.
#[derive(Clone, Debug)]
pub(super) struct Random {
    state: [u32; 4],
}

impl Random {
    pub(super) fn new(seed: u128) -> Self {
        // Spreading keeps a poor seed (0, a counter) from yielding poor numbers for long.
        let mut half = [
            splitmix((seed >> 64) as u64),
            splitmix(seed as u64 ^ 0x9e37_79b9_7f4a_7c15),
        ];
        if half == [0, 0] {
            half = [1, 2];
        }
        let [a, b] = half;
        Self {
            state: [low(a), high(a), low(b), high(b)],
        }
    }

    fn next_u32(&mut self) -> u32 {
        let [s0, s1, s2, s3] = &mut self.state;
        let out = s0.wrapping_add(*s3).rotate_left(7).wrapping_add(*s0);
        let t = *s1 << 9;
        *s2 ^= *s0;
        *s3 ^= *s1;
        *s1 ^= *s2;
        *s0 ^= *s3;
        *s2 ^= t;
        *s3 = s3.rotate_left(11);
        out
    }

    fn next_u64(&mut self) -> u64 {
        u64::from(self.next_u32()) << 32 | u64::from(self.next_u32())
    }

    /// A span in `[0, most]`, every millisecond as likely as the others.
    pub(super) fn span_up_to(&mut self, most: Duration) -> Duration {
        let most = whole_millis(most).min(u64::MAX - 1);
        Duration::from_millis(self.next_u64() % (most + 1))
    }

    /// A random (version 4) UUID, RFC 9562 section 5.4.
    pub(super) fn uuid(&mut self) -> String {
        let version = (self.next_u64() & !0xf000) | 0x4000;
        let variant = (self.next_u64() & !(0xc000 << 48)) | (0x8000 << 48);
        let bits = u128::from(version) << 64 | u128::from(variant);
        let mut text = String::with_capacity(36);
        for (nth, byte) in bits.to_be_bytes().into_iter().enumerate() {
            if matches!(nth, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            for digit in [byte >> 4, byte & 0xf] {
                text.push(char::from(
                    digit + if digit < 10 { b'0' } else { b'a' - 10 },
                ));
            }
        }
        text
    }
}

fn splitmix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

const fn low(word: u64) -> u32 {
    word as u32
}

const fn high(word: u64) -> u32 {
    (word >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// The first numbers of the reference implementations.
    #[test]
    fn is_xoshiro_and_splitmix() {
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        for expected in [
            641,
            1_573_767,
            3_222_811_527,
            3_517_856_514,
            836_907_274,
            4_247_214_768,
            3_867_114_732,
            1_355_841_295,
            495_546_011,
            621_204_420,
        ] {
            assert_eq!(random.next_u32(), expected);
        }
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        assert_eq!(random.next_u64(), 641 << 32 | 1_573_767);
        let seed = 1_477_776_061_723_855_037;
        assert_eq!(splitmix(seed), 1_985_237_415_132_408_290);
    }

    #[test]
    fn the_same_seed_gives_the_same_numbers() {
        let (mut a, mut b) = (Random::new(7), Random::new(7));
        for _ in 0..100 {
            assert_eq!(a.next_u64(), b.next_u64());
        }
    }

    #[test]
    fn uuids_are_version_4_and_differ() {
        let mut random = Random::new(0);
        let mut seen = HashSet::new();
        for _ in 0..10_000 {
            let uuid = random.uuid();
            assert_eq!(uuid.len(), 36);
            let part: Vec<&str> = uuid.split('-').collect();
            assert_eq!(
                part.iter().map(|p| p.len()).collect::<Vec<_>>(),
                [8, 4, 4, 4, 12]
            );
            assert!(part[2].starts_with('4'), "{uuid}");
            assert!(part[3].starts_with(['8', '9', 'a', 'b']), "{uuid}");
            assert!(seen.insert(uuid));
        }
    }

    #[test]
    fn spans_fill_the_whole_range() {
        let mut random = Random::new(3);
        let spans: Vec<u128> = (0..10_000)
            .map(|_| random.span_up_to(Duration::from_millis(9)).as_millis())
            .collect();
        for want in 0..=9 {
            let share = spans.iter().filter(|&&s| s == want).count();
            assert!(
                (800..1200).contains(&share),
                "{want} came {share} times of 10000"
            );
        }
        assert_eq!(random.span_up_to(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn any_seed_fills_all_words() {
        for seed in [0, 1, 7, u128::MAX] {
            let state = HashSet::from(Random::new(seed).state);
            assert!(state.len() == 4 && state.iter().all(|&word| word > 1));
        }
    }

    #[test]
    fn the_longest_span_is_one_too() {
        let mut random = Random::new(7);
        assert!(random.span_up_to(Duration::MAX) > Duration::from_secs(1));
        assert_eq!(random.span_up_to(Duration::ZERO), Duration::ZERO);
    }
}
