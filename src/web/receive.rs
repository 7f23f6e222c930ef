//! Frames on their way in: the hot paths for samples and answers, the general one for the rest.

use super::clock::millis;
use super::driver::Shell;
use crate::client::{Attempt, FeedKey, Input, TakenSample};
use crate::engine::Frame;
use crate::time::Instant;
use wasm_bindgen::closure::Closure;

/// As in `src/js/platform.js`: the bits of an answer that hold the payload's offset.
const OFFSET_BITS: u32 = 10;

/// Nothing is left to do.
const DONE: i32 = -1;

/// Takes a text frame from the lane.
pub(super) type ReceiveFn = Closure<dyn Fn(f64, i32, u32, f64) -> i32>;

impl Shell {
    /// A text frame of this many bytes has come. With a feed of 0 or more it is a sample that the
    /// lane has read: answers [`DONE`] where it was not taken. Otherwise it is in the buffer:
    /// answers [`DONE`], or the feed and the payload's offset where the lane is to tell it.
    pub(super) fn receive(&self, attempt: f64, feed: i32, bytes: u32, now_ms: f64) -> i32 {
        let (attempt, bytes) = (Attempt::from_number(millis(attempt)), bytes as usize);
        let now = self.clock.at(now_ms);
        let is_short = !self.draining.get() && !self.showing.get();
        if let Ok(index) = usize::try_from(feed) {
            let feed_key = FeedKey::from_index(index);
            let is_taken = is_short
                && self
                    .core
                    .borrow_mut()
                    .take_read_sample(attempt, feed_key, bytes, now);
            return if is_taken { feed } else { DONE };
        }
        if is_short {
            let mut core = self.core.borrow_mut();
            if let Some(taken) = core.take_sample(attempt, self.buffer.bytes(bytes), now) {
                let has_output = core.has_output();
                drop(core);
                if has_output {
                    self.drain();
                }
                return self.hand_over(&taken, bytes);
            }
            if let Some((call, start)) = core.take_reply(attempt, self.buffer.bytes(bytes), now) {
                drop(core);
                let start = u32::try_from(start).unwrap_or(u32::MAX);
                self.port.resolve_at(call.value(), start);
                return DONE;
            }
        }
        self.receive_generally(attempt, bytes, now);
        DONE
    }

    fn hand_over(&self, taken: &TakenSample, written: usize) -> i32 {
        if !taken.has_listener {
            return DONE;
        }
        let packed = pack(taken);
        if packed == DONE
            && let Some(payload) = self.buffer.bytes(written).get(taken.payload.clone())
            && let Ok(payload) = core::str::from_utf8(payload)
        {
            // A feed or an offset too large for the packed form: not in practice.
            let (feed, payload) = (taken.feed.index(), payload.to_owned());
            self.port
                .sample(u32::try_from(feed).unwrap_or(u32::MAX), &payload);
        }
        packed
    }

    fn receive_generally(&self, attempt: Attempt, written: usize, now: Instant) {
        // Always UTF-8: `encodeInto` writes nothing else.
        let Ok(frame) = core::str::from_utf8(self.buffer.bytes(written)) else {
            return;
        };
        if self.showing.get() {
            // A listener may bring the next frame into the buffer.
            return self.receive_text(attempt, frame.to_owned());
        }
        self.core
            .borrow_mut()
            .handle_input(Input::Text { attempt, frame }, now);
        self.drain();
    }

    pub(super) fn receive_text(&self, attempt: Attempt, frame: String) {
        let frame = Frame::Text(frame);
        self.show_frame("in", &frame);
        if let Frame::Text(frame) = &frame {
            self.input(Input::Text { attempt, frame });
        }
    }

    /// A frame that does not go by the buffer: binary.
    pub(super) fn receive_binary(&self, attempt: Attempt) {
        let frame = Frame::Binary(self.port.take_bytes().unwrap_or_default());
        self.show_frame("in", &frame);
        if let Frame::Binary(frame) = &frame {
            self.input(Input::Binary { attempt, frame });
        }
    }
}

fn pack(taken: &TakenSample) -> i32 {
    let (index, offset) = (taken.feed.index(), taken.payload.start);
    if offset >= 1 << OFFSET_BITS || index >= 1 << (31 - OFFSET_BITS) {
        return DONE;
    }
    i32::try_from(index << OFFSET_BITS | offset).unwrap_or(DONE)
}
