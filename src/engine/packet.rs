//! The packet codec: one WebSocket frame is one packet.

use std::borrow::Cow;

use super::{DecodeError, Revision};
use crate::base64;

/// An Engine.IO packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet<'a> {
    /// `0`: the handshake, a JSON object; see [`Handshake::parse`](super::Handshake::parse).
    Open(&'a str),
    /// `1`: the sender closes the connection. No payload is defined; any is ignored.
    Close,
    /// `2`: sent by the server in revision 4, by the client in revision 3.
    Ping(&'a str),
    /// `3`: the reply to a ping.
    Pong(&'a str),
    /// `4`: a text message.
    Message(&'a str),
    /// A binary message: a binary frame, or base64 in a text frame.
    Binary(Cow<'a, [u8]>),
    /// `5`: completes a transport upgrade. No payload is defined; any is ignored.
    Upgrade,
    /// `6`: no operation. No payload is defined; any is ignored.
    Noop,
}

impl<'a> Packet<'a> {
    /// Decodes a text frame.
    ///
    /// # Errors
    /// If the frame is empty, has an unknown type, or contains invalid base64.
    pub fn decode_text(frame: &'a str, revision: Revision) -> Result<Self, DecodeError> {
        let mut rest = frame.chars();
        let kind = rest.next().ok_or(DecodeError::Empty)?;
        let payload = rest.as_str();
        Ok(match kind {
            '0' => Self::Open(payload),
            '1' => Self::Close,
            '2' => Self::Ping(payload),
            '3' => Self::Pong(payload),
            MESSAGE => Self::Message(payload),
            '5' => Self::Upgrade,
            '6' => Self::Noop,
            'b' => {
                let text = match revision {
                    Revision::V4 => payload,
                    Revision::V3 => payload.strip_prefix('4').ok_or(DecodeError::BinaryType)?,
                };
                Self::Binary(Cow::Owned(base64::decode(text).ok_or(DecodeError::Base64)?))
            }
            other => return Err(DecodeError::UnknownType(other)),
        })
    }

    /// Decodes a binary frame, which is always a message.
    ///
    /// # Errors
    /// In revision 3, if the first byte is not the message type `0x04`.
    pub fn decode_binary(frame: &'a [u8], revision: Revision) -> Result<Self, DecodeError> {
        let data = match revision {
            Revision::V4 => frame,
            Revision::V3 => frame
                .strip_prefix(&[V3_MESSAGE])
                .ok_or(DecodeError::BinaryType)?,
        };
        Ok(Self::Binary(Cow::Borrowed(data)))
    }

    /// Encodes the packet as a WebSocket frame.
    #[must_use]
    pub fn encode(&self, revision: Revision) -> Frame {
        let (kind, payload) = match self {
            Self::Open(payload) => ('0', *payload),
            Self::Close => ('1', ""),
            Self::Ping(payload) => ('2', *payload),
            Self::Pong(payload) => ('3', *payload),
            Self::Message(payload) => (MESSAGE, *payload),
            Self::Upgrade => ('5', ""),
            Self::Noop => ('6', ""),
            Self::Binary(data) => {
                return Frame::Binary(match revision {
                    Revision::V4 => data.to_vec(),
                    Revision::V3 => [&[V3_MESSAGE], data.as_ref()].concat(),
                });
            }
        };
        Frame::Text(String::from(kind) + payload)
    }
}

/// A WebSocket frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// A text frame.
    Text(String),
    /// A binary frame.
    Binary(Vec<u8>),
}

impl Frame {
    /// The size on the wire in bytes (UTF-8 for text).
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(data) => data.len(),
        }
    }

    /// Whether the frame has no bytes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// The first character of a text message's frame.
pub(crate) const MESSAGE: char = '4';

/// The type byte of a message in a binary frame of revision 3.
const V3_MESSAGE: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const BOTH: [Revision; 2] = [Revision::V3, Revision::V4];

    #[test]
    fn a_text_packet_is_its_type_and_payload() {
        let packets = [
            ("0{}", Packet::Open("{}")),
            ("1", Packet::Close),
            ("2", Packet::Ping("")),
            ("2probe", Packet::Ping("probe")),
            ("3", Packet::Pong("")),
            ("3probe", Packet::Pong("probe")),
            ("4", Packet::Message("")),
            ("4héllo €", Packet::Message("héllo €")),
            ("5", Packet::Upgrade),
            ("6", Packet::Noop),
        ];
        for revision in BOTH {
            for (frame, packet) in &packets {
                assert_eq!(
                    Packet::decode_text(frame, revision).unwrap(),
                    *packet,
                    "{frame}"
                );
                assert_eq!(
                    packet.encode(revision),
                    Frame::Text((*frame).to_owned()),
                    "{frame}"
                );
            }
        }
    }

    #[test]
    fn an_undefined_payload_is_ignored() {
        for revision in BOTH {
            assert_eq!(Packet::decode_text("1x", revision).unwrap(), Packet::Close);
            assert_eq!(
                Packet::decode_text("5x", revision).unwrap(),
                Packet::Upgrade
            );
            assert_eq!(Packet::decode_text("6x", revision).unwrap(), Packet::Noop);
        }
    }

    #[test]
    fn unknown_types_are_errors_without_panics() {
        for revision in BOTH {
            assert!(matches!(
                Packet::decode_text("", revision),
                Err(DecodeError::Empty)
            ));
            for frame in ["7", "9x", "é1234", "\u{0}", "٤2", "x", " 4", "-1"] {
                let result = Packet::decode_text(frame, revision);
                assert!(
                    matches!(result, Err(DecodeError::UnknownType(_))),
                    "{frame:?}"
                );
            }
            let error = Packet::decode_text("\u{0}4", revision).unwrap_err();
            let message = r#"unknown Engine.IO packet type "\u0000""#;
            assert_eq!(error.to_string(), message);
        }
    }

    #[test]
    fn each_revision_has_its_base64_form() {
        let packet = Packet::Binary(Cow::Owned(vec![1, 2, 3, 4]));
        assert_eq!(
            Packet::decode_text("bAQIDBA==", Revision::V4).unwrap(),
            packet
        );
        assert_eq!(
            Packet::decode_text("b4AQIDBA==", Revision::V3).unwrap(),
            packet
        );
        assert!(matches!(
            Packet::decode_text("bAQIDBA==", Revision::V3),
            Err(DecodeError::BinaryType)
        ));
        assert!(matches!(
            Packet::decode_text("b4AQIDBA==", Revision::V4),
            Err(DecodeError::Base64)
        ));
    }

    #[test]
    fn binary_frames_carry_the_type_byte_in_revision_3_only() {
        let packet = Packet::Binary(Cow::Borrowed(&[1, 2, 3][..]));
        assert_eq!(
            Packet::decode_binary(&[1, 2, 3], Revision::V4).unwrap(),
            packet
        );
        assert_eq!(
            Packet::decode_binary(&[4, 1, 2, 3], Revision::V3).unwrap(),
            packet
        );
        assert_eq!(packet.encode(Revision::V4), Frame::Binary(vec![1, 2, 3]));
        assert_eq!(packet.encode(Revision::V3), Frame::Binary(vec![4, 1, 2, 3]));
        for frame in [&[][..], &[1, 2, 3]] {
            let result = Packet::decode_binary(frame, Revision::V3);
            assert!(matches!(result, Err(DecodeError::BinaryType)));
        }
    }

    #[test]
    fn a_frames_length_is_in_bytes() {
        assert_eq!(Frame::Text("4é€".to_owned()).len(), 6);
        assert_eq!(Frame::Binary(vec![0; 3]).len(), 3);
        assert!(Frame::Binary(Vec::new()).is_empty());
        assert!(!Frame::Text("é".to_owned()).is_empty());
    }
}
