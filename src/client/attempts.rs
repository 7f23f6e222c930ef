//! Attempts: how they start, succeed and fail.

use super::connection::{Next, Phase};
use super::error::{
    AWAITED_ACCEPTANCE, AWAITED_CONNECT, AWAITED_HANDSHAKE, AWAITED_SOCKET, AWAITED_TOKEN, Error,
    ErrorKind,
};
use super::{Attempt, CallId, Client, Command, Detail, Event, Reply};
use crate::device::Token;
use crate::engine::Frame;
use crate::socket::{DisconnectReason, Progress, Protocol, Session};
use crate::time::Instant;

impl Client {
    pub(super) fn connect(&mut self, call: CallId, now: Instant) {
        if self.connection.connect(call) {
            self.start_attempt(now);
        }
    }

    pub(super) fn reconnect_now(&mut self, now: Instant) {
        if self.connection.is_waiting() {
            self.start_attempt(now);
        }
    }

    pub(super) fn start_attempt(&mut self, now: Instant) {
        let ask = self.connection.start_attempt(&self.config, now);
        self.outputs.push(ask);
    }

    /// Ends an accepted connection. An attempt is abandoned and not counted; its `connect` stays
    /// pending.
    pub(super) fn suspend(&mut self, now: Instant) {
        match self.connection.phase {
            Phase::Connected(_) => {
                self.connection_lost(DisconnectReason::TransportClose, None, now);
            }
            Phase::AwaitingToken { .. } | Phase::Opening { .. } | Phase::Handshaking { .. } => {
                self.connection.uncount_attempt();
                self.leave(Next::AfterDelay);
            }
            Phase::Idle | Phase::Waiting { .. } | Phase::Closed => {}
        }
    }

    pub(super) fn handle_token(
        &mut self,
        attempt: Attempt,
        token: Result<Token, Error>,
        now: Instant,
    ) {
        match self.connection.handle_token(attempt, token, &self.config) {
            Some(Ok(open)) => self.outputs.push(open),
            Some(Err(error)) => self.attempt_failed(error, now),
            None => {}
        }
    }

    pub(super) fn handle_closed(
        &mut self,
        attempt: Attempt,
        failed: bool,
        detail: Option<Detail>,
        now: Instant,
    ) {
        let detail = detail.unwrap_or_default();
        if attempt != self.connection.attempt() {
            return;
        }
        match self.connection.phase {
            Phase::Opening { .. } => {
                let unreachable = ErrorKind::Unreachable {
                    host: self.config.endpoint.host().to_owned(),
                    detail: self.redact_some(detail.reason.as_deref()),
                    hint: self.redact_some(detail.hint.as_deref()),
                };
                self.attempt_failed(unreachable.into(), now);
            }
            Phase::Handshaking { .. } => {
                self.connection.learn_when_to_connect(self.config.protocol);
                self.not_accepted("closed the connection", detail.reason.as_deref(), now);
            }
            Phase::Connected(_) => {
                let reason = if failed {
                    DisconnectReason::TransportError
                } else {
                    DisconnectReason::TransportClose
                };
                let last_frame = self.traffic.last_frame;
                let idle_cut = self.connection.note_idle_cut(last_frame, now);
                self.connection_lost(reason, None, now);
                if let Some(warning) = idle_cut {
                    self.outputs.warn(warning);
                }
            }
            Phase::Idle | Phase::AwaitingToken { .. } | Phase::Waiting { .. } | Phase::Closed => {}
        }
    }

    /// The server was reached, but the connection ended before the server accepted it.
    pub(super) fn not_accepted(&mut self, how: &'static str, detail: Option<&str>, now: Instant) {
        let progress = self.connection.progress();
        let advice = match (self.config.protocol, progress) {
            (Protocol::V3, _) => {
                "if it is a Socket.IO 3 or 4 server, set `protocol` to \"auto\" or 4"
            }
            (_, Progress::Silent) => "check the URL and `path`: it may not be a Socket.IO server",
            (Protocol::Auto, Progress::HandshakeReceived) => {
                "if it is a Socket.IO 3 or 4 server, set `protocol` to 4; the next attempt sends CONNECT immediately"
            }
            _ => "check the token and the workgroup",
        };
        let not_accepted = ErrorKind::NotAccepted {
            host: self.config.endpoint.host().to_owned(),
            how,
            progress,
            detail: self.redact_some(detail),
            advice,
        };
        self.attempt_failed(not_accepted.into(), now);
    }

