//! Drives one client: gives it what happens, in virtual time, and does what it says.

use crate::server::{Plan, Server, Stage, ToClient};
use ardexa_client::client::{
    Attempt, CallId, CallOptions, Client, Command, Config, ConnectionState, Endpoint, Error, Event,
    FeedGap, FeedKey, Input, Output, ReconnectConfig, Reply, Timeout,
};
use ardexa_client::device::{FeedRequest, Request, Token};
use ardexa_client::engine::Frame;
use ardexa_client::time::Instant;
use core::time::Duration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};

/// What the token function does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    /// A new one for every attempt: `secret-1`, `secret-2` and so on.
    Prompt,
    /// Nothing, until the test gives one.
    Silent,
}

/// A feed that ended without its subscribers' doing.
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
    /// Attempts whose token was asked for and not given.
    pub(crate) asked: Vec<Attempt>,
    pub(crate) events: Vec<Event>,
    pub(crate) samples: Vec<(FeedKey, String)>,
    pub(crate) resumed: Vec<(FeedKey, String, FeedGap)>,
    pub(crate) ended: Vec<Ended>,
    pub(crate) progress: Vec<(CallId, String)>,
    story: Vec<String>,
    calls: BTreeMap<CallId, Option<Result<Reply, Error>>>,
    tokens_given: u32,
    timeout: Option<Instant>,
    inputs: VecDeque<ToClient>,
}

