//! A client with feeds, that takes frames by either path.

use ardexa_client::client::{
    Attempt, CallId, CallOptions, Client, Command, Config, DEFAULT_PATH, Endpoint, Event, Input,
    Output, SeriesOptions,
};
use ardexa_client::device::{FeedRequest, Token};
use ardexa_client::engine::Frame;
use ardexa_client::time::Instant;
use serde_json::Value;

const FEED: CallId = CallId::new(1);
const SERIES: CallId = CallId::new(2);
const BOTH: CallId = CallId::new(3);

/// A connected client with three feeds: `feed-a` has a listener, `feed-b` a series, `feed-c` both.
pub(crate) struct Pair {
    pub(crate) client: Client,
    attempt: Attempt,
    pub(crate) now: u64,
    pub(crate) told: Vec<String>,
}

impl Pair {
    pub(crate) fn new() -> Self {
        let endpoint = Endpoint::parse("https://cloud.example", DEFAULT_PATH, false).unwrap();
        let config = Config::new(endpoint, "dev").unwrap();
        let attempt = Attempt::default();
        let mut this = Self {
            client: Client::new(config, 7),
            attempt,
            now: 1000,
            told: Vec::new(),
        };
        this.command(Command::Connect {
            call: CallId::new(0),
        });
        let attempt = this.attempt;
        this.input(Input::Token {
            attempt,
            token: Ok(Token::new("secret")),
        });
        this.input(Input::Opened { attempt });
        this.text(r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
        this.text(r#"40{"sid":"s"}"#);
        this.open(FEED, "feed-a", None);
        this.open(SERIES, "feed-b", Some(16));
        this.open(BOTH, "feed-c", Some(16));
        this.open(CallId::new(4), "feed-c", None);
        this.told.clear();
        this
    }

    fn open(&mut self, call: CallId, source: &str, capacity: Option<usize>) {
        let request = FeedRequest::new("d", "t", source, None).unwrap();
        let series = capacity.map(|capacity| SeriesOptions {
            capacity,
            wants_updates: true,
        });
        let options = CallOptions {
            request_id: Some(format!("r-{}", call.value())),
            timeout: None,
        };
        self.command(Command::OpenFeed {
            call,
            request,
            extra: None,
            options,
            series,
        });
        self.text(&format!(
            r#"42["device:feed:rpc",{{"requestId":"r-{}","feedId":"{source}"}}]"#,
            call.value()
        ));
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub(crate) fn text(&mut self, frame: &str) {
        let attempt = self.attempt;
        self.input(Input::Text { attempt, frame });
    }

    fn input(&mut self, input: Input<'_>) {
        self.client
            .handle_input(input, Instant::from_millis(self.now));
        self.drain();
    }

    fn drain(&mut self) {
        loop {
            match self.client.poll_output() {
                Output::Timeout(_) => return,
                Output::AskToken { attempt } => self.attempt = attempt,
                Output::Sample { feed, payload } => self.sample(feed.index(), &payload),
                Output::Event(Event::Disconnect { reason, .. }) => {
                    self.told.push(reason.to_string())
                }
                Output::Send {
                    frame: Frame::Text(frame),
                    ..
                } => self.told.push(frame),
                Output::SeriesUpdated { series } => {
                    self.told.push(format!("updated {series:?}"));
                    self.client.series_told(series);
                }
                Output::Event(Event::Warning(error)) => self.told.push(error.to_string()),
                _ => {}
            }
        }
    }

    fn sample(&mut self, feed: usize, payload: &str) {
        let sample: Value = serde_json::from_str(payload).unwrap();
        self.told.push(format!("{feed}: {sample}"));
    }

    /// As the shell does it: see `Lane` in `src/js/platform.js`.
    pub(crate) fn text_by_hot_path(&mut self, frame: &str) -> bool {
        let now = Instant::from_millis(self.now);
        let Some(taken) = self.client.take_sample(self.attempt, frame.as_bytes(), now) else {
            self.text(frame);
            return false;
        };
        if taken.has_listener {
            let payload = &frame[taken.payload.clone()];
            let ids = ["feed-a", "feed-b", "feed-c"];
            match serde_json::from_str::<Value>(payload) {
                Ok(sample)
                    if !truthy(&sample["error"]) && sample["feedId"] == ids[taken.feed.index()] =>
                {
                    self.drain();
                    self.sample(taken.feed.index(), payload);
                }
                _ => {
                    self.client.give_back(&taken, frame.len());
                    self.drain();
                    self.text(frame);
                    return false;
                }
            }
        }
        self.drain();
        true
    }

    pub(crate) fn held(&self) -> String {
        let columns = |call| {
            let columns = self.client.series(call)?;
            Some((
                columns.total(),
                columns
                    .times()
                    .iter()
                    .map(|t| t.to_bits())
                    .collect::<Vec<_>>(),
                columns.columns(),
                columns
                    .values(0)
                    .ok()?
                    .iter()
                    .map(|v| v.to_bits())
                    .collect::<Vec<_>>(),
            ))
        };
        format!(
            "{:?} {:?} {:?}",
            columns(SERIES),
            columns(BOTH),
            self.client.stats()
        )
    }

    /// What a break tells of the last samples.
    pub(crate) fn gaps(&mut self) -> Vec<String> {
        let (attempt, mut gaps) = (self.attempt, Vec::new());
        self.input(Input::Closed {
            attempt,
            failed: false,
            detail: None,
        });
        self.now += 60_000;
        self.input(Input::Wake);
        let attempt = self.attempt;
        self.input(Input::Token {
            attempt,
            token: Ok(Token::new("secret")),
        });
        self.text(r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#);
        self.told.clear();
        self.text(r#"40{"sid":"s"}"#);
        for (at, frame) in self.told.clone().into_iter().enumerate() {
            let request: Value = serde_json::from_str(&frame[2..]).unwrap();
            let id = request[1]["requestId"].as_str().unwrap().to_owned();
            let frame =
                format!(r#"42["device:feed:rpc",{{"requestId":"{id}","feedId":"again-{at}"}}]"#);
            let attempt = self.attempt;
            self.client.handle_input(
                Input::Text {
                    attempt,
                    frame: &frame,
                },
                Instant::from_millis(self.now),
            );
            loop {
                match self.client.poll_output() {
                    Output::FeedResumed { gap, .. } => gaps.push(format!("{gap:?}")),
                    Output::Timeout(_) => break,
                    _ => {}
                }
            }
        }
        gaps
    }
}

fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_f64() != Some(0.0) && value != ""
}

/// Gives one client the frames by the hot path and another by the general one, and compares what
/// they told, what they hold, and the gaps that a break tells of. Answers how many the hot path took.
pub(crate) fn compare<'f>(frames: impl IntoIterator<Item = &'f str>) -> usize {
    let (mut hot, mut general) = (Pair::new(), Pair::new());
    let mut taken = 0;
    for frame in frames {
        taken += usize::from(hot.text_by_hot_path(frame));
        general.text(frame);
        hot.now += 5;
        general.now += 5;
    }
    assert_eq!(hot.told, general.told);
    assert_eq!(hot.held(), general.held());
    assert_eq!(hot.client.state(), general.client.state());
    assert_eq!(hot.gaps(), general.gaps());
    taken
}
