//! Frames: incoming ones go through the session to their handlers; outgoing ones come from it.

use super::error::{Error, ErrorKind};
use super::{Attempt, Client, Output};
use crate::device::EventKind;
use crate::socket::{DisconnectReason, SessionError, SessionEvent};
use crate::time::Instant;

impl Client {
    /// Routes a text frame. Everything that it can cause starts here.
    pub(super) fn handle_text(&mut self, attempt: Attempt, frame: &str, now: Instant) {
        if self.accept_frame(attempt, frame.len(), now) {
            self.receive_text(frame, now);
            self.release_held(now);
        }
    }

    pub(super) fn handle_binary(&mut self, attempt: Attempt, frame: &[u8], now: Instant) {
        if self.accept_frame(attempt, frame.len(), now) {
            self.receive_binary(frame, now);
            self.release_held(now);
        }
    }

    /// Counts a frame and ends a suspicion, unless the frame is late. One that arrives before the
    /// socket reports that it is open implies that it is.
    fn accept_frame(&mut self, attempt: Attempt, bytes: usize, now: Instant) -> bool {
        self.connection.handle_opened(attempt);
        let is_current =
            attempt == self.connection.attempt() && self.connection.phase.session().is_some();
        if is_current {
            self.traffic.count_in(bytes, now);
            self.trust();
        }
        is_current
    }

    pub(super) fn receive_text(&mut self, frame: &str, now: Instant) {
        if let Some(session) = self.connection.phase.session_mut() {
            let received = session.handle_text(frame, now);
            self.received(received, now);
        }
    }

    pub(super) fn receive_binary(&mut self, frame: &[u8], now: Instant) {
        if let Some(session) = self.connection.phase.session_mut() {
            let received = session.handle_binary(frame, now);
            self.received(received, now);
        }
    }

    fn received(&mut self, received: Result<Option<SessionEvent<'_>>, SessionError>, now: Instant) {
        self.send_queued();
        match received {
            Ok(None) => {}
            Ok(Some(SessionEvent::Event(event))) => self.handle_event(event, now),
            Ok(Some(SessionEvent::Unreadable {
                name,
                data,
                byte,
                error,
            })) => match EventKind::from_name(name.as_str()) {
                EventKind::FeedData => self.handle_unreadable_sample(name.as_str(), data, byte),
                _ => self.session_failed(&error, now),
            },
            Ok(Some(SessionEvent::Ack(ack))) => self.handle_ack(ack),
            Ok(Some(SessionEvent::Connected { id })) => self.accepted(id, now),
            Ok(Some(SessionEvent::Refused { message, data })) => {
                self.refused(&message, data.as_deref(), now)
            }
            Ok(Some(SessionEvent::Disconnected { message, data })) => {
                self.kicked(message.as_deref(), data.as_deref(), now);
            }
            Ok(Some(SessionEvent::Closed)) => {
                self.handle_closed(self.connection.attempt(), false, None, now)
            }
            Err(error) => self.session_failed(&error, now),
        }
    }

    fn session_failed(&mut self, error: &SessionError, now: Instant) {
        let tokens = &self.connection.tokens;
        let is_connected = self.connection.phase.is_connected();
        let failure = match error {
            SessionError::PingTimeout if is_connected => {
                return self.connection_lost(DisconnectReason::PingTimeout, None, now);
            }
            SessionError::PingTimeout => return self.not_accepted("fell silent", None, now),
            SessionError::NoHandshake { reason } => ErrorKind::NoSocketIo {
                host: self.config.endpoint.host().to_owned(),
                reason: tokens.redact_excerpt(reason),
            }
            .into(),
            _ => Error::protocol(&tokens.redact_excerpt(&error.to_string()), None),
        };
        if is_connected {
            self.connection_lost(DisconnectReason::ParseError, Some(failure), now);
        } else {
            self.attempt_failed(failure, now);
        }
    }

    pub(super) fn heartbeat_due(&mut self, now: Instant) {
        let Some(session) = self.connection.phase.session_mut() else {
            return;
        };
        let beat = session.handle_timeout(now);
        self.send_queued();
        if let Err(error) = beat {
            self.session_failed(&error, now);
        }
    }

    /// Sends what the session has queued.
    pub(super) fn send_queued(&mut self) {
        let attempt = self.connection.attempt();
        let Some(session) = self.connection.phase.session_mut() else {
            return;
        };
        while let Some(frame) = session.poll_frame() {
            self.traffic.count_out(frame.len());
            self.outputs.push(Output::Send { attempt, frame });
        }
    }
}