/// A configuration as most scenarios want it.
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
            asked: Vec::new(),
            events: Vec::new(),
            samples: Vec::new(),
            resumed: Vec::new(),
            ended: Vec::new(),
            progress: Vec::new(),
            story: Vec::new(),
            calls: BTreeMap::new(),
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

    /// Connected long enough for attempts to be counted from the start.
    pub(crate) fn stable() -> Self {
        let mut world = Self::connected();
        world.advance(6000);
        world
    }

    // What the caller does.

    pub(crate) fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
        self.run();
    }

    /// A command that is settled.
    pub(crate) fn call(&mut self, command: impl FnOnce(CallId) -> Command) -> CallId {
        let call = CallId::new(u32::try_from(self.calls.len()).unwrap() + 1);
        self.calls.insert(call, None);
        self.command(command(call));
        call
    }

    pub(crate) fn connect(&mut self) -> CallId {
        self.call(|call| Command::Connect { call })
    }

    pub(crate) fn close(&mut self) {
        self.command(Command::Close);
    }

    pub(crate) fn request(&mut self, request: Request, options: CallOptions) -> CallId {
        self.call(|call| Command::Request {
            call,
            request,
            options,
        })
    }

    pub(crate) fn cmd(&mut self) -> CallId {
        self.request(
            Request::cmd("device", "uptime").unwrap(),
            CallOptions::default(),
        )
    }

    pub(crate) fn open_feed(&mut self, request: FeedRequest, options: CallOptions) -> CallId {
        self.call(|call| Command::OpenFeed {
            call,
            request,
            extra: None,
            options,
            series: None,
        })
    }

    pub(crate) fn feed(&mut self, source: &str) -> CallId {
        self.open_feed(solar(source), CallOptions::default())
    }

    pub(crate) fn stop(&mut self, subscription: CallId) {
        self.command(Command::StopFeed { subscription });
    }

    pub(crate) fn stop_all(&mut self) -> CallId {
        self.call(|call| Command::StopAllFeeds { call })
    }

    pub(crate) fn abort(&mut self, call: CallId) {
        self.command(Command::Abort { call });
    }

    pub(crate) fn emit_with_ack(&mut self, event: &str, timeout: Option<Timeout>) -> CallId {
        self.call(|call| Command::EmitWithAck {
            call,
            event: event.to_owned(),
            args: vec!["1".to_owned()],
            attachments: Vec::new(),
            timeout,
        })
    }

    pub(crate) fn give_token(&mut self, attempt: Attempt, token: Result<&str, Error>) {
        self.asked.retain(|&asked| asked != attempt);
        let token = token.map(Token::new);
        self.input(Input::Token { attempt, token });
        self.run();
    }

    // What time and the platform do.

    /// Time passes, timers fire when they should, the server pings.
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

    /// The machine sleeps: time passes and nobody looks.
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

    /// To the moment of the next attempt.
    pub(crate) fn wait_for_retry(&mut self) {
        assert!(
            self.story
                .last()
                .is_some_and(|line| line.starts_with("reconnecting"))
        );
        let delay = self.delays().last().copied().unwrap();
        self.advance(delay);
    }

    /// Takes time until the client is connected or has given up.
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

    // What the server does.

    pub(crate) fn at(&self) -> usize {
        self.server.current().expect("a live connection")
    }

    pub(crate) fn drop_tcp(&mut self) {
        let at = self.at();
        self.server.hang_up(at);
        self.run();
    }

    pub(crate) fn say_frame(&mut self, frame: &str) {
        let at = self.at();
        self.server.text(at, frame.to_owned());
        self.run();
    }

    pub(crate) fn say_binary(&mut self, frame: &[u8]) {
        let attempt = self.server.connections[self.at()].attempt;
        self.server
            .out
            .push_back(ToClient::Binary(attempt, frame.to_vec()));
        self.run();
    }

    pub(crate) fn say(&mut self, event: &str, payload: Value) {
        let at = self.at();
        self.server.say(at, event, payload);
        self.run();
    }

    pub(crate) fn sample(&mut self, feed_id: &str, message: u32) {
        let payload = json!({
            "feedId": feed_id, "event_time": "2024-01-02T03:04:05.678Z", "table": "solar",
            "source": "ü", "device": "device", "messageId": message.to_string(), "value": 1.5,
        });
        self.say("device:feed:reply", payload);
    }

    pub(crate) fn answer_all(&mut self) {
        self.server.answer_all();
        self.run();
    }

    /// The requestId of a request that the server holds.
    pub(crate) fn held(&self, index: usize) -> String {
        self.server.pending[index].request_id()
    }

    // What came of it.

    /// How a call stands: `pending`, `ok`, or the code of its error.
    pub(crate) fn code(&self, call: CallId) -> &'static str {
        match &self.calls[&call] {
            None => "pending",
            Some(Ok(_)) => "ok",
            Some(Err(error)) => error.code(),
        }
    }

    pub(crate) fn error(&self, call: CallId) -> &Error {
        match &self.calls[&call] {
            Some(Err(error)) => error,
            other => panic!("no error: {other:?}"),
        }
    }

    pub(crate) fn reply(&self, call: CallId) -> &Reply {
        match &self.calls[&call] {
            Some(Ok(reply)) => reply,
            other => panic!("no reply: {other:?}"),
        }
    }

    /// The final payload of a request.
    pub(crate) fn payload(&self, call: CallId) -> Value {
        match self.reply(call) {
            Reply::Payload(payload) => serde_json::from_str(payload).unwrap(),
            other => panic!("no payload: {other:?}"),
        }
    }

    pub(crate) fn feed_id(&self, call: CallId) -> String {
        match self.reply(call) {
            Reply::Feed { feed_id, .. } => feed_id.clone(),
            other => panic!("no feed: {other:?}"),
        }
    }

    pub(crate) fn pending_calls(&self) -> Vec<CallId> {
        let pending = self.calls.iter().filter(|(_, end)| end.is_none());
        pending.map(|(&call, _)| call).collect()
    }

    /// What happened since the last look, in order.
    pub(crate) fn story(&mut self) -> Vec<String> {
        core::mem::take(&mut self.story)
    }

    /// Whether the story since the last look is this one.
    #[track_caller]
    pub(crate) fn told(&mut self, story: &[&str]) {
        assert_eq!(self.story(), story);
    }

    pub(crate) fn state(&self) -> ConnectionState {
        self.client.state()
    }

    /// The `messageId`s of the samples so far.
    pub(crate) fn message_ids(&self) -> Vec<u64> {
        let ids = self.samples.iter().map(|(_, payload)| {
            let payload: Value = serde_json::from_str(payload).unwrap();
            payload["messageId"].as_str().unwrap().parse().unwrap()
        });
        ids.collect()
    }

    /// The delays of all waits so far.
    pub(crate) fn delays(&self) -> Vec<u64> {
        let delays = self.events.iter().filter_map(|event| match event {
            Event::Reconnecting { delay_ms, .. } => Some(*delay_ms),
            _ => None,
        });
        delays.collect()
    }

    pub(crate) fn warnings(&self) -> Vec<&Error> {
        let warnings = self.events.iter().filter_map(|event| match event {
            Event::Warning(error) => Some(error),
            _ => None,
        });
        warnings.collect()
    }

    /// The error of the last `connect_error`.
    pub(crate) fn connect_error(&self) -> &Error {
        let errors = self.events.iter().rev().find_map(|event| match event {
            Event::ConnectError { error, .. } => Some(error),
            _ => None,
        });
        errors.expect("a connect_error")
    }

    // The machinery.

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.client.handle_input(input, self.now);
    }

    /// Plays until both sides have nothing more to say.
    pub(crate) fn run(&mut self) {
        for round in 0.. {
            assert!(round < 1_000_000, "client and server talk for ever");
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
                    detail,
                }),
            }
        }
        assert_eq!(self.server.violations, [""; 0]);
    }

    fn drain(&mut self) {
        for _ in 0..1_000_000 {
            let output = self.client.poll_output();
            let printed = match &output {
                Output::Send { .. } | Output::Sample { .. } => String::new(),
                Output::Event(Event::Any { .. }) => String::new(),
                output => format!("{output:?}"),
            };
            assert!(!printed.contains("secret"), "the token was told: {printed}");
            if let Output::Timeout(when) = output {
                self.timeout = when;
                return;
            }
            let line = self.perform(output);
            self.story.extend(line);
        }
        panic!("poll_output never comes to an end");
    }

    fn perform(&mut self, output: Output) -> Option<String> {
        Some(match output {
            Output::AskToken { attempt } => {
                match self.tokens {
                    Tokens::Prompt => {
                        self.tokens_given += 1;
                        let token = Ok(Token::new(format!("secret-{}", self.tokens_given)));
                        self.input(Input::Token { attempt, token });
                    }
                    Tokens::Silent => self.asked.push(attempt),
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
                    format!("send {}", short(&frame))
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
                let line = tell(&event);
                self.events.push(event);
                line
            }
            Output::Sample { feed, payload } => {
                self.samples.push((feed, payload));
                "sample".to_owned()
            }
            Output::FeedResumed { feed, feed_id, gap } => {
                self.resumed.push((feed, feed_id, gap));
                "resumed".to_owned()
            }
            Output::FeedEnded {
                subscriptions,
                error,
                ..
            } => {
                let line = format!("ended {}", error.as_ref().map_or("quietly", Error::code));
                self.ended.push(Ended {
                    subscriptions,
                    error,
                });
                line
            }
            Output::Progress { call, payload } => {
                self.progress.push((call, payload));
                "progress".to_owned()
            }
            Output::Settle { call, result } => {
                let code = result.as_ref().map_or_else(Error::code, |_| "ok");
                let line = format!("settle {} {code}", call.value());
                let before = self.calls.insert(call, Some(result));
                assert!(
                    matches!(before, Some(None)),
                    "call {call:?} was settled twice: {line}"
                );
                line
            }
            _ => return None,
        })
    }
}

