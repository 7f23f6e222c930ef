//! The hot paths for samples agree with the general path: of two clients with the same frames, one
//! uses [`Client::record_parsed_sample`] and [`Client::try_fast_sample`] whenever they accept a
//! frame, and both must have the same output and state.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test helpers may panic"
)]

use ardexa_client::client::{
    Attempt, CallId, CallOptions, Client, Command, Config, DEFAULT_PATH, Endpoint, Event, FeedSlot,
    Input, Output, SeriesOptions,
};
use ardexa_client::device::{FeedRequest, Token};
use ardexa_client::engine::Frame;
use ardexa_client::time::Instant;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;

const FEED: CallId = CallId::new(1);
const SERIES: CallId = CallId::new(2);
const BOTH: CallId = CallId::new(3);

/// A connected client with three feeds: `feed-a` has a listener, `feed-b` a series, `feed-c` both.
struct Pair {
    client: Client,
    attempt: Attempt,
    now: u64,
    delivered: Vec<String>,
    /// The prefix of sample frames, once the client has emitted it.
    head: Option<String>,
    /// By feed: the `messageId` of the last sample that was parsed and delivered.
    lasts: [Option<String>; 3],
}

impl Pair {
    fn new() -> Self {
        let endpoint = Endpoint::parse("https://cloud.example", DEFAULT_PATH, false).unwrap();
        let config = Config::new(endpoint, "dev").unwrap();
        let attempt = Attempt::default();
        let mut this = Self {
            client: Client::new(config, 7),
            attempt,
            now: 1000,
            delivered: Vec::new(),
            head: None,
            lasts: Default::default(),
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
        this.delivered.clear();
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

    fn text(&mut self, frame: &str) {
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
                Output::RequestToken { attempt } => self.attempt = attempt,
                Output::SamplePrefix(head) => self.head = Some(head),
                Output::Sample { feed, payload } => self.sample(feed.index(), &payload.json),
                Output::Event(Event::Disconnect { reason, .. }) => {
                    self.delivered.push(reason.to_string())
                }
                Output::Send {
                    frame: Frame::Text(frame),
                    ..
                } => self.delivered.push(frame),
                Output::SeriesUpdated { series } => {
                    self.delivered.push(format!("updated {series:?}"));
                    self.client.mark_series_notified(series);
                }
                Output::Event(Event::Warning(error)) => self.delivered.push(error.to_string()),
                _ => {}
            }
        }
    }

    fn sample(&mut self, feed: usize, payload: &str) {
        let sample = serde_json::from_str::<Value>(payload);
        let sample = sample.map_or_else(|_| payload.to_owned(), |sample| sample.to_string());
        self.delivered.push(format!("{feed}: {sample}"));
    }

    /// As in `src/bindings/js/frames.js`.
    fn text_by_hot_path(&mut self, frame: &str) -> bool {
        if !serde_json_reads(frame) {
            self.text(frame);
            return false;
        }
        if self.reads(frame) {
            return true;
        }
        let now = Instant::from_millis(self.now);
        let taken = self
            .client
            .try_fast_sample(self.attempt, frame.as_bytes(), now);
        self.drain();
        match taken {
            None => self.text(frame),
            Some(ref taken) if taken.has_listener => {
                let payload = &frame[taken.payload.clone()];
                assert!(serde_json::from_str::<&RawValue>(payload).is_ok());
                self.sample(taken.feed.index(), payload);
            }
            Some(_) => {}
        }
        taken.is_some()
    }

    /// Parses a sample of `feed-a`, the only feed without a series.
    fn reads(&mut self, frame: &str) -> bool {
        let payload = self.head.as_deref().and_then(|head| {
            let payload = frame.strip_prefix(head)?.strip_suffix(']')?;
            let sample = serde_json::from_str::<Value>(payload).ok()?;
            let is_sample = !truthy(&sample["error"]) && sample["result"] != "error";
            (is_sample && sample["feedId"] == "feed-a").then_some((payload, sample))
        });
        let Some((payload, sample)) = payload else {
            return false;
        };
        let (feed, now) = (FeedSlot::from_index(0), Instant::from_millis(self.now));
        let is_taken = self
            .client
            .record_parsed_sample(self.attempt, feed, frame.len(), now);
        if is_taken {
            self.lasts[0] = sample["messageId"].as_str().map(str::to_owned);
            self.drain();
            self.sample(0, payload);
        }
        is_taken
    }

