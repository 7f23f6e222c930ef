//! `ArdexaClient` as JavaScript sees it. Its documentation for callers is in `index.d.ts`.
//!
//! Every argument is accepted as any value and checked here: an invalid one becomes a rejection
//! that names it, not a `TypeError` from the generated glue.

use super::inner::ClientInner;
use super::json::Attachments;
use super::listeners::Topic;
use super::open_call::CallExtras;
use super::option_reader::{required_function, required_string};
use super::promise::PromiseResult;
use crate::client::{Client, Command};
use js_sys::{Array, Promise};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A client of one workgroup of a cloud.
#[wasm_bindgen(skip_typescript)]
pub struct ArdexaClient {
    pub(super) inner: Rc<ClientInner>,
}

/// `ClientStats` of `index.d.ts`. Every field is present, as the contract requires. Each is an
/// `f64`, since 64-bit integers pull integer formatting into the module, for error messages.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatsObject {
    frames_in: f64,
    frames_out: f64,
    bytes_in: f64,
    bytes_out: f64,
    samples: f64,
    connections: f64,
    open_requests: f64,
    open_feeds: f64,
    last_frame_ms: Option<f64>,
}

/// The parts of a client that a log shows.
#[derive(Serialize)]
struct Shown<'a> {
    url: &'a str,
    workgroup: &'a str,
    state: &'static str,
}

#[wasm_bindgen]
#[allow(missing_docs, reason = "documented in index.d.ts")]
impl ArdexaClient {
    #[wasm_bindgen(constructor, skip_jsdoc)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        let inner = ClientInner::new(options)?;
        Ok(Self { inner })
    }

    // Not public: returns the array of the caller's callbacks, which the client's JavaScript object
    // keeps.
    #[wasm_bindgen(js_name = handOverCallbacks, skip_jsdoc)]
    pub fn hand_over_callbacks(&self) -> Result<Option<Array>, JsValue> {
        Ok(self.inner.callbacks.hand_over())
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn state(&self) -> String {
        let state = self.inner.runtime.core(Client::state);
        state.as_str().to_owned()
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn id(&self) -> Option<String> {
        let id = |core: &Client| core.socket_id().map(str::to_owned);
        self.inner.runtime.core(id)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn connect(&self) -> PromiseResult {
        let extras = CallExtras::default();
        Ok(self.inner.call(extras, |call| Command::Connect { call }))
    }

    #[wasm_bindgen(js_name = reconnectNow, skip_jsdoc)]
    pub fn reconnect_now(&self) {
        self.inner.runtime.command(Command::ReconnectNow);
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn close(&self) -> PromiseResult {
        self.inner.note_stop_of_all();
        self.inner.runtime.command(Command::Close);
        Ok(Promise::resolve(&JsValue::UNDEFINED))
    }

    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]", skip_jsdoc)]
    pub fn async_dispose(&self) -> PromiseResult {
        self.close()
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.inner.listen(Topic::of_event(event)?, listener, false)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn once(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.inner.listen(Topic::of_event(event)?, listener, true)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn off(&self, event: &JsValue, listener: &JsValue) -> Result<(), JsValue> {
        let listener = required_function("listener", listener)?;
        let topic = Topic::of_event(event)?;
        self.inner.listeners.borrow_mut().remove(topic, &listener);
        Ok(())
    }

    #[wasm_bindgen(js_name = onAny, skip_jsdoc)]
    pub fn on_any(&self, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.inner.listen(Topic::Any, listener, false)
    }

    #[wasm_bindgen(js_name = onFrame, skip_jsdoc)]
    pub fn on_frame(&self, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.inner.listen(Topic::Frame, listener, false)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn stats(&self) -> Result<JsValue, JsValue> {
        let runtime = &self.inner.runtime;
        let stats = runtime.core(Client::stats);
        let stats = StatsObject {
            frames_in: stats.frames_in as f64,
            frames_out: stats.frames_out as f64,
            bytes_in: stats.bytes_in as f64,
            bytes_out: stats.bytes_out as f64,
            samples: stats.samples as f64,
            connections: stats.connections as f64,
            open_requests: stats.open_requests as f64,
            open_feeds: stats.open_feeds as f64,
            last_frame_ms: stats.last_frame.map(|at| runtime.epoch_ms(at)),
        };
        Ok(serde_wasm_bindgen::to_value(&stats)?)
    }

    #[wasm_bindgen(variadic, skip_jsdoc)]
    pub fn emit(&self, event: &JsValue, args: &Array) -> Result<(), JsValue> {
        let event = required_string("event", event)?;
        let attachments = Attachments::new();
        let args = attachments.stringify_args(args)?;
        let runtime = &self.inner.runtime;
        Ok(runtime.emit(&event, &args, attachments.into_bytes())?)
    }

    #[wasm_bindgen(js_name = toJSON, skip_jsdoc)]
    pub fn to_json(&self) -> Result<JsValue, JsValue> {
        let inner = &self.inner;
        let shown = Shown {
            url: &inner.options.url,
            workgroup: &inner.options.workgroup,
            state: inner.runtime.core(Client::state).as_str(),
        };
        Ok(serde_wasm_bindgen::to_value(&shown)?)
    }
}
