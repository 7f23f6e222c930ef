//! Incoming frames: fast paths for samples and replies, a general path for the rest.

use super::driver::Runtime;
use super::host::Direction;
use crate::client::{Attempt, CallId, Client, FeedSlot, Input, Output, Reply};
use crate::engine::Frame;

/// The work that [`Runtime::receive_bytes`] leaves to [`Runtime::finish`].
#[must_use]
pub(crate) enum Received {
    /// Handle the core's outputs.
    Outputs,
    /// A sample, with its payload if it has a listener.
    Sample(FeedSlot, Option<String>),
    /// A successful reply to a call.
    Reply(CallId, String),
    /// The frame itself, to be shown and then handled.
    Text(String),
}

fn text_of(bytes: Option<&[u8]>) -> String {
    let text = core::str::from_utf8(bytes.unwrap_or_default());
    text.unwrap_or_default().to_owned()
}

impl Runtime {
    /// Records a sample that the host has parsed, see
    /// [`Client::record_parsed_sample`](crate::client::Client::record_parsed_sample). Returns
    /// whether it was accepted; if so, the host delivers it. Otherwise the frame must be passed in
    /// another way.
    #[cfg(feature = "bindings")]
    pub(crate) fn receive_parsed(
        &self,
        attempt: Attempt,
        feed: FeedSlot,
        frame_len: usize,
        now_ms: f64,
    ) -> bool {
        let now = self.clock.at(now_ms);
        self.may_bypass()
            && self
                .core
                .borrow_mut()
                .record_parsed_sample(attempt, feed, frame_len, now)
    }

    /// Receives a text frame as UTF-8 bytes. Runs no JavaScript, so the bytes may be in memory that
    /// JavaScript writes to. [`finish`](Self::finish) must be called with the result.
    pub(crate) fn receive_bytes(&self, attempt: Attempt, frame: &[u8], now_ms: f64) -> Received {
        let now = self.clock.at(now_ms);
        if self.may_bypass() {
            let mut core = self.core.borrow_mut();
            if let Some(taken) = core.try_fast_sample(attempt, frame, now) {
                let payload = taken
                    .has_listener
                    .then(|| text_of(frame.get(taken.payload)));
                return Received::Sample(taken.feed, payload);
            }
            if let Some((call, start)) = core.try_fast_reply(attempt, frame, now) {
                let payload = frame.get(start..frame.len().saturating_sub(1));
                return Received::Reply(call, text_of(payload));
            }
        }
        if self.shows_frames.get() {
            return Received::Text(text_of(Some(frame)));
        }
        if let Ok(frame) = core::str::from_utf8(frame) {
            let mut core = self.core.borrow_mut();
            core.handle_input(Input::Text { attempt, frame }, now);
        }
        Received::Outputs
    }

    /// Finishes the work that a received frame requires.
    pub(crate) fn finish(&self, attempt: Attempt, received: Received) {
        match received {
            Received::Outputs => self.drain(),
            Received::Sample(feed, payload) => {
                if self.core(Client::has_output) {
                    self.drain();
                }
                if let Some(payload) = payload {
                    let payload = payload.into();
                    self.deliver(Output::Sample { feed, payload });
                }
            }
            Received::Reply(call, payload) => self.deliver(Output::Settle {
                call,
                result: Ok(Reply::Payload(payload.into())),
            }),
            Received::Text(frame) => self.receive_text(attempt, frame),
        }
    }

    /// Receives a text frame by the general path.
    pub(crate) fn receive_text(&self, attempt: Attempt, frame: String) {
        let frame = Frame::Text(frame);
        self.report_frame(Direction::In, &frame);
        if let Frame::Text(frame) = &frame {
            self.input(Input::Text { attempt, frame });
        }
    }

    /// Receives a binary frame.
    pub(crate) fn receive_binary(&self, attempt: Attempt, frame: Vec<u8>) {
        let frame = Frame::Binary(frame);
        self.report_frame(Direction::In, &frame);
        if let Frame::Binary(frame) = &frame {
            self.input(Input::Binary { attempt, frame });
        }
    }

    /// Turns [`Host::frame`](super::Host::frame) on or off.
    #[cfg(feature = "bindings")]
    pub(crate) fn observe_frames(&self, on: bool) {
        self.shows_frames.set(on);
    }

    /// Whether a frame may take a fast path: no callback is running and the host does not see
    /// frames.
    fn may_bypass(&self) -> bool {
        !self.draining.get() && !self.shows_frames.get()
    }

    pub(super) fn report_frame(&self, direction: Direction, frame: &Frame) {
        if !self.shows_frames.get() {
            return;
        }
        if let Some(host) = self.host.upgrade() {
            host.frame(direction, frame);
        }
    }
}
