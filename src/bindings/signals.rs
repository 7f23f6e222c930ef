//! The signals that abort calls. A signal gets one listener, however many calls share it.

use super::option_reader::to_u32;
use crate::client::{CallId, Error, ErrorKind};
use crate::runtime::property;
use crate::sorted::SortedSet;
use core::cell::RefCell;
use js_sys::{Function, Map};
use slab::Slab;
use wasm_bindgen::prelude::*;

/// An `AbortSignal` or a lookalike: it may come from another realm.
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
}

impl Signal {
    /// Accepts any object that behaves like a signal.
    pub(super) fn from_value(value: JsValue) -> Option<Self> {
        let fits = value.is_object()
            && property(&value, "aborted").as_bool().is_some()
            && property(&value, "addEventListener").is_function();
        fits.then(|| value.unchecked_into())
    }

    pub(super) fn is_aborted(&self) -> bool {
        property(self, "aborted").is_truthy()
    }

    /// The `cause` of an error: the signal's reason, if the error says that the signal has fired.
    pub(super) fn cause_of(&self, error: &Error) -> JsValue {
        match *error.kind {
            ErrorKind::Aborted { .. } | ErrorKind::AbortedBefore => property(self, "reason"),
            _ => JsValue::UNDEFINED,
        }
    }
}

/// The signals of the open calls.
#[derive(Default)]
pub(super) struct Signals {
    /// The index of each signal in `watched`.
    places: Map,
    watched: RefCell<Slab<Watched>>,
}

struct Watched {
    calls: SortedSet<CallId>,
    on_abort: Function,
}

impl Signals {
    /// Adds a call to a signal. When the signal fires, `fired` runs, to abort what
    /// [`forget`](Self::forget) returns.
    pub(super) fn watch(&self, signal: &Signal, call: CallId, fired: impl Fn(&Signal) + 'static) {
        let place = self.place(signal).or_else(|| self.listen(signal, fired));
        let mut watched = self.watched.borrow_mut();
        if let Some(watched) = place.and_then(|place| watched.get_mut(place)) {
            watched.calls.insert(call);
        }
    }

    fn place(&self, signal: &Signal) -> Option<usize> {
        Some(to_u32(self.places.get(signal).as_f64()?) as usize)
    }

    fn listen(&self, signal: &Signal, fired: impl Fn(&Signal) + 'static) -> Option<usize> {
        let of_signal = signal.clone();
        // A signal lookalike may call it after its removal, so it is left to the garbage collector.
        let on_abort = Closure::<dyn Fn()>::new(move || fired(&of_signal));
        let on_abort: Function = on_abort.into_js_value().unchecked_into();
        // A lookalike may also throw here; it cannot be listened to then.
        signal.add_event_listener("abort", &on_abort).ok()?;
        let place = self.watched.borrow_mut().insert(Watched {
            calls: SortedSet::default(),
            on_abort,
        });
        self.places.set(signal, &place.into());
        Some(place)
    }

    /// Removes a call that has settled. The last one of a signal ends the listening.
    pub(super) fn release(&self, signal: &Signal, call: CallId) {
        let is_last = self.place(signal).is_some_and(|place| {
            let mut watched = self.watched.borrow_mut();
            let watched = watched.get_mut(place);
            watched.is_some_and(|one| one.calls.remove(call) && one.calls.is_empty())
        });
        if is_last {
            self.forget(signal);
        }
    }

    /// Stops listening to a signal. Returns its calls.
    pub(super) fn forget(&self, signal: &Signal) -> SortedSet<CallId> {
        let place = self.place(signal);
        let watched = place.and_then(|place| self.watched.borrow_mut().try_remove(place));
        let Some(Watched { calls, on_abort }) = watched else {
            return SortedSet::default();
        };
        self.places.delete(signal);
        let _ = signal.remove_event_listener("abort", &on_abort);
        calls
    }
}
