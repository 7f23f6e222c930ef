//! Frames on their way in: the hot path for samples, the general one for the rest.

use super::driver::Shell;
use super::listeners::Topic;
use super::transport::Message;
use super::values::get;
use crate::client::{Attempt, FeedKey, Input, TakenSample};
use crate::engine::Frame;
use crate::time::Instant;
use wasm_bindgen::JsValue;

/// As in `src/js/platform.js`: the bits of an answer that hold the payload's offset.
const OFFSET_BITS: u32 = 10;

/// Nothing is left to do.
const DONE: i32 = -1;

impl Shell {
    /// A text frame of this many bytes is in the buffer. Answers [`DONE`], or the feed and the
    /// payload's offset where the lane is to parse a sample and hand it over.
    pub(super) fn receive(&self, attempt: Attempt, written: usize, now_ms: f64) -> i32 {
        let now = self.clock.at(now_ms);
        if !self.draining.get() && !self.listeners.borrow().has(Topic::Frame) {
            let mut core = self.core.borrow_mut();
            if let Some(taken) = core.take_sample(attempt, self.buffer.bytes(written), now) {
                let has_output = core.has_output();
                drop(core);
                if has_output {
                    self.drain();
                }
                return self.hand_over(attempt, taken, written);
            }
        }
        self.receive_generally(attempt, written, now);
        DONE
    }

    fn hand_over(&self, attempt: Attempt, taken: TakenSample, written: usize) -> i32 {
        if !taken.has_listener {
            return DONE;
        }
        let packed = pack(&taken);
        if packed == DONE
            && let Some(sample) = self.payload_text(&taken, written)
        {
            // A feed or an offset too large for the packed form: not in practice.
            if let Some(sample) = super::values::parse(&sample) {
                if let Ok(index) = u32::try_from(taken.feed.index()) {
                    self.lasts.set(index, get(&sample, "messageId"));
                }
                self.deliver(taken.feed, &sample);
            }
            return DONE;
        }
        *self.taken.borrow_mut() = Some((attempt, taken, written));
        packed
    }

    fn payload_text(&self, taken: &TakenSample, written: usize) -> Option<String> {
        let payload = self.buffer.bytes(written).get(taken.payload.clone())?;
        core::str::from_utf8(payload).ok().map(str::to_owned)
    }

    /// What the hot path took for a sample is none: it goes the general way.
    pub(super) fn refuse(&self) {
        let Some((attempt, taken, written)) = self.taken.borrow_mut().take() else {
            return;
        };
        self.core.borrow_mut().give_back(&taken, written);
        self.receive_generally(attempt, written, self.clock.now());
    }

    fn receive_generally(&self, attempt: Attempt, written: usize, now: Instant) {
        // Always UTF-8: `encodeInto` writes nothing else.
        let Ok(frame) = core::str::from_utf8(self.buffer.bytes(written)) else {
            return;
        };
        if self.listeners.borrow().has(Topic::Frame) {
            // A listener may bring the next frame into the buffer.
            return self.receive_text(attempt, frame.to_owned());
        }
        self.core
            .borrow_mut()
            .handle_input(Input::Text { attempt, frame }, now);
        self.drain();
    }

    fn receive_text(&self, attempt: Attempt, frame: String) {
        let frame = Frame::Text(frame);
        self.show_frame("in", &frame);
        if let Frame::Text(frame) = &frame {
            self.input(Input::Text { attempt, frame });
        }
    }

    /// A message that does not go by the buffer: binary, or too long for it.
    pub(super) fn message(&self, attempt: Attempt, data: &JsValue) {
        match Message::read(data) {
            Some(Message::Text(frame)) => self.receive_text(attempt, frame),
            Some(Message::Binary(frame)) => {
                let frame = Frame::Binary(frame);
                self.show_frame("in", &frame);
                if let Frame::Binary(frame) = &frame {
                    self.input(Input::Binary { attempt, frame });
                }
            }
            None => {}
        }
    }

    /// A sample that the lane has parsed, of a feed that has not just one listener.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a feed's index"
    )]
    pub(super) fn deliver_parsed(&self, feed: f64, sample: &JsValue) {
        self.deliver(FeedKey::from_index(feed as usize), sample);
    }
}

fn pack(taken: &TakenSample) -> i32 {
    let (index, offset) = (taken.feed.index(), taken.payload.start);
    if offset >= 1 << OFFSET_BITS || index >= 1 << (31 - OFFSET_BITS) {
        return DONE;
    }
    i32::try_from(index << OFFSET_BITS | offset).unwrap_or(DONE)
}
