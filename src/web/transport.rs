//! The WebSocket of one attempt.

use super::platform::{Port, release_socket};
use crate::client::{Attempt, ConnectUrl};
use crate::engine::Frame;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::WebSocket;

/// A socket that is opening or open. Dropping it takes its handlers away and closes it.
pub(super) struct Transport {
    pub(super) attempt: Attempt,
    socket: WebSocket,
}

impl Transport {
    /// Opens a socket. Fails where the platform refuses the address at once.
    pub(super) fn open(port: &Port, attempt: Attempt, url: &ConnectUrl) -> Result<Self, JsValue> {
        let socket = port.open_socket(url.reveal(), attempt.number() as f64)?;
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
        // A copy: the socket may keep it.
        Frame::Binary(bytes) => socket.send_with_js_u8_array(&Uint8Array::from(bytes.as_slice())),
    };
}

impl Drop for Transport {
    fn drop(&mut self) {
        release_socket(&self.socket);
    }
}
