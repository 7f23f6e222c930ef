//! Socket.IO: packets, attachments, and the lifecycle of one connection to one namespace.
//!
//! This layer sits above [`crate::engine`] and below the client. A [`Session`] takes the frames of
//! one transport connection and returns their meaning as [`SessionEvent`]s; outgoing frames wait in
//! [`Session::poll_frame`]. It does not reconnect: a new transport needs a new session.
//!
//! Grammar of a packet: `<type 0-6>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.
//!
//! Decoding is strict: a number has one spelling (no sign, no leading zero, ASCII digits), the JSON
//! follows immediately, and anything that a type does not define (an id in CONNECT) is an error. A
//! payload of DISCONNECT is not defined either, but it is read, since servers send one to give a
//! reason.
//!
//! Protocol specifications:
//! [revision 5](https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v5-current.md)
//! of Socket.IO 3 and 4 (`#packet-encoding`, `#exchange-protocol`),
//! [revision 4](https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v4.md)
//! of Socket.IO 2.
//!
//! | file | holds |
//! |---|---|
//! | `session.rs` | [`Session`]: the handshake, what may happen when, the end |
//! | `connect.rs` | joining a namespace |
//! | `receive.rs`, `send.rs` | events and acks, in and out, with their attachments |
//! | `packet.rs`, `placeholders.rs` | the packet codec; that each placeholder has its attachment |
//! | `event.rs`, `ack_id.rs` | what a session returns to its caller; the id that links an ack to its event |
//! | `config.rs`, `error.rs`, `reason.rs` | settings and limits; the errors; why a connection ended |

mod ack_id;
mod config;
mod connect;
mod error;
mod event;
mod packet;
mod placeholders;
mod reason;
mod receive;
mod send;
mod session;

pub use ack_id::AckId;
pub use config::{Limits, Protocol, SessionConfig};
pub(crate) use error::excerpt;
pub use error::{DecodeError, SendError, SessionError};
pub use event::{IncomingAck, IncomingEvent, Progress, SessionEvent};
pub use packet::{Body, EventName, Packet};
pub use reason::DisconnectReason;
pub use session::Session;

/// The part of a namespace before its query; it always begins with `/`.
fn bare_namespace(namespace: &str) -> &str {
    crate::text::split(namespace, "?").map_or(namespace, |(name, _)| name)
}

/// The main namespace, which is omitted on the wire.
const MAIN: &str = "/";
