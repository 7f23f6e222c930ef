//! The signals that abort calls. A signal gets one listener, however many calls share it.

use super::option_reader::to_u32;
use crate::client::{CallId, Error, ErrorKind};
use crate::runtime::property;
use crate::sorted::SortedSet;
use core::cell::RefCell;
use js_sys::{Function, Map};
use slab::Slab;
use std::rc::{Rc, Weak};
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
    #[wasm_bindgen(method, catch, getter)]
    fn aborted(this: &Signal) -> Result<JsValue, JsValue>;
    #[wasm_bindgen(method, catch, getter)]
    fn reason(this: &Signal) -> Result<JsValue, JsValue>;
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
        self.aborted().is_ok_and(|aborted| aborted.is_truthy())
    }

    /// The `cause` of an error: the signal's reason, if the error says that the signal has fired.
    pub(super) fn cause_of(&self, error: &Error) -> JsValue {
        match *error.kind {
            ErrorKind::Aborted { .. } | ErrorKind::AbortedBefore => {
                self.reason().unwrap_or_default()
            }
            _ => JsValue::UNDEFINED,
        }
    }
}

/// The signals of the open calls.
pub(super) struct Signals {
    /// Aborts a call.
    abort: Box<dyn Fn(CallId)>,
    /// The index of each signal in `watched`.
    places: RefCell<Option<Map>>,
    watched: RefCell<Slab<Watched>>,
    this: Weak<Self>,
}

struct Watched {
    signal: Signal,
    calls: SortedSet<CallId>,
    on_abort: Function,
}

/// Stops watching a signal for a call when dropped.
pub(super) struct SignalGuard {
    signals: Weak<Signals>,
    place: usize,
    call: CallId,
}

impl Signals {
    /// `abort` aborts a call.
    pub(super) fn new(abort: impl Fn(CallId) + 'static) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            abort: Box::new(abort),
            places: RefCell::default(),
            watched: RefCell::default(),
            this: this.clone(),
        })
    }

    /// Aborts a call when the signal fires.
    pub(super) fn watch(&self, signal: &Signal, call: CallId) -> Option<SignalGuard> {
        let place = match self.place(signal) {
            Some(place) => place,
            None => self.listen(signal)?,
        };
        self.watched.borrow_mut().get_mut(place)?.calls.insert(call);
        Some(SignalGuard {
            signals: self.this.clone(),
            place,
            call,
        })
    }

    fn place(&self, signal: &Signal) -> Option<usize> {
        let place = self.places.borrow().as_ref()?.get(signal).as_f64()?;
        Some(to_u32(place) as usize)
    }

    fn listen(&self, signal: &Signal) -> Option<usize> {
        let this = self.this.clone();
        let of_signal = signal.clone();
        // A signal lookalike may call it after its removal, so it is left to the garbage collector.
        let on_abort = Closure::<dyn Fn()>::new(move || {
            if let Some(signals) = this.upgrade() {
                signals.fired(&of_signal);
            }
        });
        let on_abort: Function = on_abort.into_js_value().unchecked_into();
        // A lookalike may also throw here; it cannot be listened to then.
        signal.add_event_listener("abort", &on_abort).ok()?;
        let place = self.watched.borrow_mut().insert(Watched {
            signal: signal.clone(),
            calls: SortedSet::default(),
            on_abort,
        });
        let mut places = self.places.borrow_mut();
        let places = places.get_or_insert_with(Map::new);
        places.set(signal, &JsValue::from_f64(place as f64));
        Some(place)
    }

    fn fired(&self, signal: &Signal) {
        let Some(watched) = self.place(signal).and_then(|place| self.forget(place)) else {
            return;
        };
        for call in watched.calls.iter() {
            (self.abort)(call);
        }
    }

    /// Stops listening to a signal.
    fn forget(&self, place: usize) -> Option<Watched> {
        let watched = self.watched.borrow_mut().try_remove(place)?;
        if let Some(places) = &*self.places.borrow() {
            places.delete(&watched.signal);
        }
        let _ = watched
            .signal
            .remove_event_listener("abort", &watched.on_abort);
        Some(watched)
    }
}

impl Drop for SignalGuard {
    fn drop(&mut self) {
        let Some(signals) = self.signals.upgrade() else {
            return;
        };
        let is_last = match signals.watched.borrow_mut().get_mut(self.place) {
            Some(watched) => watched.calls.remove(self.call) && watched.calls.is_empty(),
            None => false,
        };
        if is_last {
            drop(signals.forget(self.place));
        }
    }
}
