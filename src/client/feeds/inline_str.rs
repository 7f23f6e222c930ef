//! A string stored inline if it is short, as ids are: one cache line fewer per sample.

/// A string, usually of at most `ROOM` bytes.
#[derive(Debug)]
pub(super) struct InlineStr<const ROOM: usize> {
    bytes: [u8; ROOM],
    length: u8,
    /// A string that does not fit. The second box saves four bytes where each counts.
    long: Option<Box<Box<[u8]>>>,
}

impl<const ROOM: usize> Default for InlineStr<ROOM> {
    fn default() -> Self {
        Self {
            bytes: [0; ROOM],
            length: 0,
            long: None,
        }
    }
}

impl<const ROOM: usize> InlineStr<ROOM> {
    #[inline]
    pub(super) fn get(&self) -> &[u8] {
        match &self.long {
            Some(long) => long,
            None => self
                .bytes
                .get(..usize::from(self.length))
                .unwrap_or_default(),
        }
    }

    #[inline]
    pub(super) fn set(&mut self, text: &[u8]) {
        let length = text.len();
        let Some(room) = self.bytes.get_mut(..length) else {
            self.long = Some(Box::new(text.into()));
            return;
        };
        // Two overlapping steps: copying a variable number of bytes is a call out of the module.
        if let (9..=16, Some(begin), Some(end)) =
            (length, text.first_chunk::<8>(), text.last_chunk::<8>())
        {
            if let Some(place) = room.first_chunk_mut::<8>() {
                *place = *begin;
            }
            if let Some(place) = room.last_chunk_mut::<8>() {
                *place = *end;
            }
        } else {
            room.copy_from_slice(text);
        }
        self.length = u8::try_from(length).unwrap_or_default();
        self.long = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn returns_the_last_value_set() {
        let text: Vec<u8> = (0..60).collect();
        let mut short = InlineStr::<38>::default();
        assert_eq!(short.get(), b"");
        for length in (0..=60).chain((0..=60).rev()) {
            short.set(&text[..length]);
            assert_eq!(short.get(), &text[..length]);
        }
    }
}
