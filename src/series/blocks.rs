//! The smallest and largest of each block of slots, so that a question about a long time need not
//! read every sample.
//!
//! Pushing knows nothing of them: what has been pushed since follows from the number of samples
//! ever kept, and the blocks of those are read anew when somebody asks. So what is in no order of
//! time, or has been overwritten, needs no case of its own.

use super::ring::{BLOCK, Rows};

/// Of one column; a block without anything that counts has two NaN.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockExtrema {
    /// Samples ever kept, when this was last brought up to date.
    seen: u64,
    ranges: Vec<[f64; 2]>,
}

impl BlockExtrema {
    /// Reads the blocks that hold samples kept since the last time.
    ///
    /// `length` slots are in use, the newest sample is in the one before `end`, and `total` samples
    /// were ever kept.
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

    /// Smallest and largest of each block.
    pub(super) fn ranges(&self) -> impl Iterator<Item = [f64; 2]> {
        self.ranges.iter().copied()
    }
}

/// Time and value, at a place in the row, of each slot of a block. Those that are not in use have
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
