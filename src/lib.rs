//! A client for the Ardexa cloud's Socket.IO API.
//!
//! The core is pure: no JavaScript, no sockets, no clocks and no randomness. Everything that
//! happens comes in through a method, together with the time ([`time::Instant`]).

pub mod engine;
pub mod socket;
pub mod time;
