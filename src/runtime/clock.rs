//! The platform's clock.

use crate::clock::Clock;
use crate::time::Instant;

impl Clock {
    pub(super) fn now(&self) -> Instant {
        self.at(js_sys::Date::now())
    }
}
