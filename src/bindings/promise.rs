//! Promises that Rust makes and settles.

use super::error::to_js;
use crate::client::Error;
use js_sys::Promise;
use wasm_bindgen::prelude::*;

/// What every exported method that waits returns.
///
/// A promise, and never an error: with two results a call is one that V8 does not take into the
/// function around it. Where V8 of Node 20 does so with a single result that is a JavaScript value,
/// and that function is thrown out of its optimised form during the call, the process dies
/// (`DoComputeBuiltinContinuation`, "unreachable code"). So no export has such a result.
pub(super) type Answer = Result<Promise, JsValue>;

pub(super) fn rejected(error: &Error) -> Promise {
    Promise::reject(&to_js(error))
}

#[wasm_bindgen]
extern "C" {
    /// A function that settles a promise. Unlike others it never throws.
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

/// A promise and what settles it.
pub(super) fn new_promise() -> (Promise, Resolvers) {
    let mut functions = None;
    let promise = Promise::new(&mut |resolve, reject| {
        functions = Some((resolve.unchecked_into(), reject.unchecked_into()));
    });
    (promise, Resolvers(functions))
}
