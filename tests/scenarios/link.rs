//! Drives one client in virtual time: feeds it inputs and performs its outputs.

use crate::outcome::{describe_event, frame_summary};
use crate::server::{Plan, Server, Stage, ToClient};
use ardexa_client::client::{
    Attempt, CallId, CallOptions, Client, Command, Config, ConnectionState, Endpoint, Error, Event,
    FeedGap, FeedSlot, Input, Output, ReconnectConfig, Reply, Timeout,
};
use ardexa_client::device::{FeedRequest, Token};
use ardexa_client::engine::Frame;
use ardexa_client::series::Columns;
use ardexa_client::time::Instant;
use core::time::Duration;
use std::collections::{BTreeMap, VecDeque};

/// How the token function behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    /// Provides a new token for every attempt: `secret-1`, `secret-2` and so on.
    Prompt,
    /// Provides none until the test does.
    Silent,
}

/// A feed that ended without `stop()`.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) subscriptions: Vec<CallId>,
    pub(crate) error: Option<Error>,
}

#[derive(Debug)]
pub(crate) struct World {
    pub(crate) client: Client,
    pub(crate) now: Instant,
    pub(crate) server: Server,
    pub(crate) tokens: Tokens,
    /// Attempts that wait for their token.
    pub(crate) token_requests: Vec<Attempt>,
    pub(crate) events: Vec<Event>,
    pub(crate) samples: Vec<(FeedSlot, String)>,
    /// Binary data of samples and of upgrade steps.
    pub(crate) attachments: Vec<Vec<u8>>,
    pub(crate) resumed: Vec<(FeedSlot, String, FeedGap)>,
    pub(crate) ended: Vec<Ended>,
    /// The columns of series that have ended.
    pub(crate) columns: Vec<(CallId, Columns)>,
    pub(crate) progress: Vec<(CallId, String)>,
    /// The source of every feed and series opened, and which of them are series.
    pub(crate) sources: BTreeMap<CallId, String>,
    pub(crate) series_calls: Vec<CallId>,
    /// The subscriptions that hold a feed, and the feeds' ids.
    pub(crate) held: BTreeMap<CallId, FeedSlot>,
    pub(crate) feed_ids: BTreeMap<FeedSlot, Option<String>>,
    pub(crate) story: Vec<String>,
    pub(crate) calls: BTreeMap<CallId, Option<Result<Reply, Error>>>,
    /// An action of a callback, and the number of callbacks before that one.
    pub(crate) within: Option<(usize, Act)>,
    tokens_given: u32,
    timeout: Option<Instant>,
    inputs: VecDeque<ToClient>,
}

/// An action of a callback while the outputs behind it are still queued.
#[cfg_attr(
    target_arch = "wasm32",
    expect(dead_code, reason = "random operations run only natively")
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    Close,
    /// Stop the feed opened first.
    Stop,
    /// Abort the oldest pending call.
    Abort,
}

/// The configuration of most scenarios.
pub(crate) fn config() -> Config {
    let endpoint = Endpoint::parse("https://cloud.example", "/socket.io-client", false).unwrap();
    Config::new(endpoint, "my org").unwrap()
}

pub(crate) fn reconnect(change: impl FnOnce(&mut ReconnectConfig)) -> Config {
    let mut reconnect = ReconnectConfig::default();
    change(&mut reconnect);
    Config {
        reconnect: Some(reconnect),
        ..config()
    }
}

pub(crate) fn first_connect() -> Config {
    reconnect(|r| r.first_connect = true)
}

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

pub(crate) fn after(millis: u64) -> CallOptions {
    CallOptions {
        timeout: Some(Timeout::After(ms(millis))),
        request_id: None,
    }
}

/// Options with the caller's own `requestId`.
pub(crate) fn with_id(request_id: &str) -> CallOptions {
    CallOptions {
        timeout: None,
        request_id: Some(request_id.to_owned()),
    }
}

