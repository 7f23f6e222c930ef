//! Checks the vectors in `tests/vectors`, whose format is described in its `README.md`.

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "test helpers may panic"
)]

use ardexa_client::engine::{self, Frame, Revision};
use ardexa_client::json::Json;
use ardexa_client::socket::{self, Body};
use serde_json::Value;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

// Embedded, since a test in WebAssembly cannot read files.
const FILES: [(&str, &str); 6] = [
    ("engine", include_str!("vectors/engine.json")),
    ("connect", include_str!("vectors/connect.json")),
    ("event", include_str!("vectors/event.json")),
    ("binary", include_str!("vectors/binary.json")),
    ("combinations", include_str!("vectors/combinations.json")),
    ("texts", include_str!("vectors/texts.json")),
];

const KEYS: [&str; 7] = [
    "about",
    "frame",
    "canonical",
    "revision",
    "expect",
    "error",
    "reference",
];

#[test]
fn every_vector_decodes_and_encodes_as_recorded() {
    for (file, text) in FILES {
        let vectors: Vec<Value> = serde_json::from_str(text).unwrap();
        assert!(!vectors.is_empty());
        for vector in vectors {
            for key in vector.as_object().unwrap().keys() {
                assert!(
                    KEYS.contains(&key.as_str()),
                    "{file}: unknown key {key} in {vector}"
                );
            }
            for revision in revisions(&vector["revision"]) {
                check(
                    &vector,
                    revision,
                    &format!("{file}, {revision:?}: {vector}"),
                );
            }
        }
    }
}

fn revisions(value: &Value) -> Vec<Revision> {
    let one = |value: &Value| match value.as_u64() {
        Some(3) => Revision::V3,
        Some(4) => Revision::V4,
        _ => panic!("not a revision: {value}"),
    };
    value
        .as_array()
        .map_or_else(|| vec![one(value)], |all| all.iter().map(one).collect())
}

fn check(vector: &Value, revision: Revision, about: &str) {
    let frame = frame(&vector["frame"]);
    let inside = vector["error"].is_string() || vector["expect"]["socket"].is_object();
    match (
        decode(&frame, revision, inside),
        &vector["expect"],
        &vector["error"],
    ) {
        (Err(error), Value::Null, Value::String(part)) => {
            assert!(error.contains(part.as_str()), "{error:?} in {about}");
        }
        (Ok((meaning, again)), expect, Value::Null) if expect.is_object() => {
            let mut expect = expect.clone();
            if expect["payload"].is_null() && meaning["payload"].is_string() {
                expect["payload"] = meaning["payload"].clone();
            }
            assert_eq!(meaning, expect, "{about}");
            let canonical = vector.get("canonical").map_or(frame, self::frame);
            assert_eq!(again, canonical, "encoded again: {about}");
        }
        (result, ..) => panic!("{result:?} in {about}"),
    }
}

fn frame(value: &Value) -> Frame {
    match value.as_str() {
        Some(text) => Frame::Text(text.to_owned()),
        None => Frame::Binary(bytes(value["hex"].as_str().unwrap())),
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    assert_eq!(hex.len() % 2, 0);
    (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
        .collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Decodes a frame into the form of `expect` and encodes it again. With `inside`, a message is
/// decoded as a Socket.IO packet.
fn decode(frame: &Frame, revision: Revision, inside: bool) -> Result<(Value, Frame), String> {
    let packet = match frame {
        Frame::Text(text) => engine::Packet::decode_text(text, revision),
        Frame::Binary(data) => engine::Packet::decode_binary(data, revision),
    }
    .map_err(|error| error.to_string())?;
    let mut again = packet.encode(revision);
    let (kind, payload) = match &packet {
        engine::Packet::Open(payload) => ("open", Some(*payload)),
        engine::Packet::Close => ("close", None),
        engine::Packet::Ping(payload) => ("ping", Some(*payload)),
        engine::Packet::Pong(payload) => ("pong", Some(*payload)),
        engine::Packet::Message(payload) => ("message", Some(*payload)),
        engine::Packet::Binary(_) => ("binary", None),
        engine::Packet::Upgrade => ("upgrade", None),
        engine::Packet::Noop => ("noop", None),
    };
    let mut meaning = serde_json::json!({ "engine": kind });
    if let Some(payload) = payload {
        meaning["payload"] = payload.into();
    }
    if let engine::Packet::Binary(data) = &packet {
        meaning["hex"] = hex(data).into();
    }
    if let engine::Packet::Message(text) = packet
        && inside
    {
        let packet =
            socket::Packet::decode_revision(text, revision).map_err(|error| error.to_string())?;
        again = engine::Packet::Message(&packet.encode()).encode(revision);
        meaning["socket"] = describe(&packet);
    }
    Ok((meaning, again))
}

fn describe(packet: &socket::Packet<'_>) -> Value {
    let mut socket = serde_json::json!({ "namespace": packet.namespace });
    let mut data = |json: Option<Json<'_>>| {
        if let Some(json) = json {
            socket["data"] = serde_json::from_str(json.get()).unwrap();
        }
    };
    let kind = match &packet.body {
        Body::Connect { payload } => {
            data(*payload);
            "connect"
        }
        Body::ConnectError { payload } => {
            data(*payload);
            "connect_error"
        }
        Body::Disconnect { payload } => {
            data(*payload);
            "disconnect"
        }
        Body::Event { data: array, .. } => {
            data(Some(*array));
            "event"
        }
        Body::Ack { data: array, .. } => {
            data(Some(*array));
            "ack"
        }
    };
    socket["type"] = kind.into();
    let (ack, attachments) = match &packet.body {
        Body::Event {
            ack,
            attachments,
            name,
            ..
        } => {
            socket["name"] = name.as_str().into();
            (*ack, *attachments)
        }
        Body::Ack {
            id, attachments, ..
        } => (Some(*id), *attachments),
        _ => (None, 0),
    };
    if let Some(id) = ack {
        socket["ack"] = id.to_string().into();
    }
    if attachments > 0 {
        socket["attachments"] = attachments.into();
    }
    socket
}
