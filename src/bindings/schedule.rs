//! Running something later: after the code that awaits a promise, or before the next frame.

use crate::runtime::{global, property};
use js_sys::{Function, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

/// More than the few microtasks that a settled promise takes to pass through the caller's async
/// functions.
const MICROTASKS: usize = 12;

/// Runs `then` in a microtask, after the code that awaits the promise being settled now.
pub(super) fn after_microtasks(then: impl FnOnce() + 'static) {
    spawn_local(async move {
        for _ in 0..MICROTASKS {
            let _ = JsFuture::from(Promise::resolve(&JsValue::UNDEFINED)).await;
        }
        then();
    });
}

/// Runs `then` before the next frame is drawn, or in the next turn of the event loop if the
/// platform draws no frames.
pub(super) fn before_next_frame(then: impl FnOnce() + 'static) {
    let global = global();
    let schedule = ["requestAnimationFrame", "setImmediate", "setTimeout"]
        .iter()
        .find_map(|name| property(&global, name).dyn_into::<Function>().ok());
    if let Some(schedule) = schedule {
        let then = Closure::once_into_js(then);
        let _ = schedule.call1(&JsValue::UNDEFINED, &then);
    }
}
