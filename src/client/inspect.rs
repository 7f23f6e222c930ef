//! What callers can query at any time.

use super::connection::Phase;
use super::{Client, Command, ConnectionState, Stats};
use crate::socket::Session;

impl Client {
    /// The state as callers see it: connected from [`Event::Connect`](super::Event::Connect) on.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        match self.connection.phase {
            Phase::Idle => ConnectionState::Idle,
            Phase::Closed => ConnectionState::Closed,
            Phase::Connected(_) => match self.outputs.unannounced_connect() {
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
        let is_announced = self.outputs.unannounced_connect().is_none();
        is_announced.then_some(&*connected.id)
    }

    /// Counters since construction.
    #[must_use]
    pub fn stats(&self) -> Stats {
        let phase = &self.connection.phase;
        let held = phase.connected().map_or(&[][..], |it| &it.suspicion.held);
        let is_series = |command: &&Command| matches!(command, Command::OpenFeed { series, .. } if series.is_some());
        let unannounced = self.outputs.unannounced_connect().is_some();
        Stats {
            // As with the state, a connection counts once its event has been delivered.
            connections: self.traffic.connections - u64::from(unannounced),
            open_requests: self.calls.len() + held.len(),
            open_feeds: self.feeds.len(),
            open_series: self.feeds.series_count() + held.iter().filter(is_series).count(),
            table_entries: self.connection.callers.len()
                + phase.session().map_or(0, Session::awaited_acks)
                + self.calls.entries()
                + self.feeds.entries()
                + self.late.len()
                + held.len()
                + usize::from(phase.next_deadline().is_some()),
            ..self.traffic
        }
    }
}
