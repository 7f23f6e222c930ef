//! The packet codec.

use std::borrow::Cow;

use super::{AckId, DecodeError, MAIN, bare_namespace};
use crate::engine::Revision;
use crate::json::cursor::Cursor;
use crate::json::{self, Json};
use crate::text::{self, decimal};

/// A Socket.IO packet.
#[derive(Clone, Debug)]
pub struct Packet<'a> {
    /// The namespace, `/` for the main one; as received, so it may include a query.
    pub namespace: Cow<'a, str>,
    /// The packet's type and content.
    pub body: Body<'a>,
}

/// The type and content of a packet.
#[derive(Clone, Debug)]
pub enum Body<'a> {
    /// Type 0.
    Connect {
        /// An object.
        payload: Option<Json<'a>>,
    },
    /// Type 1.
    Disconnect {
        /// Anything. The reference servers send none; python-socketio sends its reason for a
        /// refusal.
        payload: Option<Json<'a>>,
    },
    /// Type 2, or 5 if attachments follow.
    Event {
        /// Set if an ack is requested.
        ack: Option<AckId>,
        /// The number of binary frames that follow.
        attachments: usize,
        /// The first element of `data`.
        name: EventName<'a>,
        /// The whole array, name included.
        data: Json<'a>,
        /// The array's elements after the name.
        args: Vec<Json<'a>>,
    },
    /// Type 3, or 6 if attachments follow.
    Ack {
        /// The ack id of the event.
        id: AckId,
        /// The number of binary frames that follow.
        attachments: usize,
        /// The whole array.
        data: Json<'a>,
        /// The array's elements.
        args: Vec<Json<'a>>,
    },
    /// Type 4.
    ConnectError {
        /// An object or a string; anything in revision 3.
        payload: Option<Json<'a>>,
    },
}

/// The name of an event: a string, or a number as written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum EventName<'a> {
    /// A string, unescaped.
    Text(Cow<'a, str>),
    /// A number, as written in the JSON.
    Number(Cow<'a, str>),
}

impl EventName<'_> {
    /// The string, or the number's digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Text(name) | Self::Number(name) => name,
        }
    }

    /// An owned copy of the name.
    #[must_use]
    pub fn into_owned(self) -> EventName<'static> {
        match self {
            Self::Text(name) => EventName::Text(Cow::Owned(name.into_owned())),
            Self::Number(name) => EventName::Number(Cow::Owned(name.into_owned())),
        }
    }
}

impl<'a> Packet<'a> {
    /// Decodes a packet by the rules of Socket.IO 3 and 4.
    ///
    /// # Errors
    /// If the text is anything but exactly one packet.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        Self::decode_revision(text, Revision::V4)
    }

    /// Decodes a packet by the rules of the Socket.IO that goes with `revision`. Socket.IO 2 has no
    /// reserved event names on the wire, and its CONNECT_ERROR may contain anything.
    ///
    /// # Errors
    /// If the text is anything but exactly one packet.
    pub fn decode_revision(text: &'a str, revision: Revision) -> Result<Self, DecodeError> {
        let mut rest = text.chars();
        let kind = PacketType::of(rest.next().ok_or(DecodeError::Empty)?)?;
        let rest = rest.as_str();
        let (attachments, rest) = if kind.is_binary() {
            attachments(rest)?
        } else {
            (0, rest)
        };
        let (namespace, rest) = namespace(rest);
        let (ack, json) = ack_id(rest)?;
        let body = match kind {
            PacketType::Connect => {
                no_ack(ack, "CONNECT")?;
                Body::Connect {
                    payload: optional(json, "CONNECT", "an object", |b| b == b'{')?,
                }
            }
            PacketType::Disconnect => {
                no_ack(ack, "DISCONNECT")?;
                Body::Disconnect {
                    payload: optional(json, "DISCONNECT", "JSON without space before it", |_| {
                        true
                    })?,
                }
            }
            PacketType::Event | PacketType::BinaryEvent => {
                let (data, mut args) = array(json, "EVENT", "a non-empty array")?;
                if args.is_empty() {
                    return Err(DecodeError::EventName);
                }
                let name = event_name(args.remove(0))?;
                if revision == Revision::V4 && RESERVED.contains(&name.as_str()) {
                    return Err(DecodeError::ReservedName(name.as_str().to_owned()));
                }
                Body::Event {
                    ack,
                    attachments,
                    name,
                    data,
                    args,
                }
            }
            PacketType::Ack | PacketType::BinaryAck => {
                let id = ack.ok_or(DecodeError::MissingAckId)?;
                let (data, args) = array(json, "ACK", "an array")?;
                Body::Ack {
                    id,
                    attachments,
                    data,
                    args,
                }
            }
            PacketType::ConnectError => {
                no_ack(ack, "CONNECT_ERROR")?;
                let payload = optional(json, "CONNECT_ERROR", "an object or a string", |first| {
                    revision == Revision::V3 || matches!(first, b'{' | b'"')
                })?;
                Body::ConnectError { payload }
            }
        };
        Ok(Self { namespace, body })
    }

    /// Encodes the packet. For an event or an ack it writes `data`.
    #[must_use]
    pub fn encode(&self) -> String {
        let (kind, attachments, ack, json) = match &self.body {
            Body::Connect { payload } => ('0', 0, None, payload.map_or("", Json::get)),
            Body::Disconnect { payload } => ('1', 0, None, payload.map_or("", Json::get)),
            Body::Event {
                ack,
                attachments: 0,
                data,
                ..
            } => ('2', 0, *ack, data.get()),
            Body::Event {
                ack,
                attachments,
                data,
                ..
            } => ('5', *attachments, *ack, data.get()),
            Body::Ack {
                id,
                attachments: 0,
                data,
                ..
            } => ('3', 0, Some(*id), data.get()),
            Body::Ack {
                id,
                attachments,
                data,
                ..
            } => ('6', *attachments, Some(*id), data.get()),
            Body::ConnectError { payload } => ('4', 0, None, payload.map_or("", Json::get)),
        };
        let mut text = String::new();
        push_header(&mut text, kind, attachments, &self.namespace, ack);
        text.push_str(json);
        text
    }
}

