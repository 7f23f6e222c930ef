//! The scanner against a general JSON parser, on generated samples and on corrupted ones.
//!
//! `PROPTEST_CASES=20000 cargo test --release --test series_differential` runs more cases.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "test helpers may panic"
)]

use std::collections::BTreeMap;

use ardexa_client::series::{
    Columns, Pushed, Scanned, TemplateScanner, parse_event_time, parse_number, scan_object,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// Parses the top level of an object with the general parser; the last of equal names wins.
pub(crate) fn parsed(json: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(json).ok()
}

/// The fields that the scanner should find.
fn expected(json: &str) -> Option<[Option<&[u8]>; 7]> {
    let fields = parsed(json)?;
    let names = [
        "value",
        "event_time",
        "feedId",
        "requestId",
        "messageId",
        "error",
        "result",
    ];
    Some(names.map(|name| fields.get(name).map(|value| value.get().as_bytes())))
}

fn found(scanned: Scanned<'_>) -> [Option<&[u8]>; 7] {
    [
        scanned.value,
        scanned.event_time,
        scanned.feed_id,
        scanned.request_id,
        scanned.message_id,
        scanned.error,
        scanned.result,
    ]
}

/// The number that `JSON.parse` and the rules of a series make of a value. (`serde_json` may be off
/// by the last bit of a double, so its text goes to the standard library.)
fn expected_number(json: &str) -> f64 {
    match json {
        "true" => 1.0,
        "false" => 0.0,
        _ if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            json.parse().unwrap()
        }
        _ => f64::NAN,
    }
}

fn expected_row(json: &str) -> Vec<f64> {
    if !json.starts_with('[') {
        return vec![expected_number(json)];
    }
    let elements: Vec<&RawValue> = serde_json::from_str(json).unwrap();
    elements
        .iter()
        .map(|element| expected_number(element.get()))
        .collect()
}

fn bits(numbers: &[f64]) -> Vec<u64> {
    // All NaN are equal.
    numbers
        .iter()
        .map(|n| {
            if n.is_nan() {
                0x7ff8 << 48
            } else {
                n.to_bits()
            }
        })
        .collect()
}

fn space() -> impl Strategy<Value = &'static str> {
    prop_oneof![6 => Just(""), 1 => select(vec![" ", "\n", "\t", "\r\n", "   "])]
}

fn number() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<i64>().prop_map(|n| n.to_string()),
        any::<u64>().prop_map(|n| n.to_string()),
        (-100_000i32..100_000).prop_map(|n| n.to_string()),
        (-100_000i32..100_000, 0u32..4).prop_map(|(n, d)| format!(
            "{:.*}",
            d as usize,
            f64::from(n) / 997.0
        )),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| n.to_string()),
        any::<f64>()
            .prop_filter("finite", |n| n.is_finite())
            .prop_map(|n| format!("{n:e}")),
        (-1e6..1e6f64).prop_map(|n| n.to_string()),
        "-?(0|[1-9][0-9]{0,24})(\\.[0-9]{1,24})?([eE][+-]?[0-9]{1,3})?",
    ]
}

/// One character of a string in one of its JSON forms.
fn written(character: char, way: u8) -> String {
    let mut units = [0u16; 2];
    match (way % 4, character) {
        (0, _) | (_, '\0'..='\x1f') => character
            .encode_utf16(&mut units)
            .iter()
            .map(|unit| {
                if way % 8 < 4 {
                    format!("\\u{unit:04x}")
                } else {
                    format!("\\u{unit:04X}")
                }
            })
            .collect(),
        (_, '"' | '\\') => format!("\\{character}"),
        (1, '/') => "\\/".to_owned(),
        _ => character.to_string(),
    }
}

fn quote(text: &str, ways: &[u8]) -> String {
    let mut ways = ways.iter().copied().cycle();
    let inside: String = text
        .chars()
        .map(|character| written(character, ways.next().unwrap_or(2)))
        .collect();
    format!("\"{inside}\"")
}

