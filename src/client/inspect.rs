//! What callers can query at any time.

use super::connection::Phase;
use super::traffic::Traffic;
use super::{Client, ConnectionState, Stats};
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
            // As with the state, a connection counts once its event has been delivered.
            connections: connections - u64::from(self.outputs.unannounced_connect().is_some()),
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
