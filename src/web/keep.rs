//! The caller's callbacks, held so that they can be collected.
//!
//! What is held from here JavaScript never collects, and a callback mostly knows the client that it
//! was given to: the two would keep each other for ever. So callbacks lie in an array that belongs
//! to the client's JavaScript object, and only while there is a connection, or one on its way, is
//! that array held from here too.

use core::cell::{Cell, RefCell};
use js_sys::{Array, Function, WeakRef};
use wasm_bindgen::{JsCast, JsValue};

/// The place of a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Slot(u32);

pub(super) struct Keep {
    weak: WeakRef,
    /// Held until somebody else does, and while it is wanted.
    held: RefCell<Option<Array>>,
    handed_over: Cell<bool>,
    free: RefCell<Vec<Slot>>,
}

impl Default for Keep {
    fn default() -> Self {
        let array = Array::new();
        Self {
            weak: WeakRef::new(&array),
            held: RefCell::new(Some(array)),
            handed_over: Cell::new(false),
            free: RefCell::default(),
        }
    }
}

impl Keep {
    /// Gives the array to the client's JavaScript object, which holds it from then on.
    pub(super) fn hand_over(&self) -> Option<Array> {
        self.handed_over.set(true);
        self.held.borrow_mut().take()
    }

    /// Holds the array, or leaves that to the client's JavaScript object.
    pub(super) fn hold(&self, wanted: bool) {
        if self.handed_over.get() {
            let array = if wanted { self.array() } else { None };
            *self.held.borrow_mut() = array;
        }
    }

    pub(super) fn put(&self, callback: &Function) -> Slot {
        let array = self.array().unwrap_or_default();
        let slot = self.free.borrow_mut().pop();
        let slot = slot.unwrap_or_else(|| Slot(array.length()));
        array.set(slot.0, callback.into());
        slot
    }

    /// The callback, unless the client's JavaScript object is gone.
    pub(super) fn get(&self, slot: Slot) -> Option<Function> {
        self.array()?.get(slot.0).dyn_into().ok()
    }

    pub(super) fn take(&self, slot: Slot) -> Option<Function> {
        let callback = self.get(slot);
        if let Some(array) = self.array() {
            array.set(slot.0, JsValue::UNDEFINED);
        }
        self.free.borrow_mut().push(slot);
        callback
    }

    fn array(&self) -> Option<Array> {
        let held = self.held.borrow().clone();
        held.or_else(|| self.weak.deref().map(JsCast::unchecked_into))
    }
}
