//! The host for a pure Rust owner: it uses the platform's WebSocket and passes frames straight to
//! the core.

use super::driver::Runtime;
use super::host::{Host, OnMessage, TokenResult};
use super::platform::property;
use crate::client::{Attempt, Config, Detail, Output};
use crate::engine::Frame;
use core::cell::OnceCell;
use js_sys::{ArrayBuffer, Date, Uint8Array};
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WebSocket;

/// What [`PlainHost`] leaves to its owner. See [`Host`] for when each is called.
pub(crate) trait Owner {
    fn token(&self) -> TokenResult;
    fn output(&self, output: Output);
}

pub(crate) struct PlainHost<O> {
    owner: O,
    runtime: OnceCell<Weak<Runtime>>,
}

impl<O: Owner + 'static> PlainHost<O> {
    /// An idle runtime and its host, which the runtime does not keep alive.
    pub(crate) fn start(config: Config, owner: O) -> (Rc<Runtime>, Rc<Self>) {
        let host = Rc::new(Self {
            owner,
            runtime: OnceCell::new(),
        });
        let weak = Rc::downgrade(&host);
        let runtime = Runtime::new(config, weak);
        // Never fails, since it is set only here.
        let _ = host.runtime.set(Rc::downgrade(&runtime));
        (runtime, host)
    }
}

impl<O: Owner> Host for PlainHost<O> {
    fn token(&self) -> TokenResult {
        self.owner.token()
    }

    fn open_socket(&self, url: &str) -> Result<WebSocket, JsValue> {
        WebSocket::new(url)
    }

    /// A browser does not reveal why a socket failed.
    fn explain(&self, _event: &JsValue) -> Detail {
        Detail::default()
    }

    fn on_message(&self, attempt: Attempt) -> OnMessage {
        let runtime = self.runtime.get().cloned().unwrap_or_default();
        Box::new(Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            if let Some(runtime) = runtime.upgrade() {
                receive(&runtime, attempt, &property(&event, "data"));
            }
        }))
    }

    fn output(&self, output: Output) {
        self.owner.output(output);
    }
}

fn receive(runtime: &Runtime, attempt: Attempt, data: &JsValue) {
    if let Some(text) = data.as_string() {
        let received = runtime.receive_bytes(attempt, text.as_bytes(), Date::now());
        runtime.finish(attempt, received);
    } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
        runtime.receive(attempt, Frame::Binary(Uint8Array::new(buffer).to_vec()));
    }
}
