//! The network's and the page's events. On a platform without them nothing is listened to.

use super::driver::Runtime;
use crate::client::Input;
use gloo_events::EventListener;
use js_sys::Reflect;
use std::rc::Weak;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{EventTarget, PageTransitionEvent};

/// Listens until it is dropped.
pub(super) struct PageEvents {
    _listeners: Vec<EventListener>,
}

impl PageEvents {
    pub(super) fn listen(runtime: &Weak<Runtime>) -> Self {
        let global = js_sys::global();
        let mut listeners = Vec::new();
        let Some(window) = event_target(&global) else {
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
        on(&window, "online", |runtime| runtime.input(Input::Wake));
        on(&window, "pageshow", |runtime| runtime.input(Input::Wake));
        on(&window, "offline", |runtime| runtime.input(Input::Tick));
        let document = get(&global, "document");
        if let Some(target) = event_target(&document) {
            on(&target, "visibilitychange", |runtime| {
                let document = get(&js_sys::global(), "document");
                if get(&document, "visibilityState").as_string().as_deref() == Some("visible") {
                    runtime.input(Input::Wake);
                }
            });
        }
        let runtime = runtime.clone();
        listeners.push(EventListener::new(&window, "pagehide", move |event| {
            let is_kept = event
                .dyn_ref::<PageTransitionEvent>()
                .is_some_and(PageTransitionEvent::persisted);
            if let Some(runtime) = runtime.upgrade().filter(|_| is_kept) {
                runtime.on_page_hide();
            }
        }));
        Self {
            _listeners: listeners,
        }
    }
}

/// By what it can do: a global of Node is no `EventTarget`.
fn event_target(object: &JsValue) -> Option<EventTarget> {
    get(object, "addEventListener")
        .is_function()
        .then(|| object.clone().unchecked_into())
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}
