//! What a runtime needs from its owner.

use crate::client::{Attempt, Detail, Error, Input, Output};
use crate::device::Token;
use crate::engine::Frame;
use core::future::Future;
use core::pin::Pin;
use js_sys::Function;
use std::rc::Rc;
use wasm_bindgen::JsValue;
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

    /// The `onmessage` of an attempt's socket. It gives text frames to
    /// [`Runtime::receive_text`](super::Runtime::receive_text) or one of its shortcuts, and binary
    /// ones to [`Runtime::receive_binary`](super::Runtime::receive_binary).
    fn on_message(&self, attempt: Attempt) -> Function;

    /// A frame comes or goes. Called only while
    /// [`Runtime::show_frames`](super::Runtime::show_frames) is on.
    fn frame(&self, direction: Direction, frame: &Frame);

    /// An output that is not the socket's, the timer's or the token's.
    fn output(&self, output: Output);

    /// Whether a connection exists or is on its way; called on each change. The runtime keeps its
    /// host alive meanwhile.
    fn set_active(&self, is_active: bool);
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
