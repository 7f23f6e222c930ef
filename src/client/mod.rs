//! The client: one state machine over one connection at a time.
//!
//! [`Client::handle_input`] takes what happened, [`Client::poll_output`] gives what to do. After
//! every input, drain `poll_output` until it answers [`Output::Timeout`], and give a
//! [`Input::Tick`] at that time. An extra call of either is harmless.
//!
//! ```text
//!            connect                token            opened, accepted
//!  Idle ───────────────▶ Token ───────────▶ Opening ─────────────────▶ Connected
//!  Closed                  ▲                   │ failed                     │ lost
//!    ▲                     │ delay over        ▼                            ▼
//!    └──── gave up ─── Waiting ◀───────────────┴────────────────────────────┘
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `io.rs` | [`Input`], [`Command`], [`Output`], [`Event`] |
//! | `lifecycle.rs` | attempts: token, socket, acceptance, refusal, the wait for the next |
//! | `ending.rs` | kick, loss, close, and what they leave to those who wait |
//! | `idle_cuts.rs` | connections that are cut after the same silence each time |
//! | `clock_jump.rs` | sleep, and a clock that was set |
//! | `wire.rs` | frames, between the socket and the session |
//! | `incoming.rs`, `feed_events.rs` | what the server sends: replies and broadcasts; feeds and samples |
//! | `samples.rs` | samples, and the hot path that takes them |
//! | `replies.rs` | the hot path for answers |
//! | `requests.rs` | what the caller sends: requests, feeds, emits |
//! | `calls.rs`, `feeds.rs` | the tables of open calls and of subscriptions |
//! | `late.rs` | requests that were given up, whose answer may still come |
//! | `feed_samples.rs`, `intake.rs`, `feed_index.rs`, `short.rs` | what a sample needs of its feed, and how it is found |
//! | `untold.rs` | what is queued, as callbacks may see it and withdraw it |
//! | `timer.rs`, `backoff.rs`, `random.rs` | deadlines, delays, chance |
//! | `config.rs`, `error.rs` | what comes in once, and what goes wrong |

mod backoff;
mod calls;
mod clock_jump;
mod config;
mod ending;
mod error;
mod feed;
mod feed_events;
mod feed_index;
mod feed_samples;
mod feeds;
mod idle_cuts;
mod incoming;
mod intake;
mod io;
mod late;
mod lifecycle;
mod random;
mod replies;
mod requests;
mod samples;
mod short;
mod timer;
mod untold;
mod wire;

pub use backoff::ReconnectConfig;
pub use calls::CallId;
pub use config::{Config, DEFAULT_PATH, Endpoint, Timeout};
pub use error::{Error, ErrorKind, Failure};
pub use feed::{FeedGap, FeedKey};
pub use intake::SeriesOptions;
pub use io::{
    AckHandle, Attempt, CallOptions, Command, ConnectUrl, Detail, Event, Input, Output, Reply,
};

pub use samples::TakenSample;

use crate::device::Token;
use crate::json::quoted;
use crate::socket::Session;
use crate::text;
use crate::time::Instant;
use calls::{Calls, settled};
use clock_jump::Suspicion;
use feeds::Feeds;
use idle_cuts::IdleCuts;
use late::LateAnswers;
use random::Random;
use std::borrow::Cow;
use std::collections::VecDeque;
use timer::{Timer, TimerTable};

/// The state as callers see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// Never connected yet.
    Idle,
    /// On the way to a first connection.
    Connecting,
    /// Accepted by the server.
    Connected,
    /// On the way back after a lost connection.
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    /// Waiting for the token.
    Token,
    /// Waiting for the socket to open.
    Opening,
    /// Waiting for the server's acceptance.
    Handshake,
    Connected,
    /// Waiting for the next attempt.
    Waiting,
    Closed,
}

/// Counters since construction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Frames received.
    pub frames_in: u64,
    /// Frames sent.
    pub frames_out: u64,
    /// Bytes received, as UTF-8, or as the driver counted them in [`Client::take_read_sample`].
    pub bytes_in: u64,
    /// Bytes sent, as UTF-8.
    pub bytes_out: u64,
    /// Feed samples received.
    pub samples: u64,
    /// Connections accepted by the server.
    pub connections: u64,
    /// Calls that are not settled yet, `connect` apart.
    pub open_requests: usize,
    /// Feeds held at the server, or to be resumed.
    pub open_feeds: usize,
    /// Series, those whose feed is being opened or resumed included.
    pub open_series: usize,
    /// Entries in all tables: calls, feeds, series, requests given up without an answer, the ids by which they are found, deadlines. 0 once
    /// closed; one that stays behind is a leak.
    pub table_entries: usize,
    /// When the last frame came.
    pub last_frame: Option<Instant>,
}

