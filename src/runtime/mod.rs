//! Runs one [`Client`](crate::client::Client) on a web platform: it owns the WebSocket, the timer, the
//! page's events and the open calls, and knows no API for JavaScript or Rust callers.
//!
//! What it cannot decide it asks its [`Host`]: the token, the WebSocket class, who wants a sample.
//!
//! | file | holds |
//! |---|---|
//! | `driver.rs` | [`Runtime`]: inputs into the core, outputs out of it, the next deadline |
//! | `receive.rs` | frames on their way in: the fast paths, then the general one |
//! | `calls.rs`, `by_call.rs` | the open calls, and what settles them; values by call |
//! | `socket.rs` | the WebSocket of one attempt, with its closures |
//! | `page_events.rs` | the network's and the page's events |
//! | `host.rs` | what a runtime needs from its owner |
//! | `clock.rs`, `random.rs`, `platform.rs` | time, randomness, the global object |

mod by_call;
mod calls;
mod clock;
mod driver;
mod host;
mod page_events;
mod platform;
mod random;
mod receive;
mod socket;

pub(crate) use by_call::ByCall;
pub(crate) use calls::OnProgress;
pub(crate) use clock::millis;
pub(crate) use driver::Runtime;
pub(crate) use host::{Direction, Host, TokenAnswer};
pub(crate) use platform::{global, property};
