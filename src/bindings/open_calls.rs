//! The open calls: each is settled exactly once.

use super::by_call::ByCall;
use crate::client::{CallId, Error, Payload, Reply};
use core::cell::{Cell, RefCell};
use std::rc::Rc;

/// What settles a call.
pub(super) type Settle = Box<dyn FnOnce(CallId, Result<Reply, Error>)>;

/// Receives the steps of a call: JSON text, and the binary data for its placeholders.
pub(super) type OnProgress = Rc<dyn Fn(&Payload)>;

#[derive(Default)]
pub(super) struct OpenCalls {
    last_id: Cell<u32>,
    open: RefCell<ByCall<OpenCall>>,
}

struct OpenCall {
    settle: Settle,
    on_progress: Option<OnProgress>,
}

impl OpenCalls {
    /// Opens a call. A command with its id must follow, or [`settle`](Self::settle).
    pub(super) fn open(&self, settle: Settle, on_progress: Option<OnProgress>) -> CallId {
        let id = self.last_id.get().wrapping_add(1);
        self.last_id.set(id);
        let call = CallId::new(id);
        let open = OpenCall {
            settle,
            on_progress,
        };
        self.open.borrow_mut().insert(call, open);
        call
    }

    /// Settles a call. Ignored if it has already settled.
    pub(super) fn settle(&self, call: CallId, result: Result<Reply, Error>) {
        let open = self.open.borrow_mut().remove(call);
        if let Some(open) = open {
            (open.settle)(call, result);
        }
    }

    /// Reports a step of a call.
    pub(super) fn progress(&self, call: CallId, payload: &Payload) {
        let on_progress = {
            let open = self.open.borrow();
            open.get(call).and_then(|open| open.on_progress.clone())
        };
        if let Some(on_progress) = on_progress {
            on_progress(payload);
        }
    }
}