pub(crate) fn solar(source: &str) -> FeedRequest {
    FeedRequest::new("device", "solar", source, None).unwrap()
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(config())
    }

    pub(crate) fn with(config: Config) -> Self {
        Self::seeded(config, 7)
    }

    pub(crate) fn seeded(config: Config, seed: u128) -> Self {
        Self {
            client: Client::new(config, seed),
            now: Instant::from_millis(1_000_000),
            server: Server::new(),
            tokens: Tokens::Prompt,
            token_requests: Vec::new(),
            events: Vec::new(),
            samples: Vec::new(),
            attachments: Vec::new(),
            resumed: Vec::new(),
            ended: Vec::new(),
            columns: Vec::new(),
            progress: Vec::new(),
            sources: BTreeMap::new(),
            series_calls: Vec::new(),
            held: BTreeMap::new(),
            feed_ids: BTreeMap::new(),
            story: Vec::new(),
            calls: BTreeMap::new(),
            within: None,
            tokens_given: 0,
            timeout: None,
            inputs: VecDeque::new(),
        }
    }

    /// Connected, with an empty story.
    pub(crate) fn connected() -> Self {
        Self::connected_with(config())
    }

    pub(crate) fn connected_with(config: Config) -> Self {
        let mut world = Self::with(config);
        let call = world.connect();
        assert_eq!(world.code(call), "ok");
        world.story();
        world
    }

    /// Connected to a server that holds its replies.
    pub(crate) fn quiet() -> Self {
        let mut world = Self::connected();
        world.server.answering = false;
        world
    }

    /// Connected for long enough that attempts count from 1 again.
    pub(crate) fn stable() -> Self {
        let mut world = Self::connected();
        world.advance(6000);
        world
    }

    // Time and the platform.

    /// Lets time pass: timers fire on time, the server pings.
    pub(crate) fn advance(&mut self, millis: u64) {
        let end = self.now + ms(millis);
        for round in 0.. {
            assert!(round < 1_000_000, "the client's timer does not move on");
            let due = [self.timeout, self.server.next_timeout()];
            let Some(next) = due.into_iter().flatten().min().filter(|&next| next <= end) else {
                break;
            };
            self.now = self.now.max(next);
            self.server.tick(self.now);
            if self.timeout.is_some_and(|at| at <= self.now) {
                self.input(Input::Tick);
            }
            self.run();
        }
        self.now = end;
        self.tick();
    }

    /// The machine sleeps: time passes without timers firing.
    pub(crate) fn sleep(&mut self, millis: u64) {
        self.now += ms(millis);
    }

    pub(crate) fn tick(&mut self) {
        self.input(Input::Tick);
        self.run();
    }

    pub(crate) fn wake(&mut self) {
        self.input(Input::Wake);
        self.run();
    }

    /// Advances to the next attempt.
    pub(crate) fn wait_for_retry(&mut self) {
        let Some(&Event::Reconnecting { delay_ms, .. }) = self.events.last() else {
            panic!("the client does not wait: {:?}", self.events.last());
        };
        self.advance(delay_ms);
    }

    /// Advances until the client is connected or has given up.
    pub(crate) fn settle_down(&mut self) {
        for _ in 0..1000 {
            let state = self.client.state();
            if !matches!(
                state,
                ConnectionState::Connecting | ConnectionState::Reconnecting
            ) {
                return;
            }
            self.advance(1000);
        }
        panic!("neither connected nor closed after 1000 s");
    }

    // Internals.

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.client.handle_input(input, self.now);
    }

    /// Exchanges frames until neither side has anything left to send.
    pub(crate) fn run(&mut self) {
        for round in 0.. {
            assert!(round < 1_000_000, "client and server never stop sending");
            self.drain();
            self.inputs.append(&mut self.server.out);
            let Some(input) = self.inputs.pop_front() else {
                break;
            };
            match input {
                ToClient::Opened(attempt) => self.input(Input::Opened { attempt }),
                ToClient::Text(attempt, frame) => {
                    let frame = frame.as_str();
                    self.input(Input::Text { attempt, frame });
                }
                ToClient::Binary(attempt, frame) => {
                    let frame = frame.as_slice();
                    self.input(Input::Binary { attempt, frame });
                }
                ToClient::Closed {
                    attempt,
                    failed,
                    detail,
                } => self.input(Input::Closed {
                    attempt,
                    failed,
                    detail: detail.map(Into::into),
                }),
            }
        }
        assert_eq!(self.server.violations, [""; 0]);
    }

    fn drain(&mut self) {
        let mut has_closed = false;
        for _ in 0..1_000_000 {
            let output = self.client.poll_output();
            assert!(
                !has_closed || may_follow_close(&output),
                "emitted after close(): {output:?}"
            );
            let printed = match &output {
                Output::Send { .. } | Output::Sample { .. } => String::new(),
                Output::Event(Event::Any { .. }) => String::new(),
                output => format!("{output:?}"),
            };
            assert!(!printed.contains("secret"), "the token leaked: {printed}");
            if let Output::Timeout(when) = output {
                self.timeout = when;
                return;
            }
            let is_callback = is_callback(&output);
            let line = self.perform(output);
            self.story.extend(line);
            if is_callback {
                has_closed |= self.act_within();
            }
        }
        panic!("poll_output never returns a timeout");
    }

    /// Performs the pending action of the current callback. Returns whether it closed the client.
    fn act_within(&mut self) -> bool {
        let act = match self.within {
            Some((0, act)) => act,
            Some((before, act)) => {
                self.within = Some((before - 1, act));
                return false;
            }
            None => return false,
        };
        self.within = None;
        let command = match act {
            Act::Close => Command::Close,
            Act::Stop => {
                let Some((subscription, _)) = self.held.pop_first() else {
                    return false;
                };
                Command::StopFeed { subscription }
            }
            Act::Abort => {
                let Some(call) = self.pending_calls().first().copied() else {
                    return false;
                };
                Command::Abort { call }
            }
        };
        self.client.handle_input(Input::Command(command), self.now);
        act == Act::Close
    }

    fn perform(&mut self, output: Output) -> Option<String> {
        Some(match output {
            Output::RequestToken { attempt } => {
                match self.tokens {
                    Tokens::Prompt => {
                        self.tokens_given += 1;
                        let token = Ok(Token::new(format!("secret-{}", self.tokens_given)));
                        self.input(Input::Token { attempt, token });
                    }
                    Tokens::Silent => self.token_requests.push(attempt),
                }
                "ask".to_owned()
            }
            Output::Open { attempt, url } => {
                self.server.dial(attempt, url.reveal(), self.now);
                "open".to_owned()
            }
            Output::Send { attempt, frame } => match frame {
                Frame::Text(frame) => {
                    self.server.receive(attempt, &frame);
                    format!("send {}", frame_summary(&frame))
                }
                Frame::Binary(frame) => {
                    self.server.binary.push(frame);
                    "send bytes".to_owned()
                }
            },
            Output::CloseSocket { attempt } => {
                self.server.closed(attempt);
                "close socket".to_owned()
            }
            Output::Event(event) => {
                if matches!(event, Event::Disconnect { .. }) {
                    // Feed ids belong to the connection.
                    self.feed_ids.values_mut().for_each(|id| *id = None);
                }
                let line = describe_event(&event);
                self.events.push(event);
                line
            }
            Output::Sample { feed, payload } => {
                self.attachments.extend(payload.attachments);
                assert!(
                    self.held.values().any(|&held| held == feed),
                    "a sample of an unknown feed"
                );
                self.samples.push((feed, payload.json));
                "sample".to_owned()
            }
            Output::FeedResumed { feed, feed_id, gap } => {
                let before = self.feed_ids.insert(feed, Some(feed_id.clone()));
                assert!(before.is_some(), "a feed was resumed but never opened");
                self.resumed.push((feed, feed_id, gap));
                "resumed".to_owned()
            }
            Output::FeedEnded {
                subscriptions,
                error,
                ..
            } => {
                for subscription in &subscriptions {
                    let held = self.held.remove(subscription);
                    assert!(held.is_some(), "an unknown subscription ended");
                }
                let line = format!("ended {}", error.as_ref().map_or("quietly", Error::code));
                self.ended.push(Ended {
                    subscriptions,
                    error,
                });
                line
            }
            Output::SeriesUpdated { series } => format!("updated {}", series.value()),
            Output::SeriesEnded { series, columns } => {
                let line = format!("series {} ended", series.value());
                self.columns.push((series, columns));
                line
            }
            Output::Progress { call, payload } => {
                self.attachments.extend(payload.attachments);
                self.progress.push((call, payload.json));
                "progress".to_owned()
            }
            Output::Settle { call, result } => {
                let code = result.as_ref().map_or_else(Error::code, |_| "ok");
                if let Ok(Reply::Feed { feed, feed_id, .. }) = &result {
                    self.held.insert(call, *feed);
                    self.feed_ids.insert(*feed, Some(feed_id.clone()));
                }
                let line = format!("settle {} {code}", call.value());
                let before = self.calls.insert(call, Some(result));
                assert!(
                    matches!(before, Some(None)),
                    "call {call:?} settled twice: {line}"
                );
                line
            }
            _ => return None,
        })
    }
}

/// Whether a driver calls the caller back for this output.
fn is_callback(output: &Output) -> bool {
    matches!(
        output,
        Output::Event(_)
            | Output::Sample { .. }
            | Output::FeedResumed { .. }
            | Output::Progress { .. }
    )
}

/// Whether an output may follow after a callback has closed the client: only what performs, settles
/// or ends something.
fn may_follow_close(output: &Output) -> bool {
    match output {
        Output::Event(Event::Disconnect { will_reconnect, .. }) => !will_reconnect,
        Output::RequestToken { .. } | Output::Open { .. } | Output::SeriesUpdated { .. } => false,
        output => !is_callback(output),
    }
}

/// A refusal during the handshake.
pub(crate) fn refusal(frame: &str) -> Plan {
    Plan::Send(Stage::ConnectReceived, frame.to_owned())
}
