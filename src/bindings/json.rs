//! Converting values to and from JSON text, with binary data.

use crate::client::{Error, Payload};
use crate::runtime::property;
use crate::text::{self, decimal};
use core::cell::OnceCell;
use js_sys::{Array, JSON, Uint8Array};
use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/bindings/js/arguments.js")]
extern "C" {
    #[wasm_bindgen(catch)]
    fn stringify(value: &JsValue, attachments: Option<&Array>) -> Result<Option<String>, JsValue>;
    #[wasm_bindgen(catch, js_name = parse)]
    fn parse_attachments(text: &str, attachments: &Array) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(catch, js_name = bytesOf)]
    fn bytes_of(value: &JsValue) -> Result<Option<Uint8Array>, JsValue>;
    /// Wraps a function that takes an array into one that takes any number of arguments.
    pub(super) fn variadic(take: &JsValue) -> JsValue;
}

#[wasm_bindgen]
extern "C" {
    /// Throws for a revoked Proxy.
    #[wasm_bindgen(catch, js_namespace = Array, js_name = isArray)]
    fn is_array(value: &JsValue) -> Result<bool, JsValue>;
    #[wasm_bindgen(catch, js_namespace = Array, js_name = from)]
    fn array_from(value: &JsValue) -> Result<Array, JsValue>;
}

/// Whether a value is an object that is neither an array nor a function.
pub(super) fn is_record(value: &JsValue) -> bool {
    value.is_object() && is_array(value) == Ok(false)
}

/// Parses a payload and replaces its placeholders with the attachments.
pub(super) fn parse_payload(payload: &Payload) -> Option<JsValue> {
    if payload.attachments.is_empty() {
        return JSON::parse(&payload.json).ok();
    }
    let list = Array::new();
    for bytes in &payload.attachments {
        list.push(&Uint8Array::from(bytes.as_slice()));
    }
    parse_attachments(&payload.json, &list).ok()
}

/// JSON strings, and the binary data for their placeholders. The list is created with the first
/// string: most requests have none.
#[derive(Default)]
pub(super) struct Attachments(Option<OnceCell<Array>>);

impl Attachments {
    pub(super) fn new() -> Self {
        Self(Some(OnceCell::new()))
    }

    pub(super) fn into_bytes(self) -> Vec<Vec<u8>> {
        let list = self.0.and_then(OnceCell::into_inner);
        let to_bytes = |value: JsValue| value.unchecked_into::<Uint8Array>().to_vec();
        list.map_or_else(Vec::new, |list| list.iter().map(to_bytes).collect())
    }

    fn stringify(&self, argument: &str, value: &JsValue) -> Result<Option<String>, Error> {
        let list = self.0.as_ref().map(|list| list.get_or_init(Array::new));
        stringify(value, list).map_err(|thrown| not_json(argument, &thrown))
    }

    /// The JSON text of an object that the caller passed as `argument`. Binary data in it goes into
    /// the attachments; without attachments it is rejected.
    pub(super) fn stringify_object(
        &self,
        argument: &str,
        value: &JsValue,
    ) -> Result<String, Error> {
        if !is_record(value) || bytes(value).is_some() {
            return Err(Error::invalid(argument, "must be an object"));
        }
        self.stringify(argument, value)?.ok_or_else(|| {
            Error::invalid(argument, "must be an object that can be written as JSON")
        })
    }

    /// Serializes the arguments of an event to JSON.
    pub(super) fn stringify_args(&self, args: &Array) -> Result<Vec<String>, Error> {
        args.iter()
            .enumerate()
            .map(|(at, value)| {
                let argument = ["args[", &decimal(at as u64), "]"].concat();
                let text = self.stringify(&argument, &value)?;
                // Values without a JSON form (undefined, a function) become null, as in an array.
                Ok(text.unwrap_or_else(|| "null".to_owned()))
            })
            .collect()
    }
}

/// A copy of the array that the caller passed as `argument`.
pub(super) fn copy_array(argument: &str, value: &JsValue) -> Result<Array, Error> {
    if is_array(value) != Ok(true) {
        return Err(Error::invalid(argument, "must be an array"));
    }
    array_from(value).map_err(|thrown| not_json(argument, &thrown))
}

/// The bytes of binary data; `None` for any other value.
pub(super) fn bytes(value: &JsValue) -> Option<Vec<u8>> {
    bytes_of(value).ok()?.map(|bytes| bytes.to_vec())
}

#[cold]
#[inline(never)]
fn not_json(argument: &str, thrown: &JsValue) -> Error {
    let problem = ["cannot be sent as JSON: ", &error_message(thrown)].concat();
    Error::invalid(argument, problem)
}

/// The message of a thrown value, on one line.
pub(super) fn error_message(thrown: &JsValue) -> String {
    let text = if thrown.is_object() {
        property(thrown, "message").as_string()
    } else {
        thrown.as_string()
    };
    let text = text.unwrap_or_else(|| "something that is not an Error".to_owned());
    let first_line = text::parts(&text, "\n").next();
    first_line.unwrap_or_default().to_owned()
}
