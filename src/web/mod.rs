//! The JavaScript shell: the only part that knows of JavaScript. It owns the socket, the clock, the
//! timer and the callbacks, and holds no rule of the protocol or of the API.
//!
//! | file | holds |
//! |---|---|
//! | `client.rs`, `feed.rs`, `series.rs` | the exported classes |
//! | `receive.rs`, `buffer.rs` | frames on their way in; the hot path |
//! | `driver.rs` | [`driver::Shell`]: inputs into the core, outputs out of it |
//! | `subscriptions.rs` | feeds and series: opened, samples, resumed, ended |
//! | `outputs.rs` | what the core wants, carried out |
//! | `events.rs` | telling the listeners |
//! | `callbacks.rs` | the closures that JavaScript calls |
//! | `transport.rs` | the WebSocket of one attempt |
//! | `listeners.rs`, `keep.rs` | who listens to what; where callbacks are held |
//! | `options.rs` | reading what the caller passes |
//! | `errors.rs`, `values.rs` | errors and values on their way to JavaScript |
//! | `clock.rs`, `platform.rs` | time, and the imports from `src/js` |

/// 1 KB, where the standard one has 9, and no slower.
#[cfg(feature = "package")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

mod buffer;
mod callbacks;
mod client;
mod clock;
mod driver;
mod errors;
mod events;
mod feed;
mod keep;
mod listeners;
mod options;
mod outputs;
mod platform;
mod receive;
mod series;
mod subscriptions;
mod transport;
mod values;
