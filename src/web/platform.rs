//! What is imported from `src/js`.

use super::tape::Tape;
use crate::client::Error;
use js_sys::{Array, Promise};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/port.js")]
extern "C" {
    /// The half of the shell that holds JavaScript values; see there.
    pub(super) type Port;

    #[wasm_bindgen(constructor, catch)]
    pub(super) fn new(options: &JsValue) -> Result<Port, JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn attach(
        this: &Port,
        tell: JsValue,
        receive: JsValue,
        memory: &JsValue,
        start: u32,
        size: u32,
    );
    #[wasm_bindgen(method, js_name = handOver)]
    pub(super) fn hand_over(this: &Port) -> JsValue;

    /// A text that belongs to what is told now.
    #[wasm_bindgen(method)]
    pub(super) fn text(this: &Port, at: u32) -> Option<String>;
    #[wasm_bindgen(method)]
    pub(super) fn number(this: &Port, at: u32) -> f64;
    #[wasm_bindgen(method, js_name = takeBytes)]
    pub(super) fn take_bytes(this: &Port) -> Option<Vec<u8>>;
    #[wasm_bindgen(method, js_name = setText)]
    pub(super) fn set_text(this: &Port, text: &str);
    #[wasm_bindgen(method, js_name = addBytes)]
    pub(super) fn add_bytes(this: &Port, bytes: &[u8]);

    #[wasm_bindgen(method, catch)]
    pub(super) fn on(
        this: &Port,
        event: &JsValue,
        listener: &JsValue,
        once: bool,
    ) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch)]
    pub(super) fn off(this: &Port, event: &JsValue, listener: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = onAny)]
    pub(super) fn on_any(this: &Port, listener: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, js_name = onFrame)]
    pub(super) fn on_frame(this: &Port, listener: &JsValue) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = toldAny)]
    pub(super) fn told_any(this: &Port, text: &str, attempt: f64, ack: Option<&str>);
    #[wasm_bindgen(method)]
    pub(super) fn frame(this: &Port, direction: &str, text: Option<&str>);

    #[wasm_bindgen(catch, method, js_name = openSocket)]
    pub(super) fn open_socket(this: &Port, url: &str, attempt: f64) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, js_name = askToken)]
    pub(super) fn ask_token(this: &Port, attempt: f64);
    #[wasm_bindgen(method, js_name = tokenFailed)]
    pub(super) fn token_failed(this: &Port, error: JsValue) -> JsValue;
    #[wasm_bindgen(method, js_name = setActive)]
    pub(super) fn set_active(this: &Port, active: bool);
    #[wasm_bindgen(method, js_name = setTimer)]
    pub(super) fn set_timer(this: &Port, delay_ms: f64);

    #[wasm_bindgen(method)]
    pub(super) fn prepare(
        this: &Port,
        method: u32,
        a: &JsValue,
        b: &JsValue,
        options: &JsValue,
    ) -> i32;
    #[wasm_bindgen(method, js_name = prepareAck)]
    pub(super) fn prepare_ack(
        this: &Port,
        event: &JsValue,
        args: &JsValue,
        options: &JsValue,
    ) -> i32;
    #[wasm_bindgen(method, catch, js_name = prepareEmit)]
    pub(super) fn prepare_emit(this: &Port, event: &JsValue, args: &Array) -> Result<(), JsValue>;
    #[wasm_bindgen(method, js_name = prepareFeed)]
    pub(super) fn prepare_feed(
        this: &Port,
        request: &JsValue,
        listener: &JsValue,
        options: &JsValue,
        is_series: bool,
    ) -> i32;
    #[wasm_bindgen(method)]
    pub(super) fn open(this: &Port, call: u32) -> Promise;
    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Port, call: u32, text: Option<&str>);
    #[wasm_bindgen(method, js_name = resolveAt)]
    pub(super) fn resolve_at(this: &Port, call: u32, start: u32);
    #[wasm_bindgen(method)]
    pub(super) fn reject(this: &Port, call: u32, error: JsValue);
    #[wasm_bindgen(method)]
    pub(super) fn progress(this: &Port, call: u32, text: &str);

    #[wasm_bindgen(method, js_name = feedOpened)]
    pub(super) fn feed_opened(
        this: &Port,
        call: u32,
        feed: u32,
        id: &str,
        dropped: f64,
        before: f64,
        tape: Option<Tape>,
    );
    #[wasm_bindgen(method, js_name = setSampleHead)]
    pub(super) fn set_sample_head(this: &Port, head: &str);
    #[wasm_bindgen(method)]
    pub(super) fn sample(this: &Port, feed: u32, text: &str);
    #[wasm_bindgen(method, js_name = feedResumed)]
    pub(super) fn feed_resumed(
        this: &Port,
        feed: u32,
        id: &str,
        from_ms: f64,
        to_ms: f64,
        last_message_id: Option<&str>,
        was_taken: bool,
    );
    #[wasm_bindgen(method, js_name = feedEnded)]
    pub(super) fn feed_ended(this: &Port, call: u32, samples: f64, error: &JsValue);
    #[wasm_bindgen(method, js_name = seriesUpdated)]
    pub(super) fn series_updated(this: &Port, call: u32);

    #[allow(clippy::too_many_arguments, reason = "each is a number")]
    #[wasm_bindgen(js_name = makeStats)]
    pub(super) fn make_stats(
        frames_in: f64,
        frames_out: f64,
        bytes_in: f64,
        bytes_out: f64,
        samples: f64,
        connections: f64,
        open_requests: f64,
        open_feeds: f64,
        last_frame_ms: f64,
    ) -> JsValue;
}

#[wasm_bindgen(module = "/src/js/listeners.js")]
extern "C" {
    #[wasm_bindgen(js_name = tellEvent)]
    pub(super) fn tell_event(
        port: &Port,
        event: u32,
        text: Option<&str>,
        more: Option<&str>,
        a: f64,
        b: f64,
        error: &JsValue,
    );
}

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    #[wasm_bindgen(js_name = release)]
    pub(super) fn release_socket(socket: &JsValue);
}

#[wasm_bindgen(module = "/src/js/options.js")]
extern "C" {
    #[wasm_bindgen(js_name = setDefaultWebSocket)]
    fn default_web_socket(web_socket: &JsValue);
}

#[wasm_bindgen(module = "/src/js/feed.js")]
extern "C" {
    #[wasm_bindgen(js_name = wantsTape)]
    pub(super) fn wants_tape(port: &Port, call: u32) -> bool;
}

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(reexport = "ArdexaError")]
    pub(super) type ArdexaError;

    #[wasm_bindgen(js_name = makeError)]
    fn make_error(
        code: &str,
        message: &str,
        data: Option<&str>,
        event: Option<&str>,
        request_id: Option<&str>,
    ) -> JsValue;
}

/// The `ArdexaError` of an error.
#[cold]
#[inline(never)]
pub(super) fn to_js(error: &Error) -> JsValue {
    make_error(
        error.code(),
        &error.to_string(),
        error.kind.data(),
        error.event.as_deref(),
        error.request_id.as_deref(),
    )
}

/// For the entry file of Node.
#[allow(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
#[wasm_bindgen(js_name = setDefaultWebSocket, skip_typescript)]
pub fn set_default_web_socket(web_socket: &JsValue) {
    default_web_socket(web_socket);
}