/// The client. See the [module documentation](self) for how to drive it.
#[derive(Debug)]
pub struct Client {
    config: Config,
    phase: Phase,
    /// Whether this run, from connect to close, had an accepted connection.
    was_connected: bool,
    attempt: Attempt,
    /// The attempt's number in the current row of attempts, as listeners are told.
    try_number: u32,
    /// Whether the last attempt or connection ended by a refusal.
    refused_last: bool,
    token: Option<Token>,
    /// The one before it, which the server may still repeat.
    earlier_token: Option<Token>,
    session: Option<Session>,
    /// Whether CONNECT is not held back for a server that may be one of Socket.IO 2.
    ask_at_once: bool,
    /// Whether a connection of this run has held or brought an answer: then the token is not likely
    /// to be the reason where the server ends one.
    has_worked: bool,
    socket_id: Option<String>,
    connected_at: Option<Instant>,
    /// When the last input came.
    last_input: Instant,
    suspicion: Suspicion,
    /// The last wake, until it has led to an attempt.
    woken_at: Option<Instant>,
    /// Whether the listeners know of the connection.
    announced: bool,
    connecting: Vec<CallId>,
    calls: Calls,
    feeds: Feeds,
    late: LateAnswers,
    timers: TimerTable,
    outputs: VecDeque<Output>,
    observing: bool,
    /// Whether a sample that is no JSON and names no feed was told, on this connection.
    told_unreadable: bool,
    idle_cuts: IdleCuts,
    /// How the frames of samples begin, up to their `feedId`; empty until the first one.
    sample_head: String,
    random: Random,
    stats: Stats,
}

impl Client {
    /// A client at rest. `seed` should come from a good source of chance: it spreads reconnections
    /// and makes request ids.
    #[must_use]
    pub fn new(config: Config, seed: u128) -> Self {
        Self {
            config,
            phase: Phase::Idle,
            was_connected: false,
            attempt: Attempt::default(),
            try_number: 0,
            refused_last: false,
            token: None,
            earlier_token: None,
            session: None,
            ask_at_once: false,
            has_worked: false,
            socket_id: None,
            connected_at: None,
            last_input: Instant::default(),
            suspicion: Suspicion::default(),
            woken_at: None,
            announced: false,
            connecting: Vec::new(),
            calls: Calls::default(),
            feeds: Feeds::default(),
            late: LateAnswers::default(),
            timers: TimerTable::default(),
            outputs: VecDeque::new(),
            observing: false,
            told_unreadable: false,
            idle_cuts: IdleCuts::default(),
            sample_head: String::new(),
            random: Random::new(seed),
            stats: Stats::default(),
        }
    }