/// The name and text of an event in this namespace, without attachments, whose array is not valid
/// JSON. `None` for any other packet, or if the name cannot be read.
pub(super) fn unreadable_event<'a>(
    packet: &'a str,
    ours: &str,
) -> Option<(EventName<'a>, &'a str)> {
    let (name, rest) = namespace(packet.strip_prefix('2')?);
    let (_, data) = ack_id(rest).ok()?;
    let mut cursor = Cursor::new(data.as_bytes());
    cursor.take(b'[')?;
    cursor.skip_space();
    let first = core::str::from_utf8(cursor.any_value()?).ok()?;
    let event = event_name(Json::from_validated(first)).ok()?;
    (bare_namespace(&name) == ours).then_some((event, data))
}

/// Appends everything that comes before the JSON.
pub(super) fn push_header(
    text: &mut String,
    kind: char,
    attachments: usize,
    namespace: &str,
    ack: Option<AckId>,
) {
    text.push(kind);
    if attachments > 0 {
        text.push_str(&decimal(attachments as u64));
        text.push('-');
    }
    if namespace != MAIN {
        text.push_str(namespace);
        text.push(',');
    }
    if let Some(id) = ack {
        text.push_str(&decimal(id.0));
    }
}

#[derive(Clone, Copy)]
enum PacketType {
    Connect,
    Disconnect,
    Event,
    Ack,
    ConnectError,
    BinaryEvent,
    BinaryAck,
}

impl PacketType {
    const fn of(character: char) -> Result<Self, DecodeError> {
        Ok(match character {
            '0' => Self::Connect,
            '1' => Self::Disconnect,
            '2' => Self::Event,
            '3' => Self::Ack,
            '4' => Self::ConnectError,
            '5' => Self::BinaryEvent,
            '6' => Self::BinaryAck,
            other => return Err(DecodeError::UnknownType(other)),
        })
    }

    const fn is_binary(self) -> bool {
        matches!(self, Self::BinaryEvent | Self::BinaryAck)
    }
}

fn attachments(text: &str) -> Result<(usize, &str), DecodeError> {
    let (digits, rest) = split_digits(text);
    let rest = rest.strip_prefix('-').ok_or(DecodeError::Attachments)?;
    match plain_number(digits).map(usize::try_from) {
        Some(Ok(count)) if count > 0 => Ok((count, rest)),
        _ => Err(DecodeError::Attachments),
    }
}

fn namespace(text: &str) -> (Cow<'_, str>, &str) {
    if !text.starts_with('/') {
        return (Cow::Borrowed(MAIN), text);
    }
    let (name, rest) = text::split(text, ",").unwrap_or((text, ""));
    (Cow::Borrowed(name), rest)
}

fn ack_id(text: &str) -> Result<(Option<AckId>, &str), DecodeError> {
    let (digits, rest) = split_digits(text);
    if digits.is_empty() {
        return Ok((None, rest));
    }
    let id = plain_number(digits).ok_or(DecodeError::AckId)?;
    Ok((Some(AckId(id)), rest))
}

/// Only ASCII digits: digits of other scripts do not count.
fn split_digits(text: &str) -> (&str, &str) {
    let end = text.bytes().take_while(u8::is_ascii_digit).count();
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// A number in its only spelling: `0`, or digits that do not begin with `0`.
fn plain_number(digits: &str) -> Option<u64> {
    if digits.len() > 1 && digits.starts_with('0') {
        return None;
    }
    json::parse_u64(digits)
}

fn no_ack(ack: Option<AckId>, packet: &'static str) -> Result<(), DecodeError> {
    match ack {
        Some(_) => Err(DecodeError::UnexpectedAckId(packet)),
        None => Ok(()),
    }
}

fn optional<'a>(
    json: &'a str,
    packet: &'static str,
    expected: &'static str,
    may_begin: impl FnOnce(u8) -> bool,
) -> Result<Option<Json<'a>>, DecodeError> {
    match json.bytes().next() {
        None => Ok(None),
        Some(first) if first.is_ascii_whitespace() || !may_begin(first) => {
            Err(DecodeError::Payload { packet, expected })
        }
        Some(_) => Json::parse(json).map(Some).map_err(DecodeError::Json),
    }
}

/// The array and its elements.
fn array<'a>(
    json: &'a str,
    packet: &'static str,
    expected: &'static str,
) -> Result<(Json<'a>, Vec<Json<'a>>), DecodeError> {
    if !json.starts_with('[') {
        return Err(DecodeError::Payload { packet, expected });
    }
    let data = Json::parse(json).map_err(DecodeError::Json)?;
    let elements = json::items(data.get()).map(Json::from_validated);
    Ok((data, elements.collect()))
}

fn event_name(raw: Json<'_>) -> Result<EventName<'_>, DecodeError> {
    let text = raw.get();
    match text.bytes().next() {
        Some(b'"') => json::text(text)
            .map(EventName::Text)
            .ok_or(DecodeError::EventName),
        Some(b'-' | b'0'..=b'9') => Ok(EventName::Number(Cow::Borrowed(text))),
        _ => Err(DecodeError::EventName),
    }
}

/// Event names that Socket.IO 3 and 4 reserve.
pub(super) const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

#[cfg(test)]
#[path = "packet_tests.rs"]
mod tests;
