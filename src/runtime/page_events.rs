//! The network's and the page's events. On a platform without them nothing is listened to.

use super::driver::Runtime;
use super::platform::{global, property};
use crate::client::Input;
use gloo_events::EventListener;
use std::rc::Weak;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::EventTarget;

/// Listens until it is dropped.
pub(super) struct PageEvents {
    _listeners: Vec<EventListener>,
}

impl PageEvents {
    pub(super) fn listen(runtime: &Weak<Runtime>) -> Self {
        let window = global();
        let mut listeners = Vec::new();
        let Some(target) = event_target(&window) else {
            return Self {
                _listeners: listeners,
            };
        };
        let mut on = |target: &EventTarget, event: &'static str, then: fn(&Runtime)| {
            let runtime = runtime.clone();
            listeners.push(EventListener::new(target, event, move |_| {
                if let Some(runtime) = runtime.upgrade() {
                    then(&runtime);
                }
            }));
        };
        on(&target, "online", |runtime| runtime.input(Input::Wake));
        on(&target, "pageshow", |runtime| runtime.input(Input::Wake));
        on(&target, "offline", |runtime| runtime.input(Input::Tick));
        let document = property(&window, "document");
        if let Some(target) = event_tarproperty(&document) {
            on(&target, "visibilitychange", |runtime| {
                let document = property(&global(), "document");
                if property(&document, "visibilityState")
                    .as_string()
                    .as_deref()
                    == Some("visible")
                {
                    runtime.input(Input::Wake);
                }
            });
        }
        let runtime = runtime.clone();
        listeners.push(EventListener::new(&target, "pagehide", move |event| {
            let is_kept = property(event, "persisted").is_truthy();
            if let Some(runtime) = runtime.upgrade().filter(|_| is_kept) {
                runtime.input(Input::Suspend);
            }
        }));
        Self {
            _listeners: listeners,
        }
    }
}

/// By what it can do: a global of Node is no `EventTarget`.
fn event_tarproperty(object: &JsValue) -> Option<EventTarget> {
    property(object, "addEventListener")
        .is_function()
        .then(|| object.clone().unchecked_into())
}

/// By what it can do: a global of Node is no `EventTarget`.
fn event_target(object: &JsValue) -> Option<EventTarget> {
    property(object, "addEventListener")
        .is_function()
        .then(|| object.clone().unchecked_into())
}
