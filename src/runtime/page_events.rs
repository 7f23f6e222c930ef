//! The network's and the page's events. Does nothing on a platform without them.

use super::host::InputSink;
use super::platform::{global, property};
use crate::client::Input;
use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

/// Listens to the events until it is dropped.
pub(super) struct PageEvents {
    _listeners: Vec<EventListener>,
}

impl PageEvents {
    pub(super) fn listen(sink: &InputSink) -> Self {
        let window = global();
        let mut listeners = Vec::new();
        let Some(target) = event_target(&window) else {
            return Self {
                _listeners: listeners,
            };
        };
        let mut on =
            |target: &EventTarget, event: &'static str, input: fn() -> Option<Input<'static>>| {
                let sink = sink.clone();
                let listener = EventListener::new_with_options(target, event, OPTIONS, move |_| {
                    if let Some(input) = input() {
                        sink(input);
                    }
                });
                listeners.push(listener);
            };
        on(&target, "online", || Some(Input::Wake));
        on(&target, "pageshow", || Some(Input::Wake));
        on(&target, "offline", || Some(Input::Tick));
        let document = property(&window, "document");
        if let Some(target) = event_target(&document) {
            on(&target, "visibilitychange", || {
                let state = property(&property(&global(), "document"), "visibilityState");
                (state.as_string().as_deref() == Some("visible")).then_some(Input::Wake)
            });
        }
        let sink = sink.clone();
        let pagehide = move |event: &Event| {
            if property(event, "persisted").is_truthy() {
                sink(Input::Suspend);
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

/// Checked by its methods: Node's global is not an `EventTarget`.
fn event_target(object: &JsValue) -> Option<EventTarget> {
    property(object, "addEventListener")
        .is_function()
        .then(|| object.clone().unchecked_into())
}
