//! Telling the listeners.

use super::driver::Shell;
use super::errors::{to_js, to_js_with_cause, words};
use super::listeners::Topic;
use super::platform::{complain, variadic};
use super::values::{argument_texts, object, parse, parse_with, set};
use crate::client::{AckHandle, Command, Error, Event, Input};
use crate::engine::Frame;
use js_sys::{Array, Function, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

impl Shell {
    /// Adds a listener; answers the number of its subscription.
    pub(super) fn listen(&self, topic: Topic, listener: &Function, once: bool) -> u32 {
        let serial = self.listeners.borrow_mut().add(topic, listener, once);
        self.observe();
        serial
    }

    pub(super) fn end_listening(&self, serial: u32) {
        self.listeners.borrow_mut().end(serial);
        self.observe();
    }

    pub(super) fn unlisten(&self, topic: Topic, listener: &Function) {
        self.listeners.borrow_mut().remove(topic, listener);
        self.observe();
    }

    fn observe(&self) {
        self.core
            .borrow_mut()
            .observe_events(self.listeners.borrow().has(Topic::Any));
    }

    pub(super) fn tell(&self, event: Event) {
        let (topic, told) = match event {
            Event::Any {
                data,
                attachments,
                ack,
            } => return self.tell_any(&data, &attachments, ack),
            Event::Connect {
                id,
                attempt,
                reconnected,
            } => (
                Topic::Connect,
                object(&[
                    ("id", id.into()),
                    ("attempt", attempt.into()),
                    ("reconnected", reconnected.into()),
                ])
                .into(),
            ),
            Event::Disconnect {
                reason,
                will_reconnect,
                error,
            } => (
                Topic::Disconnect,
                object(&[
                    ("reason", reason.as_str().into()),
                    ("willReconnect", will_reconnect.into()),
                    (
                        "error",
                        error.map_or(JsValue::UNDEFINED, |error| self.error(&error)),
                    ),
                ])
                .into(),
            ),
            Event::Reconnecting { attempt, delay_ms } => (
                Topic::Reconnecting,
                object(&[
                    ("attempt", attempt.into()),
                    ("delayMs", (delay_ms as f64).into()),
                ])
                .into(),
            ),
            Event::ConnectError {
                error,
                attempt,
                will_retry,
            } => (
                Topic::ConnectError,
                object(&[
                    ("error", self.error(&error)),
                    ("attempt", attempt.into()),
                    ("willRetry", will_retry.into()),
                ])
                .into(),
            ),
            Event::StateChange { payload, device_id } => {
                let Some(change) = parse(&payload) else {
                    return;
                };
                if let Some(id) = device_id {
                    set(change.unchecked_ref(), "deviceId", &id.into());
                }
                (Topic::StateChange, change)
            }
            Event::DeviceNew { payload } => (Topic::DeviceNew, parse(&payload).unwrap_or_default()),
            Event::MetaChange { payload } => {
                (Topic::MetaChange, parse(&payload).unwrap_or_default())
            }
            Event::Warning(error) => (Topic::Warning, object(&[("error", to_js(&error))]).into()),
        };
        self.tell_topic(topic, &[told]);
    }

    fn tell_any(&self, data: &str, attachments: &[Vec<u8>], ack: Option<AckHandle>) {
        let Some(data) = parse_with(data, attachments) else {
            return;
        };
        let mut args = Array::from(&data).to_vec();
        // On the wire a name may be a number; listeners are promised a text.
        if let Some(name) = args.first_mut()
            && let Some(number) = name.as_f64()
        {
            *name = js_sys::Number::from(number)
                .to_string_with_radix(10)
                .map_or(JsValue::UNDEFINED, Into::into);
        }
        args.extend(ack.map(|handle| self.ack_function(handle)));
        self.tell_topic(Topic::Any, &args);
    }

    /// What a listener calls to acknowledge an event.
    fn ack_function(&self, handle: AckHandle) -> JsValue {
        let shell = self.this.clone();
        let answer = Closure::<dyn Fn(&Array)>::new(move |args: &Array| {
            let Some(shell) = shell.upgrade() else { return };
            match argument_texts(args) {
                Ok((args, attachments)) => shell.input(Input::Command(Command::Ack {
                    handle,
                    args,
                    attachments,
                })),
                Err(error) => shell.warn(&error, &JsValue::UNDEFINED),
            }
        });
        variadic(answer.into_js_value().unchecked_ref())
    }

    fn tell_topic(&self, topic: Topic, args: &[JsValue]) {
        let listeners = self.listeners.borrow_mut().take_due(topic);
        for listener in listeners {
            self.call_back(topic.name(), &listener, args);
        }
    }

    pub(super) fn show_frame(&self, direction: &str, frame: &Frame) {
        let listeners = {
            let mut listeners = self.listeners.borrow_mut();
            if !listeners.has(Topic::Frame) {
                return;
            }
            listeners.take_due(Topic::Frame)
        };
        let shown: JsValue = match frame {
            Frame::Text(text) => self.core.borrow().redact(text).as_ref().into(),
            Frame::Binary(bytes) => Uint8Array::from(bytes.as_slice()).into(),
        };
        for listener in listeners {
            self.call_back(
                Topic::Frame.name(),
                &listener,
                &[direction.into(), shown.clone()],
            );
        }
    }

    /// Calls a callback of the caller's. What it throws becomes a warning.
    pub(super) fn call_back(&self, whose: &str, callback: &Function, args: &[JsValue]) {
        if let Err(thrown) = callback.apply(&JsValue::UNDEFINED, &args.iter().collect::<Array>()) {
            self.threw(whose, &thrown);
        }
    }

    /// A callback of the caller's threw.
    pub(super) fn threw(&self, whose: &str, thrown: &JsValue) {
        let problem = format!("the listener of {whose} threw: {}", words(thrown));
        let problem = self.core.borrow().redact(&problem).into_owned();
        self.warn(&Error::invalid("listener", problem), thrown);
    }

    /// Tells a warning; where nobody listens and the caller's code threw, or a listener throws, the
    /// console.
    pub(super) fn warn(&self, error: &Error, cause: &JsValue) {
        let listeners = self.listeners.borrow_mut().take_due(Topic::Warning);
        let told = object(&[("error", to_js_with_cause(error, cause))]);
        if listeners.is_empty() && !cause.is_undefined() {
            complain(cause);
        }
        for listener in listeners {
            // What a listener of warnings throws is no warning again.
            if let Err(thrown) = listener.call1(&JsValue::UNDEFINED, &told) {
                complain(&thrown);
            }
        }
    }
}
