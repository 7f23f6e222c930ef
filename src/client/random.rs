//! The core's source of randomness: seeded from outside, so that every scenario can be replayed.

use crate::time::whole_millis;
use core::time::Duration;
use uuid::Builder;

/// A seeded generator. Not for secrets: it spreads reconnections and generates request ids that do
/// not collide.
#[derive(Clone, Debug)]
pub(super) struct Random(fastrand::Rng);

impl Random {
    #[expect(clippy::cast_possible_truncation, reason = "both halves count")]
    pub(super) fn new(seed: u128) -> Self {
        let (high, low) = ((seed >> 64) as u64, seed as u64);
        Self(fastrand::Rng::with_seed(high.wrapping_mul(ODD) ^ low))
    }

    /// A duration in `[0, most]`, every millisecond equally likely.
    pub(super) fn span_up_to(&mut self, most: Duration) -> Duration {
        Duration::from_millis(self.0.u64(..=whole_millis(most)))
    }

    /// A random (version 4) UUID, RFC 9562 section 5.4.
    pub(super) fn uuid(&mut self) -> String {
        let bytes = self.0.u128(..).to_be_bytes();
        let uuid = Builder::from_random_bytes(bytes).into_uuid();
        let mut text = [0; 36];
        uuid.hyphenated().encode_lower(&mut text).to_owned()
    }
}

/// Keeps similar halves from cancelling each other out.
const ODD: u64 = 0x9e37_79b9_7f4a_7c15;

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn ids_depend_only_on_the_seed() {
        let ids = |seed| {
            let mut random = Random::new(seed);
            [random.uuid(), random.uuid()]
        };
        assert_eq!(ids(7), ids(7));
        let all: HashSet<String> = [0, 1, 7, 7 << 64, u128::MAX]
            .into_iter()
            .flat_map(ids)
            .collect();
        assert_eq!(all.len(), 10);
    }

    #[test]
    fn uuids_are_distinct_version_4() {
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
    fn durations_cover_the_whole_range() {
        let mut random = Random::new(3);
        let spans: Vec<u128> = (0..10_000)
            .map(|_| random.span_up_to(Duration::from_millis(9)).as_millis())
            .collect();
        for want in 0..=9 {
            let share = spans.iter().filter(|&&s| s == want).count();
            assert!(
                (800..1200).contains(&share),
                "{want} occurred {share} times in 10000"
            );
        }
        assert_eq!(random.span_up_to(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn the_longest_duration_is_a_valid_bound() {
        let mut random = Random::new(7);
        assert!(random.span_up_to(Duration::MAX) > Duration::from_secs(1));
    }
}
