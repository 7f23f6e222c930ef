//! A wall clock that never goes backwards.

use crate::time::Instant;
use core::cell::Cell;

/// Wall-clock time, which continues while a laptop sleeps, as deadlines require. If the system
/// clock is set back, this clock pauses for that moment and then continues from there.
#[derive(Debug, Default)]
pub(crate) struct Clock {
    last_ms: Cell<u64>,
    /// How far this clock is ahead of the system clock.
    ahead_ms: Cell<u64>,
}

impl Clock {
    /// The time when the system clock reads `system_ms`, in milliseconds since 1970.
    pub(crate) fn at(&self, system_ms: f64) -> Instant {
        let system_ms = to_u64(system_ms);
        let mut now_ms = system_ms.saturating_add(self.ahead_ms.get());
        if now_ms < self.last_ms.get() {
            now_ms = self.last_ms.get();
            self.ahead_ms.set(now_ms.saturating_sub(system_ms));
        }
        self.last_ms.set(now_ms);
        Instant::from_millis(now_ms)
    }

    /// Milliseconds since 1970 by the system clock, so that callers can compare them with
    /// `Date.now()`.
    pub(crate) fn epoch_ms(&self, at: Instant) -> f64 {
        at.as_millis().saturating_sub(self.ahead_ms.get()) as f64
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
pub(crate) const fn to_u64(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_clock_that_is_set_back_pauses_and_continues_from_there() {
        let clock = Clock::default();
        for (system_ms, now_ms) in [
            (1_000.0, 1_000),
            (1_000.9, 1_000),
            (5_000.0, 5_000),
            (2_000.0, 5_000),
            (2_100.0, 5_100),
            (2_050.0, 5_100),
            (9_000.0, 12_050),
        ] {
            let now = clock.at(system_ms);
            assert_eq!(now.as_millis(), now_ms, "{system_ms}");
            let system_ms = system_ms.floor();
            assert!(
                (clock.epoch_ms(now) - system_ms).abs() < 1e-9,
                "{system_ms}"
            );
        }
    }

    #[test]
    fn a_time_that_is_no_time_is_the_epoch() {
        assert_eq!([f64::NAN, -1.0, 0.9, 1.0].map(to_u64), [0, 0, 0, 1]);
    }
}
