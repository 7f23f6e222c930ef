//! What the scanner must find, by a general JSON parser.

use std::collections::BTreeMap;

use ardexa_client::series::{Columns, Pushed, Scanned, parse_event_time, scan_object};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The top level of an object by the general parser; the last one of equal names counts.
pub(crate) fn parsed(json: &str) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_str(json).ok()
}

/// What the scanner should have found.
fn expected(json: &str) -> Option<[Option<&[u8]>; 6]> {
    let fields = parsed(json)?;
    let names = [
        "value",
        "event_time",
        "feedId",
        "requestId",
        "messageId",
        "error",
    ];
    Some(names.map(|name| fields.get(name).map(|value| value.get().as_bytes())))
}

fn found(scanned: Scanned<'_>) -> [Option<&[u8]>; 6] {
    [
        scanned.value,
        scanned.event_time,
        scanned.feed_id,
        scanned.request_id,
        scanned.message_id,
        scanned.error,
    ]
}

/// What `JSON.parse` and the rules of a series make of one value. (`serde_json` by itself may be
/// off by the last bit of a double, so its text goes to the standard library.)
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

pub(crate) fn expected_row(json: &str) -> Vec<f64> {
    if !json.starts_with('[') {
        return vec![expected_number(json)];
    }
    let elements: Vec<&RawValue> = serde_json::from_str(json).unwrap();
    elements
        .iter()
        .map(|element| expected_number(element.get()))
        .collect()
}

pub(crate) fn bits(numbers: &[f64]) -> Vec<u64> {
    // All NaN are one.
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

/// The scanner finds in the text what the general parser finds, and refuses what that refuses.
pub(crate) fn check_scan(json: &str) {
    match (scan_object(json.as_bytes()), expected(json)) {
        (Some(scanned), Some(expected)) => assert_eq!(found(scanned), expected, "{json}"),
        // A name with half a surrogate pair is the one thing that only the general parser refuses.
        (Some(_), None) => assert!(
            json.contains("\\u") && serde_json::from_str::<IgnoredAny>(json).is_ok(),
            "taken for an object: {json}"
        ),
        (None, Some(_)) => panic!("refused what is an object: {json}"),
        (None, None) => {}
    }
}

/// A series of this capacity keeps of the samples, each an object with a value, what the general
/// parser reads.
pub(crate) fn check_series<'j>(samples: impl IntoIterator<Item = &'j str>, capacity: usize) {
    let mut columns = Columns::new(capacity).unwrap();
    let mut rows = Vec::new();
    for json in samples {
        assert_eq!(columns.push(json.as_bytes()), Pushed::Kept, "{json}");
        let fields = parsed(json).unwrap();
        let time = fields
            .get("event_time")
            .and_then(|time| serde_json::from_str::<String>(time.get()).ok());
        let time = time.map_or(f64::NAN, |time| parse_event_time(time.as_bytes()));
        rows.push((time, expected_row(fields["value"].get())));
    }
    let width = rows.iter().map(|(_, row)| row.len()).max().unwrap_or(0);
    let kept = &rows[rows.len().saturating_sub(capacity)..];
    assert_eq!((columns.len(), columns.columns()), (kept.len(), width));
    assert_eq!(columns.total(), rows.len() as u64);
    let times: Vec<f64> = kept.iter().map(|(time, _)| *time).collect();
    assert_eq!(bits(&columns.times()), bits(&times));
    for column in 0..width {
        let values: Vec<f64> = kept
            .iter()
            .map(|(_, row)| row.get(column).copied().unwrap_or(f64::NAN))
            .collect();
        assert_eq!(bits(&columns.values(column).unwrap()), bits(&values));
    }
}
