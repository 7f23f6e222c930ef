//! What callers can ask at any time: the state and the counters.

use super::Client;
use super::connection::Phase;
use crate::socket::Session;
use crate::time::Instant;
use core::fmt;

/// The state as callers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Never connected yet.
    Idle,
    /// On the way to a first connection.
    Connecting,
    /// Accepted by the server.
    Connected,
    /// On the way back after a lost connection.
    Reconnecting,
    /// Ended until the next connect.
    Closed,
}

impl ConnectionState {
    /// Its name in the public API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Reconnecting => "reconnecting",
            Self::Closed => "closed",
        }
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Counters since construction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Bytes received, as UTF-8, or as the driver counted them in
    /// [`Client::record_parsed_sample`].
    pub bytes_in: u64,
    /// Bytes sent, as UTF-8.
    pub bytes_out: u64,
    /// Feed samples received.
    pub samples: u64,
    /// Connections accepted by the server.
    pub connections: u64,
    /// Calls that are not settled yet, `connect` apart.
    pub open_requests: usize,
    /// Feeds held at the server, or to be resumed.
    pub open_feeds: usize,
    /// Series, those whose feed is being opened or resumed included.
    pub open_series: usize,
    /// Entries in all tables: calls, feeds, series, requests given up without a reply, the ids by
    /// which they are found, deadlines. 0 once closed; one that stays behind is a leak.
    pub table_entries: usize,
    /// When the last frame came.
    pub last_frame: Option<Instant>,
}

/// What went over the wire since construction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) frames_in: u64,
    pub(super) frames_out: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) samples: u64,
    pub(super) connections: u64,
    pub(super) last_frame: Option<Instant>,
}

impl Traffic {
    pub(super) fn count_in(&mut self, bytes: usize, now: Instant) {
        self.frames_in += 1;
        self.bytes_in += bytes as u64;
        self.last_frame = Some(now);
    }

    pub(super) fn count_out(&mut self, bytes: usize) {
        self.frames_out += 1;
        self.bytes_out += bytes as u64;
    }
}

impl Client {
    /// The state as callers see it: connected from [`Event::Connect`](super::Event::Connect) on.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        match self.connection.phase {
            Phase::Idle => ConnectionState::Idle,
            Phase::Closed => ConnectionState::Closed,
            Phase::Connected(_) => match self.untold_connect() {
                None => ConnectionState::Connected,
                Some(false) => ConnectionState::Connecting,
                Some(true) => ConnectionState::Reconnecting,
            },
            _ if self.connection.was_connected() => ConnectionState::Reconnecting,
            _ => ConnectionState::Connecting,
        }
    }

    /// The server's id for this connection, while connected.
    #[must_use]
    pub fn socket_id(&self) -> Option<&str> {
        let connected = self.connection.phase.connected()?;
        let is_told = self.untold_connect().is_none();
        is_told.then_some(&*connected.id)
    }

    /// Whether the listeners are still to be told of this connection: `reconnected` of that event.
    fn untold_connect(&self) -> Option<bool> {
        if self.connection.phase.is_connected() && !self.connection.is_announced() {
            return Some(self.connection.was_connected());
        }
        self.outputs.untold_connect()
    }

    /// Counters since construction.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let Traffic {
            frames_in,
            frames_out,
            bytes_in,
            bytes_out,
            samples,
            connections,
            last_frame,
        } = self.traffic;
        let phase = &self.connection.phase;
        let suspicion = phase.connected().map(|connected| &connected.suspicion);
        let held = suspicion.map_or(0, |suspicion| suspicion.held.len());
        Stats {
            frames_in,
            frames_out,
            bytes_in,
            bytes_out,
            samples,
            // Like the state: a connection counts once its event was told.
            connections: connections - u64::from(self.untold_connect().is_some()),
            open_requests: self.calls.len() + held,
            open_feeds: self.feeds.len(),
            open_series: self.feeds.series_count()
                + suspicion.map_or(0, |suspicion| suspicion.held_series()),
            table_entries: self.connection.callers.len()
                + phase.session().map_or(0, Session::awaited_acks)
                + self.calls.entries()
                + self.feeds.entries()
                + self.late.len()
                + held
                + usize::from(phase.next_deadline().is_some()),
            last_frame,
        }
    }
}
