//! Incoming frames: the classes of `js/frames.js`, which read them.

use super::buffer;
use js_sys::{Function, Map, Object};
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
    fn new(sink: &JsValue, memory: &JsValue, address: usize, size: usize) -> FrameReader;
    #[wasm_bindgen(method, js_name = onMessage)]
    pub(super) fn on_message(this: &FrameReader, attempt: f64) -> Function;
    #[wasm_bindgen(method, setter, js_name = samplePrefix)]
    pub(super) fn set_sample_prefix(this: &FrameReader, prefix: &str);
    #[wasm_bindgen(method, setter, js_name = hasSeries)]
    pub(super) fn set_has_series(this: &FrameReader, has_series: bool);
    #[wasm_bindgen(method, getter)]
    pub(super) fn routes(this: &FrameReader) -> Map;
}

impl FrameReader {
    /// A reader that reports to the sink, a `FrameSink`.
    pub(super) fn of(sink: impl Into<JsValue>) -> Self {
        let memory = wasm_bindgen::memory();
        Self::new(&sink.into(), &memory, buffer::address(), buffer::SIZE)
    }

    /// Removes a route, unless its ID now belongs to another feed.
    pub(super) fn remove_route(&self, feed_id: &str, route: &Route) {
        let (routes, id) = (self.routes(), JsValue::from_str(feed_id));
        if Object::is(&routes.get(&id), route) {
            routes.delete(&id);
        }
    }
}
