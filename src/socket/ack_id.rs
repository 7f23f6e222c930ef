//! The id that links an acknowledgement to its event.

use crate::sorted::Member;
use core::fmt;

/// The id that links an ACK to its event. Ids count up from 0 in each direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AckId(pub u64);

impl AckId {
    /// The number as sent on the wire.
    #[must_use]
    pub const fn value(self) -> u64 {
        self.0
    }
}

impl Member for AckId {
    fn to_bits(self) -> u128 {
        self.0.into()
    }

    #[expect(clippy::cast_possible_truncation, reason = "from an id's bits")]
    fn from_bits(bits: u128) -> Self {
        Self(bits as u64)
    }
}

impl fmt::Display for AckId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
