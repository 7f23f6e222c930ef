//! What a runtime needs from its owner.

use crate::client::{Attempt, Detail, Error, Input, Output};
use crate::device::Token;
use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::WebSocket;

/// The owner of a [`Runtime`](super::Runtime). The runtime is not borrowed while these methods run,
/// so each may call the runtime.
pub(crate) trait Host {
    /// The token for the next attempt.
    fn token(&self) -> TokenResult;

    /// Constructs the WebSocket of an attempt. The URL contains the token.
    fn open_socket(&self, url: &str) -> Result<WebSocket, JsValue> {
        WebSocket::new(url)
    }

    /// Describes a socket's `error` event. A browser does not reveal why a socket failed.
    fn explain(&self, _event: &JsValue) -> Detail {
        Detail::default()
    }

    /// The `onmessage` handler of an attempt's socket.
    fn on_message(&self, attempt: Attempt) -> OnMessage;

    /// A frame is received or sent. Called only while
    /// [`Runtime::shows_frames`](super::Runtime::shows_frames) is set.
    fn frame(&self, _direction: Direction, _frame: &Frame) {}

    /// Handles an output that is not for the socket, the timer or the token.
    fn output(&self, output: Output);

    /// Whether a connection exists or is being made; called on each change. Meanwhile the runtime
    /// keeps its host alive.
    fn set_active(&self, _is_active: bool) {}
}

/// A function of the host, or a closure, which lives as long as its socket. It passes frames to
/// [`Runtime::receive`](super::Runtime::receive) or one of its shortcuts.
pub(crate) type OnMessage = Box<dyn AsRef<JsValue>>;

/// A token, or the promise of one.
pub(crate) enum TokenResult {
    Ready(Result<Token, Error>),
    Pending(Pin<Box<dyn Future<Output = Result<Token, Error>>>>),
}

/// The direction of a frame.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    In,
    Out,
}

/// Passes an input to a runtime, if it still exists.
pub(super) type InputSink = Rc<dyn Fn(Input<'static>)>;
