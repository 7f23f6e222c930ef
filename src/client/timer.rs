//! Every deadline of the client in one table.

use super::calls::CallId;
use super::feed::FeedKey;
use crate::index::Index;
use crate::sorted::{Member, Sorted};
use crate::time::Instant;
use core::time::Duration;

/// What a deadline is for. There is at most one of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Timer {
    /// When to give up an attempt that the server has not accepted.
    Connect,
    /// When to look after the heartbeat: a ping to send, or one that did not come.
    Heartbeat,
    /// When to start the next attempt.
    Reconnect,
    /// When a connection has held long enough for attempts to be counted from the start.
    Stable,
    /// When to give up a connection that shows no sign of life after the clock has jumped.
    Grace,
    /// When to give up waiting for a reply.
    Call(CallId),
    /// When to give up waiting for a feed to come back after a reconnection.
    Resume(FeedKey),
}

/// The deadlines, soonest first.
#[derive(Debug, Default)]
pub(super) struct TimerTable {
    by_time: Sorted<(Instant, Timer)>,
    /// When each is due, in milliseconds, by its number.
    by_timer: Index,
}

impl TimerTable {
    /// Sets or moves a deadline.
    pub(super) fn set(&mut self, timer: Timer, when: Instant) {
        let before = self.by_timer.get(timer.number());
        if before != Some(when.as_millis()) {
            self.clear(timer);
            // The last instant of all never comes.
            if when.as_millis() < u64::MAX {
                self.by_timer.insert(timer.number(), when.as_millis());
                self.by_time.insert((when, timer));
            }
        }
    }

    /// Puts deadlines off.
    pub(super) fn postpone(&mut self, by: Duration, moves: impl Fn(Timer) -> bool) {
        let all: Vec<_> = self.by_time.iter().collect();
        for (when, timer) in all {
            if moves(timer) {
                self.set(timer, when + by);
            }
        }
    }

    /// Sets a deadline, or clears it where there is none.
    pub(super) fn set_or_clear(&mut self, timer: Timer, when: Option<Instant>) {
        match when {
            Some(when) => self.set(timer, when),
            None => self.clear(timer),
        }
    }

    /// Forgets a deadline; harmless where it is not set.
    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(when) = self.by_timer.get(timer.number()) {
            self.by_timer.remove(timer.number(), when);
            self.by_time.remove((Instant::from_millis(when), timer));
        }
    }

    /// Entries in all tables: 0 where no deadline is set.
    pub(super) fn entries(&self) -> usize {
        self.by_time.len() + self.by_timer.len()
    }

    /// The soonest deadline.
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.by_time.first().map(|(when, _)| when)
    }

    /// Takes out the soonest deadline that has passed. Call it until it answers `None`.
    pub(super) fn pop_due(&mut self, now: Instant) -> Option<Timer> {
        let (when, timer) = self.by_time.first()?;
        if when > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}

impl Timer {
    /// A number of its own for each; in the order of the variants, then of the ids.
    fn number(self) -> u64 {
        let (kind, id) = match self {
            Self::Connect => (0, 0),
            Self::Heartbeat => (1, 0),
            Self::Reconnect => (2, 0),
            Self::Stable => (3, 0),
            Self::Grace => (4, 0),
            Self::Call(call) => (5, call.value()),
            Self::Resume(feed) => (6, feed.number()),
        };
        kind << 32 | u64::from(id)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the id is in the low half")]
    const fn of_number(number: u64) -> Self {
        let id = number as u32;
        match number >> 32 {
            0 => Self::Connect,
            1 => Self::Heartbeat,
            2 => Self::Reconnect,
            3 => Self::Stable,
            4 => Self::Grace,
            5 => Self::Call(CallId::new(id)),
            _ => Self::Resume(FeedKey::new(id)),
        }
    }
}

impl Member for (Instant, Timer) {
    fn to_bits(self) -> u128 {
        u128::from(self.0.as_millis()) << 64 | u128::from(self.1.number())
    }

    #[expect(clippy::cast_possible_truncation, reason = "one half each")]
    fn from_bits(bits: u128) -> Self {
        let when = Instant::from_millis((bits >> 64) as u64);
        (when, Timer::of_number(bits as u64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn the_soonest_comes_first_and_once() {
        let mut table = TimerTable::default();
        table.set(Timer::Connect, at(30));
        table.set(Timer::Call(CallId::new(1)), at(10));
        assert_eq!(table.next_timeout(), Some(at(10)));
        assert_eq!(table.pop_due(at(9)), None);
        assert_eq!(table.pop_due(at(40)), Some(Timer::Call(CallId::new(1))));
        assert_eq!(table.pop_due(at(40)), Some(Timer::Connect));
        assert_eq!(table.pop_due(at(40)), None);
        assert_eq!(table.next_timeout(), None);
    }

    #[test]
    fn moving_a_deadline_forgets_the_old_one() {
        let mut table = TimerTable::default();
        table.set(Timer::Heartbeat, at(10));
        table.set(Timer::Heartbeat, at(50));
        assert_eq!(table.pop_due(at(40)), None);
        table.set_or_clear(Timer::Heartbeat, None);
        assert_eq!(table.next_timeout(), None);
    }
}
