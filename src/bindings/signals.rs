//! The signals that abort calls. However many calls share a signal, it gets one listener.

use super::inner::ClientInner;
use crate::client::{CallId, Command, Error, ErrorKind};
use crate::runtime::property;
use crate::sorted::Sorted;
use core::cell::RefCell;
use js_sys::{Function, Map};
use rustc_hash::FxHashMap;
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;

/// An `AbortSignal`, or what behaves like one: it may come from another realm.
#[wasm_bindgen]
extern "C" {
    #[derive(Clone)]
    pub(super) type Signal;
    #[wasm_bindgen(method, catch, js_name = addEventListener)]
    fn add_event_listener(this: &Signal, event: &str, listener: &Function) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, js_name = removeEventListener)]
    fn remove_event_listener(
        this: &Signal,
        event: &str,
        listener: &Function,
    ) -> Result<(), JsValue>;
    #[wasm_bindgen(method, catch, getter)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, getter)]
    fn reason(this: &Signal) -> Result<JsValue, JsValue>;
}

impl Signal {
    /// A signal by what it can do.
    pub(super) fn from_value(value: JsValue) -> Option<Self> {
        let fits = value.is_object()
            && property(&value, "aborted").as_bool().is_some()
            && property(&value, "addEventListener").is_function();
        fits.then(|| value.unchecked_into())
    }

    pub(super) fn is_aborted(&self) -> bool {
        self.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }

    /// An error with the signal's reason as its cause, if it says that the signal fired.
    pub(super) fn cause_of(&self, error: &Error) -> JsValue {
        match error.kind {
            ErrorKind::Aborted { .. } | ErrorKind::AbortedBefore => {
                self.reason().unwrap_or_default()
            }
            _ => JsValue::UNDEFINED,
        }
    }
}

/// The signals of the open calls.
#[derive(Default)]
pub(super) struct Signals {
    /// The number of each signal.
    numbers: RefCell<Option<Map>>,
    watched: RefCell<FxHashMap<u32, Watched>>,
}

struct Watched {
    signal: Signal,
    calls: Sorted<CallId>,
    on_abort: Function,
}

/// Ends a call's wish to be aborted when it is dropped.
pub(super) struct SignalGuard {
    client: Weak<ClientInner>,
    number: u32,
    call: CallId,
}

impl Signals {
    /// Aborts a call when the signal fires.
    pub(super) fn watch(
        &self,
        client: &Rc<ClientInner>,
        signal: &Signal,
        call: CallId,
    ) -> Option<SignalGuard> {
        let map = self
            .numbers
            .borrow_mut()
            .get_or_insert_with(Map::new)
            .clone();
        let known = map.get(signal).as_f64();
        let number = match known {
            Some(number) => to_number(number),
            None => self.listen(client, signal, &map, call)?,
        };
        self.watched
            .borrow_mut()
            .get_mut(&number)?
            .calls
            .insert(call);
        Some(SignalGuard {
            client: Rc::downgrade(client),
            number,
            call,
        })
    }

    fn listen(
        &self,
        client: &Rc<ClientInner>,
        signal: &Signal,
        map: &Map,
        call: CallId,
    ) -> Option<u32> {
        // The first call's id is as good a number as any other.
        let number = call.value();
        let this = Rc::downgrade(client);
        // What is only like a signal may call it when it is gone, so that the collector frees it.
        let on_abort = Closure::<dyn Fn()>::new(move || {
            if let Some(client) = this.upgrade() {
                client.signals.fired(number, &client);
            }
        });
        let on_abort: Function = on_abort.into_js_value().unchecked_into();
        // Or it may refuse, and cannot be listened to then.
        signal.add_event_listener("abort", &on_abort).ok()?;
        map.set(signal, &number.into());
        let watched = Watched {
            signal: signal.clone(),
            calls: Sorted::default(),
            on_abort,
        };
        self.watched.borrow_mut().insert(number, watched);
        Some(number)
    }

    fn fired(&self, number: u32, client: &ClientInner) {
        let Some(watched) = self.forget(number) else {
            return;
        };
        for call in watched.calls.iter() {
            client.runtime.command(Command::Abort { call });
        }
    }

    /// Stops listening to a signal.
    fn forget(&self, number: u32) -> Option<Watched> {
        let watched = self.watched.borrow_mut().remove(&number)?;
        if let Some(map) = &*self.numbers.borrow() {
            map.delete(&watched.signal);
        }
        let _ = watched
            .signal
            .remove_event_listener("abort", &watched.on_abort);
        Some(watched)
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        let Some(client) = self.client.upgrade() else {
            return;
        };
        let is_last = match client.signals.watched.borrow_mut().get_mut(&self.number) {
            Some(watched) => {
                watched.calls.remove(self.call);
                watched.calls.is_empty()
            }
            None => false,
        };
        if is_last {
            drop(client.signals.forget(self.number));
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
fn to_number(number: f64) -> u32 {
    number as u32
}
