//! A client for the Ardexa cloud's socket.io API: run commands on devices, follow live data, apply
//! configurations. Futures and streams, natively and in WebAssembly, under any executor.
//!
//! ```no_run
//! # #[cfg(any(feature = "native", all(target_arch = "wasm32", feature = "web")))]
//! # async fn example(device: &str) -> Result<(), ardexa_client::Error> {
//! use ardexa_client::{ArdexaClient, FeedRequest, Options};
//! use futures::StreamExt;
//!
//! let options = Options::new("https://app.ardexa.com", "my-workgroup", "my-token");
//! let client = ArdexaClient::connect(options).await?;
//!
//! println!("{}", client.cmd(device, "uptime").await?.stdout);
//!
//! let request = FeedRequest::new(device, "solar", "inverter-01", Some("AC Power"))?;
//! let mut feed = client.feed(request).await?;
//! while let Some(sample) = feed.next().await {
//!     println!("{} {}", sample.event_time, sample.value);
//! }
//! # Ok(())
//! # }
//! ```
//!
//! A lost connection is restored automatically, and feeds with it: the first sample after such a
//! gap says what was missed. A request is never sent twice. Errors have a stable
//! [`code`](client::Error::code).
//!
//! # Features
//!
//! | feature | where | adds |
//! |---|---|---|
//! | `web`, by default | `wasm32` | `ArdexaClient` over the platform's WebSocket |
//! | `native` | elsewhere | the same over TCP and TLS, without an executor of its own; the module `native` |
//! | `bindings`, `package` | `wasm32` | the classes of the npm package; not for callers in Rust |
//!
//! Without features the crate is the pure core, on every target. The README shows a Leptos page and
//! a native program that share a function; `examples/` has complete programs.
//!
//! # The core
//!
//! The core reads no clock, opens no socket and generates no randomness: every event comes in
//! through [`Client::handle_input`](client::Client::handle_input), together with the time
//! ([`time::Instant`]), and [`Client::poll_output`](client::Client::poll_output) returns what to
//! do. A driver owns the socket, the clock and the randomness. This example also plays the server,
//! so that it needs none of them:
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
//!         Output::RequestToken { attempt } => {
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
//!
//! # Modules
//!
//! | module | contains |
//! |---|---|
//! | [`client`] | the state machine: connection, calls, feeds |
//! | [`device`] | the Ardexa API: typed requests, replies and events |
//! | [`series`] | columns of samples |
//! | [`socket`] | Socket.IO: packets, CONNECT, acknowledgements, attachments |
//! | [`engine`] | Engine.IO: packets, the open handshake, the heartbeat |
//!
//! Dependencies point one way:
//! `{bindings, api} → {runtime, native} → client → {device, series, socket} → engine`.
//! CONTRIBUTING.md follows a request and a frame through them.

mod base64;
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

#[cfg(all(target_arch = "wasm32", feature = "bindings"))]
mod bindings;
#[cfg(any(
    all(target_arch = "wasm32", feature = "runtime"),
    all(not(target_arch = "wasm32"), feature = "native")
))]
mod clock;
#[cfg(all(not(target_arch = "wasm32"), feature = "native"))]
pub mod native;
#[cfg(all(target_arch = "wasm32", feature = "runtime"))]
mod runtime;

#[cfg(any(
    all(target_arch = "wasm32", feature = "web"),
    all(not(target_arch = "wasm32"), feature = "native")
))]
mod api;
#[cfg(any(
    all(target_arch = "wasm32", feature = "web"),
    all(not(target_arch = "wasm32"), feature = "native")
))]
pub use api::*;
