//! What is imported from `src/js`.

use js_sys::{Array, Function, Object};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/js/platform.js")]
extern "C" {
    /// What all the sockets of a client share.
    pub(super) type Lane;
    #[wasm_bindgen(constructor)]
    pub(super) fn new(
        memory: &JsValue,
        start: u32,
        size: u32,
        sinks: &Array,
        ids: &Array,
        lasts: &Array,
        callbacks: &Object,
    ) -> Lane;

    #[wasm_bindgen(method, js_name = lastId)]
    pub(super) fn last_id(this: &Lane, feed: u32) -> JsValue;

    /// Opens a WebSocket whose events go to the lane.
    #[wasm_bindgen(catch, js_name = open)]
    pub(super) fn open_socket(
        web_socket: &Function,
        url: &str,
        attempt: f64,
        lane: &Lane,
    ) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = release)]
    pub(super) fn release_socket(socket: &JsValue);

    /// Listens to the network and the page; answers how to stop.
    pub(super) fn watch(wake: &Function, tick: &Function, leave: &Function) -> Function;

    pub(super) fn chance() -> Vec<u32>;

    #[wasm_bindgen(js_name = askToken)]
    pub(super) fn ask_token(source: &Function, attempt: f64, answered: &Function);

    #[wasm_bindgen(js_name = nextFrame)]
    pub(super) fn next_frame(callback: &Function);

    pub(super) fn later(callback: &Function);

    /// Tells the console of what a listener threw.
    pub(super) fn complain(thrown: &JsValue);

    /// The promises of a client's calls, by number.
    pub(super) type Calls;
    #[wasm_bindgen(constructor, js_class = "Calls")]
    pub(super) fn new() -> Calls;
    #[wasm_bindgen(method)]
    pub(super) fn open(this: &Calls, call: u32) -> js_sys::Promise;
    #[wasm_bindgen(method)]
    pub(super) fn resolve(this: &Calls, call: u32, value: &JsValue);
    #[wasm_bindgen(catch, method, js_name = resolveJson)]
    pub(super) fn resolve_json(this: &Calls, call: u32, text: &str) -> Result<(), JsValue>;
    #[wasm_bindgen(method)]
    pub(super) fn reject(this: &Calls, call: u32, error: &JsValue);

    pub(super) type Deferred;
    pub(super) fn deferred() -> Deferred;
    #[wasm_bindgen(method, getter)]
    pub(super) fn promise(this: &Deferred) -> js_sys::Promise;
    #[wasm_bindgen(method, getter)]
    pub(super) fn resolve(this: &Deferred) -> Function;
    #[wasm_bindgen(method, getter)]
    pub(super) fn reject(this: &Deferred) -> Function;

    #[wasm_bindgen(catch, js_name = onAbort)]
    pub(super) fn on_abort(signal: &JsValue, callback: &Function) -> Result<Function, JsValue>;

    /// A function of any number of arguments, from one that takes an array of them.
    pub(super) fn variadic(callback: &Function) -> JsValue;

    /// JSON text of a value, its binary data in `attachments`.
    #[wasm_bindgen(catch, js_name = encode)]
    pub(super) fn encode_json(value: &JsValue, attachments: &Array) -> Result<JsValue, JsValue>;

    /// A copy of an array; throws where it is none, or what reading it throws.
    #[wasm_bindgen(catch, js_name = copyArray)]
    pub(super) fn copy_array(value: &JsValue) -> Result<Array, JsValue>;

    #[wasm_bindgen(catch, js_name = decode)]
    pub(super) fn decode_json(text: &str, attachments: &Array) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// Throws for a Proxy that was revoked.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    pub(super) fn is_array(value: &JsValue) -> Result<bool, JsValue>;
}

#[wasm_bindgen(module = "/src/js/error.js")]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Error, reexport = "ArdexaError")]
    pub(super) type ArdexaError;

    #[wasm_bindgen(constructor)]
    pub(super) fn new(message: &str, details: &Object) -> ArdexaError;
}
