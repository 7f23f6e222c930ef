//! The JavaScript API: exported classes over a [`Runtime`](crate::runtime::Runtime). They read
//! arguments, turn them into typed requests and return promises; the rest is up to the core.
//!
//! | file | holds |
//! |---|---|
//! | `client.rs`, `requests.rs` | `ArdexaClient`: connection, listeners; requests and feeds |
//! | `feed.rs`, `series.rs`, `handle.rs` | `Feed` and its iterator, `Series`; their objects |
//! | `inner.rs` | what is behind an `ArdexaClient`: the runtime's host, which receives the frames |
//! | `promise.rs`, `calls.rs`, `signals.rs` | promises, the calls that settle them, the signals that abort those |
//! | `open_call.rs`, `by_call.rs` | what settles an open call; values by call |
//! | `subscription.rs`, `subscription_table.rs`, `subscriptions.rs` | one subscription; all of them; where the samples of a feed go |
//! | `frames.rs`, `buffer.rs` | reading frames, with `js/frames.js` |
//! | `listeners.rs`, `events.rs`, `callbacks.rs` | listeners, their notification, callbacks |
//! | `option_reader.rs`, `client_options.rs`, `request_options.rs` | reading options |
//! | `json.rs`, `error.rs`, `socket_failure.rs`, `schedule.rs` | values, errors and microtasks |

/// Makes the compressed module 1.5 KB smaller than the standard allocator does.
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
mod open_call;
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
