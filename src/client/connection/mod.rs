//! The connection: its phase, the data of that phase, and what comes next.
//!
//! ```text
//!            connect                  token             opened, accepted
//!  Idle ───────────────▶ AwaitingToken ─────▶ Opening, Handshaking ─────▶ Connected
//!  Closed                     ▲                      │ failed                 │ lost
//!    ▲                        │ delay over           ▼                        ▼
//!    └────── gave up ────── Waiting ◀────────────────┴────────────────────────┘
//! ```
//!
//! Attempts are numbered from 1. Numbering restarts with each `connect`, with the loss of the first
//! connection, and after every connection that has held for
//! [`stable_after`](super::ReconnectConfig::stable_after).
//!
//! The connection owns its deadlines and changes nothing outside: each method returns the effects,
//! and [`Client`](super::Client) notifies the calls, the feeds and the listeners.
//!
//! | file | holds |
//! |---|---|
//! | `phase.rs` | the phases, each with what exists in it |
//! | `backoff.rs` | the delay before the next attempt |
//! | `tokens.rs` | the tokens of the last two attempts, to redact them; when they expire |
//! | `idle_cuts.rs` | whether something cuts connections that are merely quiet |

pub(super) mod backoff;
mod idle_cuts;
mod phase;
mod tokens;

use super::config::Config;
use super::error::{Error, ErrorKind};
use super::ids::{Attempt, CallId};
use super::input::Command;
use super::output::{ConnectUrl, Event, Output};
use super::random::Random;
use crate::device::Token;
use crate::socket::{Progress, Protocol, Session, SessionConfig};
use crate::time::{Instant, whole_millis};
use core::time::Duration;
use idle_cuts::IdleCuts;
use phase::Connected;
pub(super) use phase::{Deadline, Phase, Suspicion};
use tokens::Tokens;

#[derive(Debug, Default)]
pub(super) struct Connection {
    pub(super) phase: Phase,
    attempt: Attempt,
    run: Run,
    pub(super) tokens: Tokens,
    /// Whether to send CONNECT immediately, not held back for a possible Socket.IO 2 server.
    connect_immediately: bool,
    idle_cuts: IdleCuts,
    /// The last wake, until it has led to an attempt.
    woken_at: Option<Instant>,
    /// The pending `connect` calls.
    pub(super) callers: Vec<CallId>,
}

/// State from the first `connect` to the final end.
#[derive(Debug, Default)]
struct Run {
    /// Whether a `connect` event has been emitted.
    was_connected: bool,
    /// The attempt's number, as reported in events.
    attempt_number: u32,
    /// Whether the last attempt or connection ended with a refusal.
    refused_last: bool,
    /// Whether a connection has held or delivered a reply. If so, the token is unlikely to be the
    /// reason when the server ends a connection.
    has_worked: bool,
}

/// What happens after an attempt or a connection ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// An immediate attempt with a fresh token.
    Immediately,
    AfterDelay,
    Never,
}

impl Connection {
    pub(super) const fn attempt(&self) -> Attempt {
        self.attempt
    }

    pub(super) const fn was_connected(&self) -> bool {
        self.run.was_connected
    }

    pub(super) const fn attempt_number(&self) -> u32 {
        self.run.attempt_number
    }

