//! When to try again: full jitter under an exponential cap.
//!
//! The whole delay is random, after the cap is applied, so that ten thousand clients of a restarted
//! server do not reconnect in step.

use super::super::random::Random;
use core::time::Duration;

/// How to reconnect. A client that must not reconnect takes `None` instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReconnectConfig {
    /// Half the upper bound of the delay before the first attempt. Default 500 ms.
    pub min_delay: Duration,
    /// Upper bound of every delay. Default 30 s.
    pub max_delay: Duration,
    /// Consecutive attempts before the client gives up. The first connection's attempt counts, and
    /// a connection that did not hold does not reset the count. Default `u32::MAX`: no limit.
    pub max_attempts: u32,
    /// The attempt count is reset once a connection has held this long. Default 5 s.
    pub stable_after: Duration,
    /// Whether a failed first connection is retried too. Default `false`: `connect` fails.
    pub first_connect: bool,
}

impl Default for ReconnectConfig {
    fn default() -> Self {
        Self {
            min_delay: Duration::from_millis(500),
            max_delay: Duration::from_secs(30),
            max_attempts: u32::MAX,
            stable_after: Duration::from_secs(5),
            first_connect: false,
        }
    }
}

impl ReconnectConfig {
    /// The delay before attempt `n`: random in `[0, min(max_delay, min_delay · 2ⁿ)]`.
    pub(super) fn delay(&self, attempt: u32, random: &mut Random) -> Duration {
        random.span_up_to(self.longest_delay(attempt))
    }

    fn longest_delay(&self, attempt: u32) -> Duration {
        2u32.checked_pow(attempt)
            .and_then(|factor| self.min_delay.checked_mul(factor))
            .map_or(self.max_delay, |delay| delay.min(self.max_delay))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn jitter_applies_at_the_cap() {
        let config = ReconnectConfig::default();
        let mut random = Random::new(11);
        for attempt in [8, 40, u32::MAX] {
            let delays: Vec<u128> = (0..2000)
                .map(|_| config.delay(attempt, &mut random).as_millis())
                .collect();
            assert!(delays.iter().all(|&d| d <= 30_000));
            let mean = delays.iter().sum::<u128>() / 2000;
            assert!(
                (13_500..16_500).contains(&mean),
                "attempt {attempt}: mean {mean} ms"
            );
            let at_cap = delays.iter().filter(|&&d| d == 30_000).count();
            assert!(
                at_cap < 10,
                "attempt {attempt}: {at_cap} of 2000 exactly at the cap"
            );
        }
    }

    #[test]
    fn delays_grow_up_to_the_cap() {
        let config = ReconnectConfig::default();
        let longest: Vec<u128> = (1..8)
            .map(|n| config.longest_delay(n).as_millis())
            .collect();
        assert_eq!(longest, [1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]);
    }

    #[test]
    fn a_huge_minimum_delay_is_capped_too() {
        let config = ReconnectConfig {
            min_delay: Duration::MAX,
            ..ReconnectConfig::default()
        };
        assert_eq!(config.longest_delay(1), config.max_delay);
    }
}