/// Mostly unescaped, sometimes with unnecessary escapes.
fn ways() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![4 => Just(vec![2]), 1 => prop::collection::vec(any::<u8>(), 1..9)]
}

fn string() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        ".{0,20}",
        "[ -~]{0,40}",
        "[\"\\\\/\n\t\u{1f}\u{7f}\u{80}\u{fe}\u{ff}ü\u{fffd}\u{1f50c}]{0,12}",
        select(vec!["value".to_owned(), "\"value\":1".to_owned()]),
    ];
    (text, ways()).prop_map(|(text, ways)| quote(&text, &ways))
}

fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => number(),
        2 => string(),
        1 => select(vec!["null", "true", "false"]).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 8, |inner| {
        prop_oneof![
            (
                prop::collection::vec((space(), inner.clone(), space()), 0..8),
                space()
            )
                .prop_map(|(elements, empty)| {
                    let elements: Vec<String> = elements
                        .iter()
                        .map(|(a, json, b)| format!("{a}{json}{b}"))
                        .collect();
                    format!("[{empty}{}]", elements.join(","))
                }),
            object(name(), inner),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    let known = select(vec![
        "value",
        "value",
        "event_time",
        "feedId",
        "requestId",
        "messageId",
        "error",
        "result",
        "results",
        "table",
        "source",
        "device",
        "valu",
        "values",
        "Value",
        "event_tim\u{e9}",
        "",
        "ü",
    ]);
    prop_oneof![
        4 => (known, ways()).prop_map(|(name, ways)| quote(name, &ways)),
        1 => string(),
    ]
}

fn object(
    name: impl Strategy<Value = String> + 'static,
    value: impl Strategy<Value = String> + 'static,
) -> impl Strategy<Value = String> {
    let field = (space(), name, space(), space(), value, space())
        .prop_map(|(a, name, b, c, value, d)| format!("{a}{name}{b}:{c}{value}{d}"));
    (prop::collection::vec(field, 0..10), space())
        .prop_map(|(fields, empty)| format!("{{{empty}{}}}", fields.join(",")))
}

fn event_time() -> impl Strategy<Value = String> {
    let text = prop_oneof![
        "20[0-9]{2}-0[1-9]-[012][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]0[0-9]:[0-5]0)?",
        "20[0-9]{2}-0[1-9]-[012][0-9]T[01][0-9]:[0-5][0-9]:[0-5][0-9](,[0-9]{1,3})?[+-]0[0-9]",
        "[0-9]{8,15}(\\.[0-9]{1,3})?",
        ".{0,30}",
    ];
    let text = (text, ways()).prop_map(|(text, ways)| quote(&text, &ways));
    prop_oneof![3 => text, 1 => "-?[1-9][0-9]{0,15}(\\.[0-9]{1,3})?", 1 => json()]
}

/// A sample object: a value and a time among other fields, in any order.
fn sample() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        number(),
        json(),
        prop::collection::vec(json(), 0..12).prop_map(|all| format!("[{}]", all.join(" ,"))),
    ];
    let others = prop::collection::vec((name(), json()), 0..6);
    (
        value,
        prop::option::of(event_time()),
        others,
        space(),
        space(),
    )
        .prop_map(|(value, time, mut fields, a, b)| {
            fields.push(("\"value\"".to_owned(), value));
            fields.extend(time.map(|time| ("\"event_time\"".to_owned(), time)));
            (fields, a, b)
        })
        .prop_flat_map(|(fields, a, b)| (Just(fields).prop_shuffle(), Just(a), Just(b)))
        .prop_map(|(fields, a, b)| {
            let fields: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{name}{a}:{b}{value}"))
                .collect();
            format!("{a}{{{b}{}{a}}}{b}", fields.join(","))
        })
}

