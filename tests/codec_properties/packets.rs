//! Properties of every frame.

use ardexa_client::engine::{self, Frame, Handshake, Revision};
use ardexa_client::socket::{self, Body};
use serde_json::value::RawValue;

/// A text frame that decodes as an Engine.IO packet encodes to an equal one.
pub(crate) fn check_text(text: &str, revision: Revision) {
    if let Ok(packet) = engine::Packet::decode_text(text, revision) {
        check_engine(&packet, revision);
    }
    let _ = Handshake::parse(text);
}

pub(crate) fn check_binary(data: &[u8], revision: Revision) {
    if let Ok(packet) = engine::Packet::decode_binary(data, revision) {
        check_engine(&packet, revision);
    }
}

fn check_engine(packet: &engine::Packet<'_>, revision: Revision) {
    let frame = packet.encode(revision);
    let again = match &frame {
        Frame::Text(text) => engine::Packet::decode_text(text, revision),
        Frame::Binary(data) => engine::Packet::decode_binary(data, revision),
    };
    assert_eq!(&again.unwrap(), packet);
}

/// A string that decodes as a Socket.IO packet encodes to an equal one, the general parser accepts
/// its JSON, and an event's arguments are those of its array.
pub(crate) fn check_packet(text: &str, revision: Revision) {
    let packet = match socket::Packet::decode_revision(text, revision) {
        Ok(packet) => packet,
        Err(error) => {
            assert!(error.to_string().chars().count() < 400, "{error}");
            return;
        }
    };
    let once = packet.encode();
    let again = socket::Packet::decode_revision(&once, revision).unwrap();
    assert_eq!(format!("{packet:?}"), format!("{again:?}"));
    assert_eq!(again.encode(), once);
    match &packet.body {
        Body::Event { data, args, .. } => {
            let args: Vec<&str> = args.iter().map(|arg| arg.get()).collect();
            assert_eq!(args, elements(data.get())[1..]);
        }
        Body::Ack { data, args, .. } => {
            let args: Vec<&str> = args.iter().map(|arg| arg.get()).collect();
            assert_eq!(args, elements(data.get()));
        }
        Body::Connect {
            payload: Some(json),
        }
        | Body::ConnectError {
            payload: Some(json),
        } => {
            serde_json::from_str::<serde::de::IgnoredAny>(json.get()).unwrap();
        }
        _ => {}
    }
}

fn elements(array: &str) -> Vec<&str> {
    let elements: Vec<&RawValue> = serde_json::from_str(array).unwrap();
    elements.into_iter().map(RawValue::get).collect()
}
