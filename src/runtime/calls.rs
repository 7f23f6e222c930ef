//! The open calls: each is settled exactly once.

use crate::client::{CallId, Error, Reply};
use core::cell::{Cell, RefCell};
use rustc_hash::FxHashMap;

/// What settles a call.
pub(crate) type Settle = Box<dyn FnOnce(CallId, Result<Reply, Error>)>;

#[derive(Default)]
pub(super) struct OpenCalls {
    last_id: Cell<u32>,
    open: RefCell<FxHashMap<CallId, Settle>>,
}

impl OpenCalls {
    /// Opens a call.
    pub(super) fn open(&self, settle: Settle) -> CallId {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let call = CallId::new(id);
        self.open.borrow_mut().insert(call, settle);
        call
    }

    /// Settles a call. Ignored if it is settled already.
    pub(super) fn settle(&self, call: CallId, result: Result<Reply, Error>) {
        let settle = self.open.borrow_mut().remove(&call);
        if let Some(settle) = settle {
            settle(call, result);
        }
    }
}