pub(crate) fn check_scan(json: &str) -> Result<(), TestCaseError> {
    match (scan_object(json.as_bytes()), expected(json)) {
        (Some(scanned), Some(expected)) => prop_assert_eq!(found(scanned), expected),
        // The general parser is stricter only for names with a lone surrogate.
        (Some(_), None) => {
            prop_assert!(json.contains("\\u") && serde_json::from_str::<IgnoredAny>(json).is_ok());
        }
        (None, Some(_)) => prop_assert!(false, "rejected a valid object"),
        (None, None) => {}
    }
    Ok(())
}

/// Parses a time from its JSON text, with the rule of `Columns` for numbers stated differently.
fn time_of(json: &str) -> f64 {
    if let Ok(text) = serde_json::from_str::<String>(json) {
        return parse_event_time(text.as_bytes());
    }
    let Ok(number) = json.trim().parse::<f64>() else {
        return f64::NAN;
    };
    let millis = match number.abs().log10() {
        digits if digits < 11.0 => number * 1e3,
        digits if digits < 13.0 => number,
        _ => f64::NAN,
    };
    (millis + 0.5).floor()
}

/// Checks that a series keeps what the general parser reads of the samples, objects with a value.
pub(crate) fn check_series<'j>(
    samples: impl IntoIterator<Item = &'j str>,
    capacity: usize,
) -> Result<(), TestCaseError> {
    let mut columns = Columns::new(capacity).unwrap();
    let mut rows = Vec::new();
    for json in samples {
        let fields = parsed(json).unwrap();
        let time = fields.get("event_time").map(|time| time_of(time.get()));
        let pushed = match time {
            Some(time) if time.is_nan() => Pushed::KeptWithoutTime,
            _ => Pushed::Kept,
        };
        prop_assert_eq!(columns.push(json.as_bytes()), pushed);
        let time = time.unwrap_or(f64::NAN);
        rows.push((time, expected_row(fields["value"].get())));
    }
    let width = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    let kept = &rows[rows.len().saturating_sub(capacity)..];
    prop_assert_eq!((columns.len(), columns.columns()), (kept.len(), width));
    prop_assert_eq!(columns.total(), rows.len() as u64);
    let times: Vec<f64> = kept.iter().map(|(time, _)| *time).collect();
    prop_assert_eq!(bits(&columns.times()), bits(&times));
    for column in 0..width {
        let values: Vec<f64> = kept
            .iter()
            .map(|(_, row)| row.get(column).copied().unwrap_or(f64::NAN))
            .collect();
        prop_assert_eq!(bits(&columns.values(column).unwrap()), bits(&values));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn finds_the_same_fields_as_the_general_parser(json in object(name(), json())) {
        prop_assert!(parsed(&json).is_some());
        check_scan(&json)?;
    }

    #[test]
    fn a_corrupted_object_is_rejected_like_the_general_parser(
        json in object(name(), json()),
        spoil in prop::collection::vec((any::<Index>(), 0..3u8, select(b"{}[]\",:\\u0e-.tn \x1f1".to_vec())), 1..3),
    ) {
        let mut bytes = json.into_bytes();
        for (index, how, byte) in spoil {
            let at = index.index(bytes.len().max(1)).min(bytes.len());
            match how {
                0 => bytes.insert(at, byte),
                _ if bytes.is_empty() => {}
                1 => bytes[at] = byte,
                _ => bytes.truncate(at),
            }
        }
        // Input comes from a decoder and is UTF-8, but the scanner must survive any bytes.
        let _ = scan_object(&bytes);
        if let Ok(json) = std::str::from_utf8(&bytes) {
            check_scan(json)?;
        }
    }

    /// Objects of alternating layouts, some of them corrupted: the template that the scanner
    /// learned from earlier ones must not change the result.
    #[test]
    fn a_learned_template_does_not_change_the_result(
        shapes in prop::collection::vec(prop::collection::vec((name(), space()), 0..8), 1..4),
        samples in prop::collection::vec(
            (any::<Index>(), prop::collection::vec(json(), 8), prop::option::weighted(0.3, (any::<Index>(), any::<bool>(), select(b"{}[]\",:\\ 1".to_vec())))),
            1..12,
        ),
    ) {
        let mut scanner = TemplateScanner::default();
        for (shape, values, spoil) in &samples {
            let fields: Vec<String> = shape
                .get(&shapes)
                .iter()
                .zip(values)
                .map(|((name, space), value)| format!("{name}:{space}{value}"))
                .collect();
            let mut bytes = format!("{{{}}}", fields.join(",")).into_bytes();
            if let Some((index, inserts, byte)) = spoil {
                let at = index.index(bytes.len());
                if *inserts {
                    bytes.insert(at, *byte);
                } else {
                    bytes[at] = *byte;
                }
            }
            for _ in 0..2 {
                prop_assert_eq!(scanner.scan(&bytes), scan_object(&bytes));
            }
        }
    }

    #[test]
    fn only_json_values_are_accepted(text in "-?[0-9+.eE-]{0,6}|-?0?[0-9]{0,2}([.][0-9]{0,2})?(e[+-]?[0-9]{0,2})?|[truefalsn]{3,5}|true|null|\\[[0-9, ]{0,5}\\]") {
        check_scan(&format!("{{\"value\":{text}}}"))?;
    }

    #[test]
    fn any_bytes_are_survived(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = scan_object(&bytes);
        let _ = parse_number(&bytes);
        let _ = parse_event_time(&bytes);
        let _ = Columns::new(3).unwrap().push(&bytes);
    }

    #[test]
    fn numbers_match_the_standard_library(text in number()) {
        let expected: f64 = text.parse().unwrap();
        prop_assert_eq!(parse_number(text.as_bytes()).to_bits(), expected.to_bits());
    }

    #[test]
    fn a_series_keeps_the_values_of_the_general_parser(
        samples in prop::collection::vec(sample(), 1..8),
        capacity in 1usize..9,
    ) {
        check_series(samples.iter().map(String::as_str), capacity)?;
    }

    #[test]
    fn bucket_extremes_match_the_columns(
        values in prop::collection::vec(-1000i32..1000, 1..60),
        buckets in 1usize..20,
    ) {
        let mut columns = Columns::new(50).unwrap();
        for (second, value) in values.iter().enumerate() {
            columns.push(format!(r#"{{"value":{value},"event_time":"1970-01-01T00:00:{second:02}Z"}}"#).as_bytes());
        }
        let all = columns.min_max(buckets, 0, None, None).unwrap();
        prop_assert_eq!(all.len(), buckets * 3);
        let least = all.chunks(3).map(|bucket| bucket[1]).fold(f64::NAN, f64::min);
        let most = all.chunks(3).map(|bucket| bucket[2]).fold(f64::NAN, f64::max);
        let column = columns.values(0).unwrap();
        prop_assert_eq!(least, column.iter().copied().fold(f64::NAN, f64::min));
        prop_assert_eq!(most, column.iter().copied().fold(f64::NAN, f64::max));
    }
}

/// The scanner compares the texts between values eight bytes at a time: no difference may escape it,
/// nor may equal differences in two words cancel each other.
#[test]
fn a_sample_that_differs_in_any_bytes_is_read_as_by_itself() {
    let known = br#"{"feedId":"f","messageId":"1","a name of 21 bytes ok":2,"value":3}"#;
    let mut scanner = TemplateScanner::default();
    let mut agree = |other: &[u8]| {
        scanner.scan(known);
        assert_eq!(scanner.scan(other), scan_object(other), "{other:?}");
    };
    for at in 0..known.len() {
        for difference in 1..=u8::MAX {
            for distance in [0, 8, 16] {
                let mut other = known.to_vec();
                other[at] ^= difference;
                if let Some(byte) = other.get_mut(at + distance).filter(|_| distance > 0) {
                    *byte ^= difference;
                }
                agree(&other);
            }
        }
        // A whole text between two values, and less.
        for end in at + 1..=known.len() {
            let mut other = known.to_vec();
            other[at..end].fill(0);
            agree(&other);
        }
    }
}
