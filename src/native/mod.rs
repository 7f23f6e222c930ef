//! Sockets off wasm32. A client's runtime has a thread of its own for as long as it is connected, so
//! that the API needs no executor of a certain kind.
//!
//! [`Connect`] and [`Socket`] are what it needs of a network, for those who bring their own: a proxy,
//! a socket of another runtime, a test. [`WebSocketConnector`] is the ready one.
//!
//! | file | holds |
//! |---|---|
//! | `runtime.rs` | inputs into the core, outputs out of it, under one lock |
//! | `driver.rs`, `action.rs` | the thread, with its sockets, tokens to come and the next deadline; what it is asked to do |
//! | `socket.rs` | [`Connect`], [`Socket`] |
//! | `web_socket.rs` | [`WebSocketConnector`]: TCP, TLS, WebSocket |
//! | `clock.rs` | time and randomness |

mod action;
mod clock;
mod driver;
mod runtime;
mod socket;
mod web_socket;

pub use crate::engine::Frame;
pub use futures_rustls::rustls;
pub use socket::{Connect, Opening, Socket};
pub use web_socket::WebSocketConnector;

pub(crate) use driver::runtime;
pub(crate) use runtime::{Host, Runtime, TokenAnswer};
