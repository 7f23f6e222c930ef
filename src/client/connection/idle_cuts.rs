//! Detects a proxy that cuts idle connections: one connection after another is lost after the same
//! silence, and nothing else explains it.

/// The most recent cuts, as long as they came after the same silence.
#[derive(Debug, Default)]
pub(super) struct IdleCuts {
    silence_ms: u64,
    count: u32,
}

impl IdleCuts {
    /// Records a cut. Returns whether it is the third one after this silence.
    pub(super) fn note(&mut self, silence_ms: u64) -> bool {
        let is_same = silence_ms.abs_diff(self.silence_ms) <= SLACK_MS + silence_ms / 10;
        self.count = if is_same { self.count + 1 } else { 1 };
        self.silence_ms = silence_ms;
        silence_ms >= SHORTEST_MS && self.count == NAMED
    }
}

/// How many cuts are no longer a coincidence.
const NAMED: u32 = 3;
/// How much two consecutive silences may differ, in addition to a tenth of the silence.
const SLACK_MS: u64 = 250;
/// A server that ends connections sooner does so for another reason.
const SHORTEST_MS: u64 = 2000;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn noted(silences: &[u64]) -> Vec<bool> {
        let mut cuts = IdleCuts::default();
        silences.iter().map(|&silence| cuts.note(silence)).collect()
    }

    #[test]
    fn the_third_equal_silence_is_reported_once() {
        assert_eq!(
            noted(&[60_000, 60_000, 60_000, 60_000, 60_000]),
            [false, false, true, false, false]
        );
        assert_eq!(noted(&[59_000, 61_000, 60_000]), [false, false, true]);
        assert_eq!(noted(&[2000, 2400, 2300]), [false, false, true]);
    }

    #[test]
    fn differing_silences_are_not_reported() {
        assert_eq!(
            noted(&[60_000, 60_000, 30_000, 60_000, 60_000, 60_000]),
            [false, false, false, false, false, true]
        );
        assert_eq!(noted(&[5000, 6000, 5000]), [false; 3]);
        assert_eq!(noted(&[0, 0, 0, 1999, 1999, 1999]), [false; 6]);
    }
}
