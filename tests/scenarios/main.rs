//! Scenarios: one client on a simulated link against a scripted server, in virtual time.
//!
//! `link.rs` drives the client, `server.rs` is the other side; each of the other files holds the
//! scenarios of one theme. Nothing sleeps, nothing is random but by a fixed seed, and no port is
//! opened, so the same tests run natively and in WebAssembly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "helpers of tests may fail like tests"
)]

mod link;
mod server;

// mod backoff;
// mod closing;
// mod commands;
mod connecting;
// mod feed_trouble;
// mod feeds;
// mod frames;
// mod heartbeat;
// mod kicks;
// cfg
// mod operations;
// mod reconnecting;
// mod replies;
// mod resumption;
// mod tokens;
