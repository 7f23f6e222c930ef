//! The caller's functions, held so that they can be garbage-collected.
//!
//! JavaScript never collects what Rust holds, and a callback usually refers to the client that it
//! was passed to, so each would keep the other alive forever. Callbacks are therefore kept in an
//! array that belongs to the client's JavaScript object. Rust holds that array only while a
//! connection exists or is being made.

use core::cell::RefCell;
use js_sys::{Array, Function};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    type WeakRef;
    /// Some old runtimes lack it.
    #[wasm_bindgen(constructor, catch)]
    fn new(target: &Array) -> Result<WeakRef, JsValue>;
    #[wasm_bindgen(method)]
    fn deref(this: &WeakRef) -> Option<Array>;
}

/// The index of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CallbackSlot(u32);

pub(super) struct Callbacks {
    weak: Option<WeakRef>,
    /// Set until the client's JavaScript object holds the array, and while Rust needs it.
    held: RefCell<Option<Array>>,
    free: RefCell<Vec<CallbackSlot>>,
}

impl Default for Callbacks {
    fn default() -> Self {
        let array = Array::new();
        Self {
            weak: WeakRef::new(&array).ok(),
            held: RefCell::new(Some(array)),
            free: RefCell::default(),
        }
    }
}

impl Callbacks {
    /// Gives the array to the client's JavaScript object, which holds it from now on.
    pub(super) fn hand_over(&self) -> Option<Array> {
        let array = self.array();
        self.hold(false);
        array
    }

    /// Holds the array, or leaves it to the client's JavaScript object.
    pub(super) fn hold(&self, is_wanted: bool) {
        if self.weak.is_some() {
            self.held.replace(self.array().filter(|_| is_wanted));
        }
    }

    pub(super) fn put(&self, callback: &Function) -> CallbackSlot {
        let array = self.array().unwrap_or_default();
        let free = self.free.borrow_mut().pop();
        let slot = free.unwrap_or_else(|| CallbackSlot(array.length()));
        array.set(slot.0, callback.into());
        slot
    }

    /// The callback, or `None` if the client's JavaScript object is gone.
    pub(super) fn get(&self, slot: CallbackSlot) -> Option<Function> {
        self.array()?.get(slot.0).dyn_into().ok()
    }

    pub(super) fn remove(&self, slot: CallbackSlot) {
        if let Some(array) = self.array() {
            array.set(slot.0, JsValue::UNDEFINED);
        }
        self.free.borrow_mut().push(slot);
    }

    fn array(&self) -> Option<Array> {
        let held = self.held.borrow().clone();
        held.or_else(|| self.weak.as_ref()?.deref())
    }
}
