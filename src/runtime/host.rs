//! What a runtime needs from its owner.

use crate::client::{Attempt, Detail, Error, Input, Output};
use crate::device::Token;
use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use js_sys::Function;
use std::rc::Rc;
#[cfg(feature = "web")]
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
#[cfg(feature = "web")]
use wasm_bindgen::closure::Closure;
use web_sys::WebSocket;

/// The owner of a [`Runtime`](super::Runtime). No borrow of the runtime is alive while one of these
/// runs, so each may call the runtime.
pub(crate) trait Host {
    /// The token of the next attempt.
    fn token(&self) -> TokenAnswer;

    /// Constructs the WebSocket of an attempt. The address holds the token.
    fn open_socket(&self, url: &str) -> Result<WebSocket, JsValue>;

    /// What an `error` event of a socket says.
    fn explain(&self, event: &JsValue) -> Detail;

    /// The `onmessage` of an attempt's socket.
    fn on_message(&self, attempt: Attempt) -> OnMessage;

    /// A frame comes or goes. Called only while
    /// [`Runtime::show_frames`](super::Runtime::show_frames) is on.
    fn frame(&self, _direction: Direction, _frame: &Frame) {}

    /// An output that is not the socket's, the timer's or the token's.
    fn output(&self, output: Output);

    /// Whether a connection exists or is on its way; called on each change. The runtime keeps its
    /// host alive meanwhile.
    fn set_active(&self, _is_active: bool) {}
}

/// What gives frames to the runtime: text to
/// [`Runtime::receive_text`](super::Runtime::receive_text) or one of its shortcuts, binary data to
/// [`Runtime::receive_binary`](super::Runtime::receive_binary).
pub(crate) enum OnMessage {
    /// A function of the host's.
    #[cfg(feature = "bindings")]
    Function(Function),
    /// A closure, which lives as long as its socket.
    #[cfg(feature = "web")]
    Closure(Closure<dyn FnMut(JsValue)>),
}

impl OnMessage {
    pub(super) fn function(&self) -> &Function {
        match self {
            #[cfg(feature = "bindings")]
            Self::Function(function) => function,
            #[cfg(feature = "web")]
            Self::Closure(closure) => closure.as_ref().unchecked_ref(),
        }
    }
}

/// A token, or the promise of one.
pub(crate) enum TokenAnswer {
    Ready(Result<Token, Error>),
    Later(Pin<Box<dyn Future<Output = Result<Token, Error>>>>),
}

/// Which way a frame goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    In,
    Out,
}

#[cfg(feature = "bindings")]
impl Direction {
    /// Its name in the public API.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::In => "in",
            Self::Out => "out",
        }
    }
}

/// What leads an input into a runtime, if that is still there.
pub(super) type InputSink = Rc<dyn Fn(Input<'static>)>;
