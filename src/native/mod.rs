//! Sockets outside wasm32. A client's runtime has its own thread while it is connected, so the API
//! does not depend on a particular executor.
//!
//! [`Connect`] and [`Socket`] are the interface to the network, for custom implementations: a
//! proxy, a socket of another runtime, a test. [`WebSocketConnector`] is the default.
//!
//! | file | holds |
//! |---|---|
//! | `runtime.rs` | inputs into the core, outputs out of it, under one lock |
//! | `driver.rs`, `action.rs` | the thread: sockets, pending tokens, next deadline; its actions |
//! | `socket.rs` | [`Connect`], [`Socket`] |
//! | `caller.rs` | panics in the caller's code: wakers, token functions, custom connectors and sockets |
//! | `web_socket.rs` | [`WebSocketConnector`]: TCP, TLS, WebSocket |
//! | `clock.rs` | time and randomness |

mod action;
mod caller;
mod clock;
mod driver;
mod runtime;
mod socket;
mod web_socket;

pub use crate::engine::Frame;
pub use futures_rustls::rustls;
pub use socket::{Connect, Opening, Socket};
pub use web_socket::WebSocketConnector;

pub(crate) use caller::{Guarded, caught};
pub(crate) use driver::runtime;
pub(crate) use runtime::{Host, Runtime, TokenResult};
