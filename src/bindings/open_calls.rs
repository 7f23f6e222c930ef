//! The open calls, and what is needed to settle each of them, exactly once.

use super::by_call::ByCall;
use super::promise::Resolvers;
use super::signals::Signal;
use super::subscription::Consumer;
use crate::client::CallId;
use core::cell::{Cell, RefCell};
use js_sys::Function;
use wasm_bindgen::JsValue;

/// What a call needs in addition to its command.
#[derive(Default)]
pub(super) struct CallExtras {
    pub(super) signal: Option<Signal>,
    pub(super) on_progress: Option<Function>,
    /// Receives the samples of a feed.
    pub(super) consumer: Option<Consumer>,
}

pub(super) struct OpenCall {
    pub(super) resolvers: Resolvers,
    /// Where the caller made it, if errors carry that.
    pub(super) site: Option<JsValue>,
    pub(super) extras: CallExtras,
}

#[derive(Default)]
pub(super) struct OpenCalls {
    last_id: Cell<u32>,
    open: RefCell<ByCall<OpenCall>>,
}

impl OpenCalls {
    /// Opens a call. A command with its id must follow, or it must be settled.
    pub(super) fn open(&self, open: OpenCall) -> CallId {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let call = CallId::new(id);
        self.open.borrow_mut().insert(call, open);
        call
    }

    /// Removes a call, to settle it. `None` if it has already settled.
    pub(super) fn take(&self, call: CallId) -> Option<OpenCall> {
        self.open.borrow_mut().remove(call)
    }

    pub(super) fn on_progress(&self, call: CallId) -> Option<Function> {
        self.open.borrow().get(call)?.extras.on_progress.clone()
    }
}
