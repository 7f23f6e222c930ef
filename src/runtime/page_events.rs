//! The network's and the page's events. Does nothing on a platform without them.

use super::host::InputSink;
use super::platform::{global, property};
use crate::client::Input;
use gloo_events::{EventListener, EventListenerOptions, EventListenerPhase};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Event, EventTarget};

/// Listens to the events until it is dropped.
pub(super) type PageEvents = Vec<EventListener>;

pub(super) fn listen(sink: &InputSink) -> PageEvents {
    let window = global();
    let mut listeners = PageEvents::new();
    let Some(target) = event_target(&window) else {
        return listeners;
    };
    let mut on = |target: &EventTarget, name: &'static str, input: ReadEvent| {
        let sink = sink.clone();
        let listener = EventListener::new_with_options(target, name, OPTIONS, move |event| {
            if let Some(input) = input(event) {
                sink(input);
            }
        });
        listeners.push(listener);
    };
    on(&target, "online", |_| Some(Input::Wake));
    on(&target, "pageshow", |_| Some(Input::Wake));
    on(&target, "offline", |_| Some(Input::Tick));
    on(&target, "pagehide", |event| {
        let is_kept = property(event, "persisted").is_truthy();
        is_kept.then_some(Input::Suspend)
    });
    if let Some(target) = event_target(&property(&window, "document")) {
        on(&target, "visibilitychange", |_| {
            let state = property(&property(&global(), "document"), "visibilityState");
            (state.as_string().as_deref() == Some("visible")).then_some(Input::Wake)
        });
    }
    listeners
}

/// What an event tells the runtime, if anything.
type ReadEvent = fn(&Event) -> Option<Input<'static>>;

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
