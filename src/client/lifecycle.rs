//! Attempts, acceptance, loss, reconnection and close.

use super::calls::settled;
use super::error::{Error, ErrorKind};
use super::timer::Timer;
use super::{Attempt, CallId, Client, ConnectUrl, Event, Output, Phase, Reply};
use crate::device::Token;
use crate::engine::Frame;
use crate::socket::{DisconnectReason, Session, SessionConfig, SessionError, SessionEvent};
use crate::time::Instant;
use core::time::Duration;
use serde_json::value::RawValue;

/// A server that ends a connection this soon after accepting it has most likely looked at the token.
const KICKED_AT_ONCE: Duration = Duration::from_secs(2);

const SHORTEST_ATTEMPT: Duration = Duration::from_millis(1);

impl Client {
    pub(super) fn connect(&mut self, call: CallId, now: Instant) {
        match self.phase {
            Phase::Connected => self.outputs.push_back(settled(call, Ok(Reply::Done))),
            Phase::Token | Phase::Opening | Phase::Handshake => self.connecting.push(call),
            Phase::Waiting => {
                self.connecting.push(call);
                self.reconnect_now(now);
            }
            Phase::Idle | Phase::Closed => {
                self.connecting.push(call);
                self.was_connected = false;
                self.fresh_try_had = false;
                self.try_number = 0;
                self.start_attempt(now);
            }
        }
    }

    pub(super) fn reconnect_now(&mut self, now: Instant) {
        if self.phase == Phase::Waiting {
            self.start_attempt(now);
        }
    }

    pub(super) fn start_attempt(&mut self, now: Instant) {
        self.timers.clear(Timer::Reconnect);
        self.attempt = self.attempt.next();
        self.try_number = self.try_number.saturating_add(1);
        self.phase = Phase::Token;
        // A deadline that is due at once would let attempts follow each other within one input.
        let most = self.config.connect_timeout.max(SHORTEST_ATTEMPT);
        self.timers.set(Timer::Connect, now + most);
        self.outputs.push_back(Output::AskToken {
            attempt: self.attempt,
        });
    }

    pub(super) fn handle_token(
        &mut self,
        attempt: Attempt,
        token: Result<Token, Error>,
        now: Instant,
    ) {
        if attempt != self.attempt || self.phase != Phase::Token {
            return;
        }
        match token {
            Ok(token) => {
                let session = Session::new(SessionConfig {
                    protocol: self.config.protocol,
                    limits: self.config.limits.clone(),
                    ..SessionConfig::default()
                });
                let url = ConnectUrl(self.config.url(&token, session.revision()));
                self.session = Some(session);
                self.token = Some(token);
                self.phase = Phase::Opening;
                self.outputs.push_back(Output::Open { attempt, url });
            }
            Err(error) => self.attempt_failed(error, now),
        }
    }

    pub(super) fn handle_opened(&mut self, attempt: Attempt) {
        if attempt == self.attempt && self.phase == Phase::Opening {
            self.phase = Phase::Handshake;
        }
    }

    pub(super) fn handle_closed(
        &mut self,
        attempt: Attempt,
        failed: bool,
        detail: Option<String>,
        now: Instant,
    ) {
        if attempt != self.attempt {
            return;
        }
        match self.phase {
            Phase::Opening => self.unreachable(detail, now),
            Phase::Handshake => {
                let said = "the server closed the connection before it accepted it";
                let detail =
                    detail.map_or_else(|| said.to_owned(), |detail| format!("{said}: {detail}"));
                self.unreachable(Some(detail), now);
            }
            Phase::Connected => {
                let reason = if failed {
                    DisconnectReason::TransportError
                } else {
                    DisconnectReason::TransportClose
                };
                self.connection_lost(reason, None, now);
            }
            Phase::Idle | Phase::Token | Phase::Waiting | Phase::Closed => {}
        }
    }

    fn unreachable(&mut self, detail: Option<String>, now: Instant) {
        let detail = detail.map(|detail| self.redact(&detail).into_owned());
        let host = self.config.endpoint.host().to_owned();
        self.attempt_failed(ErrorKind::Unreachable { host, detail }.into(), now);
    }

