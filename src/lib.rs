//! A client for the Ardexa cloud's socket.io API: a pure Rust core, and on `wasm32` the JavaScript
//! shell around it.
//!
//! The core reads no clock, opens no socket and knows nothing of JavaScript: everything that
//! happens comes in through a method, together with the time ([`time::Instant`]). One frame's way
//! up, from the socket to a listener:
//!
//! ```text
//! web/transport.rs   a WebSocket, whose message event js/platform.js takes: it parses samples that
//!                    go out as objects, and leads all else into web/buffer.rs
//! web/receive.rs     Shell::receive: samples and short answers go the short way, by
//!                    client/samples.rs and client/replies.rs; the rest goes the long one:
//! web/driver.rs      Shell::input ─▶ client::Client::handle_input
//! client/            lifecycle.rs ─▶ socket::Session::handle_text
//! socket/            session.rs ─▶ engine::Packet::decode_text, socket::Packet::decode
//! client/            incoming.rs: to its call, its feed or the listeners, as an Output
//! web/outputs.rs     Shell::carry_out ─▶ js/port.js settles the promise, calls the listener
//! ```
//!
//! Arrows point one way: `web → client → {device, series, socket} → engine`.
//!
//! # Driving the core
//!
//! A driver owns the socket, the clock and the randomness; the [`Client`](client::Client) says what
//! to do with them. This one plays the server too, so that it needs neither:
//!
//! ```
//! use ardexa_client::client::{
//!     CallId, Client, Command, Config, ConnectionState, DEFAULT_PATH, Endpoint, Input, Output,
//! };
//! use ardexa_client::device::Token;
//! use ardexa_client::time::Instant;
//!
//! let endpoint = Endpoint::parse("https://app.ardexa.com", DEFAULT_PATH, false)?;
//! let mut client = Client::new(Config::new(endpoint, "my-workgroup")?, 7);
//! let now = Instant::from_millis(0);
//!
//! let call = CallId::new(1);
//! client.handle_input(Input::Command(Command::Connect { call }), now);
//! let wake_at = loop {
//!     match client.poll_output() {
//!         Output::AskToken { attempt } => {
//!             let token = Ok(Token::new("secret"));
//!             client.handle_input(Input::Token { attempt, token }, now);
//!         }
//!         // A driver opens a WebSocket to `url.reveal()`; the server greets it.
//!         Output::Open { attempt, .. } => {
//!             client.handle_input(Input::Opened { attempt }, now);
//!             let frame = r#"0{"sid":"a","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
//!             client.handle_input(Input::Text { attempt, frame }, now);
//!         }
//!         // A driver sends the frame; it is `40`, and the server accepts.
//!         Output::Send { attempt, .. } => {
//!             let frame = r#"40{"sid":"b"}"#;
//!             client.handle_input(Input::Text { attempt, frame }, now);
//!         }
//!         Output::Settle { result, .. } => assert!(result.is_ok()),
//!         Output::Timeout(when) => break when,
//!         _ => {}
//!     }
//! };
//! assert_eq!(client.state(), ConnectionState::Connected);
//! // Next, if nothing comes: the 5 s after which the connection counts as stable.
//! assert_eq!(wake_at, Some(Instant::from_millis(5000)));
//! # Ok::<(), ardexa_client::client::Error>(())
//! ```

mod bytes;
pub mod client;
pub mod device;
pub mod engine;
mod index;
pub mod json;
pub mod series;
pub mod socket;
mod sorted;
mod text;
pub mod time;

#[cfg(all(target_arch = "wasm32", feature = "web"))]
mod bindings;
#[cfg(all(target_arch = "wasm32", feature = "web"))]
mod runtime;
