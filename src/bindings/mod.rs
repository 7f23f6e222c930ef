//! The JavaScript API: exported classes over a [`Runtime`](crate::runtime::Runtime). They read
//! arguments, make typed requests of them and give promises; what that means is the core's business.
//!
//! | file | holds |
//! |---|---|
//! | `client.rs`, `requests.rs` | `ArdexaClient`: connection, listeners; requests and feeds |
//! | `feed.rs`, `series.rs`, `handle.rs` | `Feed` and its iterator, `Series`; their objects |
//! | `inner.rs` | what is behind an `ArdexaClient`: the runtime's host |
//! | `promise.rs`, `calls.rs`, `signals.rs` | promises, the calls that settle them, the signals that abort those |
//! | `open_calls.rs`, `by_call.rs` | the open calls, and what settles them; values by call |
//! | `subscription.rs`, `subscription_table.rs`, `subscriptions.rs` | one subscription; all of them; where the samples of a feed go |
//! | `frames.rs`, `buffer.rs` | frames on their way in, with `js/frames.js` |
//! | `listeners.rs`, `events.rs`, `callbacks.rs` | who listens, what is told, what holds the functions |
//! | `option_reader.rs`, `client_options.rs`, `request_options.rs` | reading options |
//! | `json.rs`, `error.rs`, `socket_failure.rs`, `schedule.rs` | values, errors and microtasks |

/// A kilobyte and a half less of the compressed module than the standard one.
#[cfg(feature = "package")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

mod buffer;
mod by_call;
mod callbacks;
mod calls;
mod client;
mod client_options;
mod error;
mod events;
mod feed;
mod frames;
mod handle;
mod inner;
mod json;
mod listeners;
mod open_calls;
mod option_reader;
mod promise;
mod request_options;
mod requests;
mod schedule;
mod series;
mod signals;
mod socket_failure;
mod subscription;
mod subscription_table;
mod subscriptions;
