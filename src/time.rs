//! Time as the core sees it: milliseconds passed in with every input.
//!
//! `std::time` traps on `wasm32-unknown-unknown`, and a core that reads no clock can be tested with
//! virtual time. Spans are [`Duration`].

use core::ops::{Add, AddAssign};
use core::time::Duration;

/// A point in time: milliseconds since an epoch of the caller's choice.
///
/// The drivers use the wall clock (milliseconds since 1970), since deadlines must pass while a
/// laptop sleeps; tests start at any value. It must never go backwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(u64);

impl Instant {
    /// The point in time that is `millis` milliseconds after the epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// Whether this is the latest possible time: a deadline then never comes.
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == u64::MAX
    }

    /// The span since `earlier`; zero if `earlier` is later.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    /// Saturates: a deadline too far away to represent never comes.
    fn add(self, span: Duration) -> Self {
        Self(self.0.saturating_add(whole_millis(span)))
    }
}

/// The earlier of two times that may be missing. Every frame asks for the next deadline several
/// times, and the minimum of a list of options is a call that copies the list.
#[inline]
pub(crate) fn earlier(one: Option<Instant>, other: Option<Instant>) -> Option<Instant> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        _ => one.or(other),
    }
}

/// A span in milliseconds; saturates. `Duration::as_millis` uses 128 bits, which adds half a KB to
/// the module wherever the result is divided or formatted.
pub(crate) const fn whole_millis(span: Duration) -> u64 {
    span.as_secs()
        .saturating_mul(1000)
        .saturating_add(span.subsec_millis() as u64)
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, span: Duration) {
        *self = *self + span;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adding_a_duration_saturates() {
        let late = Instant::from_millis(u64::MAX - 1) + Duration::from_secs(1);
        assert_eq!(late.as_millis(), u64::MAX);
    }

    #[test]
    fn a_missing_time_is_not_the_earlier_one() {
        let at = |millis| Some(Instant::from_millis(millis));
        assert_eq!(earlier(at(2), at(1)), at(1));
        assert_eq!(earlier(at(1), at(2)), at(1));
        assert_eq!(earlier(at(1), None), at(1));
        assert_eq!(earlier(None, at(1)), at(1));
        assert_eq!(earlier(None, None), None);
    }

    #[test]
    fn since_is_zero_for_a_later_instant() {
        let early = Instant::from_millis(5);
        assert_eq!(
            early.saturating_since(early + Duration::from_secs(1)),
            Duration::ZERO
        );
    }
}
