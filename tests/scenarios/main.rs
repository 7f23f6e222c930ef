//! Scenarios: one client on a simulated link against a scripted server, in virtual time.
//!
//! `link.rs` drives the client, with `caller.rs` and `outcome.rs`; `server.rs` and `answers.rs` are
//! the other side. Each of the other files holds the scenarios of one subject. Nothing sleeps,
//! random numbers come from a fixed seed, and no port is opened, so the same tests run natively and
//! in WebAssembly.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "test helpers may panic"
)]

mod answers;
mod caller;
mod link;
mod outcome;
#[cfg(not(target_arch = "wasm32"))]
mod playing;
#[cfg(not(target_arch = "wasm32"))]
mod sequences;
mod server;

mod backoff;
mod clock_jump;
mod closing;
mod commands;
mod connecting;
mod counters;
mod crowds;
mod feeds;
mod first_steps;
mod flapping;
mod frames;
mod heartbeat;
mod idle_cuts;
mod late;
#[cfg(not(target_arch = "wasm32"))]
mod operations;
mod reconnecting;
mod rejections;
mod replies;
mod resumption;
mod resumption_limit;
mod series;
mod server_disconnect;
mod slow;
mod stopping;
mod tokens;
mod undelivered;
mod unreadable;
