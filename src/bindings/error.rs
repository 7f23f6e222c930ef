//! Converting errors to JavaScript.

use crate::client::Error;
use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/bindings/js/error.js")]
extern "C" {
    #[wasm_bindgen(extends = js_sys::Error, reexport = "ArdexaError")]
    type ArdexaError;

    #[wasm_bindgen(constructor)]
    fn new(message: &str, details: &JsValue) -> ArdexaError;

    /// The stack of the current call, for [`set_call_site`].
    #[wasm_bindgen(js_name = callSite)]
    pub(super) fn call_site() -> JsValue;
    #[wasm_bindgen(js_name = setCallSite)]
    pub(super) fn set_call_site(error: &JsValue, site: &JsValue);
}

/// The second argument of `ArdexaError`, which leaves out undefined fields.
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

/// Converts an error to an `ArdexaError`.
pub(super) fn to_js(error: &Error) -> JsValue {
    with_cause(error, &JsValue::UNDEFINED)
}

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        to_js(&error)
    }
}

/// Like [`to_js`], with a `cause`.
pub(super) fn with_cause(error: &Error, cause: &JsValue) -> JsValue {
    with_status(error, cause, None)
}

/// Like [`with_cause`], with the HTTP status of a refused handshake.
#[cold]
#[inline(never)]
pub(super) fn with_status(error: &Error, cause: &JsValue, status: Option<f64>) -> JsValue {
    let data = error.kind.data().map(JSON::parse);
    let details = Details {
        code: error.code(),
        data: data.and_then(Result::ok).unwrap_or_default(),
        event: error.event.as_deref(),
        request_id: error.request_id.as_deref(),
        cause: cause.clone(),
        status,
    };
    let details = serde_wasm_bindgen::to_value(&details).unwrap_or_default();
    ArdexaError::new(&error.to_string(), &details).into()
}

/// Logs what a listener threw. The thrown value decides how the console shows it.
pub(super) fn log_error(thrown: &JsValue) {
    let message = JsValue::from_str("ardexa-client: a listener threw");
    let _ = console_error(&message, thrown);
}

#[wasm_bindgen]
extern "C" {
    /// Not the binding of web-sys: a page's own console, or what it calls, may throw.
    #[wasm_bindgen(catch, js_namespace = console, js_name = error)]
    fn console_error(message: &JsValue, thrown: &JsValue) -> Result<(), JsValue>;
}
