//! The JavaScript shell: the only part that knows of JavaScript. It leads what happens into the
//! core and carries out what comes out of it, and holds no rule of the protocol or of the API.
//!
//! Its other half is `src/js`, which holds every JavaScript value: what is said between the two are
//! numbers and texts.
//!
//! | file | holds |
//! |---|---|
//! | `client.rs`, `tape.rs` | the exported classes |
//! | `receive.rs`, `buffer.rs` | frames on their way in; the hot path |
//! | `driver.rs` | [`driver::Shell`]: inputs into the core, outputs out of it |
//! | `told.rs` | what the other half tells |
//! | `outputs.rs` | what the core wants, carried out |
//! | `transport.rs` | the WebSocket of one attempt |
//! | `options.rs` | what the other half has read of the caller's options, for the core |
//! | `clock.rs`, `platform.rs` | time, and the imports from `src/js` |

/// A kilobyte and a half less of the compressed module than the standard one.
#[cfg(feature = "package")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

mod buffer;
mod client;
mod clock;
mod driver;
mod options;
mod outputs;
mod platform;
mod receive;
mod tape;
mod told;
mod transport;
