//! Frames that come before the namespace is joined, kept as they are and within bounds.

use super::{Limits, SessionError};
use crate::engine::Frame;

#[derive(Debug, Default)]
pub(super) struct EarlyFrames {
    frames: Vec<Frame>,
    bytes: usize,
}

impl EarlyFrames {
    pub(super) fn keep(&mut self, frame: Frame, limits: &Limits) -> Result<(), SessionError> {
        self.bytes = self.bytes.saturating_add(frame.len());
        if self.frames.len() >= limits.max_early_frames || self.bytes > limits.max_early_bytes {
            return Err(SessionError::parse(format!(
                "more than {} frames or {} bytes came before the namespace was joined",
                limits.max_early_frames, limits.max_early_bytes
            )));
        }
        self.frames.push(frame);
        Ok(())
    }

    pub(super) fn take(&mut self) -> Vec<Frame> {
        core::mem::take(self).frames
    }
}
