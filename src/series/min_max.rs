//! The minimum and maximum in each of several equal spans of time.

use super::blocks::samples;
use super::error::{MAX_BUCKETS, SeriesError};
use super::ring::Rows;

/// A range of time, to be divided into buckets.
pub(super) struct Span {
    buckets: usize,
    from: f64,
    to: f64,
}

impl Span {
    /// Checks the limits. Missing ones default to the earliest and the latest time, which are NaN
    /// if there is none; `None` if there is no time to use.
    pub(super) fn new(
        buckets: usize,
        from: Option<f64>,
        to: Option<f64>,
        times: impl FnOnce() -> [f64; 2],
    ) -> Result<Option<Self>, SeriesError> {
        if buckets == 0 || buckets > MAX_BUCKETS {
            return Err(SeriesError::Buckets { buckets });
        }
        if from.is_some_and(|from| !from.is_finite()) {
            return Err(SeriesError::From);
        }
        if to.is_some_and(|to| !to.is_finite()) {
            return Err(SeriesError::To);
        }
        let (from, to) = match (from, to) {
            (Some(from), Some(to)) if from > to => return Err(SeriesError::Span),
            (Some(from), Some(to)) => (from, to),
            _ => {
                // A given limit may lie beyond all times; `min` and `max` ignore NaN.
                let [earliest, latest] = times();
                let (first, last) = (from.unwrap_or(earliest), to.unwrap_or(latest));
                (
                    from.unwrap_or(first.min(last)),
                    to.unwrap_or(last.max(first)),
                )
            }
        };
        Ok((from.is_finite() && to.is_finite()).then_some(Self { buckets, from, to }))
    }

    /// The bucket that a time falls into.
    fn bucket(&self, time: f64) -> Option<usize> {
        if !(self.from <= time && time <= self.to) {
            return None;
        }
        let part = (time - self.from) / (self.to - self.from);
        // A span of a single instant is 0 / 0, which converts to 0; the end belongs to the last
        // bucket.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "rounding down is meant; from 0 to 1 times at most 2^20"
        )]
        let bucket = (part * f64_of(self.buckets)) as usize;
        Some(bucket.min(self.buckets - 1))
    }

    /// The start time of a bucket.
    fn start(&self, bucket: usize) -> f64 {
        self.from + (self.to - self.from) * (f64_of(bucket) / f64_of(self.buckets))
    }
}

/// `[time, min, max]` of each bucket.
///
/// `times` and `values` are the ranges of each block of samples. The samples of a block, with their
/// values at a place in the row, are read only if the block is not entirely within one bucket.
pub(super) fn min_max(
    span: &Span,
    times: &[[f64; 2]],
    values: &[[f64; 2]],
    (rows, place): (&Rows, usize),
) -> Vec<f64> {
    let mut result = Vec::with_capacity(span.buckets * 3);
    for bucket in 0..span.buckets {
        result.extend([span.start(bucket), f64::NAN, f64::NAN]);
    }
    let mut put = |bucket: usize, least: f64, most: f64| {
        if let Some([_, min, max]) = result.as_chunks_mut::<3>().0.get_mut(bucket) {
            // Both ignore NaN on either side.
            *min = min.min(least);
            *max = max.max(most);
        }
    };
    for (block, (&[earliest, latest], &[least, most])) in times.iter().zip(values).enumerate() {
        // Also skips blocks without a time, whose range is NaN.
        if !(earliest <= span.to && span.from <= latest) {
            continue;
        }
        match (span.bucket(earliest), span.bucket(latest)) {
            (Some(first), Some(last)) if first == last => put(first, least, most),
            _ => {
                for (time, value) in samples(rows, place, block) {
                    if let Some(bucket) = span.bucket(time) {
                        put(bucket, value, value);
                    }
                }
            }
        }
    }
    result
}

fn f64_of(count: usize) -> f64 {
    // Never more than `MAX_BUCKETS`.
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::super::{Columns, SeriesError};
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// One sample per value, one second apart, starting at 1970.
    fn series(values: &[&str]) -> Columns {
        let mut columns = Columns::new(100).unwrap();
        for (second, value) in values.iter().enumerate() {
            let json =
                format!(r#"{{"event_time":"1970-01-01T00:00:{second:02}Z","value":{value}}}"#);
            columns.push(json.as_bytes());
        }
        columns
    }

    fn shown(columns: &Columns, buckets: usize, from: Option<f64>, to: Option<f64>) -> String {
        format!("{:?}", columns.min_max(buckets, 0, from, to).unwrap())
    }

    #[test]
    fn buckets_span_the_time_of_all_samples() {
        let columns = series(&["4", "1", "3", "2", "9"]);
        assert_eq!(shown(&columns, 1, None, None), "[0.0, 1.0, 9.0]");
        assert_eq!(
            shown(&columns, 2, None, None),
            "[0.0, 1.0, 4.0, 2000.0, 2.0, 9.0]"
        );
    }

    #[test]
    fn a_gap_is_nan() {
        let columns = series(&["1", "null", "3"]);
        assert_eq!(
            shown(&columns, 3, Some(0.0), Some(3000.0)),
            "[0.0, 1.0, 1.0, 1000.0, NaN, NaN, 2000.0, 3.0, 3.0]"
        );
    }

    #[test]
    fn bounds_are_inclusive_and_may_exceed_the_samples() {
        let columns = series(&["1", "2", "3"]);
        assert_eq!(
            shown(&columns, 1, Some(1000.0), Some(2000.0)),
            "[1000.0, 2.0, 3.0]"
        );
        assert_eq!(shown(&columns, 1, Some(1500.0), None), "[1500.0, 3.0, 3.0]");
        assert_eq!(shown(&columns, 1, None, Some(1500.0)), "[0.0, 1.0, 2.0]");
        assert_eq!(shown(&columns, 1, Some(9000.0), None), "[9000.0, NaN, NaN]");
        assert_eq!(shown(&columns, 1, None, Some(-9.0)), "[-9.0, NaN, NaN]");
    }

    #[test]
    fn samples_of_one_instant_are_in_the_first_bucket() {
        assert_eq!(
            shown(&series(&["7"]), 2, None, None),
            "[0.0, 7.0, 7.0, 0.0, NaN, NaN]"
        );
    }

    #[test]
    fn samples_without_a_time_are_skipped() {
        let mut columns = series(&["1", "2"]);
        columns.push(br#"{"value":100}"#);
        assert_eq!(shown(&columns, 1, None, None), "[0.0, 1.0, 2.0]");
        let mut none = Columns::new(3).unwrap();
        none.push(br#"{"value":100}"#);
        assert_eq!(shown(&none, 1, None, None), "[]");
        assert_eq!(shown(&none, 1, Some(0.0), Some(1.0)), "[0.0, NaN, NaN]");
    }

    #[test]
    fn invalid_arguments_are_named() {
        let columns = series(&["1"]);
        let asked =
            |buckets, column, from, to| columns.min_max(buckets, column, from, to).unwrap_err();
        assert_eq!(asked(0, 0, None, None), SeriesError::Buckets { buckets: 0 });
        assert_eq!(asked(MAX_BUCKETS + 1, 0, None, None).argument(), "buckets");
        assert_eq!(
            asked(1, 1, None, None),
            SeriesError::Column {
                column: 1,
                columns: 1
            }
        );
        assert_eq!(asked(1, 0, Some(f64::NAN), None), SeriesError::From);
        assert_eq!(asked(1, 0, None, Some(f64::INFINITY)), SeriesError::To);
        assert_eq!(asked(1, 0, Some(2.0), Some(1.0)), SeriesError::Span);
    }
}
