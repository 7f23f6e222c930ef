//! Errors on their way to JavaScript.

use super::platform::ArdexaError;
use super::values::{get, object, parse};
use crate::client::Error;
use wasm_bindgen::JsValue;

/// The `ArdexaError` of an error.
#[inline(never)]
pub(super) fn to_js(error: &Error) -> JsValue {
    to_js_with_cause(error, &JsValue::UNDEFINED)
}

/// The same, with what led to it as its `cause`.
#[cold]
#[inline(never)]
pub(super) fn to_js_with_cause(error: &Error, cause: &JsValue) -> JsValue {
    let data = error.kind.data().map_or(JsValue::UNDEFINED, |data| {
        parse(data).unwrap_or(JsValue::UNDEFINED)
    });
    let details = object(&[
        ("code", error.code().into()),
        ("data", data),
        ("event", error.event.as_deref().into()),
        ("requestId", error.request_id.as_deref().into()),
        ("cause", cause.clone()),
    ]);
    ArdexaError::new(&error.to_string(), &details).into()
}

/// What a thrown value says, on one line.
pub(super) fn words(thrown: &JsValue) -> String {
    let text = if thrown.is_object() {
        get(thrown, "message").as_string()
    } else {
        thrown.as_string()
    };
    let text = text.unwrap_or_else(|| "something that is no Error".to_owned());
    text.lines().next().unwrap_or_default().to_owned()
}
