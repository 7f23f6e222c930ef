//! Which side sends pings, and when silence means that the connection is lost.
//!
//! In revision 4 the server pings, and only pings count: the deadline is
//! `pingInterval + pingTimeout` after the handshake or the last ping, whatever other traffic there
//! was. In revision 3 the client pings every `pingInterval`; any packet is a sign of life, and one
//! must arrive within `pingTimeout` of a ping.

use core::time::Duration;

use super::{Handshake, Packet, Revision};
use crate::time::Instant;

/// The heartbeat of one connection. It holds wall-clock deadlines and no timers: poll it on every
/// event, since timers fire late in a background tab and not at all during sleep.
#[derive(Clone, Debug)]
pub struct Heartbeat {
    interval: Duration,
    timeout: Duration,
    deadline: Instant,
    pinging: Option<Pinging>,
}

/// State that only revision 3 needs.
#[derive(Clone, Debug)]
struct Pinging {
    next: Instant,
    /// Whether anything arrived since the last ping: unanswered pings must not extend the deadline.
    heard: bool,
}

/// What the heartbeat requires now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Beat {
    /// Nothing.
    Idle,
    /// Send a ping (revision 3).
    SendPing,
    /// The other side is gone.
    Expired,
}

impl Heartbeat {
    /// Creates the heartbeat of a connection whose handshake arrived at `now`.
    #[must_use]
    pub fn new(revision: Revision, handshake: &Handshake, now: Instant) -> Self {
        let (interval, timeout) = (handshake.ping_interval, handshake.ping_timeout);
        let pinging = (revision == Revision::V3).then(|| Pinging {
            next: now + interval,
            heard: true,
        });
        Self {
            interval,
            timeout,
            deadline: now + interval + timeout,
            pinging,
        }
    }

    /// Records that a packet arrived.
    pub fn handle_packet(&mut self, packet: &Packet<'_>, now: Instant) {
        self.note_activity(now);
        match (&mut self.pinging, packet) {
            (Some(pinging), Packet::Pong(_)) => pinging.next = now + self.interval,
            (None, Packet::Ping(_)) => self.deadline = now + self.interval + self.timeout,
            _ => {}
        }
    }

    /// Records that some message arrived, whatever its content: a cheaper form of
    /// [`handle_packet`](Self::handle_packet).
    pub fn note_activity(&mut self, now: Instant) {
        if let Some(pinging) = &mut self.pinging {
            pinging.heard = true;
            self.deadline = now + self.interval + self.timeout;
        }
    }

    /// Extends the deadline. A ping that is due stays due.
    pub fn postpone(&mut self, by: Duration) {
        self.deadline += by;
    }

    /// Returns what is due at `now`. Call it at [`next_timeout`](Self::next_timeout), before
    /// sending and on waking up; an extra call is harmless.
    #[must_use]
    pub fn handle_timeout(&mut self, now: Instant) -> Beat {
        if now >= self.deadline {
            return Beat::Expired;
        }
        match &mut self.pinging {
            Some(pinging) if now >= pinging.next => {
                pinging.next = now + self.interval;
                if core::mem::take(&mut pinging.heard) {
                    self.deadline = now + self.timeout;
                }
                Beat::SendPing
            }
            _ => Beat::Idle,
        }
    }

    /// The earliest time at which [`handle_timeout`](Self::handle_timeout) has something to do.
    #[must_use]
    pub fn next_timeout(&self) -> Instant {
        match &self.pinging {
            Some(pinging) => self.deadline.min(pinging.next),
            None => self.deadline,
        }
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

    fn heartbeat(revision: Revision, interval: u64, timeout: u64) -> Heartbeat {
        let json = format!(r#"{{"sid":"a","pingInterval":{interval},"pingTimeout":{timeout}}}"#);
        Heartbeat::new(revision, &Handshake::parse(&json).unwrap(), at(0))
    }

    #[test]
    fn v4_expires_after_interval_and_timeout() {
        let mut beat = heartbeat(Revision::V4, 100, 60);
        assert_eq!(beat.next_timeout(), at(160));
        assert_eq!(beat.handle_timeout(at(159)), Beat::Idle);
        assert_eq!(beat.handle_timeout(at(160)), Beat::Expired);
        assert_eq!(beat.handle_timeout(at(9999)), Beat::Expired);
    }

    #[test]
    fn v4_counts_only_from_the_last_ping() {
        let mut beat = heartbeat(Revision::V4, 100, 60);
        beat.handle_packet(&Packet::Ping(""), at(100));
        assert_eq!(beat.next_timeout(), at(260));
        for packet in [Packet::Message("x"), Packet::Pong(""), Packet::Noop] {
            beat.handle_packet(&packet, at(200));
        }
        beat.note_activity(at(200));
        assert_eq!(beat.next_timeout(), at(260));
        assert_eq!(beat.handle_timeout(at(260)), Beat::Expired);
    }

    #[test]
    fn v3_pings_every_interval() {
        let mut beat = heartbeat(Revision::V3, 100, 60);
        assert_eq!(beat.next_timeout(), at(100));
        assert_eq!(beat.handle_timeout(at(99)), Beat::Idle);
        assert_eq!(beat.handle_timeout(at(100)), Beat::SendPing);
        assert_eq!(beat.handle_timeout(at(100)), Beat::Idle);
        beat.handle_packet(&Packet::Pong(""), at(110));
        assert_eq!(beat.next_timeout(), at(210));
        assert_eq!(beat.handle_timeout(at(210)), Beat::SendPing);
    }

    #[test]
    fn v3_expires_without_a_timely_pong() {
        let mut beat = heartbeat(Revision::V3, 100, 60);
        assert_eq!(beat.handle_timeout(at(100)), Beat::SendPing);
        assert_eq!(beat.next_timeout(), at(160));
        assert_eq!(beat.handle_timeout(at(160)), Beat::Expired);
    }

    #[test]
    fn v3_is_extended_by_any_packet() {
        let mut beat = heartbeat(Revision::V3, 100, 60);
        assert_eq!(beat.handle_timeout(at(100)), Beat::SendPing);
        beat.note_activity(at(150));
        assert_eq!(beat.handle_timeout(at(160)), Beat::Idle);
        assert_eq!(beat.handle_timeout(at(200)), Beat::SendPing);
        beat.handle_packet(&Packet::Message("x"), at(210));
        assert_eq!(beat.handle_timeout(at(299)), Beat::Idle);
    }

    #[test]
    fn v3_unanswered_pings_do_not_extend_the_deadline() {
        let mut beat = heartbeat(Revision::V3, 100, 250);
        assert_eq!(beat.handle_timeout(at(100)), Beat::SendPing);
        assert_eq!(beat.handle_timeout(at(200)), Beat::SendPing);
        assert_eq!(beat.handle_timeout(at(300)), Beat::SendPing);
        assert_eq!(beat.handle_timeout(at(350)), Beat::Expired);
    }

    #[test]
    fn v3_a_late_timer_leaves_the_full_pong_timeout() {
        let mut beat = heartbeat(Revision::V3, 100, 60);
        assert_eq!(beat.handle_timeout(at(155)), Beat::SendPing);
        assert_eq!(beat.handle_timeout(at(214)), Beat::Idle);
        assert_eq!(beat.handle_timeout(at(215)), Beat::Expired);
    }

    #[test]
    fn v3_sleeping_past_the_deadline_expires() {
        let mut beat = heartbeat(Revision::V3, 100, 60);
        assert_eq!(beat.handle_timeout(at(100_000)), Beat::Expired);
    }
}
