//! What an open call holds until it is settled.

use super::promise::Resolvers;
use super::signals::Signal;
use super::subscription::Consumer;
use js_sys::Function;
use wasm_bindgen::JsValue;

/// What a call needs in addition to its command.
#[derive(Default)]
pub(super) struct CallExtras {
    pub(super) signal: Option<Signal>,
    pub(super) on_progress: Option<Function>,
    /// Receives the samples of a feed.
    pub(super) consumer: Option<Consumer>,
}

pub(super) struct OpenCall {
    pub(super) resolvers: Resolvers,
    /// Where the caller made it, if errors carry that.
    pub(super) site: Option<JsValue>,
    pub(super) extras: CallExtras,
}
