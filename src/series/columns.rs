//! The newest samples of a feed, as columns of doubles.

use super::blocks::BlockExtrema;
use super::error::SeriesError;
use super::event_time::{epoch_time, parse_event_time};
use super::min_max::{Span, min_max};
use super::ring::{Rows, cell_of};
use super::scan::{Scanned, elements, scan_object};
use crate::json;
use crate::json::parse_f64;
use core::cell::RefCell;

/// The result of pushing a payload.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The sample was kept and is now the newest.
    Kept,
    /// The same, but its `event_time` cannot be parsed.
    KeptWithoutTime,
    /// The payload is not a JSON object with a `value`; nothing changed.
    NotASample,
}

/// A ring of the newest samples: one column of times, and one for each value of a sample.
///
/// A sample whose `value` is an array has a value in each column, any other only in the first one.
/// `true` is 1 and `false` 0; any other value that is not a number is NaN, and so is a missing one.
/// A time that cannot be parsed is NaN. Memory grows with the samples kept: 8 bytes for a time, 8
/// for each value, and a quarter of a byte for each of these once [`Columns::min_max`] is called.
#[derive(Clone, Debug)]
pub struct Columns {
    capacity: usize,
    total: u64,
    /// The slot of the next sample: that of the oldest one if the ring is full.
    next: usize,
    /// The number of values in the widest sample so far.
    columns: usize,
    /// The time, followed by the values.
    rows: Rows,
    /// For each place in a row, as far as queried.
    blocks: RefCell<Vec<BlockExtrema>>,
}

impl Columns {
    /// Creates a ring that keeps up to `capacity` samples; `capacity` must be at least one.
    pub fn new(capacity: usize) -> Result<Self, SeriesError> {
        if capacity == 0 {
            return Err(SeriesError::Capacity);
        }
        Ok(Self {
            capacity,
            total: 0,
            next: 0,
            columns: 0,
            rows: Rows::default(),
            blocks: RefCell::default(),
        })
    }

    /// Adds the sample in this payload, the JSON text of an object. If the ring is full, the sample
    /// replaces the oldest one.
    pub fn push(&mut self, payload: &[u8]) -> Pushed {
        match scan_object(payload) {
            Some(scanned) => self.push_scanned(&scanned),
            None => Pushed::NotASample,
        }
    }

    /// Like [`Columns::push`], for a payload that has already been scanned.
    pub fn push_scanned(&mut self, sample: &Scanned<'_>) -> Pushed {
        let Some(value) = sample.value else {
            return Pushed::NotASample;
        };
        let time = sample.event_time.map_or(f64::NAN, time_of);
        let slot = self.next;
        self.next = if slot + 1 < self.capacity {
            slot + 1
        } else {
            0
        };
        self.total += 1;
        if !self.fill(slot, time, value) {
            self.columns = elements(value).take(MAX_COLUMNS).count();
            self.fill(slot, time, value);
        }
        if time.is_nan() && sample.event_time.is_some() {
            return Pushed::KeptWithoutTime;
        }
        Pushed::Kept
    }

    /// Sets a row; returns whether there are enough columns for all values.
    #[inline]
    fn fill(&mut self, slot: usize, time: f64, value: &[u8]) -> bool {
        let is_array = value.first() == Some(&b'[');
        if !is_array {
            self.columns = self.columns.max(1);
        }
        let row = self.rows.row_mut(slot, 1 + self.columns, self.capacity);
        let mut cells = row.iter_mut();
        if let Some(cell) = cells.next() {
            *cell = time;
        }
        if !is_array && let Some(cell) = cells.next() {
            *cell = number_of(value);
        }
        let mut elements = elements(value).take(MAX_COLUMNS);
        for cell in cells {
            *cell = elements.next().map_or(f64::NAN, number_of);
        }
        elements.next().is_none()
    }

    /// The number of samples held now.
    #[must_use]
    pub fn len(&self) -> usize {
        usize::try_from(self.total).map_or(self.capacity, |total| total.min(self.capacity))
    }

    /// Whether the ring holds no samples.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// The time that the next sample will overwrite, if any: reading it early brings the row into
    /// the cache.
    #[inline]
    pub(crate) fn next_time(&self) -> Option<f64> {
        self.rows.row(self.next).first().copied()
    }

    /// The total number of samples ever kept.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The most samples that the ring can hold.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The number of values in the widest sample so far; 0 until the first sample.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The times as milliseconds since 1970, oldest sample first.
    #[must_use]
    pub fn times(&self) -> Vec<f64> {
        self.joined(0)
    }

    /// The values of a column, oldest sample first. The first column exists, though empty, even
    /// before the first sample.
    pub fn values(&self, column: usize) -> Result<Vec<f64>, SeriesError> {
        Ok(self.joined(self.index_of(column)?))
    }

