//! Socket.IO: packets, attachments, and the life of one connection to one namespace.
//!
//! Above [`crate::engine`], below the client. A [`Session`] takes the frames of one transport
//! connection and says what they mean as [`SessionEvent`]s; what it wants to send waits in
//! [`Session::poll_frame`]. It knows nothing of reconnection: a new transport is a new session.
//!
//! Grammar of a packet: `<type 0-6>[<attachments>-][<namespace>,][<ack id>][<JSON>]`.
//!
//! Decoding is strict: a number has one spelling (no sign, no leading zero, ASCII digits), the JSON
//! follows at once, and what a type does not define (an id in CONNECT) is an error. A payload of
//! DISCONNECT is not defined either, but servers send one to say why: it is read.
//!
//! Protocol texts:
//! [revision 5](https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v5-current.md)
//! of Socket.IO 3 and 4 (`#packet-encoding`, `#exchange-protocol`),
//! [revision 4](https://github.com/socketio/socket.io/blob/main/docs/socket.io-protocol/v4.md)
//! of Socket.IO 2.

mod ack_id;
mod attachments;
mod config;
mod connect;
mod early;
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

/// What comes before the query in a namespace's name, which always begins with `/`.
fn bare_namespace(namespace: &str) -> &str {
    crate::text::split(namespace, "?").map_or(namespace, |(name, _)| name)
}

/// The main namespace, which is not written on the wire.
const MAIN: &str = "/";
