//! The rows of a ring: doubles by slot and column, in chunks.
//!
//! A sample's time and values form one row: what is written together is stored together, so that a
//! sample of one value touches one cache line instead of two, and one of forty values six instead
//! of forty-one. A single vector of rows would take up to twice the memory it needs, three times
//! while it is copied to grow, and WebAssembly never returns memory. Chunks do not move, and waste
//! less than one chunk.

/// Rows of doubles. Unset cells are NaN.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    /// Stored inline, since most rings have only this one: it saves an indirection.
    first: Chunk,
    more: Vec<Chunk>,
}

#[derive(Clone, Debug, Default)]
struct Chunk {
    /// The rows, one after another.
    cells: Box<[f64]>,
    width: usize,
}

impl Rows {
    /// A row of at least `width` cells, in a ring of `capacity`. Slots are used in order.
    #[inline]
    pub(super) fn row_mut(&mut self, slot: usize, width: usize, capacity: usize) -> &mut [f64] {
        let index = slot / CHUNK;
        while index > self.more.len() {
            self.more.push(Chunk::default());
        }
        let chunk = match index.checked_sub(1) {
            None => Some(&mut self.first),
            Some(index) => self.more.get_mut(index),
        };
        let Some(chunk) = chunk else {
            return &mut [];
        };
        if chunk.width < width {
            chunk.widen(width, CHUNK.min(capacity - index * CHUNK));
        }
        let start = slot % CHUNK * chunk.width;
        let row = chunk.cells.get_mut(start..start + chunk.width);
        row.unwrap_or_default()
    }

    /// The row of a slot; empty if it does not exist.
    #[inline]
    pub(super) fn row(&self, slot: usize) -> &[f64] {
        let row = self.chunk(slot).and_then(|chunk| {
            let start = slot % CHUNK * chunk.width;
            chunk.cells.get(start..start + chunk.width)
        });
        row.unwrap_or_default()
    }

    /// The existing rows of a block.
    pub(super) fn block(&self, block: usize) -> impl Iterator<Item = &[f64]> {
        let start = block * BLOCK;
        let chunk = self.chunk(start);
        let (cells, width) = chunk.map_or((&[][..], 0), |chunk| (&chunk.cells, chunk.width));
        let rows = cells.chunks_exact(width.max(1));
        rows.skip(start % CHUNK).take(BLOCK)
    }

    #[inline]
    fn chunk(&self, slot: usize) -> Option<&Chunk> {
        match (slot / CHUNK).checked_sub(1) {
            None => Some(&self.first),
            Some(index) => self.more.get(index),
        }
    }
}

/// Missing cells are NaN: a row may be narrower than others.
#[inline]
pub(super) fn cell_of(row: &[f64], column: usize) -> f64 {
    row.get(column).copied().unwrap_or(f64::NAN)
}

impl Chunk {
    #[cold]
    fn widen(&mut self, width: usize, rows: usize) {
        let mut cells = vec![f64::NAN; rows * width].into_boxed_slice();
        let narrow = self.cells.chunks_exact(self.width.max(1));
        for (to, from) in cells.chunks_exact_mut(width).zip(narrow) {
            for (to, from) in to.iter_mut().zip(from) {
                *to = *from;
            }
        }
        (self.cells, self.width) = (cells, width);
    }
}

/// Rows in a chunk: 8 KiB of samples of one value.
const CHUNK: usize = 512;

/// Rows in a block; a chunk is a whole number of blocks. Smaller blocks make a query over a long
/// time read less at the edges of its buckets, but take more memory: two doubles per block and
/// column.
pub(super) const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn filled(rows: u16, capacity: usize) -> Rows {
        let mut filled = Rows::default();
        for slot in 0..rows {
            filled.row_mut(usize::from(slot), 1, capacity)[0] = f64::from(slot);
        }
        filled
    }

    fn read(rows: &Rows, column: usize, start: usize, end: usize) -> Vec<f64> {
        let slots = start..end;
        slots.map(|slot| cell_of(rows.row(slot), column)).collect()
    }

    #[test]
    fn a_column_covers_its_slots() {
        let rows = filled(1300, 1300);
        for (start, end) in [
            (0, 0),
            (0, 1),
            (0, 512),
            (511, 513),
            (512, 1024),
            (5, 1300),
            (1299, 1300),
            (700, 700),
        ] {
            let expected: Vec<f64> = (0..1300u16)
                .map(f64::from)
                .skip(start)
                .take(end - start)
                .collect();
            assert_eq!(read(&rows, 0, start, end), expected, "{start}..{end}");
        }
    }

    #[test]
    fn never_exceeds_its_capacity() {
        let cells = |rows: &Rows| (rows.first.cells.len(), rows.more.len());
        assert_eq!(cells(&filled(1, 3)), (3, 0));
        assert_eq!(cells(&filled(600, 700)), (512, 1));
        assert_eq!(filled(600, 700).more[0].cells.len(), 700 - 512);
        assert_eq!(read(&filled(3, 3), 0, 0, 3).len(), 3);
    }

    #[test]
    fn a_widened_chunk_keeps_its_rows() {
        let mut rows = filled(600, 1024);
        rows.row_mut(511, 3, 1024)[2] = 7.0;
        let column = |column, start, end| -> Vec<String> {
            let cells = read(&rows, column, start, end);
            cells.iter().map(f64::to_string).collect()
        };
        assert_eq!(column(0, 509, 514), ["509", "510", "511", "512", "513"]);
        assert_eq!(column(2, 509, 514), ["NaN", "NaN", "7", "NaN", "NaN"]);
        assert_eq!((rows.first.width, rows.more[0].width), (3, 1));
        assert_eq!(rows.row(511).get(2), Some(&7.0));
        assert!(cell_of(rows.row(512), 2).is_nan());
        assert!(rows.row(1024).is_empty());
    }
}
