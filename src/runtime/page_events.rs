//! The network's and the page's events. On a platform without them nothing is listened to.

use super::driver::Runtime;
use super::platform::{global, property};
use crate::client::Input;
use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use std::rc::Weak;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

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
            let listener = EventListener::new_with_options(target, event, OPTIONS, move |_| {
                if let Some(runtime) = runtime.upgrade() {
                    then(&runtime);
                }
            });
            listeners.push(listener);
        };
        on(&target, "online", |runtime| runtime.input(Input::Wake));
        on(&target, "pageshow", |runtime| runtime.input(Input::Wake));
        on(&target, "offline", |runtime| runtime.input(Input::Tick));
        let document = property(&window, "document");
        if let Some(target) = event_target(&document) {
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
        let pagehide = move |event: &Event| {
            let is_kept = property(event, "persisted").is_truthy();
            if let Some(runtime) = runtime.upgrade().filter(|_| is_kept) {
                runtime.input(Input::Suspend);
            }
        };
        listeners.push(EventListener::new_with_options(
            &target, "pagehide", OPTIONS, pagehide,
        ));
        Self {
            _listeners: listeners,
        }
    }
}

/// Cloudflare Workers refuse a passive listener, which is the default of `gloo-events`.
const OPTIONS: EventListenerOptions = EventListenerOptions {
    phase: EventListenerPhase::Bubble,
    passive: false,
};

/// By what it can do: a global of Node is no `EventTarget`.
fn event_target(object: &JsValue) -> Option<EventTarget> {
    property(object, "addEventListener")
        .is_function()
        .then(|| object.clone().unchecked_into())
}
