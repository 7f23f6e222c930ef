//! The JavaScript objects of `Feed`, `FeedIterator` and `Series`.

use crate::runtime::property;
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    static VALUE_OF: Function = property(&Object::new(), "valueOf").unchecked_into();
}

/// Keeps a handle alive as long as a copy of its properties (lodash's `clone`, a snapshot of
/// valtio): the copy includes the module's pointer, which is freed with the handle.
pub(super) fn handle(value: impl Into<JsValue>) -> JsValue {
    let handle = value.into();
    // A function, since copying does not descend into functions.
    let itself = VALUE_OF.with(|value_of| value_of.bind0(&handle));
    let _ = Reflect::set(&handle, &JsValue::from_str("__self"), &itself);
    handle
}