    fn held(&self) -> String {
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

    /// Breaks the connection and returns the gaps, which name the last samples.
    fn gaps(&mut self) -> Vec<String> {
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
        self.delivered.clear();
        self.text(r#"40{"sid":"s"}"#);
        for (at, frame) in self.delivered.clone().into_iter().enumerate() {
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
                    Output::FeedResumed { feed, mut gap, .. } => {
                        if core::mem::take(&mut gap.last_was_parsed_by_driver) {
                            assert_eq!(gap.last_message_id, None);
                            gap.last_message_id = self.lasts[feed.index()].take();
                        }
                        gaps.push(format!("{gap:?}"));
                    }
                    Output::Timeout(_) => break,
                    _ => {}
                }
            }
        }
        gaps
    }
}

/// Whether `serde_json` can stand in for the driver's `JSON.parse`: it rejects lone surrogates,
/// numbers such as `1e999`, and deep nesting, which are valid JSON.
fn serde_json_reads(frame: &str) -> bool {
    let json = frame.trim_start_matches(|first: char| first.is_ascii_digit());
    serde_json::from_str::<&RawValue>(json).is_err() || serde_json::from_str::<Value>(json).is_ok()
}

fn truthy(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_f64() != Some(0.0) && value != ""
}

const SAMPLE: &str = r#"42["device:feed:reply",{"feedId":"feed-a","event_time":"2023-08-09T03:55:37.000Z","table":"t","source":"s","device":"d","messageId":"1","value":5}]"#;

#[test]
fn the_hot_path_takes_samples_after_learning_from_the_first() {
    let mut pair = Pair::new();
    assert!(!pair.text_by_hot_path(SAMPLE));
    assert!(pair.text_by_hot_path(SAMPLE));
    assert!(pair.text_by_hot_path(&SAMPLE.replace("feed-a", "feed-b")));
    assert!(pair.text_by_hot_path(&SAMPLE.replace("feed-a", "feed-c")));
    assert_eq!(pair.client.stats().samples, 4);
}

#[test]
fn a_taken_sample_reports_whether_outputs_are_pending() {
    let mut pair = Pair::new();
    pair.text(SAMPLE);
    for (feed, has_more) in [("feed-b", true), ("feed-b", false), ("feed-c", true)] {
        let frame = SAMPLE.replace("feed-a", feed);
        let now = Instant::from_millis(pair.now);
        let attempt = pair.attempt;
        let taken = pair.client.try_fast_sample(attempt, frame.as_bytes(), now);
        assert!(taken.is_some(), "{feed}");
        assert_eq!(pair.client.has_output(), has_more, "{feed}");
        // The update is not marked as delivered, so the series is not notified again.
        while !matches!(pair.client.poll_output(), Output::Timeout(_)) {}
    }
}

#[test]
fn unusual_samples_take_the_general_path() {
    for frame in [
        SAMPLE.replace("feed-a", "feed-x"),
        SAMPLE.replace("feed-a", r"feed\u002da"),
        SAMPLE.replace("feed-a", r"feed\u002db"),
        SAMPLE.replace("reply", "data"),
        SAMPLE.replace("\"value\":5", "\"error\":\"gone\""),
        SAMPLE.replace("\"value\":5", "\"value\":5,\"result\":\"error\""),
        SAMPLE.replace("\"value\":5", "\"feedId\":\"feed-b\""),
        SAMPLE.replace("\"value\":5", "\"value\":5,"),
        SAMPLE.replace("\"value\":5", "\"value\":NaN"),
        SAMPLE.replace("\"value\":5", "\"value\":[1,-Infinity]"),
        SAMPLE.replace("}]", "},\"offset\"]"),
        SAMPLE.replace("}]", "},{}]"),
        SAMPLE.replace("{\"feedId\"", "{ \"feedId\""),
        SAMPLE.replace("42[", "427["),
        "3".to_owned(),
    ] {
        for feed in ["feed-a", "feed-b", "feed-c"] {
            let frame = frame.replace("feed-a", feed);
            let mut pair = Pair::new();
            pair.text(SAMPLE);
            // A parsed sample may have any formatting.
            let is_read = frame.contains(r"\u002da") || (feed == "feed-a" && frame.contains("{ "));
            assert_eq!(pair.text_by_hot_path(&frame), is_read, "{frame}");
        }
    }
}

