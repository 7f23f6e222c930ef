//! The minimum and maximum of each block of slots, so that a query over a long time need not read
//! every sample.
//!
//! Pushing does not update them. A query derives what was pushed since the last one from the total
//! number of samples, and reads only those blocks again. So samples out of time order, or
//! overwritten ones, need no special case.

use super::ring::{BLOCK, Rows};

/// The ranges of one column; a block without any value that counts has two NaN.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockExtrema {
    /// The total number of samples at the last update.
    seen: u64,
    ranges: Vec<[f64; 2]>,
}

impl BlockExtrema {
    /// Reads the blocks that hold samples added since the last update.
    ///
    /// `length` slots are in use, the newest sample is in the slot before `end`, and `total`
    /// samples have ever been kept.
    pub(super) fn update(
        &mut self,
        (length, end, total): (usize, usize, u64),
        rows: &Rows,
        place: usize,
    ) {
        let fresh = usize::try_from(total - self.seen).map_or(length, |fresh| fresh.min(length));
        self.seen = total;
        self.ranges.resize(length.div_ceil(BLOCK), [f64::NAN; 2]);
        let before_end = end.saturating_sub(fresh)..end;
        let wrapped = length - fresh.saturating_sub(end)..length;
        for slots in [before_end, wrapped] {
            if slots.is_empty() {
                continue;
            }
            let blocks = slots.start / BLOCK..slots.end.div_ceil(BLOCK);
            for (at, range) in self
                .ranges
                .iter_mut()
                .enumerate()
                .take(blocks.end)
                .skip(blocks.start)
            {
                *range = range_of(samples(rows, place, at));
            }
        }
    }

    /// The minimum and maximum of each block.
    pub(super) fn ranges(&self) -> impl Iterator<Item = [f64; 2]> {
        self.ranges.iter().copied()
    }
}

/// The time, and the value at a place in the row, for each slot of a block. Unused slots have
/// neither.
pub(super) fn samples(rows: &Rows, place: usize, block: usize) -> impl Iterator<Item = (f64, f64)> {
    let rows = rows.block(block);
    rows.map(move |row| {
        let cell = |place| row.get(place).copied().unwrap_or(f64::NAN);
        (cell(0), cell(place))
    })
}

/// A value without a time does not count.
fn range_of(samples: impl Iterator<Item = (f64, f64)>) -> [f64; 2] {
    samples
        .filter(|(time, _)| !time.is_nan())
        .fold([f64::NAN; 2], |[min, max], (_, value)| {
            [min.min(value), max.max(value)]
        })
}
