//! The system's clock and randomness.

use crate::clock::Clock;
use crate::time::Instant;
use std::hash::{BuildHasher, RandomState};
use std::time::UNIX_EPOCH;

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "native alone")]
    pub(super) fn now(&self) -> Instant {
        let since = std::time::SystemTime::now().duration_since(UNIX_EPOCH);
        self.at(since.unwrap_or_default().as_secs_f64() * 1000.0)
    }
}

/// The standard library seeds its hash maps from the system's source of randomness.
pub(super) fn random_seed() -> u128 {
    let half = || u128::from(RandomState::new().hash_one(()));
    half() << 64 | half()
}
