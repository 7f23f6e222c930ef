//! The state and the counters, as callers see them.

use crate::time::Instant;
use core::fmt;

/// The state as callers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Never connected yet.
    Idle,
    /// Connecting for the first time.
    Connecting,
    /// Accepted by the server.
    Connected,
    /// Reconnecting after a lost connection.
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
    /// Bytes received, as UTF-8 or as the driver counted them in
    /// [`Client::record_parsed_sample`](super::Client::record_parsed_sample).
    pub bytes_in: u64,
    /// Bytes sent, as UTF-8.
    pub bytes_out: u64,
    /// Feed samples received.
    pub samples: u64,
    /// Connections accepted by the server.
    pub connections: u64,
    /// Calls that are not settled yet, except `connect`.
    pub open_requests: usize,
    /// Feeds held at the server, or to be resumed.
    pub open_feeds: usize,
    /// Series, including those whose feed is being opened or resumed.
    pub open_series: usize,
    /// Entries in all tables: calls, feeds, series, requests given up without a reply, the indexes
    /// by id, deadlines. 0 once closed; a remaining entry is a leak.
    pub table_entries: usize,
    /// When the last frame arrived.
    pub last_frame: Option<Instant>,
}

impl Stats {
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
