//! The sample scanner, and with it numbers, times and series, against the general JSON parser. Each
//! line is one sample.
#![no_main]

#[path = "../../tests/series_differential.rs"]
#[allow(dead_code, unused_imports, reason = "its tests are not compiled here")]
mod series_differential;

use ardexa_client::series::{Columns, parse_event_time, parse_number, scan_object};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut columns = Columns::new(3).unwrap();
    let mut samples = Vec::new();
    for line in data.split(|byte| *byte == b'\n') {
        // Input comes from a decoder and is UTF-8, but the scanner must survive any bytes.
        let _ = scan_object(line);
        let _ = parse_event_time(line);
        columns.push(line);
        let number = parse_number(line);
        let Ok(text) = std::str::from_utf8(line) else {
            continue;
        };
        series_differential::check_scan(text).unwrap();
        if let Ok(json) = serde_json::from_str::<&serde_json::value::RawValue>(text)
            && json.get() == text
            && text.starts_with(|first: char| first == '-' || first.is_ascii_digit())
        {
            assert_eq!(
                number.to_bits(),
                text.parse::<f64>().unwrap().to_bits(),
                "{text}"
            );
        }
        if series_differential::parsed(text).is_some_and(|fields| fields.contains_key("value")) {
            samples.push(text);
        }
    }
    series_differential::check_series(samples, 3).unwrap();
});
