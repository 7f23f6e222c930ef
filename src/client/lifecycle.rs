//! Attempts: how they start, succeed, fail, and follow each other.
//!
//! Attempts are counted from 1 in each row. A `connect` at rest starts one, and so does the loss of
//! the first connection that it led to. A row goes on through every failure and every further
//! connection that did not hold for [`stable_after`](super::ReconnectConfig::stable_after); after
//! one that did, the next row starts.

use super::calls::settled;
use super::ending::expiry_hint;
use super::error::{
    AWAITED_ACCEPTANCE, AWAITED_CONNECT, AWAITED_HANDSHAKE, AWAITED_SOCKET, AWAITED_TOKEN, Error,
    ErrorKind,
};
use super::timer::Timer;
use super::{Attempt, CallId, Client, ConnectUrl, Detail, Event, Output, Phase, Reply};
use crate::device::Token;
use crate::engine::Frame;
use crate::socket::{DisconnectReason, Progress, Protocol, Session, SessionConfig};
use crate::time::{Instant, whole_millis};
use core::time::Duration;

/// A connection that ends this soon after a wake died while nobody was looking: trying again is not
/// a matter of patience. Once for each wake.
const JUST_WOKEN: Duration = Duration::from_secs(10);

impl Client {
    pub(super) fn connect(&mut self, call: CallId, now: Instant) {
        match self.phase {
            Phase::Connected | Phase::Token | Phase::Opening | Phase::Handshake => {
                self.connecting.push(call);
            }
            Phase::Waiting => {
                self.connecting.push(call);
                self.reconnect_now(now);
            }
            Phase::Idle | Phase::Closed => {
                self.connecting.push(call);
                self.was_connected = false;
                self.refused_last = false;
                self.has_worked = false;
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

    /// An accepted connection is lost; an attempt is none, and its `connect` waits on.
    pub(super) fn suspend(&mut self, now: Instant) {
        match self.phase {
            Phase::Connected => {
                self.connection_lost(DisconnectReason::TransportClose, None, now);
            }
            Phase::Token | Phase::Opening | Phase::Handshake => {
                self.drop_connection();
                self.try_number = self.try_number.saturating_sub(1);
                // No deadline: what does not run cannot keep one.
                self.phase = Phase::Waiting;
            }
            Phase::Idle | Phase::Waiting | Phase::Closed => {}
        }
    }

    pub(super) fn start_attempt(&mut self, now: Instant) {
        self.timers.clear(Timer::Reconnect);
        self.attempt = self.attempt.next();
        self.try_number = self.try_number.saturating_add(1);
        self.phase = Phase::Token;
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
                    ask_at_once: self.ask_at_once,
                    tells_unreadable_events: true,
                    limits: self.config.limits.clone(),
                    ..SessionConfig::default()
                });
                let url = ConnectUrl(self.config.url(&token, session.revision()));
                self.session = Some(session);
                if self.token.as_ref() != Some(&token) {
                    self.earlier_token = self.token.replace(token);
                }
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
        detail: Option<Detail>,
        now: Instant,
    ) {
        let detail = detail.unwrap_or_default();
        if attempt != self.attempt {
            return;
        }
        match self.phase {
            Phase::Opening => self.unreachable(detail, now),
            Phase::Handshake => {
                // Where it did not wait for the CONNECT that was held back, the next attempt sends it
                // at once; where it was sent at once and was of no use, the next holds it back.
                self.ask_at_once = match self.progress() {
                    Progress::Silent => self.ask_at_once,
                    Progress::Greeted => self.config.protocol == Protocol::Auto,
                    Progress::Asked => false,
                };
                self.not_accepted("closed the connection", detail.reason, now);
            }
            Phase::Connected => {
                let reason = if failed {
                    DisconnectReason::TransportError
                } else {
                    DisconnectReason::TransportClose
                };
                let idle = self.note_idle_cut(now);
                self.connection_lost(reason, None, now);
                if let Some(warning) = idle {
                    self.warn(warning);
                }
            }
            Phase::Idle | Phase::Token | Phase::Waiting | Phase::Closed => {}
        }
    }

    pub(super) fn unreachable(&mut self, detail: Detail, now: Instant) {
        let [detail, hint] = [detail.reason, detail.hint]
            .map(|words| words.map(|words: String| self.redact(&words).into_owned()));
        let host = self.config.endpoint.host().to_owned();
        let unreachable = ErrorKind::Unreachable { host, detail, hint };
        self.attempt_failed(unreachable.into(), now);
    }

    /// The server was reached, and went before it had accepted.
    pub(super) fn not_accepted(&mut self, how: &'static str, detail: Option<String>, now: Instant) {
        let came = self.progress();
        let advice = match (self.config.protocol, came) {
            (Protocol::V3, _) => {
                "if it is a server of Socket.IO 3 or 4, set `protocol` to \"auto\" or 4"
            }
            (_, Progress::Silent) => "check the URL and `path`: it may not be a Socket.IO server",
            (Protocol::Auto, Progress::Greeted) => {
                "if it is a server of Socket.IO 3 or 4, set `protocol` to 4; the next attempt sends CONNECT at once"
            }
            _ => "check the token and the workgroup",
        };
        let detail = detail.map(|detail| self.redact(&detail).into_owned());
        let not_accepted = ErrorKind::NotAccepted {
            host: self.config.endpoint.host().to_owned(),
            how,
            came,
            detail,
            advice,
        };
        self.attempt_failed(not_accepted.into(), now);
    }

    fn progress(&self) -> Progress {
        let session = self.session.as_ref();
        session.map_or(Progress::Silent, Session::progress)
    }

    pub(super) fn connect_timed_out(&mut self, now: Instant) {
        let after = self.config.connect_timeout;
        let awaited = match self.phase {
            Phase::Token => AWAITED_TOKEN,
            Phase::Opening => AWAITED_SOCKET,
            Phase::Handshake => match self.progress() {
                Progress::Silent => AWAITED_HANDSHAKE,
                Progress::Greeted => AWAITED_ACCEPTANCE,
                Progress::Asked => AWAITED_CONNECT,
            },
            _ => return,
        };
        self.attempt_failed(ErrorKind::Timeout { awaited, after }.into(), now);
    }

    /// The server has accepted: what came early first, then the feeds, then the listeners.
    pub(super) fn accepted(&mut self, id: String, now: Instant) {
        let attempt = self.attempt;
        self.phase = Phase::Connected;
        self.announced = false;
        self.told_unreadable = false;
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
    pub(super) fn announce(&mut self) {
        let Some(id) = self.socket_id.clone() else {
            return;
        };
        if !core::mem::replace(&mut self.announced, true) {
            self.outputs.push_back(Output::Event(Event::Connect {
                id,
                attempt: self.try_number,
                reconnected: self.was_connected,
            }));
            // The first connection is no reconnection: the row of those begins with its loss.
            if !core::mem::replace(&mut self.was_connected, true) {
                self.try_number = 0;
            }
        }
    }

    /// Whether a `connect` waits for nothing but its turn to be settled.
    pub(super) fn has_connected_calls(&self) -> bool {
        self.phase == Phase::Connected && self.announced && !self.connecting.is_empty()
    }

    pub(super) fn settle_connecting(&mut self, result: &Result<Reply, Error>) {
        for call in core::mem::take(&mut self.connecting) {
            self.outputs.push_back(settled(call, result.clone()));
        }
    }

    pub(super) fn refused(&mut self, message: &str, data: Option<&str>, now: Instant) {
        let hint = self
            .token
            .as_ref()
            .and_then(|token| expiry_hint(token, now));
        let message = self.redact(message).into_owned();
        let data = data.map(|data| self.redact(data).into_owned());
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
    pub(super) fn attempt_failed(&mut self, error: Error, now: Instant) {
        let attempt = self.try_number;
        let refused = matches!(*error.kind, ErrorKind::Unauthorized { .. });
        let fresh_try = self.ended_by_refusal(refused);
        let first_connect = self
            .config
            .reconnect
            .as_ref()
            .is_some_and(|reconnect| reconnect.first_connect);
        let will_retry = if refused {
            fresh_try
        } else {
            (self.was_connected || first_connect) && self.may_try(self.next_try())
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
            self.start_attempt(now);
        } else {
            if !first_connect {
                self.settle_connecting(&Err(error));
            }
            self.wait(now);
        }
    }

    /// Notes how an attempt or a connection ended. Returns whether the next attempt is the one that a
    /// refusal gets at once, with a fresh token: it does where the token can be another one, and
    /// where the end before it was no refusal.
    pub(super) fn ended_by_refusal(&mut self, refused: bool) -> bool {
        let refused_before = core::mem::replace(&mut self.refused_last, refused);
        refused && !refused_before && self.config.token_may_change
    }

    /// The number of the attempt after this one.
    pub(super) const fn next_try(&self) -> u32 {
        self.try_number.saturating_add(1)
    }

    pub(super) fn may_try(&self, attempt: u32) -> bool {
        self.config
            .reconnect
            .as_ref()
            .is_some_and(|reconnect| attempt <= reconnect.max_attempts)
    }

    pub(super) fn wait(&mut self, now: Instant) {
        let Some(reconnect) = &self.config.reconnect else {
            return;
        };
        let attempt = self.next_try();
        let woken = self.woken_at.take();
        let delay = match woken {
            Some(at) if now.saturating_since(at) < JUST_WOKEN => Duration::ZERO,
            _ => reconnect.delay(attempt, &mut self.random),
        };
        self.phase = Phase::Waiting;
        self.timers.set(Timer::Reconnect, now + delay);
        let delay_ms = whole_millis(delay);
        self.outputs
            .push_back(Output::Event(Event::Reconnecting { attempt, delay_ms }));
    }
}

/// A deadline that is due at once would let attempts follow each other within one input.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(1);
