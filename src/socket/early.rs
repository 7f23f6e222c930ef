//! Frames that arrive before the namespace is joined, kept unparsed and within limits.

use super::{Limits, SessionError};
use crate::engine::Frame;
use crate::text::decimal;

#[derive(Debug, Default)]
pub(super) struct EarlyFrames {
    frames: Vec<Frame>,
    bytes: usize,
}

impl EarlyFrames {
    pub(super) fn keep(&mut self, frame: Frame, limits: &Limits) -> Result<(), SessionError> {
        self.bytes = self.bytes.saturating_add(frame.len());
        if self.frames.len() >= limits.max_early_frames || self.bytes > limits.max_early_bytes {
            let (frames, bytes) = (limits.max_early_frames, limits.max_early_bytes);
            let [frames, bytes] = [frames, bytes].map(|limit| decimal(limit as u64));
            let parts = [
                "more than ",
                &frames,
                " frames or ",
                &bytes,
                " bytes arrived before the namespace was joined",
            ];
            return Err(SessionError::parse(parts.concat()));
        }
        self.frames.push(frame);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<Frame> {
        core::mem::take(self).frames
    }
}
