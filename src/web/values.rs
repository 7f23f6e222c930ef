//! Values on their way to and from JavaScript.

use super::errors::words;
use super::platform::{copy_array, decode_json, encode_json, is_array};
use crate::client::Error;
use js_sys::{Array, JSON, Object, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};

/// A plain object of these properties; what is undefined is left out.
#[inline(never)]
pub(super) fn object(properties: &[(&str, JsValue)]) -> Object {
    let object = Object::new();
    for (name, value) in properties {
        if !value.is_undefined() {
            set(&object, name, value);
        }
    }
    object
}

pub(super) fn set(object: &Object, name: &str, value: &JsValue) {
    // Fails on frozen objects only, and these are our own.
    let _ = Reflect::set(object, &JsValue::from_str(name), value);
}

/// A property, or undefined; a getter that throws counts as undefined.
#[inline(never)]
pub(super) fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Whether a value is an object that is neither an array nor a function.
pub(super) fn is_record(value: &JsValue) -> bool {
    value.is_object() && is_array(value) == Ok(false)
}

/// A copy of the array that the caller passed as `argument`.
pub(super) fn array(argument: &str, value: &JsValue) -> Result<Array, Error> {
    if is_array(value) != Ok(true) {
        return Err(Error::invalid(argument, "must be an array"));
    }
    copy_array(value).map_err(|thrown| unfit(argument, &thrown))
}

/// The value of a JSON text.
pub(super) fn parse(text: &str) -> Option<JsValue> {
    JSON::parse(text).ok()
}

/// The value of a JSON text with attachments in place of their placeholders.
pub(super) fn parse_with(text: &str, attachments: &[Vec<u8>]) -> Option<JsValue> {
    if attachments.is_empty() {
        return parse(text);
    }
    let list = Array::new();
    for bytes in attachments {
        list.push(&Uint8Array::from(bytes.as_slice()));
    }
    decode_json(text, &list).ok()
}

/// JSON text of an object that the caller passed as `argument`.
#[inline(never)]
pub(super) fn object_text(argument: &str, value: &JsValue) -> Result<String, Error> {
    if !is_record(value) {
        return Err(Error::invalid(argument, "must be an object"));
    }
    let text = JSON::stringify(value).map_err(|thrown| unfit(argument, &thrown))?;
    match text.as_string() {
        Some(text) => Ok(text),
        None => Err(Error::invalid(
            argument,
            "must be an object that JSON can hold",
        )),
    }
}

#[cold]
#[inline(never)]
fn unfit(argument: &str, thrown: &JsValue) -> Error {
    Error::invalid(
        argument,
        format!("cannot be sent as JSON: {}", words(thrown)),
    )
}

/// JSON texts of an event's arguments, and the binary data taken out of them.
pub(super) fn argument_texts(args: &Array) -> Result<(Vec<String>, Vec<Vec<u8>>), Error> {
    let list = Array::new();
    let mut texts = Vec::new();
    for (index, value) in args.iter().enumerate() {
        let text = encode_json(&value, &list)
            .map_err(|thrown| unfit(&format!("args[{index}]"), &thrown))?;
        // What JSON has no form for (undefined, a function) is null, as in an array.
        texts.push(text.as_string().unwrap_or_else(|| "null".to_owned()));
    }
    let attachments = list
        .iter()
        .map(|bytes| bytes.unchecked_into::<Uint8Array>().to_vec())
        .collect();
    Ok((texts, attachments))
}
