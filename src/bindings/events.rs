//! Notifying the listeners.

use super::error::{log_error, to_js, with_cause};
use super::inner::ClientInner;
use super::json::{Attachments, error_message, parse_payload, variadic};
use super::listeners::Topic;
use super::option_reader::required_function;
use crate::client::{AckHandle, Command, Error, Event, Payload};
use crate::engine::Frame;
use crate::runtime::Direction;
use js_sys::{Array, Function, Reflect, Uint8Array};
use serde::Serialize;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The payloads of the events, as declared by `ClientEvents` in `index.d.ts`.
#[derive(Serialize)]
#[serde(rename_all_fields = "camelCase", untagged)]
enum Notification {
    Connect {
        id: String,
        attempt: u32,
        reconnected: bool,
    },
    Disconnect {
        reason: &'static str,
        will_reconnect: bool,
        #[serde(
            with = "serde_wasm_bindgen::preserve",
            skip_serializing_if = "JsValue::is_undefined"
        )]
        error: JsValue,
    },
    Reconnecting {
        attempt: u32,
        delay_ms: f64,
    },
    ConnectError {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        error: JsValue,
        attempt: u32,
        will_retry: bool,
    },
    Warning {
        #[serde(with = "serde_wasm_bindgen::preserve")]
        error: JsValue,
    },
    /// An event of the server.
    Payload(#[serde(with = "serde_wasm_bindgen::preserve")] JsValue),
}

impl ClientInner {
    /// Adds a listener; returns the function that removes it.
    pub(super) fn listen(
        &self,
        topic: Topic,
        listener: &JsValue,
        once: bool,
    ) -> Result<JsValue, JsValue> {
        let listener = required_function("listener", listener)?;
        let id = self.listeners.borrow_mut().add(topic, &listener, once);
        self.observe();
        let client = self.this.clone();
        let undo: Closure<dyn Fn()> = Closure::new(move || {
            if let Some(client) = client.upgrade() {
                client.listeners.borrow_mut().remove_id(id);
                client.observe();
            }
        });
        Ok(undo.into_js_value())
    }

    /// Reports events and frames only while they have listeners. Those of `onAny` and `onFrame` are
    /// never added by `once` nor removed by `off`.
    fn observe(&self) {
        let listeners = self.listeners.borrow();
        let events = listeners.has(Topic::Any);
        self.runtime.core_mut(|core| core.observe_events(events));
        self.runtime.shows_frames.set(listeners.has(Topic::Frame));
    }

    pub(super) fn notify(&self, event: Event) {
        let parsed = |payload: &Payload| parse_payload(payload).unwrap_or_default();
        let (topic, notification) = match event {
            Event::Any { array, ack } => return self.notify_any(&array, ack),
            Event::Connect {
                id,
                attempt,
                reconnected,
            } => (
                Topic::Connect,
                Notification::Connect {
                    id,
                    attempt,
                    reconnected,
                },
            ),
            Event::Disconnect {
                reason,
                will_reconnect,
                error,
            } => (
                Topic::Disconnect,
                Notification::Disconnect {
                    reason: reason.as_str(),
                    will_reconnect,
                    error: error.map_or(JsValue::UNDEFINED, |error| self.event_error(&error)),
                },
            ),
            Event::Reconnecting { attempt, delay_ms } => (
                Topic::Reconnecting,
                Notification::Reconnecting {
                    attempt,
                    delay_ms: delay_ms as f64,
                },
            ),
            Event::ConnectError {
                error,
                attempt,
                will_retry,
            } => (
                Topic::ConnectError,
                Notification::ConnectError {
                    error: self.event_error(&error),
                    attempt,
                    will_retry,
                },
            ),
            Event::StateChange { payload, device_id } => {
                let Some(change) = parse_payload(&payload) else {
                    return;
                };
                if let Some(id) = device_id {
                    let _ = Reflect::set(&change, &"deviceId".into(), &id.into());
                }
                (Topic::StateChange, Notification::Payload(change))
            }
            Event::DeviceNew(payload) => {
                (Topic::DeviceNew, Notification::Payload(parsed(&payload)))
            }
            Event::MetaChange(payload) => {
                (Topic::MetaChange, Notification::Payload(parsed(&payload)))
            }
            Event::Warning(error) => return self.warn(&error, None),
        };
        self.notify_with(topic, &notification);
    }

