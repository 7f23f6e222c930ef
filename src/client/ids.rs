//! Ids that cross the boundary of the core: attempts, calls, feeds, acknowledgements.

use crate::socket::AckId;
use crate::sorted::Member;

/// The number of a connection attempt. It identifies late input of an earlier one, to be dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(u64);

impl Attempt {
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Its number, for a caller that has to pass it through an untyped interface.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The attempt with a number returned by [`Attempt::number`].
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// The caller's id for something that it waits for. The caller uses each id once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(u32);

impl CallId {
    /// The call with the number `id`.
    #[must_use]
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// Its number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

impl Member for CallId {
    fn to_bits(self) -> u128 {
        self.0.into()
    }

    #[expect(clippy::cast_possible_truncation, reason = "from an id's bits")]
    fn from_bits(bits: u128) -> Self {
        Self(bits as u32)
    }
}

/// A feed's slot in the table. It is reused once the feed has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedSlot(pub(super) u32);

impl FeedSlot {
    /// Its number, which is small since slots are reused.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The slot with a number returned by [`FeedSlot::index`].
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    /// The slot whose number a [`HashIndex`](crate::index::HashIndex) stores.
    pub(super) fn from_index_value(value: u64) -> Self {
        Self(u32::try_from(value).unwrap_or(u32::MAX))
    }
}

/// The server's request to acknowledge an event, bound to the connection that delivered the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AckHandle {
    pub(super) attempt: Attempt,
    pub(super) id: AckId,
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_attempt_is_identified_by_its_number() {
        assert_eq!(Attempt::default().next().next().number(), 2);
        assert_eq!(Attempt::from_number(7).number(), 7);
    }
}