/// A frame of the client's, less what differs from run to run.
fn short(frame: &str) -> String {
    let head = frame.find('[').unwrap_or(frame.len());
    match serde_json::from_str::<Vec<Value>>(&frame[head..]) {
        Ok(args) if frame.starts_with("42") => args[0].as_str().unwrap_or("?").to_owned(),
        _ => frame.to_owned(),
    }
}

fn tell(event: &Event) -> String {
    match event {
        Event::Connect {
            attempt,
            reconnected,
            ..
        } => {
            let again = if *reconnected { "reconnect" } else { "connect" };
            format!("{again} {attempt}")
        }
        Event::Disconnect {
            reason,
            will_reconnect,
            ..
        } => {
            let end = if *will_reconnect { "" } else { ", for good" };
            format!("disconnect {reason}{end}")
        }
        Event::Reconnecting { attempt, .. } => format!("reconnecting {attempt}"),
        Event::ConnectError {
            error,
            attempt,
            will_retry,
        } => {
            let end = if *will_retry { "" } else { ", for good" };
            format!("connect_error {attempt} {}{end}", error.code())
        }
        Event::Warning(error) => format!("warning {}", error.code()),
        Event::StateChange { .. } => "device:stateChange".to_owned(),
        Event::DeviceNew { .. } => "device:new".to_owned(),
        Event::MetaChange { .. } => "device:metaChange".to_owned(),
        Event::Any { data, .. } => format!("any {data}"),
        _ => "?".to_owned(),
    }
}

/// A refusal at the handshake.
pub(crate) fn refusal(frame: &str) -> Plan {
    Plan::Say(Stage::Asked, frame.to_owned())
}
