//! How a connection ends: the server's kick, a loss, the caller's close; and what that leaves.

use super::calls::settled;
use super::error::{Error, ErrorKind};
use super::timer::Timer;
use super::{Client, Event, Output, Phase, Reply};
use crate::device::Token;
use crate::socket::DisconnectReason;
use crate::text::decimal;
use crate::time::Instant;
use core::time::Duration;

impl Client {
    /// The server's `41`. It wins over whatever the socket does next: no reconnection, but for the
    /// fresh try of a connection that was ended right after its acceptance.
    pub(super) fn kicked(&mut self, message: Option<&str>, data: Option<&str>, now: Instant) {
        if self.phase != Phase::Connected {
            if let Some(message) = message {
                return self.refused(message, data, now);
            }
            let reason = "it disconnected before it had accepted the connection";
            return self.attempt_failed(Error::protocol(reason, data), now);
        }
        let at_once = self.ends_at_once(now);
        let hint = self
            .token
            .as_ref()
            .and_then(|token| expiry_hint(token, now));
        // Where it has worked with this token or another, that is not the likely reason.
        let of_the_token = at_once && (self.refused_last || !self.has_worked);
        let hint = hint.or_else(|| {
            of_the_token
                .then(|| "right after it had accepted it; it may not like the token".to_owned())
        });
        let message = message.map(|message| self.redact(message).into_owned());
        let data = data.map(|data| self.redact(data).into_owned());
        self.announce();
        let fresh_try = self.ended_by_refusal(at_once);
        let reason = DisconnectReason::ServerDisconnect.as_str();
        let said = [Some(reason), message.as_deref(), hint.as_deref()];
        let lost = ErrorKind::Disconnected {
            reason: said.into_iter().flatten().collect::<Vec<_>>().join(": "),
            data: data.clone(),
        };
        let kicked = ErrorKind::Kicked {
            message,
            data,
            hint,
            fresh_try,
        };
        let next = if fresh_try { Next::AtOnce } else { Next::Never };
        let end = End {
            reason: DisconnectReason::ServerDisconnect,
            error: Some(kicked.into()),
            lost: lost.into(),
            next,
        };
        self.connection_ended(end, now);
    }

    /// An accepted connection is over, by neither side's wish.
    pub(super) fn connection_lost(
        &mut self,
        reason: DisconnectReason,
        error: Option<Error>,
        now: Instant,
    ) {
        self.ended_by_refusal(false);
        self.ends_at_once(now);
        // It may end while frames that came early are delivered: no disconnect without a connect.
        self.announce();
        let lost = ErrorKind::Disconnected {
            reason: reason.as_str().to_owned(),
            data: None,
        };
        let next = if self.may_try(self.next_try()) {
            Next::AfterDelay
        } else {
            Next::Never
        };
        let end = End {
            reason,
            error,
            lost: lost.into(),
            next,
        };
        self.connection_ended(end, now);
    }

    /// Whether the connection ends right after its acceptance. One that does not has worked.
    fn ends_at_once(&mut self, now: Instant) -> bool {
        let at_once = self
            .connected_at
            .is_some_and(|at| now.saturating_since(at) < KICKED_AT_ONCE);
        self.has_worked |= !at_once;
        at_once
    }

    fn connection_ended(&mut self, end: End, now: Instant) {
        let End {
            reason,
            error,
            lost,
            next,
        } = end;
        let will_reconnect = next != Next::Never;
        // It was accepted, if only for a moment.
        self.settle_connecting(&Ok(Reply::Done));
        self.drop_connection();
        self.phase = if will_reconnect {
            Phase::Waiting
        } else {
            Phase::Closed
        };
        self.settle_calls(&lost);
        self.feeds.connection_lost();
        let ended = error.clone().unwrap_or(lost);
        self.outputs.push_back(Output::Event(Event::Disconnect {
            reason,
            will_reconnect,
            error,
        }));
        match next {
            Next::AtOnce => self.start_attempt(now),
            Next::AfterDelay => self.wait(now),
            Next::Never => self.end_everything(&ended),
        }
    }

    /// The caller's close.
    pub(super) fn close(&mut self) {
        let is_connect_told = self.withdraw_for_close();
        if self.phase == Phase::Closed {
            return;
        }
        let was_open = self.phase == Phase::Connected && is_connect_told;
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
    pub(super) fn drop_connection(&mut self) {
        if self.session.take().is_some() {
            self.outputs.push_back(Output::CloseSocket {
                attempt: self.attempt,
            });
        }
        self.socket_id = None;
        self.connected_at = None;
        self.late.clear();
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
    pub(super) fn end_everything(&mut self, error: &Error) {
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
            if let Some(ended) = self.feeds.end(key, &mut self.late) {
                self.tell_ended(ended, error);
            }
        }
    }
}

/// How an accepted connection ends.
struct End {
    reason: DisconnectReason,
    /// More, for the event.
    error: Option<Error>,
    /// What is told to those who wait for an answer.
    lost: Error,
    next: Next,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    AtOnce,
    AfterDelay,
    Never,
}

/// What the token itself says, where it is a JWT that has run out.
pub(super) fn expiry_hint(token: &Token, now: Instant) -> Option<String> {
    let expired_ms = token.expires_at_ms().filter(|&at| at <= now.as_millis())?;
    let ago = span_in_words(now.as_millis() - expired_ms);
    Some(["the token expired ", &ago, " ago; get a new one"].concat())
}

fn span_in_words(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1 => "a minute".to_owned(),
        2..=119 => decimal(minutes) + " minutes",
        120..=2879 => decimal(minutes / 60) + " hours",
        _ => decimal(minutes / 1440) + " days",
    }
}

/// A server that ends a connection this soon after accepting it has most likely looked at the token.
const KICKED_AT_ONCE: Duration = Duration::from_secs(2);

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
