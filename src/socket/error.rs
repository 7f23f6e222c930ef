//! The errors of the Socket.IO layer.

use super::ack_id::AckId;
use crate::json::{JsonError, quote};

/// What was wrong with a Socket.IO packet.
///
/// The messages name what was expected and never repeat the packet.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// An empty packet.
    #[error("the packet is empty")]
    Empty,
    /// The first character is not a packet type.
    #[error("unknown Socket.IO packet type {}", quote(&.0.to_string()))]
    UnknownType(char),
    /// A binary packet without `<count>-` of 1 or more.
    #[error("a binary packet must say how many attachments follow, 1 or more")]
    Attachments,
    /// An ack id with a leading zero or above 64 bits.
    #[error("the ack id is not a 64-bit number")]
    AckId,
    /// An ack id in a packet type that has none.
    #[error("{0} has no ack id")]
    UnexpectedAckId(&'static str),
    /// An ACK without an ack id.
    #[error("ACK without an id")]
    MissingAckId,
    /// No payload, or one of the wrong kind, where the JSON should begin.
    #[error("the payload of {packet} must be {expected}")]
    Payload {
        /// The packet's type.
        packet: &'static str,
        /// What its payload must be.
        expected: &'static str,
    },
    /// The payload is not JSON.
    #[error("the payload is not valid JSON: {0}")]
    Json(#[source] JsonError),
    /// An event's first element is neither a string nor a number.
    #[error("an event must begin with its name, a string or a number")]
    EventName,
    /// An event with a name that the protocol reserves.
    #[error("the event name {} is reserved", quote(.0))]
    ReservedName(String),
    /// A placeholder that refers to no attachment of its packet.
    #[error("a placeholder does not refer to any of the packet's {0} attachments")]
    Placeholder(usize),
}

/// Why a session failed. Every later input returns the same error.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The server violated the protocol or exceeded the limits.
    #[error("parse error: {reason}")]
    Parse {
        /// What was wrong, with the beginning of the frame if there is one.
        reason: String,
    },
    /// The first frame is not a handshake: this is not an Engine.IO server.
    #[error("no handshake: {reason}")]
    NoHandshake {
        /// What arrived instead.
        reason: String,
    },
    /// The heartbeat timed out.
    #[error("ping timeout: the server sent nothing in time")]
    PingTimeout,
    /// The server is Socket.IO 2, but the session is configured for revision 4.
    #[error("the server speaks Socket.IO 2: use protocol \"auto\" or 3")]
    SocketIo2,
    /// The requested namespace cannot be written in a packet.
    #[error("the namespace {} must not contain a comma", quote(.namespace))]
    InvalidNamespace {
        /// The namespace, truncated if it is long.
        namespace: String,
    },
}

impl SessionError {
    pub(super) fn parse(reason: impl Into<String>) -> Self {
        Self::Parse {
            reason: reason.into(),
        }
    }
}

/// Why nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    /// The namespace is not joined: the server would close the connection.
    #[error("not connected")]
    NotConnected,
    /// The largest frame exceeds the server's limit.
    #[error("a frame of {size} bytes exceeds the server's limit of {limit}")]
    TooLarge {
        /// The size of the largest frame in bytes.
        size: u64,
        /// The server's limit, from its handshake.
        limit: u64,
    },
    /// The protocol reserves the event name.
    #[error("the event name {} is reserved", quote(.0))]
    ReservedName(String),
    /// An argument is not exactly one JSON value.
    #[error("argument {index} is not valid JSON")]
    InvalidArgument {
        /// The argument's index, from 0.
        index: usize,
    },
    /// A placeholder in the arguments does not refer to an attachment.
    #[error("a placeholder does not refer to any of the {attachments} attachments")]
    Placeholder {
        /// The number of attachments.
        attachments: usize,
    },
    /// More attachments than [`Limits::max_attachments`](super::Limits::max_attachments).
    #[error("{count} attachments exceed the limit of {limit}")]
    TooManyAttachments {
        /// The number of attachments.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// The event with this id did not request an ack, or already has one.
    #[error("event {0} requested no ack, or has been acknowledged")]
    UnknownAck(AckId),
}

/// What was wrong, with the beginning of the frame.
pub(super) fn quoting(frame: &str, error: &impl ToString) -> String {
    [&error.to_string(), ", in ", &quote(&excerpt(frame))].concat()
}

/// The beginning of `text`, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    let mut short: String = text
        .chars()
        .take(EXCERPT)
        .map(|character| {
            if character.is_control() {
                '\u{fffd}'
            } else {
                character
            }
        })
        .collect();
    if text.chars().nth(EXCERPT).is_some() {
        short.push('…');
    }
    short
}

/// How many characters of a frame a message quotes.
const EXCERPT: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_excerpt_ends_on_a_character_boundary() {
        assert_eq!(excerpt("4é\u{0}€"), "4é\u{fffd}€");
        let long = excerpt(&"é".repeat(1000));
        assert_eq!(long.chars().count(), EXCERPT + 1);
        assert!(long.ends_with('…'));
    }
}
