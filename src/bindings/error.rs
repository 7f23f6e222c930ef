//! Errors on their way to JavaScript.

use super::json::parse;
use crate::client::Error;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/bindings/js/error.js")]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Error, reexport = "ArdexaError")]
    type ArdexaError;

    #[wasm_bindgen(constructor)]
    fn new(message: &str, details: &JsValue) -> ArdexaError;

    /// Where the call that is being made comes from, for [`set_call_site`].
    #[wasm_bindgen(js_name = callSite)]
    pub(super) fn call_site() -> JsValue;
    #[wasm_bindgen(js_name = setCallSite)]
    pub(super) fn set_call_site(error: &JsValue, site: &JsValue);
}

/// The second argument of `ArdexaError`; what is undefined is left out there.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Details<'a> {
    code: &'a str,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    data: JsValue,
    event: Option<&'a str>,
    request_id: Option<&'a str>,
    #[serde(with = "serde_wasm_bindgen::preserve")]
    cause: JsValue,
    status: Option<f64>,
}

/// The `ArdexaError` of an error.
pub(super) fn to_js(error: &Error) -> JsValue {
    with_cause(error, &JsValue::UNDEFINED)
}

/// The same, with what led to it as its `cause`.
pub(super) fn with_cause(error: &Error, cause: &JsValue) -> JsValue {
    with_status(error, cause, None)
}

/// The same, with the HTTP status of a refused handshake.
#[cold]
#[inline(never)]
pub(super) fn with_status(error: &Error, cause: &JsValue, status: Option<f64>) -> JsValue {
    let details = Details {
        code: error.code(),
        data: error.kind.data().and_then(parse).unwrap_or_default(),
        event: error.event.as_deref(),
        request_id: error.request_id.as_deref(),
        cause: cause.clone(),
        status,
    };
    let details = serde_wasm_bindgen::to_value(&details).unwrap_or_default();
    ArdexaError::new(&error.to_string(), &details).into()
}

/// Logs what a listener threw. How the console shows it is the thrown value's own matter.
pub(super) fn log_error(thrown: &JsValue) {
    let message = JsValue::from_str("ardexa-client: a listener threw");
    let _ = console_error(&message, thrown);
}

#[wasm_bindgen]
extern "C" {
    /// Not web-sys's: a page's own console, or what the console calls, may throw.
    #[wasm_bindgen(catch, js_namespace = console, js_name = error)]
    fn console_error(message: &JsValue, thrown: &JsValue) -> Result<(), JsValue>;
}