    fn notify_with(&self, topic: Topic, notification: &Notification) {
        let payload = serde_wasm_bindgen::to_value(notification).unwrap_or_default();
        self.notify_listeners(topic, &Array::of1(&payload));
    }

    fn event_error(&self, error: &Error) -> JsValue {
        self.error_value(error, &JsValue::UNDEFINED)
    }

    fn notify_any(&self, array: &Payload, ack: Option<AckHandle>) {
        let Some(args) = parse_payload(array) else {
            return;
        };
        let args: Array = args.unchecked_into();
        // A name may be a number on the wire; listeners are promised a string.
        if let Some(number) = args.get(0).as_f64() {
            let name = js_sys::Number::from(number).to_string_with_radix(10);
            args.set(0, name.map(JsValue::from).unwrap_or_default());
        }
        if let Some(handle) = ack {
            args.push(&self.acknowledgement(handle));
        }
        self.notify_listeners(Topic::Any, &args);
    }

    /// A function that acknowledges an event of the server.
    fn acknowledgement(&self, handle: AckHandle) -> JsValue {
        let client = self.this.clone();
        let answer = Closure::<dyn Fn(Array)>::new(move |args: Array| {
            let Some(client) = client.upgrade() else {
                return;
            };
            let attachments = Attachments::new();
            match attachments.stringify_args(&args) {
                Ok(args) => client.runtime.command(Command::Ack {
                    handle,
                    args,
                    attachments: attachments.into_bytes(),
                }),
                Err(error) => client.warn(&error, None),
            }
        });
        variadic(&answer.into_js_value())
    }

    fn notify_listeners(&self, topic: Topic, args: &Array) {
        let ids = self.listeners.borrow().of(topic);
        for id in ids {
            let due = self.listeners.borrow_mut().due(id);
            if let Some(listener) = due {
                self.call_back(topic.name(), &listener, args);
            }
        }
    }

    pub(super) fn notify_frame(&self, direction: Direction, frame: &Frame) {
        let direction = match direction {
            Direction::In => "in",
            Direction::Out => "out",
        };
        let shown: JsValue = match frame {
            Frame::Text(text) => self.runtime.core(|core| core.redact(text).as_ref().into()),
            Frame::Binary(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        };
        let args = Array::of2(&direction.into(), &shown);
        self.notify_listeners(Topic::Frame, &args);
    }

    /// Calls a function of the caller. If it throws, a warning is emitted.
    pub(super) fn call_back(&self, whose: &str, callback: &Function, args: &Array) {
        // Not `callback.apply`, which the caller may have overridden.
        match Reflect::apply(callback, &JsValue::UNDEFINED, args) {
            // An error thrown by a warning listener does not become another warning.
            Err(thrown) if whose == Topic::Warning.name() => log_error(&thrown),
            Err(thrown) => self.threw(whose, &thrown),
            Ok(_) => {}
        }
    }

    /// Emits a warning because a function of the caller threw.
    pub(super) fn threw(&self, whose: &str, thrown: &JsValue) {
        let message = error_message(thrown);
        let problem = ["the listener of ", whose, " threw: ", &message].concat();
        let problem = self.runtime.core(|core| core.redact(&problem).into_owned());
        self.warn(&Error::invalid("listener", problem), Some(thrown));
    }

    /// Emits a warning. Without listeners, an error thrown by the caller's code goes to the
    /// console.
    pub(super) fn warn(&self, error: &Error, thrown: Option<&JsValue>) {
        let error = thrown.map_or_else(|| to_js(error), |thrown| with_cause(error, thrown));
        let has_listeners = self.listeners.borrow().has(Topic::Warning);
        if let Some(thrown) = thrown.filter(|_| !has_listeners) {
            log_error(thrown);
        }
        self.notify_with(Topic::Warning, &Notification::Warning { error });
    }
}