    /// Takes something in. Deadlines are looked after first, whatever it is: timers are late in
    /// background tabs and do not run in sleep.
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        self.look_for_jump(&input, now);
        self.handle_deadlines(now);
        match input {
            Input::Tick => {}
            Input::Wake => {
                self.woken_at = Some(now);
                self.give_up_suspect(now);
                self.reconnect_now(now);
            }
            Input::Suspend => self.suspend(now),
            Input::Token { attempt, token } => self.handle_token(attempt, token, now),
            Input::Opened { attempt } => self.handle_opened(attempt),
            Input::Text { attempt, frame } => self.handle_text(attempt, frame, now),
            Input::Binary { attempt, frame } => self.handle_binary(attempt, frame, now),
            Input::Closed {
                attempt,
                failed,
                detail,
            } => self.handle_closed(attempt, failed, detail, now),
            Input::Command(command) => self.handle_command(command, now),
        }
    }

    fn handle_command(&mut self, command: Command, now: Instant) {
        let Some(command) = self.hold_back(command) else {
            return;
        };
        match command {
            Command::Connect { call } => self.connect(call, now),
            Command::ReconnectNow => self.reconnect_now(now),
            Command::Close => self.close(),
            Command::Request {
                call,
                request,
                options,
            } => self.request(call, request, options, now),
            Command::EmitWithAck {
                call,
                event,
                args,
                attachments,
                timeout,
            } => {
                self.emit_with_ack(call, &event, &args, attachments, timeout, now);
            }
            Command::Ack {
                handle,
                args,
                attachments,
            } => self.acknowledge(handle, &args, attachments),
            Command::Abort { call } => self.abort(call, None),
            Command::OpenFeed {
                call,
                request,
                extra,
                options,
                series,
            } => self.open_feed(call, request, extra, options, series, now),
            Command::StopFeed { subscription } => self.stop_feed(subscription),
            Command::StopAllFeeds { call } => self.stop_all_feeds(call),
        }
    }

    /// What to do next. See the [module documentation](self).
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.outputs.pop_front() {
            return output;
        }
        // Last, so that a listener of the connection may still close it.
        if self.has_connected_calls() {
            return settled(self.connecting.remove(0), Ok(Reply::Done));
        }
        Output::Timeout(self.timers.next_timeout())
    }

    fn handle_deadlines(&mut self, now: Instant) {
        while let Some(timer) = self.timers.pop_due(now) {
            match timer {
                Timer::Connect => self.connect_timed_out(now),
                Timer::Heartbeat => self.heartbeat_due(now),
                Timer::Reconnect => self.start_attempt(now),
                Timer::Stable => self.try_number = 0,
                Timer::Call(call) => self.call_timed_out(call),
                Timer::Resume(feed) => self.resume_timed_out(feed),
                Timer::Grace => self.give_up_suspect(now),
            }
        }
    }

    /// The state as callers see it: connected from [`Event::Connect`] on.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        match self.phase {
            Phase::Idle => ConnectionState::Idle,
            Phase::Closed => ConnectionState::Closed,
            Phase::Connected => match self.untold_connect() {
                None => ConnectionState::Connected,
                Some(false) => ConnectionState::Connecting,
                Some(true) => ConnectionState::Reconnecting,
            },
            _ if self.was_connected => ConnectionState::Reconnecting,
            _ => ConnectionState::Connecting,
        }
    }

    /// The server's id for this connection, while connected.
    #[must_use]
    pub fn socket_id(&self) -> Option<&str> {
        let is_told = self.untold_connect().is_none();
        self.socket_id.as_deref().filter(|_| is_told)
    }

    /// Counters since construction.
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            // Like the state: a connection counts once its event was told.
            connections: self.stats.connections - u64::from(self.untold_connect().is_some()),
            open_requests: self.calls.len() + self.suspicion.held(),
            open_feeds: self.feeds.len(),
            open_series: self.feeds.series_count() + self.suspicion.held_series(),
            table_entries: self.connecting.len()
                + self.session.as_ref().map_or(0, Session::awaited_acks)
                + self.calls.entries()
                + self.feeds.entries()
                + self.late.len()
                + self.suspicion.held()
                + self.timers.entries(),
            ..self.stats
        }
    }

    /// Turns [`Event::Any`] on or off.
    pub const fn observe_events(&mut self, on: bool) {
        self.observing = on;
    }

    /// The text without the token of this attempt and the one before it, for everything that can
    /// be printed.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for token in [&self.token, &self.earlier_token].into_iter().flatten() {
            if let Cow::Owned(redacted) = token.redact(&text) {
                text = Cow::Owned(redacted);
            }
        }
        text
    }

    /// The same for a message that repeats the beginning of a frame: where that ends within the
    /// token, what is there of it goes as well.
    fn redact_excerpt(&self, text: &str) -> String {
        let text = self.redact(text).into_owned();
        let (Some(token), Some((before, after))) = (&self.token, text::split_last(&text, "…"))
        else {
            return text;
        };
        let begun = (SHORTEST_BEGINNING..=before.len())
            .rev()
            .filter_map(|length| token.expose().get(..length))
            .find_map(|beginning| strip_escaped(before, beginning));
        match begun {
            Some(before) => [before, "[token]…", after].concat(),
            None => text,
        }
    }
}

/// The text before `end`, which may be escaped: once in the frame, once more where that is quoted.
fn strip_escaped<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let escape = |text: &str| {
        let quoted = quoted(text);
        quoted.get(1..quoted.len() - 1).map(str::to_owned)
    };
    let once = escape(end)?;
    let twice = escape(&once)?;
    // The frame may be cut within an escape.
    let cut = text.bytes().rposition(|byte| byte != b'\\');
    let text = cut.and_then(|last| text.get(..=last)).unwrap_or_default();
    [end, &once, &twice]
        .into_iter()
        .find_map(|end| text.strip_suffix(end))
}

/// Fewer characters tell nothing of a token.
const SHORTEST_BEGINNING: usize = 4;
