//! One column of a ring: doubles by slot, in chunks.
//!
//! A vector that doubles would take up to twice the memory that it needs, three times while it
//! copies itself, and WebAssembly never gives memory back. Chunks stay where they are and waste
//! less than one chunk.

/// The doubles of one column. What was never set is NaN.
#[derive(Clone, Debug, Default)]
pub(super) struct Column {
    chunks: Vec<Box<[f64]>>,
}

impl Column {
    /// Makes room for the slots below `slots`, in a ring of `capacity`.
    pub(super) fn reserve(&mut self, slots: usize, capacity: usize) {
        while self.chunks.len() < slots.div_ceil(CHUNK) {
            let left = capacity - self.chunks.len() * CHUNK;
            self.chunks
                .push(vec![f64::NAN; left.min(CHUNK)].into_boxed_slice());
        }
    }

    /// Sets a slot that there is room for.
    #[inline]
    pub(super) fn set(&mut self, slot: usize, value: f64) {
        let chunk = self.chunks.get_mut(slot / CHUNK);
        if let Some(place) = chunk.and_then(|chunk| chunk.get_mut(slot % CHUNK)) {
            *place = value;
        }
    }

    /// The slots of a block, as far as there is room for them.
    pub(super) fn block(&self, block: usize) -> &[f64] {
        let chunk = self.chunks.get(block / (CHUNK / BLOCK));
        let blocks = chunk.map(|chunk| chunk.chunks(BLOCK));
        blocks
            .and_then(|mut blocks| blocks.nth(block % (CHUNK / BLOCK)))
            .unwrap_or_default()
    }

    /// The slots from `start` up to `end`, in pieces.
    pub(super) fn pieces(&self, start: usize, end: usize) -> impl Iterator<Item = &[f64]> {
        let chunks = self.chunks.iter().enumerate().skip(start / CHUNK);
        let chunks = chunks.take_while(move |(index, _)| index * CHUNK < end);
        chunks.filter_map(move |(index, chunk)| {
            let first = index * CHUNK;
            let from = start.saturating_sub(first);
            chunk.get(from..chunk.len().min(end - first))
        })
    }
}

/// Doubles in a chunk: 4 KiB.
const CHUNK: usize = 512;

/// Doubles in a block; a chunk is a whole number of them. Fewer make a question about a long time
/// read less at the edges of its buckets, and take more memory: two doubles for each.
pub(super) const BLOCK: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn pieces_join_to_the_range() {
        let mut column = Column::default();
        column.reserve(1300, 1300);
        for slot in 0..1300u16 {
            column.set(usize::from(slot), f64::from(slot));
        }
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
            let joined: Vec<f64> = column.pieces(start, end).flatten().copied().collect();
            let expected: Vec<f64> = (0..1300u16)
                .map(f64::from)
                .skip(start)
                .take(end - start)
                .collect();
            assert_eq!(joined, expected, "{start}..{end}");
        }
    }

    #[test]
    fn takes_no_more_than_its_capacity() {
        let mut column = Column::default();
        column.reserve(1, 3);
        column.reserve(3, 3);
        assert_eq!(
            column
                .chunks
                .iter()
                .map(|chunk| chunk.len())
                .collect::<Vec<_>>(),
            [3]
        );
        column.set(9, 1.0);
        assert_eq!(column.pieces(0, 3).map(<[f64]>::len).sum::<usize>(), 3);
    }
}