    /// Adds a `connect` call. Returns whether an attempt has to start for it.
    pub(super) fn connect(&mut self, call: CallId) -> bool {
        self.callers.push(call);
        match self.phase {
            Phase::Idle | Phase::Closed => {
                self.run = Run::default();
                true
            }
            Phase::Waiting { .. } => true,
            Phase::AwaitingToken { .. }
            | Phase::Opening { .. }
            | Phase::Handshaking { .. }
            | Phase::Connected(_) => false,
        }
    }

    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.phase, Phase::Waiting { .. })
    }

    /// The machine woke, or the page was shown.
    pub(super) const fn wake(&mut self, now: Instant) {
        self.woken_at = Some(now);
    }

    /// Starts an attempt, which asks for the token.
    pub(super) fn start_attempt(&mut self, config: &Config, now: Instant) -> Output {
        self.attempt = self.attempt.next();
        self.run.attempt_number = self.next_attempt();
        self.phase = Phase::AwaitingToken {
            until: now + config.connect_timeout.max(SHORTEST_ATTEMPT),
        };
        Output::RequestToken {
            attempt: self.attempt,
        }
    }

    /// Opens a socket with the token of an attempt. `None` if the attempt no longer waits for it.
    pub(super) fn handle_token(
        &mut self,
        attempt: Attempt,
        token: Result<Token, Error>,
        config: &Config,
    ) -> Option<Result<Output, Error>> {
        let Phase::AwaitingToken { until } = self.phase else {
            return None;
        };
        if attempt != self.attempt {
            return None;
        }
        Some(token.map(|token| {
            let session = Session::new(SessionConfig {
                protocol: config.protocol,
                connect_immediately: self.connect_immediately,
                report_unreadable_events: true,
                limits: config.limits.clone(),
                ..SessionConfig::default()
            });
            let url = ConnectUrl(config.url(&token, session.revision()));
            self.tokens.set(token);
            self.phase = Phase::Opening {
                until,
                session: Box::new(session),
            };
            Output::Open { attempt, url }
        }))
    }

    /// The socket of an attempt is open, or has delivered a frame, which implies it.
    pub(super) fn handle_opened(&mut self, attempt: Attempt) {
        if attempt == self.attempt && matches!(self.phase, Phase::Opening { .. }) {
            self.phase = match core::mem::take(&mut self.phase) {
                Phase::Opening { until, session } => Phase::Handshaking { until, session },
                other => other,
            };
        }
    }

    /// The server has accepted the connection.
    pub(super) fn accept(&mut self, id: String, config: &Config, now: Instant) {
        let reconnect = config.reconnect.as_ref();
        self.phase = match core::mem::take(&mut self.phase) {
            Phase::Handshaking { session, .. } => Phase::Connected(Connected {
                session,
                id,
                since: now,
                announced: false,
                stable_at: reconnect.map(|reconnect| now + reconnect.stable_after),
                suspicion: Suspicion::default(),
                warned_unreadable: false,
            }),
            other => other,
        };
    }

    /// Returns the `connect` event of an accepted connection, once.
    pub(super) fn announce(&mut self) -> Option<Event> {
        let connected = self.phase.connected_mut()?;
        if core::mem::replace(&mut connected.announced, true) {
            return None;
        }
        let event = Event::Connect {
            id: connected.id.clone(),
            attempt: self.run.attempt_number,
            reconnected: self.run.was_connected,
        };
        // The first connection is not a reconnection: those are counted from its loss.
        if !core::mem::replace(&mut self.run.was_connected, true) {
            self.run.attempt_number = 0;
        }
        Some(event)
    }

    /// Leaves a phase and drops everything that existed in it. Returns what closes its socket, if
    /// there was one, and the commands that were held back. No attempt starts automatically until
    /// [`wait`](Self::wait) schedules it.
    pub(super) fn leave(&mut self, next: Next) -> (Option<Output>, Vec<Command>) {
        let phase = match next {
            Next::Never => Phase::Closed,
            Next::Immediately | Next::AfterDelay => Phase::Waiting { until: None },
        };
        let left = core::mem::replace(&mut self.phase, phase);
        let attempt = self.attempt;
        let close_socket = left.session().map(|_| Output::CloseSocket { attempt });
        let held = match left {
            Phase::Connected(connected) => connected.suspicion.held,
            _ => Vec::new(),
        };
        (close_socket, held)
    }

    /// Decides what follows an attempt that did not lead to a connection.
    pub(super) fn after_failure(&mut self, error: &Error, config: &Config) -> Next {
        let is_refusal = matches!(*error.kind, ErrorKind::Unauthorized { .. });
        let is_retried = self.ended_by_refusal(is_refusal, config);
        let may_retry = self.run.was_connected || config.retries_first_connect();
        if is_retried {
            Next::Immediately
        } else if !is_refusal && may_retry && config.allows(self.next_attempt()) {
            Next::AfterDelay
        } else {
            Next::Never
        }
    }

    /// Decides what follows the loss of an accepted connection that neither side ended on purpose.
    pub(super) fn after_loss(&mut self, config: &Config, now: Instant) -> Next {
        self.ended_by_refusal(false, config);
        self.ended_immediately(now);
        if config.allows(self.next_attempt()) {
            Next::AfterDelay
        } else {
            Next::Never
        }
    }

    /// The server has ended an accepted connection. Returns what comes next and a hint at the
    /// cause. There is no reconnection, except for the retry with a fresh token after a connection
    /// that ended right after its acceptance.
    pub(super) fn after_server_disconnect(
        &mut self,
        config: &Config,
        now: Instant,
    ) -> (Next, Option<String>) {
        let immediate = self.ended_immediately(now);
        // If a connection has worked before, the token is not the likely reason.
        let token_suspected = immediate && (self.run.refused_last || !self.run.has_worked);
        let hint = self.tokens.expiry_hint(now).or_else(|| {
            token_suspected.then(|| "right after accepting it; the token may be invalid".to_owned())
        });
        if self.ended_by_refusal(immediate, config) {
            (Next::Immediately, hint)
        } else {
            (Next::Never, hint)
        }
    }

    /// Records how an attempt or a connection ended. Returns whether the next attempt is the
    /// immediate retry with a fresh token: after a refusal, if the token may change and the
    /// previous end was not a refusal.
    fn ended_by_refusal(&mut self, refused: bool, config: &Config) -> bool {
        let refused_before = core::mem::replace(&mut self.run.refused_last, refused);
        refused && !refused_before && config.token_may_change
    }

    /// Whether the connection ends right after its acceptance. If it does not, it has worked.
    fn ended_immediately(&mut self, now: Instant) -> bool {
        let connected = self.phase.connected();
        let immediate =
            connected.is_some_and(|it| now.saturating_since(it.since) < IMMEDIATE_DISCONNECT);
        self.run.has_worked |= !immediate;
        immediate
    }

    /// A reply has arrived, so the token is good.
    pub(super) const fn has_worked(&mut self) {
        self.run.has_worked = true;
    }

    /// Schedules the next attempt. Returns the event that announces it.
    pub(super) fn wait(
        &mut self,
        config: &Config,
        random: &mut Random,
        now: Instant,
    ) -> Option<Event> {
        let reconnect = config.reconnect.as_ref()?;
        let attempt = self.next_attempt();
        let delay = match self.woken_at.take() {
            Some(at) if now.saturating_since(at) < JUST_WOKEN => Duration::ZERO,
            _ => reconnect.delay(attempt, random),
        };
        self.phase = Phase::Waiting {
            until: Some(now + delay),
        };
        let delay_ms = whole_millis(delay);
        Some(Event::Reconnecting { attempt, delay_ms })
    }

    /// The page is suspended during an attempt, which then does not count.
    pub(super) const fn uncount_attempt(&mut self) {
        self.run.attempt_number = self.run.attempt_number.saturating_sub(1);
    }

    /// The socket closed before the server accepted. If the server did not wait for the CONNECT
    /// that was held back, the next attempt sends it immediately; if it was sent immediately to no
    /// avail, the next attempt holds it back.
    pub(super) fn learn_when_to_connect(&mut self, protocol: Protocol) {
        self.connect_immediately = match self.progress() {
            Progress::Silent => self.connect_immediately,
            Progress::HandshakeReceived => protocol == Protocol::Auto,
            Progress::ConnectSent => false,
        };
    }

    /// How far the handshake has progressed.
    pub(super) fn progress(&self) -> Progress {
        let session = self.phase.session();
        session.map_or(Progress::Silent, Session::progress)
    }

    /// Records that the peer closed an accepted connection after a silence. Returns the warning, if
    /// one is due.
    pub(super) fn note_idle_cut(
        &mut self,
        last_frame: Option<Instant>,
        now: Instant,
    ) -> Option<Error> {
        let silence = now.saturating_since(last_frame?);
        let ping_interval = self.phase.session().and_then(Session::ping_interval)?;
        let is_named = self.idle_cuts.note(whole_millis(silence));
        is_named.then(|| {
            ErrorKind::IdleCut {
                silence,
                ping_interval,
            }
            .into()
        })
    }

    /// A connection has held long enough: resets the attempt count.
    pub(super) fn is_stable(&mut self) {
        if let Some(connected) = self.phase.connected_mut() {
            connected.stable_at = None;
        }
        self.run.attempt_number = 0;
    }

    const fn next_attempt(&self) -> u32 {
        self.run.attempt_number.saturating_add(1)
    }
}

/// A deadline that is due immediately would let attempts follow each other within one input.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(1);

/// A connection that ends this soon after a wake died during the sleep, so the next attempt starts
/// immediately. Applies once per wake.
const JUST_WOKEN: Duration = Duration::from_secs(10);

/// A server that ends a connection this soon after accepting it has most likely checked the token.
const IMMEDIATE_DISCONNECT: Duration = Duration::from_secs(2);