    /// The minimum and maximum of a column in each of `buckets` equal spans of time, as
    /// `[time, min, max, …]`, where `time` is the start of the span.
    ///
    /// The spans divide `from` to `to`, both inclusive; by default these are the earliest and the
    /// latest time held. There are always `3 * buckets` numbers: a span without values has its time
    /// and two NaN, so that a chart can tell a gap in the data from a line. NaN values, and samples
    /// whose time is NaN, do not count. Without samples and limits there is nothing to divide, and
    /// the result is empty.
    pub fn min_max(
        &self,
        buckets: usize,
        column: usize,
        from: Option<f64>,
        to: Option<f64>,
    ) -> Result<Vec<f64>, SeriesError> {
        let place = self.index_of(column)?;
        let mut blocks = self.blocks.borrow_mut();
        let wanted = blocks.len().max(place + 1);
        blocks.resize_with(wanted, BlockExtrema::default);
        let Ok([of_times, of_values]) = blocks.get_disjoint_mut([0, place]) else {
            return Ok(Vec::new());
        };
        let state = (self.len(), self.next, self.total);
        let times = of_times.update(state, &self.rows, 0);
        let values = of_values.update(state, &self.rows, place);
        let span = Span::new(buckets, from, to, || {
            let all = |[first, last]: [f64; 2], [earliest, latest]: &[f64; 2]| {
                [first.min(*earliest), last.max(*latest)]
            };
            times.iter().fold([f64::NAN; 2], all)
        })?;
        Ok(span.map_or_else(Vec::new, |span| {
            min_max(&span, times, values, (&self.rows, place))
        }))
    }

    /// Time and value of a column in the newest sample; `None` if there is none.
    pub fn last(&self, column: usize) -> Result<Option<(f64, f64)>, SeriesError> {
        let place = self.index_of(column)?;
        let newest = self.next.checked_sub(1).or(self.len().checked_sub(1));
        Ok(newest.map(|slot| {
            let row = self.rows.row(slot);
            (cell_of(row, 0), cell_of(row, place))
        }))
    }

    /// The place of a column in a row.
    fn index_of(&self, column: usize) -> Result<usize, SeriesError> {
        let columns = self.columns;
        if column != 0 && column >= columns {
            return Err(SeriesError::Column { column, columns });
        }
        Ok(1 + column)
    }

    /// The cells at one place in all rows, oldest sample first.
    #[inline(never)]
    fn joined(&self, place: usize) -> Vec<f64> {
        let slots = (self.next..self.len()).chain(0..self.next);
        slots
            .map(|slot| cell_of(self.rows.row(slot), place))
            .collect()
    }
}

/// Converts the JSON text of a value to the number that a series stores.
#[inline]
fn number_of(json: &[u8]) -> f64 {
    match json.first() {
        Some(b't') => 1.0,
        Some(b'f') => 0.0,
        _ => parse_f64(json),
    }
}

/// Converts the JSON text of a time to the number that a series stores.
fn time_of(value: &[u8]) -> f64 {
    let Some(text) = value
        .strip_prefix(b"\"")
        .and_then(|text| text.strip_suffix(b"\""))
    else {
        return epoch_time(parse_f64(value));
    };
    let time = parse_event_time(text);
    if time.is_nan() {
        escaped_time_of(value)
    } else {
        time
    }
}

/// Retries a time that cannot be parsed as it is: it may contain JSON escapes, which a parsable one
/// never does.
#[cold]
fn escaped_time_of(value: &[u8]) -> f64 {
    let plain = str::from_utf8(value).ok().and_then(json::text);
    plain.map_or(f64::NAN, |plain| parse_event_time(plain.as_bytes()))
}

