//! The WebSocket of one attempt. It owns its closures; dropping it detaches and closes the socket.

use super::host::{Host, InputSink, OnMessage};
use super::platform::{property, text_property};
use crate::client::{Attempt, Detail, Input};
use crate::engine::Frame;
use core::cell::RefCell;
use gloo_timers::callback::Timeout;
use js_sys::{Function, Uint8Array};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::prelude::*;
use web_sys::{BinaryType, WebSocket};

/// How long a socket may take to close before it is terminated, if possible (package `ws`).
const CLOSE_GRACE_MS: u32 = 2000;

pub(super) struct Socket {
    pub(super) attempt: Attempt,
    socket: WebSocket,
    _on_open: Closure<dyn FnMut()>,
    _on_message: OnMessage,
    _on_error: Closure<dyn FnMut(JsValue)>,
    _on_close: Closure<dyn FnMut(JsValue)>,
}

impl Socket {
    /// Listens to a socket that is opening. Binary frames arrive as `ArrayBuffer`.
    pub(super) fn new(
        socket: WebSocket,
        attempt: Attempt,
        host: &Rc<dyn Host>,
        sink: &InputSink,
    ) -> Self {
        let on_message = host.on_message(attempt);
        // The details of the error event that preceded the close event.
        let failure: Rc<RefCell<Option<Detail>>> = Rc::default();
        let opened = sink.clone();
        let on_open = Closure::<dyn FnMut()>::new(move || opened(Input::Opened { attempt }));
        let (seen, host) = (failure.clone(), Rc::downgrade(host));
        let on_error = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let detail = host.upgrade().map(|host| host.explain(&event));
            seen.replace(Some(detail.unwrap_or_default()));
        });
        let closed = sink.clone();
        let on_close = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let failure = failure.take();
            let failed = failure.is_some();
            let mut detail = failure.unwrap_or_default();
            detail.reason = detail.reason.or_else(|| text_property(&event, "reason"));
            closed(Input::Closed {
                attempt,
                failed,
                detail: Some(detail),
            });
        });
        socket.set_binary_type(BinaryType::Arraybuffer);
        socket.set_onopen(Some(on_open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some((*on_message).as_ref().unchecked_ref()));
        socket.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        socket.set_onclose(Some(on_close.as_ref().unchecked_ref()));
        Self {
            attempt,
            socket,
            _on_open: on_open,
            _on_message: on_message,
            _on_error: on_error,
            _on_close: on_close,
        }
    }

    /// Sends a frame. A socket that cannot send it reports this by closing.
    pub(super) fn send(&self, frame: &Frame) {
        let _ = match frame {
            Frame::Text(text) => self.socket.send_with_str(text),
            // A copy: the socket may keep it.
            Frame::Binary(bytes) => {
                let bytes = Uint8Array::from(bytes.as_slice());
                self.socket.send_with_js_u8_array(&bytes)
            }
        };
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        let socket = &self.socket;
        socket.set_onopen(None);
        socket.set_onmessage(None);
        socket.set_onclose(None);
        // `ws` emits an error if a socket is closed while connecting, and throws if there is no
        // listener.
        IGNORE.with(|ignore| socket.set_onerror(Some(ignore)));
        // Some implementations throw while connecting; the socket is dropped either way.
        let _ = socket.close();
        cut_later(socket);
    }
}

/// A socket of `ws`, which can be terminated.
#[wasm_bindgen]
extern "C" {
    type Terminable;
    #[wasm_bindgen(method, catch)]
    fn terminate(this: &Terminable) -> Result<(), JsValue>;
}

/// Terminates a socket that does not close, so that it does not keep the process alive.
fn cut_later(socket: &WebSocket) {
    let can_be_cut = property(socket, "terminate").is_function();
    if !can_be_cut || socket.ready_state() == WebSocket::CLOSED {
        return;
    }
    let held = socket.clone();
    let timeout = Timeout::new(CLOSE_GRACE_MS, move || {
        held.set_onclose(None);
        let _ = held.unchecked_ref::<Terminable>().terminate();
    });
    let on_close = Closure::once_into_js(move || drop(timeout));
    socket.set_onclose(Some(on_close.unchecked_ref()));
}

thread_local! {
    static IGNORE: Function = Closure::<dyn Fn()>::new(|| {}).into_js_value().unchecked_into();
}
