//! A client for the Ardexa cloud's socket.io API: a pure Rust core that reads no clock, opens no
//! socket and knows nothing of JavaScript.

pub mod device;
pub mod series;
pub mod time;
