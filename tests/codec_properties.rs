//! Properties of the codecs and of the session, on generated input. Native only: the generator is
//! not built for WebAssembly.
#![cfg(not(target_arch = "wasm32"))]
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "test helpers may panic"
)]

#[path = "codec_properties/packets.rs"]
mod packets;
#[path = "codec_properties/session.rs"]
mod session;

use std::borrow::Cow;

use ardexa_client::engine::{self, Frame, Revision};
use ardexa_client::json::Json;
use ardexa_client::socket::{
    self, AckId, Body, EventName, Protocol, Session, SessionConfig, SessionEvent,
};
use ardexa_client::time::Instant;
use packets::{check_binary, check_packet, check_text};
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use serde_json::value::RawValue;
use session::{OPEN, Step, play};

proptest! {
    #[test]
    fn decoding_then_encoding_round_trips(
        text in any_text(),
        bytes in vec(any::<u8>(), 0..40),
    ) {
        for revision in [Revision::V3, Revision::V4] {
            check_text(&text, revision);
            check_binary(&bytes, revision);
            check_packet(&text, revision);
        }
    }

    #[test]
    fn engine_packets_round_trip(payload in ".*", bytes in vec(any::<u8>(), 0..40), v3: bool) {
        let revision = if v3 { Revision::V3 } else { Revision::V4 };
        let binary = Cow::Borrowed(&bytes[..]);
        for packet in [
            engine::Packet::Open(&payload),
            engine::Packet::Close,
            engine::Packet::Ping(&payload),
            engine::Packet::Pong(&payload),
            engine::Packet::Message(&payload),
            engine::Packet::Binary(binary),
            engine::Packet::Upgrade,
            engine::Packet::Noop,
        ] {
            let frame = packet.encode(revision);
            let again = match &frame {
                Frame::Text(text) => engine::Packet::decode_text(text, revision),
                Frame::Binary(data) => engine::Packet::decode_binary(data, revision),
            };
            prop_assert_eq!(again.unwrap(), packet);
        }
    }

    #[test]
    fn socket_packets_round_trip(
        namespace in namespace(),
        ack in proptest::option::of(any::<u64>()),
        attachments in 0..20_usize,
        name in ".*",
        args in vec(json(), 0..4),
    ) {
        prop_assume!(!RESERVED.contains(&name.as_str()));
        let mut array = vec![Value::from(name.as_str())];
        array.extend(args.iter().cloned());
        let event = raw(&Value::Array(array));
        let answer = raw(&Value::Array(args.clone()));
        let object = raw(&serde_json::json!({ name.as_str(): args }));
        let mut bodies = vec![
            Body::Connect { payload: None },
            Body::Connect { payload: Some(Json::parse(object.get()).unwrap()) },
            Body::Disconnect { payload: None },
            Body::Disconnect { payload: Some(Json::parse(object.get()).unwrap()) },
            Body::ConnectError { payload: None },
            Body::ConnectError { payload: Some(Json::parse(object.get()).unwrap()) },
            Body::Event {
                ack: ack.map(AckId),
                attachments,
                name: EventName::Text(Cow::Borrowed(&name)),
                data: Json::parse(event.get()).unwrap(),
                args: elements(event.get()).split_off(1),
            },
        ];
        if let Some(id) = ack {
            let data = Json::parse(answer.get()).unwrap();
            let args = elements(answer.get());
            bodies.push(Body::Ack { id: AckId(id), attachments, data, args });
        }
        for body in bodies {
            let packet = socket::Packet { namespace: Cow::Borrowed(&namespace), body };
            let text = packet.encode();
            let again = socket::Packet::decode(&text).unwrap();
            prop_assert_eq!(format!("{packet:?}"), format!("{again:?}"));
        }
    }

    #[test]
    fn a_sent_event_is_received(
        namespace in namespace(),
        want_ack: bool,
        attachments in vec(vec(any::<u8>(), 0..9), 0..11),
        name in ".*",
        args in vec(json(), 0..4),
        v3: bool,
    ) {
        prop_assume!(!RESERVED.contains(&name.as_str()) && !namespace.contains('?'));
        let protocol = if v3 { Protocol::V3 } else { Protocol::V4 };
        let mut sender = joined(protocol, &namespace);
        let mut receiver = joined(protocol, &namespace);
        let mut args: Vec<String> = args.iter().map(Value::to_string).collect();
        args.extend((0..attachments.len()).map(|num| {
            format!(r#"{{"_placeholder":true,"num":{num}}}"#)
        }));
        let texts: Vec<&str> = args.iter().map(String::as_str).collect();
        let ack = match sender.send_event(&name, &texts, attachments.clone(), want_ack) {
            Ok(ack) => ack,
            Err(error) => { prop_assume!(v3, "{}", error); return Ok(()); }
        };
        let mut frames = Vec::new();
        while let Some(frame) = sender.poll_frame() {
            frames.push(frame);
        }
        let mut events = frames.iter().filter_map(|frame| feed(&mut receiver, frame).unwrap());
        let Some(SessionEvent::Event(event)) = events.next() else { panic!("no event") };
        prop_assert!(events.next().is_none());
        prop_assert_eq!(event.name.as_str(), name.as_str());
        prop_assert_eq!(event.ack, ack);
        prop_assert_eq!(&event.attachments, &attachments);
        let first = event.first.map(|range| event.data.get(range).unwrap());
        prop_assert_eq!(first, args.first().map(String::as_str));
    }

    #[test]
    fn a_session_never_panics_and_stays_closed(
        protocol in prop_oneof![Just(Protocol::Auto), Just(Protocol::V4), Just(Protocol::V3)],
        namespace in prop_oneof![Just("/"), Just("/é"), Just("/é?a=1")],
        opening in 0..8_u8,
        steps in vec(step(), 0..40),
    ) {
        play(protocol, namespace, opening, steps);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let likely = prop_oneof![
        Just("2"),
        Just("2probe"),
        Just("3"),
        Just("6"),
        Just(r#"42["é",{"a":1},2]"#),
        Just(r#"42/é,7["é",null]"#),
        Just(r#"427["é"]"#),
        Just("430[]"),
        Just("43/é,1[2]"),
        Just(r#"451-["a",{"_placeholder":true,"num":0}]"#),
        Just(r#"452-/é,3["a"]"#),
        Just(r#"461-0[1]"#),
        Just(r#"451-/other,["a"]"#),
        Just("bAQID"),
        Just("b4AQID"),
    ];
    let ending = prop_oneof![
        Just(OPEN),
        Just("40"),
        Just(r#"40{"sid":"é"}"#),
        Just("40/é,"),
        Just(r#"40/é,{"sid":"x"}"#),
        Just("1"),
        Just("41"),
        Just("41/é,"),
        Just("44"),
        Just(r#"44/é,"no""#),
        Just("4"),
        Just("9"),
    ];
    prop_oneof![
        30 => likely.prop_map(|text| Step::Frame(Frame::Text(text.to_owned()))),
        1 => ending.prop_map(|text| Step::Frame(Frame::Text(text.to_owned()))),
        1 => any_text().prop_map(|text| Step::Frame(Frame::Text(text))),
        4 => vec(any::<u8>(), 0..5).prop_map(|data| Step::Frame(Frame::Binary(data))),
        3 => (0..120_u64).prop_map(Step::Wait),
        3 => vec(vec(any::<u8>(), 0..3), 0..3).prop_map(Step::Send),
        2 => (0..9_u64).prop_map(Step::Ack),
        2 => Just(Step::Drain),
        1 => Just(Step::Disconnect),
    ]
}

/// Any string, often one that looks like a packet.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9b٣é]{0,3}[0-9-]{0,4}(/[a-zé?=]{0,4},?)?[0-9]{0,22}[ \\[{\"a-zé,:1\\]}\\\\]{0,12}",
        "4?[2356]([0-9]{1,2}-)?(/é,)?[0-9]{0,2}\\[\"[a-zé€]{0,9}\"(,[0-9]{1,3}){0,3}\\]",
    ]
}

fn namespace() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("/".to_owned()),
        "/[a-zé€😀/._-]{1,8}",
        "/[a-zé]{1,5}\\?[a-z=&é]{0,8}"
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((any::<String>(), inner), 0..4)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn elements(array: &str) -> Vec<Json<'_>> {
    let elements: Vec<&RawValue> = serde_json::from_str(array).unwrap();
    elements
        .iter()
        .map(|element| Json::parse(element.get()).unwrap())
        .collect()
}

fn raw(value: &Value) -> Box<RawValue> {
    RawValue::from_string(value.to_string()).unwrap()
}

fn joined(protocol: Protocol, namespace: &str) -> Session {
    let namespace = namespace.to_owned();
    let reply = match (protocol, namespace.as_str()) {
        (Protocol::V3, "/") => "40".to_owned(),
        (Protocol::V3, name) => format!("40{name},"),
        (_, "/") => r#"40{"sid":"s"}"#.to_owned(),
        (_, name) => format!(r#"40{name},{{"sid":"s"}}"#),
    };
    let mut session = Session::new(SessionConfig {
        protocol,
        namespace,
        ..SessionConfig::default()
    });
    let now = Instant::from_millis(0);
    session.handle_text(OPEN, now).unwrap();
    session.handle_text(&reply, now).unwrap();
    assert!(session.is_connected());
    while session.poll_frame().is_some() {}
    session
}

fn feed<'f>(
    session: &mut Session,
    frame: &'f Frame,
) -> Result<Option<SessionEvent<'f>>, socket::SessionError> {
    let now = Instant::from_millis(0);
    match frame {
        Frame::Text(text) => session.handle_text(text, now),
        Frame::Binary(data) => session.handle_binary(data, now),
    }
}

const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];
