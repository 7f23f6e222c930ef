//! Incoming frames: fast paths for samples and replies, a general path for the rest.

use super::driver::Runtime;
use super::host::Direction;
#[cfg(feature = "web")]
use super::host::OnMessage;
#[cfg(feature = "web")]
use super::platform::property;
#[cfg(feature = "bindings")]
use crate::client::FeedSlot;
use crate::client::{Attempt, Client, Input, Output, Reply};
use crate::engine::Frame;
#[cfg(feature = "web")]
use js_sys::{ArrayBuffer, Date, Uint8Array};
#[cfg(feature = "web")]
use wasm_bindgen::prelude::*;

/// The work that [`Runtime::receive_bytes`] leaves to [`Runtime::finish`].
#[must_use]
pub(crate) enum Received {
    /// Handle the core's outputs.
    Outputs,
    /// Handle the core's outputs, if it has any, and then this one: a sample that has a listener, or
    /// a successful reply to a call.
    Taken(Option<Output>),
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
                return Received::Taken(taken.has_listener.then(|| Output::Sample {
                    feed: taken.feed,
                    payload: text_of(frame.get(taken.payload)).into(),
                }));
            }
            if let Some((call, start)) = core.try_fast_reply(attempt, frame, now) {
                let payload = text_of(frame.get(start..frame.len().saturating_sub(1)));
                return Received::Taken(Some(Output::Settle {
                    call,
                    result: Ok(Reply::Payload(payload.into())),
                }));
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
            Received::Taken(output) => {
                if self.core(Client::has_output) {
                    self.drain();
                }
                if let Some(output) = output {
                    self.deliver(output);
                }
            }
            Received::Text(frame) => self.receive(attempt, Frame::Text(frame)),
        }
    }

    /// A message handler that passes the frames of an attempt's socket straight to the core.
    #[cfg(feature = "web")]
    pub(crate) fn on_message(&self, attempt: Attempt) -> OnMessage {
        let this = self.this.clone();
        Box::new(Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(runtime) = this.upgrade() {
                runtime.receive_data(attempt, &property(&event, "data"));
            }
        }))
    }

    #[cfg(feature = "web")]
    fn receive_data(&self, attempt: Attempt, data: &JsValue) {
        if let Some(text) = data.as_string() {
            let received = self.receive_bytes(attempt, text.as_bytes(), Date::now());
            self.finish(attempt, received);
        } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            let bytes = Uint8Array::new(buffer).to_vec();
            self.receive(attempt, Frame::Binary(bytes));
        }
    }

    /// Receives a frame by the general path.
    pub(crate) fn receive(&self, attempt: Attempt, frame: Frame) {
        self.report_frame(Direction::In, &frame);
        self.input(match &frame {
            Frame::Text(frame) => Input::Text { attempt, frame },
            Frame::Binary(frame) => Input::Binary { attempt, frame },
        });
    }

    /// Whether a frame may take a fast path: no callback is running and the host does not see
    /// frames.
    fn may_bypass(&self) -> bool {
        !self.draining.get() && !self.shows_frames.get()
    }

    pub(super) fn report_frame(&self, direction: Direction, frame: &Frame) {
        if self.shows_frames.get()
            && let Some(host) = self.host.upgrade()
        {
            host.frame(direction, frame);
        }
    }
}
