//! Incoming frames: what `js/frames.js` reads and reports.

use super::buffer;
use super::json::bytes;
use crate::client::{Attempt, FeedSlot};
use crate::clock::to_u64;
use crate::engine::Frame;
use crate::runtime::Runtime;
use js_sys::{Function, Map, Object};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/bindings/js/frames.js")]
extern "C" {
    /// The route of a feed's samples, for feeds without a series.
    pub(super) type Route;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(feed: usize) -> Route;
    #[wasm_bindgen(method, setter)]
    pub(super) fn set_listener(this: &Route, listener: Option<&Function>);
    #[wasm_bindgen(method, getter, js_name = lastMessageId)]
    pub(super) fn last_message_id(this: &Route) -> JsValue;

    /// Reads the frames from a client's sockets.
    pub(super) type FrameReader;
    #[wasm_bindgen(constructor)]
    fn new(sink: FrameSink, memory: &JsValue, address: usize, size: usize) -> FrameReader;
    #[wasm_bindgen(method, js_name = onMessage)]
    fn make_on_message(this: &FrameReader, attempt: f64) -> Function;
    #[wasm_bindgen(method, setter, js_name = samplePrefix)]
    pub(super) fn set_sample_prefix(this: &FrameReader, prefix: &str);
    #[wasm_bindgen(method, setter, js_name = hasSeries)]
    pub(super) fn set_has_series(this: &FrameReader, has_series: bool);
    #[wasm_bindgen(method, getter)]
    pub(super) fn routes(this: &FrameReader) -> Map;
}

/// Receives the frames from a client's sockets.
pub(super) trait FrameTarget {
    fn runtime(&self) -> &Runtime;
    /// Hands a sample to the subscriptions of its feed.
    fn deliver_parsed(&self, feed: FeedSlot, sample: &JsValue);
    /// Reports that a feed's listener threw.
    fn listener_threw(&self, thrown: &JsValue);
}

impl FrameReader {
    pub(super) fn of(target: Weak<dyn FrameTarget>) -> Self {
        let sink = FrameSink { target };
        let memory = wasm_bindgen::memory();
        Self::new(sink, &memory, buffer::address(), buffer::SIZE)
    }

    pub(super) fn on_message(&self, attempt: Attempt) -> Function {
        self.make_on_message(attempt.number() as f64)
    }

    /// Removes a route, unless its ID now belongs to another feed.
    pub(super) fn remove_route(&self, feed_id: &str, route: &Route) {
        let (routes, id) = (self.routes(), JsValue::from_str(feed_id));
        if Object::is(&routes.get(&id), route) {
            routes.delete(&id);
        }
    }
}

/// Receives what [`FrameReader`] reads from a client's sockets. Not public.
#[wasm_bindgen(skip_typescript)]
pub struct FrameSink {
    target: Weak<dyn FrameTarget>,
}

#[wasm_bindgen]
#[allow(missing_docs, reason = "not public")]
impl FrameSink {
    /// A sample was parsed. Returns whether to deliver it.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn parsed(&self, attempt: f64, feed: u32, frame_len: u32, now_ms: f64) -> bool {
        let feed = FeedSlot::from_index(feed as usize);
        self.target.upgrade().is_some_and(|target| {
            let runtime = target.runtime();
            runtime.receive_parsed(attempt_of(attempt), feed, frame_len as usize, now_ms)
        })
    }

    /// A text frame was written into the receive buffer.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn written(&self, attempt: f64, bytes: u32, now_ms: f64) {
        self.with(|target| {
            let attempt = attempt_of(attempt);
            let runtime = target.runtime();
            // Code that runs JavaScript comes after the buffer has been read.
            let received = buffer::with_bytes(bytes as usize, |frame| {
                runtime.receive_bytes(attempt, frame, now_ms)
            });
            runtime.finish(attempt, received);
        });
    }

    /// A text frame that does not fit into the receive buffer.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn text(&self, attempt: f64, frame: String) {
        let frame = Frame::Text(frame);
        self.with(|target| target.runtime().receive(attempt_of(attempt), frame));
    }

    /// A non-text frame. Ignored if it is not binary data either.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn binary(&self, attempt: f64, data: &JsValue) {
        if let Some(frame) = bytes(data).map(Frame::Binary) {
            self.with(|target| target.runtime().receive(attempt_of(attempt), frame));
        }
    }

    /// A parsed sample of a feed that does not have exactly one direct listener.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn deliver(&self, feed: u32, sample: &JsValue) {
        self.with(|target| target.deliver_parsed(FeedSlot::from_index(feed as usize), sample));
    }

    /// A feed's listener threw.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn threw(&self, thrown: &JsValue) {
        self.with(|target| target.listener_threw(thrown));
    }
}

impl FrameSink {
    fn with(&self, then: impl FnOnce(Rc<dyn FrameTarget>)) {
        if let Some(target) = self.target.upgrade() {
            then(target);
        }
    }
}

fn attempt_of(number: f64) -> Attempt {
    Attempt::from_number(to_u64(number))
}
