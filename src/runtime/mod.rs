//! Runs one [`Client`](crate::client::Client) on a web platform. It owns the WebSocket, the timer
//! and the page's events, and has no API for JavaScript or Rust callers.
//!
//! What it cannot decide, it asks its [`Host`]: the token and the WebSocket class. The host also
//! holds the open calls, the subscriptions and the listeners.
//!
//! | file | holds |
//! |---|---|
//! | `driver.rs` | [`Runtime`]: inputs into the core, outputs out of it, the next deadline |
//! | `receive.rs` | incoming frames: the fast paths, then the general one |
//! | `socket.rs` | the WebSocket of one attempt, with its closures |
//! | `page_events.rs` | the network's and the page's events |
//! | `host.rs` | what a runtime needs from its owner |
//! | `random.rs`, `platform.rs` | randomness, the global object |

mod driver;
mod host;
mod page_events;
mod platform;
mod random;
mod receive;
mod socket;

pub(crate) use driver::Runtime;
#[cfg(feature = "bindings")]
pub(crate) use host::Direction;
pub(crate) use host::{Host, OnMessage, TokenResult};
#[cfg(feature = "bindings")]
pub(crate) use platform::{global, property, text_property};
