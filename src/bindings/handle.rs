//! The JavaScript objects of `Feed`, `FeedIterator` and `Series`.

use crate::runtime::property;
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    static VALUE_OF: Function = property(&Object::new(), "valueOf").unchecked_into();
}

/// Lets copies of a handle's properties keep the handle itself alive (lodash's `clone`, a snapshot of
/// valtio): the module's pointer is one of them, and is freed with the handle.
pub(super) fn handle(value: impl Into<JsValue>) -> JsValue {
    let handle = value.into();
    // A function, since that is what no copy goes into.
    let itself = VALUE_OF.with(|value_of| value_of.bind0(&handle));
    let _ = Reflect::set(&handle, &JsValue::from_str("__self"), &itself);
    handle
}
