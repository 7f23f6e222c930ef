//! Access to the platform's globals.

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Not `js_sys::global()`, which falls back to evaluating a string as code.
    #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
    static GLOBAL_THIS: JsValue;
}

/// The global object.
pub(crate) fn global() -> JsValue {
    GLOBAL_THIS.with(Clone::clone)
}

/// A property, or `undefined`. A getter that throws counts as `undefined`.
#[inline(never)]
pub(crate) fn property(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A property that is a non-empty string.
pub(crate) fn text_property(object: &JsValue, name: &str) -> Option<String> {
    let text = property(object, name).as_string();
    text.filter(|text| !text.is_empty())
}
