//! EVENT and ACK.

use ardexa_client::socket::{AckId, EventName, Limits, Protocol, SendError, Session};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{OPEN, ack, binary, connected, connected_with, event, sent, session, text, wrong};

#[test]
fn ack_ids_count_from_zero() {
    let mut session = connected(Protocol::V4);
    assert_eq!(
        session.send_event("a", &["1"], vec![], true),
        Ok(Some(AckId(0)))
    );
    assert_eq!(session.send_event("b", &[], vec![], false), Ok(None));
    assert_eq!(
        session.send_event("c", &[], vec![], true),
        Ok(Some(AckId(1)))
    );
    assert_eq!(
        sent(&mut session),
        [r#"420["a",1]"#, r#"42["b"]"#, r#"421["c"]"#]
    );
    let answer = ack(text(&mut session, r#"430["é"]"#));
    assert_eq!((answer.id, &*answer.data), (AckId(0), r#"["é"]"#));
    assert_eq!(
        event(text(&mut session, r#"420["zero"]"#)).ack,
        Some(AckId(0))
    );
}

#[test]
fn ack_ids_are_64_bits() {
    let mut session = connected(Protocol::V4);
    let got = event(text(&mut session, r#"4218446744073709551615["a"]"#));
    assert_eq!(got.ack, Some(AckId(u64::MAX)));
    session.send_ack(AckId(u64::MAX), &[], vec![]).unwrap();
    assert_eq!(sent(&mut session), ["4318446744073709551615[]"]);
    wrong(&mut session, r#"4218446744073709551616["a"]"#);
}

#[test]
fn an_ack_may_be_empty() {
    let mut session = connected(Protocol::V4);
    session.send_event("a", &[], vec![], true).unwrap();
    assert_eq!(ack(text(&mut session, "430[]")).data, "[]");
}

#[test]
fn unknown_and_duplicate_acks_are_ignored() {
    let mut session = connected(Protocol::V4);
    session.send_event("a", &[], vec![], true).unwrap();
    assert!(text(&mut session, "437[]").is_none());
    ack(text(&mut session, "430[]"));
    assert!(text(&mut session, "430[]").is_none());
    assert!(text(&mut session, r#"461-9[{"_placeholder":true,"num":0}]"#).is_none());
    assert!(binary(&mut session, &[1]).is_none());
    let id = session.send_event("b", &[], vec![], true).unwrap().unwrap();
    session.forget_ack(id);
    assert!(text(&mut session, "431[]").is_none());
}

#[test]
fn an_event_is_acknowledged_once() {
    let mut session = connected(Protocol::V4);
    event(text(&mut session, r#"425["a"]"#));
    session
        .send_ack(AckId(5), &["true", "\"é\""], vec![])
        .unwrap();
    let again = session.send_ack(AckId(5), &[], vec![]);
    assert_eq!(again, Err(SendError::UnknownAck(AckId(5))));
    assert_eq!(
        session.send_ack(AckId(6), &[], vec![]),
        Err(SendError::UnknownAck(AckId(6)))
    );
    assert_eq!(sent(&mut session), [r#"435[true,"é"]"#]);
}

#[test]
fn open_acks_are_bounded() {
    let mut session = connected_with(
        OPEN,
        Limits {
            max_open_acks: 2,
            ..Limits::default()
        },
    );
    for frame in [r#"421["a"]"#, r#"422["a"]"#, r#"423["a"]"#] {
        event(text(&mut session, frame));
    }
    assert!(session.send_ack(AckId(1), &[], vec![]).is_err());
    session.send_ack(AckId(2), &[], vec![]).unwrap();
    session.send_ack(AckId(3), &[], vec![]).unwrap();
}

#[test]
fn names_are_strings_or_numbers() {
    let mut session = connected(Protocol::V4);
    let got = event(text(&mut session, "42[7]"));
    assert_eq!(got.name, EventName::Number("7".into()));
    let got = event(text(&mut session, r#"42["\u00e9\n"]"#));
    assert_eq!(got.name, EventName::Text("é\n".into()));
    session.send_event("é\n\"", &[], vec![], false).unwrap();
    assert_eq!(sent(&mut session), [r#"42["é\n\""]"#]);
    wrong(&mut session, "42[true]");
}

#[test]
fn reserved_names_are_errors() {
    for name in [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ] {
        let mut session = connected(Protocol::V4);
        let error = session.send_event(name, &[], vec![], false);
        assert_eq!(error, Err(SendError::ReservedName(name.to_owned())));
        assert!(wrong(&mut session, &format!(r#"42["{name}"]"#)).contains("reserved"));
        let mut old = connected(Protocol::V3);
        assert_eq!(
            event(text(&mut old, &format!(r#"42["{name}"]"#)))
                .name
                .as_str(),
            name
        );
        assert!(old.send_event(name, &[], vec![], false).is_err());
    }
    assert!(
        connected(Protocol::V3)
            .send_event("ping", &[], vec![], false)
            .is_err()
    );
}

#[test]
fn names_of_lifecycle_events_are_ordinary_events() {
    let mut session = connected(Protocol::V4);
    for name in [
        "error",
        "message",
        "open",
        "close",
        "ping",
        "reconnect",
        "Connect",
        "MESSAGE",
    ] {
        let frame = format!(r#"42["{name}"]"#);
        assert_eq!(event(text(&mut session, &frame)).name.as_str(), name);
        session.send_event(name, &[], vec![], false).unwrap();
        assert_eq!(sent(&mut session), [frame]);
    }
}

#[test]
fn an_event_may_have_no_arguments() {
    let mut session = connected(Protocol::V4);
    let got = event(text(&mut session, r#"42["foo"]"#));
    assert_eq!(
        (got.name.as_str(), &*got.data, got.first),
        ("foo", r#"["foo"]"#, None)
    );
}

#[test]
fn all_arguments_are_delivered() {
    let mut session = connected(Protocol::V4);
    let got = event(text(&mut session, r#"42["é" , {"a" : "€"} ,2,null]"#));
    assert_eq!(got.data, r#"["é" , {"a" : "€"} ,2,null]"#);
    assert_eq!(got.data.get(got.first.unwrap()), Some(r#"{"a" : "€"}"#));
    session
        .send_event("a", &["1", r#"{"é":[]}"#, "null"], vec![], false)
        .unwrap();
    assert_eq!(sent(&mut session), [r#"42["a",1,{"é":[]},null]"#]);
}

#[test]
fn an_argument_that_is_not_json_cannot_inject() {
    let mut session = connected(Protocol::V4);
    for arg in ["", "1,2", "1],[2", "undefined", "{", "\"a"] {
        let result = session.send_event("a", &["1", arg], vec![], true);
        assert_eq!(
            result,
            Err(SendError::InvalidArgument { index: 1 }),
            "{arg}"
        );
    }
    assert!(sent(&mut session).is_empty());
    assert_eq!(
        session.send_event("a", &[], vec![], true),
        Ok(Some(AckId(0)))
    );
}

#[test]
fn frames_are_sent_in_call_order() {
    let mut session = connected(Protocol::V4);
    session
        .send_event("a", &[], vec![vec![1], vec![2]], false)
        .unwrap();
    text(&mut session, "2");
    session.send_event("b", &[], vec![], false).unwrap();
    assert_eq!(
        sent(&mut session),
        [r#"452-["a"]"#, "#01", "#02", "3", r#"42["b"]"#]
    );
}

#[test]
fn the_largest_frame_must_fit_max_payload() {
    let open = r#"0{"sid":"e","pingInterval":100,"pingTimeout":60,"maxPayload":12}"#;
    let mut session = connected_with(open, Limits::default());
    assert_eq!(session.max_payload(), Some(12));
    session.send_event("a", &["\"é\""], vec![], false).unwrap();
    assert_eq!(sent(&mut session), [r#"42["a","é"]"#]); // 12 bytes, 11 characters
    let error = session.send_event("a", &["\"éa\""], vec![], false);
    assert_eq!(
        error,
        Err(SendError::TooLarge {
            size: 13,
            limit: 12
        })
    );
    session
        .send_event("a", &[], vec![vec![0; 12]; 3], false)
        .unwrap();
    let error = session.send_event("a", &[], vec![vec![], vec![0; 13]], false);
    assert_eq!(
        error,
        Err(SendError::TooLarge {
            size: 13,
            limit: 12
        })
    );
    assert_eq!(sent(&mut session).len(), 4);
}

#[test]
fn only_plain_names_in_the_main_namespace_have_a_prefix() {
    let main = session(Protocol::V4, "/");
    assert_eq!(main.event_prefix("a:é").as_deref(), Some(r#"42["a:é","#));
    for name in ["a\"b", "a\\b", "a\nb"] {
        assert_eq!(main.event_prefix(name), None, "{name:?}");
    }
    assert_eq!(session(Protocol::V4, "/other").event_prefix("a"), None);
}

#[test]
fn only_a_plain_event_with_arguments_is_split() {
    let split = |frame: &'static str| Session::split_event(frame.as_bytes());
    let args = r#"{"b":[1]},2"#.as_bytes();
    assert_eq!(split(r#"42["a:b",{"b":[1]},2]"#), Some(("a:b", args)));
    for other in [
        "",
        "2",
        r#"42["a"]"#,
        r#"42["a",1"#,
        r#"42["a" ,1]"#,
        r#"427["a",1]"#,
        r#"42/b,["a",1]"#,
        r#"43["a",1]"#,
        r#"451-["a",1]"#,
        r#"42["a\"b",1]"#,
        r#"42["é",1]"#,
    ] {
        assert_eq!(split(other), None, "{other}");
    }
}
