//! The client: one state machine over one connection at a time.
//!
//! [`Client::handle_input`] takes what happened, [`Client::poll_output`] returns what to do. After
//! every input, drain `poll_output` until it returns [`Output::Timeout`], and pass an
//! [`Input::Tick`] at that time. An extra call of either is harmless.
//!
//! Three state machines own the state: `Connection`, `Calls` and `Feeds`. Each has its own
//! deadlines, does not know the others, and returns the effects of a change. [`Client`] routes
//! inputs and frames to them and turns what they return into outputs.
//!
//! | file | holds |
//! |---|---|
//! | `input.rs`, `output.rs`, `ids.rs` | [`Input`], [`Command`]; [`Output`], [`Event`], [`Reply`]; the ids used in both |
//! | `config.rs`, `error.rs` | the configuration; the errors |
//! | `connection/` | the phases of a connection; attempts, backoff, tokens |
//! | `calls.rs`, `late.rs` | open calls; abandoned requests that may still receive a reply |
//! | `feeds/` | subscriptions, sharing, resumption, series |
//! | `outbox.rs`, `payload.rs` | queued outputs, as callbacks may see and withdraw them; JSON with its attachments |
//! | `state.rs` | the state and the counters |
//! | `deadlines.rs`, `random.rs` | deadlines by id; the seeded generator |
//! | **the router:** | |
//! | `inspect.rs` | what callers can query at any time |
//! | `attempts.rs`, `disconnect.rs` | how attempts start, succeed and fail; how a connection ends |
//! | `clock_jump.rs` | sleep, a changed clock, and the commands held back meanwhile |
//! | `frames.rs`, `dispatch.rs` | frames to and from the session; routing of events |
//! | `feed_events.rs`, `samples.rs` | server events about feeds; samples and their fast path |
//! | `fast_replies.rs` | the fast path for replies |
//! | `requests.rs`, `subscribe.rs` | what the caller sends: requests and emits; feeds |

mod attempts;
mod calls;
mod clock_jump;
mod config;
mod connection;
mod deadlines;
mod disconnect;
mod dispatch;
mod error;
mod fast_replies;
mod feed_events;
mod feeds;
mod frames;
mod ids;
mod input;
mod inspect;
mod late;
mod outbox;
mod output;
mod payload;
mod random;
mod requests;
mod samples;
mod state;
mod subscribe;

pub use config::{Config, DEFAULT_PATH, Endpoint, Timeout};
pub use connection::backoff::ReconnectConfig;
pub use error::{Error, ErrorKind, Failure};
pub use ids::{AckHandle, Attempt, CallId, FeedSlot};
pub use input::{CallOptions, Command, Detail, Input, SeriesOptions};
pub use output::{ConnectUrl, Event, FeedGap, Output, Reply};
pub use payload::Payload;
pub use samples::FastSample;
pub use state::{ConnectionState, Stats};

use crate::series::Columns;
use crate::time::{Instant, earlier};
use calls::Calls;
use connection::{Connection, Deadline};
use feeds::Feeds;
use late::LateReplies;
use outbox::Outbox;
use random::Random;
use std::borrow::Cow;

/// The client. See the [module documentation](self) for how to drive it.
#[derive(Debug)]
pub struct Client {
    config: Config,
    connection: Connection,
    calls: Calls,
    feeds: Feeds,
    late: LateReplies,
    outputs: Outbox,
    /// The counters. What is open is counted on demand, by [`stats`](Self::stats).
    traffic: Stats,
    random: Random,
    /// When the last input arrived.
    last_input: Instant,
    /// Whether [`Event::Any`] is emitted.
    observing: bool,
    /// How the frames of samples begin, up to their `feedId`; empty until the first sample.
    sample_prefix: String,
}

impl Client {
    /// A client that is not connected. `seed` should come from a good source of randomness: it
    /// spreads reconnections and generates request ids.
    #[must_use]
    pub fn new(config: Config, seed: u128) -> Self {
        Self {
            config,
            connection: Connection::default(),
            calls: Calls::default(),
            feeds: Feeds::default(),
            late: LateReplies::default(),
            outputs: Outbox::default(),
            traffic: Stats::default(),
            random: Random::new(seed),
            last_input: Instant::default(),
            observing: false,
            sample_prefix: String::new(),
        }
    }

