//! The hot path for samples means the same as the general one: two clients get the same frames, one
//! of them by [`Client::take_sample`] wherever that takes them, and must tell and hold the same.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests may fail like tests"
)]

#[path = "hot_path/pair.rs"]
mod pair;

use pair::{Pair, compare};
use proptest::prelude::*;
use serde_json::Value;

const SAMPLE: &str = r#"42["device:feed:reply",{"feedId":"feed-a","event_time":"2023-08-09T03:55:37.000Z","table":"t","source":"s","device":"d","messageId":"1","value":5}]"#;

#[test]
fn a_plain_sample_is_taken_once_the_first_has_shown_how_they_begin() {
    let mut pair = Pair::new();
    assert!(!pair.text_by_hot_path(SAMPLE));
    assert!(pair.text_by_hot_path(SAMPLE));
    assert!(pair.text_by_hot_path(&SAMPLE.replace("feed-a", "feed-b")));
    assert!(pair.text_by_hot_path(&SAMPLE.replace("feed-a", "feed-c")));
    assert_eq!(pair.client.stats().samples, 4);
}

#[test]
fn what_is_out_of_the_ordinary_is_left_to_the_general_path() {
    for frame in [
        SAMPLE.replace("feed-a", "feed-x"),
        SAMPLE.replace("feed-a", r"feed\u002da"),
        SAMPLE.replace("reply", "data"),
        SAMPLE.replace("\"value\":5", "\"error\":\"gone\""),
        SAMPLE.replace("\"value\":5", "\"feedId\":\"feed-b\""),
        SAMPLE.replace("\"value\":5", "\"value\":5,"),
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
            assert!(!pair.text_by_hot_path(&frame), "{frame}");
        }
    }
}

#[test]
fn nothing_is_taken_while_somebody_observes_or_outputs_wait_or_a_deadline_has_passed() {
    let mut pair = Pair::new();
    pair.text(SAMPLE);
    pair.client.observe_events(true);
    assert!(!pair.text_by_hot_path(SAMPLE));
    pair.client.observe_events(false);
    assert!(pair.text_by_hot_path(SAMPLE));
    pair.now += 45_001;
    assert!(!pair.text_by_hot_path(SAMPLE));
    assert_eq!(pair.told.last().map(String::as_str), Some("ping timeout"));
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
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(","))),
            inner.prop_map(|item| format!("{{\"feedId\":{item}}}")),
        ]
    })
}

fn payload() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => Just("value"), 2 => Just("event_time"), 1 => Just("error"), 1 => Just("feedId"),
        1 => Just("messageId"), 1 => Just("requestId"), 1 => Just("__proto__"), 1 => Just("val\\u0075e"),
    ];
    let text = prop_oneof![
        6 => json(),
        2 => Just("\"2023-08-09T03:55:37.000Z\"".to_owned()),
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
    fn both_paths_mean_the_same(payloads in prop::collection::vec(payload(), 1..12)) {
        let frames: Vec<String> = payloads
            .iter()
            .map(|payload| format!("42[\"device:feed:reply\",{payload}]"))
            .collect();
        compare(frames.iter().map(String::as_str));
    }
}
