//! What went over the wire.

use crate::time::Instant;

/// Counters since construction.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Traffic {
    pub(super) frames_in: u64,
    pub(super) frames_out: u64,
    pub(super) bytes_in: u64,
    pub(super) bytes_out: u64,
    pub(super) samples: u64,
    pub(super) connections: u64,
    pub(super) last_frame: Option<Instant>,
}

impl Traffic {
    pub(super) fn count_in(&mut self, bytes: usize, now: Instant) {
        self.frames_in += 1;
        self.bytes_in += bytes as u64;
        self.last_frame = Some(now);
    }

    pub(super) fn count_out(&mut self, bytes: usize) {
        self.frames_out += 1;
        self.bytes_out += bytes as u64;
    }
}