    pub(super) fn connect_timed_out(&mut self, now: Instant) {
        let after = self.config.connect_timeout;
        let awaited = match self.connection.phase {
            Phase::AwaitingToken { .. } => AWAITED_TOKEN,
            Phase::Opening { .. } => AWAITED_SOCKET,
            Phase::Handshaking { .. } => match self.connection.progress() {
                Progress::Silent => AWAITED_HANDSHAKE,
                Progress::HandshakeReceived => AWAITED_ACCEPTANCE,
                Progress::ConnectSent => AWAITED_CONNECT,
            },
            _ => return,
        };
        self.attempt_failed(ErrorKind::Timeout { awaited, after }.into(), now);
    }

    /// Resumes the feeds, delivers the frames that progress early, then announces the connection.
    pub(super) fn accepted(&mut self, id: String, now: Instant) {
        self.connection.accept(id, &self.config, now);
        self.traffic.connections += 1;
        self.resume_feeds(now);
        let session = self.connection.phase.session_mut();
        let early = session.map(Session::take_early_frames).unwrap_or_default();
        // Once a frame has ended the connection, the others have no session to go to.
        for frame in early {
            match frame {
                Frame::Text(frame) => self.receive_text(&frame, now),
                Frame::Binary(frame) => self.receive_binary(&frame, now),
            }
        }
        self.announce();
    }

    /// Emits the `connect` event of an accepted connection, once.
    pub(super) fn announce(&mut self) {
        if let Some(event) = self.connection.announce() {
            self.outputs.event(event);
        }
    }

    pub(super) fn settle_callers(&mut self, result: &Result<Reply, Error>) {
        for call in core::mem::take(&mut self.connection.callers) {
            self.outputs.settle(call, result.clone());
        }
    }

    pub(super) fn refused(&mut self, message: &str, data: Option<&str>, now: Instant) {
        let unauthorized = ErrorKind::Unauthorized {
            message: self.redact(message).into_owned(),
            data: self.redact_some(data),
            hint: self.connection.tokens.expiry_hint(now),
        };
        self.attempt_failed(unauthorized.into(), now);
    }

    /// Ends an attempt that did not lead to an accepted connection.
    pub(super) fn attempt_failed(&mut self, error: Error, now: Instant) {
        let attempt = self.connection.attempt_number();
        let next = self.connection.after_failure(&error, &self.config);
        self.leave(next);
        self.outputs.event(Event::ConnectError {
            error: error.clone(),
            attempt,
            will_retry: next != Next::Never,
        });
        if next == Next::AfterDelay && !self.config.retries_first_connect() {
            self.settle_callers(&Err(error.clone()));
        }
        self.go_on(next, &error, now);
    }

    /// Leaves a phase: closes the socket and expects no more late replies. Returns the commands
    /// that were held back.
    pub(super) fn leave(&mut self, next: Next) -> Vec<Command> {
        let (close_socket, held) = self.connection.leave(next);
        if let Some(close_socket) = close_socket {
            self.outputs.push(close_socket);
        }
        self.late.clear();
        held
    }

    /// Takes the next step after an attempt or a connection has ended.
    pub(super) fn go_on(&mut self, next: Next, ended_by: &Error, now: Instant) {
        match next {
            Next::Immediately => self.start_attempt(now),
            Next::AfterDelay => {
                let waits = self.connection.wait(&self.config, &mut self.random, now);
                if let Some(reconnecting) = waits {
                    self.outputs.event(reconnecting);
                }
            }
            Next::Never => self.end_everything(ended_by),
        }
    }
}
