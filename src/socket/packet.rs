//! The packet codec.

use std::borrow::Cow;

use super::{AckId, DecodeError, MAIN, bare_namespace};
use crate::engine::Revision;
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
        let kind = rest.next().ok_or(DecodeError::Empty)?;
        let (attachments, rest) = match kind {
            CONNECT..=CONNECT_ERROR => (0, rest.as_str()),
            BINARY_EVENT | BINARY_ACK => attachments(rest.as_str())?,
            other => return Err(DecodeError::UnknownType(other)),
        };
        let (namespace, rest) = namespace(rest);
        let (ack, json) = ack_id(rest)?;
        let body = match kind {
            CONNECT => {
                let may_begin = |first| first == b'{';
                let payload = optional_payload(ack, json, "CONNECT", "an object", may_begin)?;
                Body::Connect { payload }
            }
            DISCONNECT => {
                let expected = "JSON without space before it";
                let payload = optional_payload(ack, json, "DISCONNECT", expected, |_| true)?;
                Body::Disconnect { payload }
            }
            EVENT | BINARY_EVENT => {
                let (data, mut args) = array(json, "EVENT", "a non-empty array")?;
                let name = event_name(args.next().ok_or(DecodeError::EventName)?)?;
                if revision == Revision::V4 && RESERVED.contains(&name.as_str()) {
                    return Err(DecodeError::ReservedName(name.as_str().to_owned()));
                }
                Body::Event {
                    ack,
                    attachments,
                    name,
                    data,
                    args: args.collect(),
                }
            }
            ACK | BINARY_ACK => {
                let id = ack.ok_or(DecodeError::MissingAckId)?;
                let (data, args) = array(json, "ACK", "an array")?;
                Body::Ack {
                    id,
                    attachments,
                    data,
                    args: args.collect(),
                }
            }
            _ => {
                let may_begin = |first| revision == Revision::V3 || matches!(first, b'{' | b'"');
                let expected = "an object or a string";
                let payload = optional_payload(ack, json, "CONNECT_ERROR", expected, may_begin)?;
                Body::ConnectError { payload }
            }
        };
        Ok(Self { namespace, body })
    }

    /// Encodes the packet. For an event or an ack it writes `data`.
    #[must_use]
    pub fn encode(&self) -> String {
        let (kind, attachments, ack, json) = match &self.body {
            Body::Connect { payload } => (CONNECT, 0, None, *payload),
            Body::Disconnect { payload } => (DISCONNECT, 0, None, *payload),
            Body::Event {
                ack,
                attachments,
                data,
                ..
            } => (EVENT, *attachments, *ack, Some(*data)),
            Body::Ack {
                id,
                attachments,
                data,
                ..
            } => (ACK, *attachments, Some(*id), Some(*data)),
            Body::ConnectError { payload } => (CONNECT_ERROR, 0, None, *payload),
        };
        let mut text = String::new();
        push_header(&mut text, kind, attachments, &self.namespace, ack);
        text.push_str(json.map_or("", Json::get));
        text
    }
}

/// The name and text of an event in this namespace, without attachments, whose array is not valid
/// JSON. `None` for any other packet, or if the name cannot be read.
pub(super) fn unreadable_event<'a>(
    packet: &'a str,
    ours: &str,
) -> Option<(EventName<'a>, &'a str)> {
    let (name, rest) = namespace(packet.strip_prefix(EVENT)?);
    let (_, data) = ack_id(rest).ok()?;
    // The array is not valid as a whole, but only its first element is read.
    let first = json::items(data).next()?;
    let event = event_name(Json::from_validated(first)).ok()?;
    (bare_namespace(&name) == ours).then_some((event, data))
}

/// Appends everything that comes before the JSON. `kind` is the type without attachments.
pub(super) fn push_header(
    text: &mut String,
    kind: char,
    attachments: usize,
    namespace: &str,
    ack: Option<AckId>,
) {
    text.push(match kind {
        EVENT if attachments > 0 => BINARY_EVENT,
        ACK if attachments > 0 => BINARY_ACK,
        _ => kind,
    });
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

/// The optional payload of a packet that has no ack id.
fn optional_payload<'a>(
    ack: Option<AckId>,
    json: &'a str,
    packet: &'static str,
    expected: &'static str,
    may_begin: impl FnOnce(u8) -> bool,
) -> Result<Option<Json<'a>>, DecodeError> {
    if ack.is_some() {
        return Err(DecodeError::UnexpectedAckId(packet));
    }
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
) -> Result<(Json<'a>, impl Iterator<Item = Json<'a>>), DecodeError> {
    if !json.starts_with('[') {
        return Err(DecodeError::Payload { packet, expected });
    }
    let data = Json::parse(json).map_err(DecodeError::Json)?;
    let elements = json::items(data.get()).map(Json::from_validated);
    Ok((data, elements))
}

fn event_name(raw: Json<'_>) -> Result<EventName<'_>, DecodeError> {
    let text = raw.get();
    if let Some(b'-' | b'0'..=b'9') = text.bytes().next() {
        return Ok(EventName::Number(Cow::Borrowed(text)));
    }
    let name = json::text(text).ok_or(DecodeError::EventName)?;
    Ok(EventName::Text(name))
}

const CONNECT: char = '0';
const DISCONNECT: char = '1';
pub(super) const EVENT: char = '2';
pub(super) const ACK: char = '3';
const CONNECT_ERROR: char = '4';
const BINARY_EVENT: char = '5';
const BINARY_ACK: char = '6';

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
