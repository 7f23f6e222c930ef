//! Why a socket failed, as far as the platform reports it.

use super::client_options::default_web_socket;
use crate::client::Detail;
use crate::runtime::{property, text_property};
use js_sys::{Function, Reflect};
use wasm_bindgen::{JsCast, JsValue};

/// Details for the error besides its message.
#[derive(Default)]
pub(super) struct SocketFailure {
    /// The platform's error.
    pub(super) cause: JsValue,
    /// The HTTP status of a refused handshake.
    pub(super) status: Option<f64>,
}

/// Reads an `error` event. In Node, Deno and Bun the entry's WebSocket class can explain it; a
/// browser reports no reason to a page.
pub(super) fn explain(event: &JsValue) -> (Detail, SocketFailure) {
    let explain = default_web_socket().map(|class| property(&class, "explain"));
    let Some(explain) = explain.and_then(|explain| explain.dyn_into::<Function>().ok()) else {
        let detail = Detail {
            reason: text_property(event, "message"),
            hint: Some(IN_A_BROWSER.to_owned()),
        };
        return (detail, SocketFailure::default());
    };
    let args = js_sys::Array::of1(event);
    let said = Reflect::apply(&explain, &JsValue::UNDEFINED, &args).unwrap_or_default();
    let detail = Detail {
        reason: text_property(&said, "reason"),
        hint: text_property(&said, "hint"),
    };
    let failure = SocketFailure {
        cause: property(&said, "cause"),
        status: property(&said, "status").as_f64(),
    };
    (detail, failure)
}

const IN_A_BROWSER: &str = "check the URL, `path`, the network and the token (a browser cannot tell a refused handshake from a dead network)";
