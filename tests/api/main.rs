//! The async API against a simulator: the same tests run natively, in WebAssembly in Node, and in a
//! browser. `node --test tests/api/api.test.mjs` starts the simulators and runs them.

#![cfg(any(target_arch = "wasm32", feature = "native"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "a test may panic; Clippy knows neither the helpers nor the tests in WebAssembly as such"
)]

/// Defines an async test; natively it runs under a minimal executor.
macro_rules! api_test {
    (async fn $name:ident() $body:block) => {
        #[cfg(target_arch = "wasm32")]
        #[wasm_bindgen_test::wasm_bindgen_test]
        async fn $name() $body

        #[cfg(not(target_arch = "wasm32"))]
        #[test]
        fn $name() {
            futures::executor::block_on(async $body);
        }
    };
}

mod arguments;
mod call_options;
mod cloud;
mod connection;
mod debug;
mod ending;
mod errors;
mod events;
mod feed_ends;
mod feed_opening;
mod feed_samples;
mod feeds;
mod generic;
mod lifecycle;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(not(target_arch = "wasm32"))]
mod panics;
mod reentrancy;
mod refusals;
mod replies;
mod requests;
mod secrecy;
mod series;
mod support;
mod tokens;
mod upgrades;