    /// Handles an input. Due deadlines are handled first, whatever the input is: timers are late in
    /// background tabs and do not run during sleep.
    pub fn handle_input(&mut self, input: Input<'_>, now: Instant) {
        self.look_for_jump(&input, now);
        self.handle_deadlines(now);
        match input {
            Input::Tick => {}
            Input::Wake => {
                self.connection.wake(now);
                self.give_up_suspect(now);
                self.reconnect_now(now);
            }
            Input::Suspend => self.suspend(now),
            Input::Token { attempt, token } => self.handle_token(attempt, token, now),
            Input::Opened { attempt } => self.connection.handle_opened(attempt),
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

    /// Returns what to do next. See the [module documentation](self).
    pub fn poll_output(&mut self) -> Output {
        if let Some(output) = self.outputs.pop() {
            return output;
        }
        // Last, so that a listener of the connection may still close it.
        if self.has_connected_callers() {
            return Output::Settle {
                call: self.connection.callers.remove(0),
                result: Ok(Reply::Done),
            };
        }
        Output::Timeout(self.next_timeout())
    }

    /// Whether [`poll_output`](Self::poll_output) has anything to return besides a timeout.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty() || self.has_connected_callers()
    }

    /// Whether a `connect` call only waits for its turn to be settled.
    fn has_connected_callers(&self) -> bool {
        self.connection.phase.is_connected() && !self.connection.callers.is_empty()
    }

    /// The earliest deadline.
    #[inline(never)]
    fn next_timeout(&self) -> Option<Instant> {
        let connection = self.connection.phase.next_deadline();
        let others = earlier(self.calls.next_timeout(), self.feeds.next_timeout());
        earlier(connection.map(|(when, _)| when), others)
    }

    /// Handles due deadlines in the order of time.
    fn handle_deadlines(&mut self, now: Instant) {
        while let Some(due) = self.next_timeout().filter(|due| *due <= now) {
            if let Some((when, deadline)) = self.connection.phase.next_deadline()
                && when == due
            {
                match deadline {
                    Deadline::Attempt => self.connect_timed_out(now),
                    Deadline::Heartbeat => self.heartbeat_due(now),
                    Deadline::Reconnect => self.start_attempt(now),
                    Deadline::Stable => self.connection.is_stable(),
                    Deadline::Grace => self.give_up_suspect(now),
                }
            } else if self.calls.next_timeout() == Some(due) {
                if let Some(call) = self.calls.pop_timeout() {
                    self.call_timed_out(call);
                }
            } else if let Some(feed) = self.feeds.pop_timeout() {
                self.resume_timed_out(feed);
            }
        }
    }

    /// Samples that a feed has received since it was first opened. For a feed that has ended,
    /// available until [`Output::FeedEnded`] is polled.
    #[must_use]
    pub fn samples_of(&self, feed: FeedSlot) -> u64 {
        let ended = self.outputs.samples_of_ended(feed);
        ended.unwrap_or_else(|| self.feeds.samples_of(feed))
    }

    /// The columns of a series. If it has ended, available until [`Output::SeriesEnded`] is polled.
    #[must_use]
    pub fn series(&self, series: CallId) -> Option<&Columns> {
        let columns = self.feeds.columns(series);
        columns.or_else(|| self.outputs.ended_series(series))
    }

    /// Whether a subscription is open. The caller may not know yet that one has just ended.
    #[must_use]
    pub fn has_subscription(&self, subscription: CallId) -> bool {
        self.feeds.by_subscription(subscription).is_some()
    }

    /// Takes the columns of an ended series before [`Output::SeriesEnded`] is polled, which is then
    /// not emitted.
    pub fn take_ended_series(&mut self, series: CallId) -> Option<Columns> {
        self.outputs.take_ended_series(series)
    }

    /// Turns [`Event::Any`] on or off.
    pub const fn observe_events(&mut self, on: bool) {
        self.observing = on;
    }

    /// Redacts the tokens of this attempt and the previous one, for everything that may be printed.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        self.connection.tokens.redact(text)
    }

    /// Redacts an optional text into an owned string.
    fn redact_some(&self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.redact(text).into_owned())
    }
}
