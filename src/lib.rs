//! A client for the Ardexa cloud's socket.io API: a pure Rust core, and on `wasm32` the JavaScript
//! shell around it.
//!
//! The core reads no clock, opens no socket and knows nothing of JavaScript: everything that
//! happens comes in through a method, together with the time ([`time::Instant`]). One frame's way
//! up, from the socket to a listener:
//!
//! ```text
//! web/transport.rs   the WebSocket's message event
//! web/driver.rs      Shell::input ─▶ client::Client::handle_input
//! client/            lifecycle.rs ─▶ socket::Session::handle_text
//! socket/            session.rs ─▶ engine::Packet::decode_text, socket::Packet::decode
//! client/            incoming.rs: to its call, its feed or the listeners, as an Output
//! web/driver.rs      Shell::drain ─▶ settles the promise, calls the listener
//! ```
//!
//! Arrows point one way: `web → client → {device, series, socket} → engine`.

pub mod client;
pub mod device;
pub mod engine;
pub mod series;
pub mod socket;
pub mod time;

#[cfg(all(target_arch = "wasm32", feature = "web"))]
mod web;
