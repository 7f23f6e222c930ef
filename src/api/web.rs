//! The runtime on wasm32, and its host for callers in Rust.

use super::hub::Hub;
use super::options::{Setup, Source};
use crate::client::{Attempt, Client, Command, Config, Detail, Error, Output};
use crate::clock::millis;
use crate::runtime::{Host, OnMessage, Runtime, TokenAnswer, property};
use crate::time::Instant;
use core::cell::OnceCell;
use js_sys::{ArrayBuffer, Date, Uint8Array};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WebSocket;

/// The core of a client and its runtime.
pub(super) struct Link {
    runtime: Rc<Runtime>,
    _host: Rc<WebHost>,
}

impl Link {
    pub(super) fn new(config: Config, setup: Setup, hub: &Arc<Hub>) -> Self {
        let host = Rc::new(WebHost {
            hub: hub.clone(),
            token: setup.token,
            runtime: OnceCell::new(),
        });
        let weak = Rc::downgrade(&host);
        let runtime = Runtime::new(config, weak);
        // Set once, here.
        let _ = host.runtime.set(Rc::downgrade(&runtime));
        Self {
            runtime,
            _host: host,
        }
    }

    pub(super) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        self.runtime.core(look)
    }

    pub(super) fn core_mut<T>(&self, change: impl FnOnce(&mut Client) -> T) -> T {
        self.runtime.core_mut(change)
    }

    pub(super) fn command(&self, command: Command) {
        self.runtime.command(command);
    }

    pub(super) fn emit(&self, event: &str, args: &[String]) -> Result<(), Error> {
        self.runtime.emit(event, args, Vec::new())
    }

    /// Milliseconds since 1970.
    pub(super) fn epoch_ms(&self, at: Instant) -> u64 {
        millis(self.runtime.epoch_ms(at))
    }

    /// Resolves when everything has gone out: the platform's socket has it already.
    pub(super) async fn flushed(&self) {}
}

struct WebHost {
    hub: Arc<Hub>,
    token: Source,
    runtime: OnceCell<Weak<Runtime>>,
}

impl Host for WebHost {
    fn token(&self) -> TokenAnswer {
        let token = match &self.token {
            Source::Fixed(token) => return TokenAnswer::Ready(Ok(token.clone())),
            Source::Function(function) => function(),
        };
        let hub = self.hub.clone();
        TokenAnswer::Later(Box::pin(async move {
            token.await.map_err(|failure| hub.token_error(failure))
        }))
    }

    fn open_socket(&self, url: &str) -> Result<WebSocket, JsValue> {
        WebSocket::new(url)
    }

    /// A browser keeps to itself why a socket failed.
    fn explain(&self, _event: &JsValue) -> Detail {
        Detail::default()
    }

    fn on_message(&self, attempt: Attempt) -> OnMessage {
        let runtime = self.runtime.get().cloned().unwrap_or_default();
        OnMessage::Closure(Closure::new(move |event: JsValue| {
            if let Some(runtime) = runtime.upgrade() {
                receive(&runtime, attempt, &property(&event, "data"));
            }
        }))
    }

    fn output(&self, output: Output) {
        self.hub.output(output);
    }
}

fn receive(runtime: &Runtime, attempt: Attempt, data: &JsValue) {
    if let Some(text) = data.as_string() {
        let received = runtime.receive_bytes(attempt, text.as_bytes(), Date::now());
        runtime.finish(attempt, received);
    } else if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
        runtime.receive_binary(attempt, Uint8Array::new(buffer).to_vec());
    }
}