/// The most columns that a series has; further values of an array are dropped. Otherwise a single
/// sample could exhaust the memory of the module, which would end it.
pub const MAX_COLUMNS: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn filled(capacity: usize, values: &[&str]) -> Columns {
        let mut columns = Columns::new(capacity).unwrap();
        for (second, value) in values.iter().enumerate() {
            let json = format!(
                r#"{{"event_time":"1970-01-01T00:{:02}:{:02}Z","value":{value}}}"#,
                second / 60,
                second % 60
            );
            assert_eq!(columns.push(json.as_bytes()), Pushed::Kept);
        }
        columns
    }

    /// NaN is not equal to itself, so values are compared as text.
    fn shown(values: &[f64]) -> String {
        format!("{values:?}")
    }

    #[test]
    fn begins_empty() {
        let columns = Columns::new(5).unwrap();
        assert_eq!(
            (columns.len(), columns.total(), columns.columns()),
            (0, 0, 0)
        );
        assert!(columns.is_empty() && columns.times().is_empty());
        assert_eq!(columns.capacity(), 5);
        assert_eq!(columns.values(0), Ok(vec![]));
        assert_eq!(
            columns.values(1),
            Err(SeriesError::Column {
                column: 1,
                columns: 0
            })
        );
        assert_eq!(columns.min_max(10, 0, None, None), Ok(vec![]));
        assert_eq!(Columns::new(0).unwrap_err(), SeriesError::Capacity);
    }

    #[test]
    fn keeps_the_newest_in_chronological_order() {
        let columns = filled(3, &["1", "2", "3", "4", "5"]);
        assert!(!columns.is_empty());
        assert_eq!(
            (columns.len(), columns.total(), columns.columns()),
            (3, 5, 1)
        );
        assert_eq!(columns.values(0).unwrap(), [3.0, 4.0, 5.0]);
        assert_eq!(columns.times(), [2000.0, 3000.0, 4000.0]);
    }

    #[test]
    fn last_is_the_newest() {
        let last = |values: &[&str], column| filled(3, values).last(column);
        assert_eq!(Columns::new(3).unwrap().last(0), Ok(None));
        assert_eq!(last(&["1"], 0), Ok(Some((0.0, 1.0))));
        assert_eq!(last(&["1", "2", "3"], 0), Ok(Some((2000.0, 3.0))));
        assert_eq!(last(&["1", "2", "3", "4"], 0), Ok(Some((3000.0, 4.0))));
        assert_eq!(last(&["[1,2]", "[3,4]"], 1), Ok(Some((1000.0, 4.0))));
        let columns = 1;
        assert_eq!(
            last(&["1"], 1),
            Err(SeriesError::Column { column: 1, columns })
        );
    }

    #[test]
    fn wraps_across_chunks() {
        let texts: Vec<String> = (0..3333).map(|number| number.to_string()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let columns = filled(1111, &texts);
        let expected: Vec<f64> = (2222..3333).map(f64::from).collect();
        assert_eq!(columns.values(0).unwrap(), expected);
    }

    #[test]
    fn a_non_number_is_nan() {
        let columns = filled(
            9,
            &[
                "true",
                "false",
                "null",
                "\"12\"",
                "{\"value\":1}",
                "9007199254740993",
                "-1.5e3",
                "1e400",
            ],
        );
        assert_eq!(
            shown(&columns.values(0).unwrap()),
            "[1.0, 0.0, NaN, NaN, NaN, 9007199254740992.0, -1500.0, inf]"
        );
    }

    #[test]
    fn arrays_widen_the_columns() {
        let columns = filled(4, &["[9]", "1", "[2,true,[7]]", "[ ]", "[3, 4]"]);
        assert_eq!(columns.columns(), 3);
        assert_eq!(shown(&columns.values(0).unwrap()), "[1.0, 2.0, NaN, 3.0]");
        assert_eq!(shown(&columns.values(1).unwrap()), "[NaN, 1.0, NaN, 4.0]");
        assert_eq!(shown(&columns.values(2).unwrap()), "[NaN, NaN, NaN, NaN]");
        assert_eq!(
            columns.values(3),
            Err(SeriesError::Column {
                column: 3,
                columns: 3
            })
        );
    }

    #[test]
    fn a_huge_array_does_not_exhaust_memory() {
        let array = format!("[{}0]", "1,".repeat(5000));
        let columns = filled(65536, &[&array]);
        assert_eq!(columns.columns(), MAX_COLUMNS);
    }

    #[test]
    fn a_time_may_be_missing_or_escaped() {
        let mut columns = Columns::new(9).unwrap();
        for json in [
            r#"{"value":1}"#,
            r#"{"value":1,"event_time":0}"#,
            r#"{"value":1,"event_time":"\u0031970-01-01T00:00:01Z"}"#,
            r#"{"value":1,"event_time":"1970-01-01T00:00:02"}"#,
            r#"{"value":1,"event_time":1691553337.5}"#,
            r#"{"value":1,"event_time":"1691553337500"}"#,
        ] {
            assert_eq!(columns.push(json.as_bytes()), Pushed::Kept, "{json}");
        }
        let read = "[NaN, 0.0, 1000.0, 2000.0, 1691553337500.0, 1691553337500.0]";
        assert_eq!(shown(&columns.times()), read);
        for time in [
            r#""\ud800""#,
            "null",
            "true",
            "[]",
            r#""""#,
            r#""T""#,
            "1e99",
        ] {
            let json = format!(r#"{{"value":1,"event_time":{time}}}"#);
            let pushed = columns.push(json.as_bytes());
            assert_eq!(pushed, Pushed::KeptWithoutTime, "{json}");
            assert!(columns.last(0).unwrap().unwrap().0.is_nan());
        }
    }

    #[test]
    fn an_invalid_sample_changes_nothing() {
        let mut columns = filled(2, &["1"]);
        for json in [
            "",
            "{}",
            "[1]",
            r#"[{"value":1}]"#,
            "[1,null]",
            r#"{"value":}"#,
            "ü",
            r#"{"value":1"#,
        ] {
            assert_eq!(columns.push(json.as_bytes()), Pushed::NotASample, "{json}");
        }
        assert_eq!((columns.len(), columns.total()), (1, 1));
    }

    #[test]
    fn deeply_nested_samples_are_kept() {
        let deep = format!("{}{}", "[".repeat(500), "]".repeat(500));
        let mut columns = Columns::new(2).unwrap();
        let json = format!(r#"{{"x":{deep},"value":[7,{deep}],"event_time":"1970-01-01"}}"#);
        assert_eq!(columns.push(json.as_bytes()), Pushed::Kept);
        assert_eq!(shown(&columns.values(0).unwrap()), "[7.0]");
        assert_eq!(columns.times(), [0.0]);
    }
}
