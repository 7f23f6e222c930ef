//! Frames: in, from the socket to the session and on as what they mean; out, from the session.

use super::error::{Error, ErrorKind};
use super::timer::Timer;
use super::{Attempt, Client, Output, Phase};
use crate::device::{EventFamily, event_family};
use crate::socket::{DisconnectReason, SessionError, SessionEvent};
use crate::time::Instant;

impl Client {
    /// Counts and routes a text frame; everything that it can lead to starts here.
    pub(super) fn handle_text(&mut self, attempt: Attempt, frame: &str, now: Instant) {
        if !self.takes_frames(attempt) {
            return;
        }
        self.count_in(frame.len(), now);
        self.trust();
        self.receive_text(frame, now);
        self.release_held(now);
    }

    pub(super) fn handle_binary(&mut self, attempt: Attempt, frame: &[u8], now: Instant) {
        if !self.takes_frames(attempt) {
            return;
        }
        self.count_in(frame.len(), now);
        self.trust();
        self.receive_binary(frame, now);
        self.release_held(now);
    }

    /// A frame that comes before the socket said that it is open counts as saying so.
    fn takes_frames(&mut self, attempt: Attempt) -> bool {
        self.handle_opened(attempt);
        attempt == self.attempt && matches!(self.phase, Phase::Handshake | Phase::Connected)
    }

    pub(super) fn count_in(&mut self, bytes: usize, now: Instant) {
        self.stats.frames_in += 1;
        self.stats.bytes_in += bytes as u64;
        self.stats.last_frame = Some(now);
    }

    pub(super) fn receive_text(&mut self, frame: &str, now: Instant) {
        let Some(session) = &mut self.session else {
            return;
        };
        let received = session.handle_text(frame, now);
        self.received(received, now);
    }

    pub(super) fn receive_binary(&mut self, frame: &[u8], now: Instant) {
        let Some(session) = &mut self.session else {
            return;
        };
        let received = session.handle_binary(frame, now);
        self.received(received, now);
    }

    fn received(&mut self, received: Result<Option<SessionEvent<'_>>, SessionError>, now: Instant) {
        self.after_session();
        match received {
            Ok(None) => {}
            Ok(Some(SessionEvent::Event(event))) => self.handle_event(event, now),
            Ok(Some(SessionEvent::Unreadable {
                name,
                data,
                byte,
                error,
            })) => match event_family(name.as_str()) {
                EventFamily::FeedData => self.handle_unreadable_sample(name.as_str(), data, byte),
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
            Ok(Some(SessionEvent::Closed)) => self.handle_closed(self.attempt, false, None, now),
            Err(error) => self.session_failed(&error, now),
        }
    }

    fn session_failed(&mut self, error: &SessionError, now: Instant) {
        let reason = match error {
            SessionError::PingTimeout => DisconnectReason::PingTimeout,
            _ => DisconnectReason::ParseError,
        };
        let failure = match error {
            SessionError::PingTimeout => None,
            SessionError::NoHandshake { reason } => {
                let no_socket_io = ErrorKind::NoSocketIo {
                    host: self.config.endpoint.host().to_owned(),
                    reason: self.redact_excerpt(reason),
                };
                Some(no_socket_io.into())
            }
            _ => Some(Error::protocol(
                self.redact_excerpt(&error.to_string()),
                None,
            )),
        };
        match self.phase {
            Phase::Connected => self.connection_lost(reason, failure, now),
            Phase::Opening | Phase::Handshake => {
                if let Some(failure) = failure {
                    self.attempt_failed(failure, now);
                } else {
                    self.not_accepted("fell silent", None, now);
                }
            }
            _ => {}
        }
    }

    pub(super) fn heartbeat_due(&mut self, now: Instant) {
        let Some(session) = &mut self.session else {
            return;
        };
        let beat = session.handle_timeout(now);
        self.after_session();
        if let Err(error) = beat {
            self.session_failed(&error, now);
        }
    }

    /// Sends what the session has to send and follows its heartbeat.
    pub(super) fn after_session(&mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        while let Some(frame) = session.poll_frame() {
            self.stats.frames_out += 1;
            self.stats.bytes_out += frame.len() as u64;
            self.outputs.push_back(Output::Send {
                attempt: self.attempt,
                frame,
            });
        }
        self.timers
            .set_or_clear(Timer::Heartbeat, session.next_timeout());
    }
}