    pub(super) fn connect_timed_out(&mut self, now: Instant) {
        let after = self.config.connect_timeout;
        let awaited = match self.phase {
            Phase::Token => "answer from the token function",
            Phase::Opening => {
                return self.unreachable(
                    Some(format!("no answer within {} ms", after.as_millis())),
                    now,
                );
            }
            Phase::Handshake => "acceptance by the server",
            _ => return,
        };
        self.attempt_failed(ErrorKind::Timeout { awaited, after }.into(), now);
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

    /// Counts and routes a text frame; everything that it can lead to starts here.
    pub(super) fn handle_text(&mut self, attempt: Attempt, frame: &str, now: Instant) {
        if !self.takes_frames(attempt) {
            return;
        }
        self.count_in(frame.len(), now);
        self.receive_text(frame, now);
    }

    pub(super) fn handle_binary(&mut self, attempt: Attempt, frame: &[u8], now: Instant) {
        if !self.takes_frames(attempt) {
            return;
        }
        self.count_in(frame.len(), now);
        self.receive_binary(frame, now);
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

    fn receive_text(&mut self, frame: &str, now: Instant) {
        let Some(session) = &mut self.session else {
            return;
        };
        let received = session.handle_text(frame, now);
        self.received(received, now);
    }

    fn receive_binary(&mut self, frame: &[u8], now: Instant) {
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
            Ok(Some(SessionEvent::Ack(ack))) => self.handle_ack(ack),
            Ok(Some(SessionEvent::Connected { id })) => self.accepted(id, now),
            Ok(Some(SessionEvent::Refused { message, data })) => {
                self.refused(&message, data.as_deref(), now)
            }
            Ok(Some(SessionEvent::Disconnected)) => self.kicked(now),
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
                    let said = "the server fell silent before it accepted the connection";
                    self.unreachable(Some(said.to_owned()), now);
                }
            }
            _ => {}
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

    /// The server has accepted: what came early first, then the feeds, then the listeners.
    fn accepted(&mut self, id: String, now: Instant) {
        let attempt = self.attempt;
        self.phase = Phase::Connected;
        self.announced = false;
        self.fresh_try_had = false;
        self.socket_id = Some(id);
        self.connected_at = Some(now);
        self.stats.connections += 1;
        self.timers.clear(Timer::Connect);
        if let Some(reconnect) = &self.config.reconnect {
            self.timers.set(Timer::Stable, now + reconnect.stable_after);
        }
        self.resume_feeds(now);
        let early = self
            .session
            .as_mut()
            .map(Session::take_early_frames)
            .unwrap_or_default();
        for frame in early {
            match frame {
                Frame::Text(frame) => self.receive_text(&frame, now),
                Frame::Binary(frame) => self.receive_binary(&frame, now),
            }
            if self.attempt != attempt || self.phase != Phase::Connected {
                return;
            }
        }
        self.announce();
    }

    /// Tells of an accepted connection, once.
    fn announce(&mut self) {
        let Some(id) = self.socket_id.clone() else {
            return;
        };
        if !core::mem::replace(&mut self.announced, true) {
            self.outputs.push_back(Output::Event(Event::Connect {
                id,
                attempt: self.try_number,
                reconnected: self.was_connected,
            }));
            self.was_connected = true;
            self.settle_connecting(&Ok(Reply::Done));
        }
    }

    fn settle_connecting(&mut self, result: &Result<Reply, Error>) {
        for call in core::mem::take(&mut self.connecting) {
            self.outputs.push_back(settled(call, result.clone()));
        }
    }

    fn refused(&mut self, message: &str, data: Option<&RawValue>, now: Instant) {
        let hint = self
            .token
            .as_ref()
            .and_then(|token| expiry_hint(token, now));
        let message = self.redact(message).into_owned();
        let data = data.map(|data| self.redact(data.get()).into_owned());
        self.attempt_failed(
            ErrorKind::Unauthorized {
                message,
                data,
                hint,
            }
            .into(),
            now,
        );
    }

    /// An attempt is over without an accepted connection.
    fn attempt_failed(&mut self, error: Error, now: Instant) {
        let attempt = self.try_number;
        let refused = matches!(error.kind, ErrorKind::Unauthorized { .. });
        let fresh_try = refused && self.config.token_may_change && !self.fresh_try_had;
        let first_connect = self
            .config
            .reconnect
            .as_ref()
            .is_some_and(|reconnect| reconnect.first_connect);
        let will_retry = if refused {
            fresh_try
        } else {
            (self.was_connected || first_connect) && self.may_try(attempt.saturating_add(1))
        };
        self.drop_connection();
        self.phase = if will_retry {
            Phase::Waiting
        } else {
            Phase::Closed
        };
        self.outputs.push_back(Output::Event(Event::ConnectError {
            error: error.clone(),
            attempt,
            will_retry,
        }));
        if !will_retry {
            self.end_everything(&error);
        } else if fresh_try {
            self.fresh_try_had = true;
            self.start_attempt(now);
        } else {
            if !first_connect {
                self.settle_connecting(&Err(error));
            }
            self.wait(now);
        }
    }

    fn may_try(&self, attempt: u32) -> bool {
        self.config
            .reconnect
            .as_ref()
            .is_some_and(|reconnect| attempt <= reconnect.max_attempts)
    }

    fn wait(&mut self, now: Instant) {
        let Some(reconnect) = &self.config.reconnect else {
            return;
        };
        let attempt = self.try_number.saturating_add(1);
        let delay = reconnect.delay(attempt, &mut self.random);
        self.phase = Phase::Waiting;
        self.timers.set(Timer::Reconnect, now + delay);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.outputs
            .push_back(Output::Event(Event::Reconnecting { attempt, delay_ms }));
    }

    /// The server's `41`. It wins over whatever the socket does next: no reconnection.
    fn kicked(&mut self, now: Instant) {
        if self.phase != Phase::Connected {
            let reason = "it disconnected before it had accepted the connection";
            return self.attempt_failed(Error::protocol(reason, None), now);
        }
        let at_once = self
            .connected_at
            .is_some_and(|at| now.saturating_since(at) < KICKED_AT_ONCE);
        let hint = self
            .token
            .as_ref()
            .and_then(|token| expiry_hint(token, now));
        let hint = hint.or_else(|| {
            at_once.then(|| "right after it had accepted it; it may not like the token".to_owned())
        });
        self.connection_lost(
            DisconnectReason::ServerDisconnect,
            Some(ErrorKind::Kicked { hint }.into()),
            now,
        );
    }

    /// An accepted connection is over, not by the caller's wish.
    fn connection_lost(&mut self, reason: DisconnectReason, error: Option<Error>, now: Instant) {
        // It may end while frames that came early are delivered: no disconnect without a connect.
        self.announce();
        let next = self.try_number.saturating_add(1);
        let will_reconnect = reason != DisconnectReason::ServerDisconnect && self.may_try(next);
        self.drop_connection();
        self.phase = if will_reconnect {
            Phase::Waiting
        } else {
            Phase::Closed
        };
        let lost: Error = ErrorKind::Disconnected {
            reason: reason.as_str().to_owned(),
        }
        .into();
        self.settle_calls(&lost);
        self.feeds.connection_lost();
        if will_reconnect {
            self.outputs.push_back(Output::Event(Event::Disconnect {
                reason,
                will_reconnect,
                error,
            }));
            self.wait(now);
        } else {
            let ended = error.clone().unwrap_or(lost);
            self.outputs.push_back(Output::Event(Event::Disconnect {
                reason,
                will_reconnect,
                error,
            }));
            self.end_everything(&ended);
        }
    }

    /// The caller's close.
    pub(super) fn close(&mut self) {
        if self.phase == Phase::Closed {
            return;
        }
        let was_open = self.phase == Phase::Connected;
        if let Some(session) = &mut self.session {
            session.disconnect();
        }
        self.after_session();
        self.drop_connection();
        // A token that is still being asked for must find nobody.
        self.attempt = self.attempt.next();
        self.phase = Phase::Closed;
        let closed: Error = ErrorKind::Closed.into();
        self.settle_calls(&closed);
        self.settle_connecting(&Err(closed));
        self.feeds.connection_lost();
        self.end_feeds(None);
        if was_open {
            let reason = DisconnectReason::ClientDisconnect;
            self.outputs.push_back(Output::Event(Event::Disconnect {
                reason,
                will_reconnect: false,
                error: None,
            }));
        }
    }

    /// Lets go of socket, session and their deadlines.
    fn drop_connection(&mut self) {
        if self.session.take().is_some() {
            self.outputs.push_back(Output::CloseSocket {
                attempt: self.attempt,
            });
        }
        self.socket_id = None;
        self.connected_at = None;
        self.feeds.forget_orphans();
        for timer in [
            Timer::Connect,
            Timer::Heartbeat,
            Timer::Reconnect,
            Timer::Stable,
        ] {
            self.timers.clear(timer);
        }
        for feed in self.feeds.keys() {
            self.timers.clear(Timer::Resume(feed));
        }
    }

    /// Nothing will come any more: whoever waits is told.
    fn end_everything(&mut self, error: &Error) {
        self.settle_connecting(&Err(error.clone()));
        self.settle_calls(error);
        self.end_feeds(Some(error));
    }

    fn settle_calls(&mut self, error: &Error) {
        for call in self.calls.ids() {
            if let Some(waiting) = self.calls.close(call, &mut self.timers) {
                self.outputs
                    .push_back(settled(call, Err(waiting.name(error.clone()))));
            }
        }
    }

    pub(super) fn end_feeds(&mut self, error: Option<&Error>) {
        for key in self.feeds.keys() {
            self.timers.clear(Timer::Resume(key));
            if let Some(ended) = self.feeds.end(key) {
                self.tell_ended(ended, error);
            }
        }
    }
}

/// What the token itself says, where it is a JWT that has run out.
fn expiry_hint(token: &Token, now: Instant) -> Option<String> {
    let expired_ms = token.expires_at_ms().filter(|&at| at <= now.as_millis())?;
    let ago = span_in_words(now.as_millis() - expired_ms);
    Some(format!("the token expired {ago} ago; get a new one"))
}

fn span_in_words(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1 => "a minute".to_owned(),
        2..=119 => format!("{minutes} minutes"),
        120..=2879 => format!("{} hours", minutes / 60),
        _ => format!("{} days", minutes / 1440),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn spans_read_well() {
        for (minutes, words) in [
            (0, "less than a minute"),
            (1, "a minute"),
            (2, "2 minutes"),
            (119, "119 minutes"),
            (120, "2 hours"),
            (2879, "47 hours"),
            (2880, "2 days"),
        ] {
            assert_eq!(span_in_words(minutes * 60_000 + 59_999), words);
        }
    }
}
