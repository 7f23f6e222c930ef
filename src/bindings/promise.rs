//! Promises created and settled by Rust.

use super::error::to_js;
use crate::client::Error;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

/// The return type of every exported method that waits.
///
/// Always a promise, never an error. It is a `Result` because V8 does not inline a call with two
/// results. V8 in Node 20 inlines a call whose single result is a JavaScript value, and if the
/// enclosing function is deoptimized during that call, the process crashes
/// (`DoComputeBuiltinContinuation`, "unreachable code"). So no export has such a result.
pub(super) type PromiseResult = Result<Promise, JsValue>;

/// The promise of a call, or one that is rejected because the call could not be made.
pub(super) fn or_rejected(call: Result<Promise, Error>) -> PromiseResult {
    Ok(call.unwrap_or_else(|error| Promise::reject(&to_js(&error))))
}

#[wasm_bindgen]
extern "C" {
    /// A function that settles a promise. Unlike other functions it never throws.
    type Resolver;
    #[wasm_bindgen(method)]
    fn call(this: &Resolver, no_this: &JsValue, value: &JsValue);
}

/// The two functions that settle a promise.
pub(super) struct Resolvers(Option<(Resolver, Resolver)>);

impl Resolvers {
    pub(super) fn resolve(&self, value: &JsValue) {
        if let Some((resolve, _)) = &self.0 {
            resolve.call(&JsValue::UNDEFINED, value);
        }
    }

    pub(super) fn reject(&self, error: &JsValue) {
        if let Some((_, reject)) = &self.0 {
            reject.call(&JsValue::UNDEFINED, error);
        }
    }
}

/// A promise and the functions that settle it.
pub(super) fn new_promise() -> (Promise, Resolvers) {
    let mut functions = None;
    let promise = Promise::new(&mut |resolve, reject| {
        functions = Some((resolve.unchecked_into(), reject.unchecked_into()));
    });
    (promise, Resolvers(functions))
}
