//! The phases, the data of each, and their deadlines.

use super::super::input::Command;
use crate::socket::Session;
use crate::time::Instant;
use core::time::Duration;

/// The connection's phase. Each phase carries only the data that exists in it.
#[derive(Debug, Default)]
pub(in super::super) enum Phase {
    /// Never connected yet.
    #[default]
    Idle,
    /// The token has been requested.
    AwaitingToken { until: Instant },
    /// The socket is opening.
    Opening {
        until: Instant,
        session: Box<Session>,
    },
    /// The socket is open; the server has not accepted the connection yet.
    Handshaking {
        until: Instant,
        session: Box<Session>,
    },
    /// The server has accepted the connection.
    Connected(Connected),
    /// Waiting for the next attempt; without a deadline while the page is suspended.
    Waiting { until: Option<Instant> },
    /// Ended until the next `connect`.
    Closed,
}

/// An accepted connection.
#[derive(Debug)]
pub(in super::super) struct Connected {
    pub(in super::super) session: Box<Session>,
    /// The id that the server assigned.
    pub(in super::super) id: String,
    pub(super) since: Instant,
    /// Whether the `connect` event has been emitted.
    pub(super) announced: bool,
    /// When it has held long enough for the attempt count to be reset.
    pub(super) stable_at: Option<Instant>,
    pub(in super::super) suspicion: Suspicion,
    /// Whether a sample that is not JSON and names no feed has been reported.
    pub(in super::super) warned_unreadable: bool,
}

/// Whether a connection has to prove that it is alive, and the commands that wait for that.
#[derive(Debug, Default)]
pub(in super::super) struct Suspicion {
    /// When it is given up unless a frame arrives; `None` if it is not suspect.
    pub(in super::super) until: Option<Instant>,
    /// Commands to run once it is known to be alive.
    pub(in super::super) held: Vec<Command>,
}

/// What is due. The variants are in the order of handling if several are due at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in super::super) enum Deadline {
    /// The attempt is given up.
    Attempt,
    /// A ping is due, or the server's is overdue.
    Heartbeat,
    /// The next attempt starts.
    Reconnect,
    /// The connection has held long enough.
    Stable,
    /// A connection that shows no sign of life after a clock jump is given up.
    Grace,
}

impl Phase {
    pub(in super::super) const fn is_connected(&self) -> bool {
        matches!(self, Self::Connected(_))
    }

    pub(in super::super) const fn connected(&self) -> Option<&Connected> {
        match self {
            Self::Connected(connected) => Some(connected),
            _ => None,
        }
    }

    pub(in super::super) const fn connected_mut(&mut self) -> Option<&mut Connected> {
        match self {
            Self::Connected(connected) => Some(connected),
            _ => None,
        }
    }

    pub(in super::super) fn session(&self) -> Option<&Session> {
        match self {
            Self::Opening { session, .. }
            | Self::Handshaking { session, .. }
            | Self::Connected(Connected { session, .. }) => Some(session),
            Self::Idle | Self::AwaitingToken { .. } | Self::Waiting { .. } | Self::Closed => None,
        }
    }

    pub(in super::super) fn session_mut(&mut self) -> Option<&mut Session> {
        match self {
            Self::Opening { session, .. }
            | Self::Handshaking { session, .. }
            | Self::Connected(Connected { session, .. }) => Some(session),
            Self::Idle | Self::AwaitingToken { .. } | Self::Waiting { .. } | Self::Closed => None,
        }
    }

    /// The earliest deadline, if there is one.
    #[inline(never)]
    pub(in super::super) fn next_deadline(&self) -> Option<(Instant, Deadline)> {
        let heartbeat = self.session().and_then(Session::next_timeout);
        let mut next = None;
        let mut add = |when: Option<Instant>, deadline| {
            if let Some(when) = when.filter(|when| !when.is_never()) {
                let soonest = next.unwrap_or((when, deadline));
                next = Some(soonest.min((when, deadline)));
            }
        };
        add(heartbeat, Deadline::Heartbeat);
        match self {
            Self::AwaitingToken { until }
            | Self::Opening { until, .. }
            | Self::Handshaking { until, .. } => add(Some(*until), Deadline::Attempt),
            Self::Connected(connected) => {
                add(connected.stable_at, Deadline::Stable);
                add(connected.suspicion.until, Deadline::Grace);
            }
            Self::Waiting { until } => add(*until, Deadline::Reconnect),
            Self::Idle | Self::Closed => {}
        }
        next
    }

    /// Postpones deadlines after a clock jump. The delay before an attempt and a running grace
    /// period are kept: they are measured in the new time.
    pub(in super::super) fn postpone(&mut self, by: Duration) {
        match self {
            Self::AwaitingToken { until }
            | Self::Opening { until, .. }
            | Self::Handshaking { until, .. } => *until += by,
            Self::Connected(connected) => {
                if let Some(stable_at) = &mut connected.stable_at {
                    *stable_at += by;
                }
            }
            Self::Idle | Self::Waiting { .. } | Self::Closed => {}
        }
        if let Some(session) = self.session_mut() {
            session.postpone(by);
        }
    }
}

impl Suspicion {
    pub(in super::super) const fn is_on(&self) -> bool {
        self.until.is_some()
    }
}
