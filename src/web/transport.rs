//! The WebSocket of one attempt.

use super::platform::{Lane, open_socket, release_socket};
use crate::client::{Attempt, ConnectUrl};
use crate::engine::Frame;
use js_sys::{ArrayBuffer, Function, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WebSocket;

/// A socket that is opening or open. Dropping it takes its handlers away and closes it.
pub(super) struct Transport {
    pub(super) attempt: Attempt,
    socket: WebSocket,
}

impl Transport {
    /// Opens a socket. Fails where the platform refuses the address at once.
    pub(super) fn open(
        web_socket: &Function,
        attempt: Attempt,
        url: &ConnectUrl,
        lane: &Lane,
    ) -> Result<Self, JsValue> {
        let socket = open_socket(web_socket, url.reveal(), attempt.number() as f64, lane)?;
        Ok(Self {
            attempt,
            socket: socket.unchecked_into(),
        })
    }

    /// The socket, where it is that of this attempt.
    pub(super) fn socket(&self, attempt: Attempt) -> Option<WebSocket> {
        (self.attempt == attempt).then(|| self.socket.clone())
    }
}

/// Sends a frame. A socket that cannot take it says so by closing.
pub(super) fn send(socket: &WebSocket, frame: &Frame) {
    let _ = match frame {
        Frame::Text(text) => socket.send_with_str(text),
        Frame::Binary(bytes) => socket.send_with_js_u8_array(&Uint8Array::from(bytes.as_slice())),
    };
}

impl Drop for Transport {
    fn drop(&mut self) {
        release_socket(&self.socket);
    }
}

/// What a message event carries.
pub(super) enum Message {
    Text(String),
    Binary(Vec<u8>),
}

impl Message {
    /// Reads a message's `data`; `None` where it is of no kind that a WebSocket gives.
    pub(super) fn read(data: &JsValue) -> Option<Self> {
        if let Some(text) = data.as_string() {
            return Some(Self::Text(text));
        }
        if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
            return Some(Self::Binary(Uint8Array::new(buffer).to_vec()));
        }
        data.dyn_ref::<Uint8Array>()
            .map(|bytes| Self::Binary(bytes.to_vec()))
    }
}
