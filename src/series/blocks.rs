//! The minimum and maximum of each block of slots, so that a query over a long time need not read
//! every sample.
//!
//! Pushing does not update them. A query derives what was pushed since the last one from the total
//! number of samples, and reads only those blocks again. So samples out of time order, or
//! overwritten ones, need no special case.

use super::ring::{BLOCK, Rows, cell_of};

/// The ranges of one column; a block without any value that counts has two NaN.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockExtrema {
    /// The total number of samples at the last update.
    seen: u64,
    ranges: Vec<[f64; 2]>,
}

impl BlockExtrema {
    /// Reads the blocks that hold samples added since the last update, and returns the minimum and
    /// maximum of each block.
    ///
    /// `length` slots are in use, the newest sample is in the slot before `next`, and `total`
    /// samples have ever been kept.
    pub(super) fn update(
        &mut self,
        (length, next, total): (usize, usize, u64),
        rows: &Rows,
        place: usize,
    ) -> &[[f64; 2]] {
        let fresh = usize::try_from(total - self.seen).map_or(length, |fresh| fresh.min(length));
        self.seen = total;
        self.ranges.resize(length.div_ceil(BLOCK), [f64::NAN; 2]);
        let before_next = next.saturating_sub(fresh)..next;
        let wrapped = length - fresh.saturating_sub(next)..length;
        for slots in [before_next, wrapped] {
            let blocks = slots.start / BLOCK..slots.end.div_ceil(BLOCK);
            let ranges = self.ranges.get_mut(blocks.clone()).unwrap_or_default();
            for (block, range) in blocks.zip(ranges) {
                *range = range_of(samples(rows, place, block));
            }
        }
        &self.ranges
    }
}

/// The time, and the value at a place in the row, for each slot of a block. Unused slots have
/// neither.
pub(super) fn samples(rows: &Rows, place: usize, block: usize) -> impl Iterator<Item = (f64, f64)> {
    let rows = rows.block(block);
    rows.map(move |row| (cell_of(row, 0), cell_of(row, place)))
}

/// A value without a time does not count.
fn range_of(samples: impl Iterator<Item = (f64, f64)>) -> [f64; 2] {
    samples
        .filter(|(time, _)| !time.is_nan())
        .fold([f64::NAN; 2], |[min, max], (_, value)| {
            [min.min(value), max.max(value)]
        })
}
