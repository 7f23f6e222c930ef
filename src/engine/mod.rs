//! Engine.IO: the packets, the open handshake and the heartbeat of one transport connection.
//!
//! This is the lowest layer of the core. It turns each WebSocket frame into a [`Packet`]; the
//! content of a [`Packet::Message`] belongs to [`crate::socket`], which this layer does not know.
//! On WebSocket one frame is one packet: the separator `\x1e` belongs to polling, which this crate
//! does not support.
//!
//! Grammar of a text frame: `<type digit 0-6>[<payload>]`, or `b<base64>` (`b4<base64>` in revision
//! 3). A binary frame is the message itself; in revision 3 the byte `0x04` comes first.
//!
//! Protocol specifications:
//! [revision 4](https://github.com/socketio/socket.io/blob/main/docs/engine.io-protocol/v4-current.md)
//! (`#packet-encoding`, `#handshake`, `#heartbeat`),
//! [revision 3](https://github.com/socketio/socket.io/blob/main/docs/engine.io-protocol/v3.md).
//!
//! | file | holds |
//! |---|---|
//! | `packet.rs` | the packet codec, for text and binary frames of both revisions |
//! | `handshake.rs` | the payload of the open packet |
//! | `heartbeat.rs` | which side sends pings, and when silence means that the connection is lost |

mod handshake;
mod heartbeat;
mod packet;

pub use handshake::{Handshake, Sid};
pub use heartbeat::{Beat, Heartbeat};
pub(crate) use packet::MESSAGE;
pub use packet::{Frame, Packet};

use crate::json::{JsonError, quote};

/// A revision of the Engine.IO protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Revision {
    /// Revision 3: Socket.IO 1 and 2. The client pings.
    V3,
    /// Revision 4: Socket.IO 3 and 4. The server pings.
    V4,
}

impl Revision {
    /// The value of `EIO` in the connection's URL.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::V3 => 3,
            Self::V4 => 4,
        }
    }
}

/// What was wrong with a frame.
///
/// The messages name what was expected and never repeat the frame.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// An empty text frame.
    #[error("the frame is empty")]
    Empty,
    /// The first character is not a packet type.
    #[error("unknown Engine.IO packet type {}", quote(&.0.to_string()))]
    UnknownType(char),
    /// A binary frame of revision 3 that does not begin with the type byte of a message.
    #[error("a binary frame of revision 3 must begin with the byte 4")]
    BinaryType,
    /// Invalid base64: wrong alphabet, padding or unused bits.
    #[error("the frame is not valid base64")]
    Base64,
    /// The open packet's payload is not an object.
    #[error("the handshake is not a JSON object")]
    HandshakeType,
    /// The open packet's payload is not JSON.
    #[error("the handshake is not valid JSON: {0}")]
    HandshakeJson(#[source] JsonError),
    /// A field of the open packet's payload is missing or invalid.
    #[error("the handshake's field `{field}` {problem}")]
    HandshakeField {
        /// The field's name on the wire.
        field: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}