#[test]
fn the_hot_path_declines_while_observed_or_behind() {
    let mut pair = Pair::new();
    pair.text(SAMPLE);
    pair.client.observe_events(true);
    assert!(!pair.text_by_hot_path(SAMPLE));
    pair.client.observe_events(false);
    assert!(pair.text_by_hot_path(SAMPLE));
    pair.now += 44_999;
    pair.input(Input::Tick);
    assert!(pair.text_by_hot_path(SAMPLE));
    pair.now += 1;
    assert!(!pair.text_by_hot_path(SAMPLE));
    assert_eq!(
        pair.delivered.last().map(String::as_str),
        Some("ping timeout")
    );
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("66920".to_owned()),
        Just("-0".to_owned()),
        Just("1e3".to_owned()),
        Just("9007199254740993".to_owned()),
        any::<f64>().prop_map(|n| Value::from(n).to_string()),
        ".{0,8}".prop_map(|text| Value::from(text).to_string()),
        Just(r#""\u00fc\ud83d\ude00""#.to_owned()),
        Just("01".to_owned()),
        Just("\"\\x\"".to_owned()),
        prop_oneof!["NaN", "-?Infinity", "nan"],
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|item| format!("{{\"feedId\":{item}}}")),
        ]
    })
}

/// As servers write them: names in one of two orders, values of all kinds.
fn usual_payload() -> impl Strategy<Value = String> {
    let feed = prop_oneof![Just("feed-a"), Just("feed-b"), Just("feed-c")];
    let id = prop_oneof![
        4 => "[0-9]{1,50}".prop_map(|id| format!("\"{id}\"")),
        1 => json(),
    ];
    let value = prop_oneof![2 => Just("66920.5".to_owned()), 1 => json()];
    let tail = prop_oneof![
        4 => Just(String::new()),
        1 => Just(",\"messageId\":\"again\"".to_owned()),
        1 => Just(",\"error\":\"gone\"".to_owned()),
        1 => Just(",\"feedId\":\"feed-a\"".to_owned()),
        1 => json().prop_map(|json| format!(",\"requestId\":{json}")),
    ];
    let time = prop_oneof![
        4 => "\"2023-08-09T03:5[0-9]:[0-9]{2}\\.[0-9]{3}Z\"",
        1 => "\"2023-08-09 03:5[0-9]:[0-9]{2},[0-9]{3}\\+02\"",
        1 => "1691553[0-9]{3}(\\.[0-9]{3}|[0-9]{3})?",
        1 => Just("\"yesterday\"".to_owned()),
    ];
    (feed, id, value, time, tail, any::<bool>()).prop_map(|(feed, id, value, time, tail, other)| {
        let (time, value) = (
            format!("\"event_time\":{time}"),
            format!("\"value\":{value}"),
        );
        let (one, two) = if other {
            (&value, &time)
        } else {
            (&time, &value)
        };
        format!("{{\"feedId\":\"{feed}\",{one},\"table\":\"t\",\"messageId\":{id},{two}{tail}}}")
    })
}

fn payload() -> impl Strategy<Value = String> {
    prop_oneof![any_payload(), usual_payload()]
}

fn any_payload() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => Just("value"), 2 => Just("event_time"), 1 => Just("error"), 1 => Just("feedId"),
        1 => Just("messageId"), 1 => Just("result"), 1 => Just("requestId"), 1 => Just("__proto__"), 1 => Just("val\\u0075e"),
    ];
    let text = prop_oneof![
        6 => json(),
        2 => Just("\"2023-08-09T03:55:37.000Z\"".to_owned()),
        1 => Just("\"error\"".to_owned()), 1 => Just("\"\\u0065rror\"".to_owned()),
        1 => Just("\"feed-a\"".to_owned()), 1 => Just("\"feed-b\"".to_owned()), 1 => Just("0".to_owned()),
        1 => "[ -~]{0,4}",
    ];
    let feed = prop_oneof![
        Just("feed-a"),
        Just("feed-b"),
        Just("feed-c"),
        Just("other")
    ];
    (feed, prop::collection::vec((name, text), 0..5)).prop_map(|(feed, fields)| {
        let fields: String = fields
            .iter()
            .map(|(name, text)| format!(",\"{name}\":{text}"))
            .collect();
        format!("{{\"feedId\":\"{feed}\"{fields}}}")
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6 * ProptestConfig::default().cases, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_paths_agree(payloads in prop::collection::vec(payload(), 1..12)) {
        let frames = payloads.iter().map(|payload| format!("42[\"device:feed:reply\",{payload}]"));
        compare(&frames.collect::<Vec<_>>());
    }
}

/// Passes the frames to one client by the hot path and to another by the general path. The fuzz
/// target of the same name uses it too.
pub(crate) fn compare(frames: &[String]) {
    let (mut hot, mut general) = (Pair::new(), Pair::new());
    for frame in frames {
        hot.text_by_hot_path(frame);
        general.text(frame);
        hot.now += 5;
        general.now += 5;
    }
    assert_eq!(hot.delivered, general.delivered);
    assert_eq!(hot.held(), general.held());
    assert_eq!(hot.client.state(), general.client.state());
    assert_eq!(hot.gaps(), general.gaps());
}
