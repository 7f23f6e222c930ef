//! The extremes of each time span against a plain scan of all samples, queried between pushes:
//! times out of order and missing, values missing, rings that wrap, columns that appear late.
//!
//! `PROPTEST_CASES=20000 cargo test --release --test series_extremes` runs more cases.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "test helpers may panic"
)]

use ardexa_client::series::{Columns, MAX_BUCKETS, Pushed};
use proptest::prelude::*;
use proptest::sample::select;
use std::fmt::Write;

/// Implements the documentation of `Columns::min_max` directly.
fn plain(
    times: &[f64],
    values: &[f64],
    buckets: usize,
    from: Option<f64>,
    to: Option<f64>,
) -> Vec<f64> {
    let known = || times.iter().copied().filter(|time| !time.is_nan());
    let first = from.or_else(|| {
        known()
            .reduce(f64::min)
            .map(|first| first.min(to.unwrap_or(first)))
    });
    let last = to.or_else(|| {
        known()
            .reduce(f64::max)
            .map(|last| last.max(from.unwrap_or(last)))
    });
    let (from, to) = match (first, last) {
        (Some(from), Some(to)) => (from, to),
        // With one bound and no sample both ends are that bound; with neither there are none.
        (Some(only), None) | (None, Some(only)) => (only, only),
        (None, None) => return Vec::new(),
    };
    let mut all: Vec<f64> = (0..buckets)
        .flat_map(|bucket| {
            [
                from + (to - from) * (bucket as f64 / buckets as f64),
                f64::NAN,
                f64::NAN,
            ]
        })
        .collect();
    for (&time, &value) in times.iter().zip(values) {
        if !(from <= time && time <= to) || value.is_nan() {
            continue;
        }
        let part = (time - from) / (to - from);
        let bucket = ((part * buckets as f64) as usize).min(buckets - 1);
        let [min, max] = [all[bucket * 3 + 1], all[bucket * 3 + 2]];
        all[bucket * 3 + 1] = if min <= value { min } else { value };
        all[bucket * 3 + 2] = if max >= value { max } else { value };
    }
    all
}

/// A time of day in the format of a sample.
fn clock(ms: u32) -> String {
    let (s, ms) = (ms / 1000, ms % 1000);
    format!(
        "1970-01-01T{:02}:{:02}:{:02}.{ms:03}Z",
        s / 3600 % 24,
        s / 60 % 60,
        s % 60
    )
}

#[derive(Clone, Debug)]
enum Time {
    /// Milliseconds after the newest sample.
    Later(u32),
    /// Any time: backfilled, or from a clock that jumps.
    At(u32),
    Missing,
}

#[derive(Clone, Debug)]
enum Step {
    Push(Time, Vec<Option<i16>>),
    /// Many samples in order, to fill blocks.
    Run(usize, u32),
    Ask {
        buckets: usize,
        column: usize,
        from: Option<u32>,
        to: Option<u32>,
    },
}

fn time() -> impl Strategy<Value = Time> {
    prop_oneof![
        12 => (0u32..50).prop_map(Time::Later),
        1 => (0u32..60_000).prop_map(Time::At),
        1 => Just(Time::Missing),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let value = prop_oneof![9 => any::<i16>().prop_map(Some), 1 => Just(None)];
    let limit = || prop::option::of(0u32..70_000);
    prop_oneof![
        6 => (time(), prop::collection::vec(value, 0..4)).prop_map(|(time, row)| Step::Push(time, row)),
        3 => (1usize..200, 0u32..40).prop_map(|(count, apart)| Step::Run(count, apart)),
        4 => (1usize..40, 0usize..4, limit(), limit())
            .prop_map(|(buckets, column, from, to)| Step::Ask { buckets, column, from, to }),
    ]
}

/// A series and the samples for a plain scan.
struct Both {
    columns: Columns,
    newest: u32,
    pushed: i64,
}

impl Both {
    fn push(&mut self, time: &Time, row: &[Option<i16>]) {
        let time = match *time {
            Time::Later(by) => {
                self.newest += by;
                Some(self.newest)
            }
            Time::At(time) => Some(time),
            Time::Missing => None,
        };
        let mut json = String::from("{");
        if let Some(time) = time {
            write!(json, r#""event_time":"{}","#, clock(time)).unwrap();
        }
        let cells: Vec<String> = row
            .iter()
            .map(|cell| cell.map_or("null".into(), |number| number.to_string()))
            .collect();
        match cells.as_slice() {
            [one] => write!(json, r#""value":{one}}}"#).unwrap(),
            _ => write!(json, r#""value":[{}]}}"#, cells.join(",")).unwrap(),
        }
        assert_eq!(self.columns.push(json.as_bytes()), Pushed::Kept);
        self.pushed += 1;
    }

    fn query(
        &self,
        buckets: usize,
        column: usize,
        from: Option<u32>,
        to: Option<u32>,
    ) -> Result<(), TestCaseError> {
        if column > 0 && column >= self.columns.columns() {
            return Ok(());
        }
        let (mut from, mut to) = (from.map(f64::from), to.map(f64::from));
        if from > to && to.is_some() {
            (from, to) = (to, from);
        }
        let found = self.columns.min_max(buckets, column, from, to).unwrap();
        let (times, values) = (self.columns.times(), self.columns.values(column).unwrap());
        let expected = plain(&times, &values, buckets, from, to);
        prop_assert_eq!(found.len(), expected.len());
        for (at, (found, expected)) in found.iter().zip(&expected).enumerate() {
            prop_assert!(
                found == expected || found.is_nan() && expected.is_nan(),
                "at {}: {} instead of {}",
                at,
                found,
                expected
            );
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn extremes_match_a_plain_scan(
        capacity in select(vec![1usize, 2, 63, 64, 65, 128, 200, 511, 512, 513, 1000, 1500]),
        steps in prop::collection::vec(step(), 1..40),
    ) {
        let mut both = Both { columns: Columns::new(capacity).unwrap(), newest: 0, pushed: 0 };
        for step in &steps {
            match step {
                Step::Push(time, row) => both.push(time, row),
                Step::Run(count, apart) => {
                    for _ in 0..*count {
                        let value = (both.pushed * 7919 % 2000) as i16;
                        both.push(&Time::Later(*apart), &[Some(value)]);
                    }
                }
                Step::Ask { buckets, column, from, to } => both.query(*buckets, *column, *from, *to)?,
            }
        }
        for column in 0..4 {
            both.query(1, column, None, None)?;
            both.query(17, column, None, None)?;
        }
    }
}

/// More buckets than samples, and the maximum.
#[test]
fn every_sample_may_have_its_own_bucket() {
    let mut both = Both {
        columns: Columns::new(5000).unwrap(),
        newest: 0,
        pushed: 0,
    };
    for value in 0..6000i16 {
        both.push(&Time::Later(7), &[Some(value)]);
    }
    both.query(20_000, 0, None, None).unwrap();
    both.query(MAX_BUCKETS, 0, Some(10), Some(60_000)).unwrap();
}
