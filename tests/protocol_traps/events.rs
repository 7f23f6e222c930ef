//! EVENT, ACK and their binary forms.

use core::time::Duration;

use ardexa_client::socket::{
    AckId, EventName, IncomingAck, IncomingEvent, Limits, Protocol, SendError, Session,
    SessionConfig, SessionEvent,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{OPEN, at, connected, sent, text, wrong};

fn event(event: Option<SessionEvent<'_>>) -> IncomingEvent<'_> {
    match event {
        Some(SessionEvent::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn ack(event: Option<SessionEvent<'_>>) -> IncomingAck<'_> {
    match event {
        Some(SessionEvent::Ack(ack)) => ack,
        other => panic!("{other:?}"),
    }
}

/// Feeds a binary frame that is right.
fn binary<'f>(session: &mut Session, frame: &'f [u8]) -> Option<SessionEvent<'f>> {
    session.handle_binary(frame, at(0)).unwrap()
}

fn connected_with(open: &str, limits: Limits) -> Session {
    let mut session = Session::new(SessionConfig {
        limits,
        ..SessionConfig::default()
    });
    text(&mut session, open);
    text(&mut session, r#"40{"sid":"sock"}"#);
    sent(&mut session);
    session
}

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
fn an_ack_may_hold_nothing() {
    let mut session = connected(Protocol::V4);
    session.send_event("a", &[], vec![], true).unwrap();
    assert_eq!(ack(text(&mut session, "430[]")).data, "[]");
}

#[test]
fn unknown_and_double_acks_are_swallowed() {
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
fn an_event_is_answered_once() {
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
fn names_are_texts_or_numbers() {
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
fn ordinary_names_are_not_hijacked() {
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
fn an_event_may_hold_nothing_but_its_name() {
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
fn an_argument_that_is_no_json_cannot_break_out() {
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
fn frames_leave_in_the_order_of_the_calls() {
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
fn an_event_with_ack_and_attachments_is_type_5() {
    let mut session = connected(Protocol::V4);
    let arg = r#"{"_placeholder":true,"num":0}"#;
    session
        .send_event("a", &[arg], vec![vec![0xff]], true)
        .unwrap();
    assert_eq!(
        sent(&mut session),
        [r#"451-0["a",{"_placeholder":true,"num":0}]"#, "#ff"]
    );
    let wrong = session.send_event("a", &[arg], vec![], false);
    assert_eq!(
        wrong,
        Ok(None),
        "without attachments it is an object like any other"
    );
}

#[test]
fn an_ack_with_attachments_is_type_6() {
    let mut session = connected(Protocol::V4);
    event(text(&mut session, r#"4212["a"]"#));
    let arg = r#"{"_placeholder":true,"num":0}"#;
    session.send_ack(AckId(12), &[arg], vec![vec![1]]).unwrap();
    assert_eq!(
        sent(&mut session),
        [r#"461-12[{"_placeholder":true,"num":0}]"#, "#01"]
    );
    session.send_event("b", &[], vec![], true).unwrap();
    text(&mut session, r#"461-0[{"_placeholder":true,"num":0}]"#);
    let answer = ack(binary(&mut session, &[7]));
    assert_eq!((answer.id, answer.attachments), (AckId(0), vec![vec![7]]));
}

#[test]
fn a_ping_between_attachments_is_answered() {
    let mut session = connected(Protocol::V4);
    text(
        &mut session,
        r#"452-3["é",{"_placeholder":true,"num":1},{"_placeholder":true,"num":0}]"#,
    );
    assert!(!session.may_bypass());
    assert!(binary(&mut session, &[1]).is_none());
    assert!(text(&mut session, "2").is_none());
    assert!(text(&mut session, "6").is_none());
    assert_eq!(sent(&mut session), ["3"]);
    let got = event(binary(&mut session, &[2, 3]));
    assert_eq!(got.attachments, [vec![1], vec![2, 3]]);
    assert_eq!((got.name.as_str(), got.ack), ("é", Some(AckId(3))));
    assert_eq!(
        got.data.get(got.first.unwrap()),
        Some(r#"{"_placeholder":true,"num":1}"#)
    );
    assert!(session.may_bypass());
}

#[test]
fn text_between_attachments_is_an_error() {
    for frame in [r#"42["a"]"#, "41", r#"451-["b"]"#, r#"44"x""#] {
        let mut session = connected(Protocol::V4);
        text(&mut session, r#"451-["a"]"#);
        assert!(wrong(&mut session, frame).contains("got plaintext data when reconstructing"));
    }
}

#[test]
fn binary_with_nothing_pending_is_an_error() {
    let mut session = connected(Protocol::V4);
    text(&mut session, r#"451-["a"]"#);
    event(binary(&mut session, &[]));
    let error = session.handle_binary(&[1], at(0)).unwrap_err();
    assert!(error.to_string().contains("no packet waiting"));
    wrong(&mut connected(Protocol::V4), "bAQ==");
}

#[test]
fn the_count_of_attachments_is_checked() {
    for frame in [
        "45",
        "451",
        "45a-",
        "451.23-[\"a\"]",
        "450-[\"a\"]",
        "4511-[\"a\"]",
    ] {
        wrong(&mut connected(Protocol::V4), frame);
    }
    let mut session = connected(Protocol::V4);
    text(&mut session, "4510-[\"a\"]");
    let mut session = connected(Protocol::V4);
    let error = session.send_event("a", &[], vec![vec![]; 11], false);
    assert_eq!(
        error,
        Err(SendError::TooManyAttachments {
            count: 11,
            limit: 10
        })
    );
}

#[test]
fn placeholders_are_checked_at_any_depth() {
    for bad in ["1", "-1", "0.5", "\"0\"", "null"] {
        let arg = format!(r#"{{"é":[[{{"_placeholder":true,"num":{bad}}}]]}}"#);
        let mut session = connected(Protocol::V4);
        let error = session.send_event("a", &[&arg], vec![vec![]], false);
        assert_eq!(error, Err(SendError::Placeholder { attachments: 1 }));
        let reason = wrong(&mut session, &format!(r#"451-["a",{arg}]"#));
        assert!(reason.contains("placeholder"), "{reason}");
    }
    let mut session = connected(Protocol::V4);
    text(
        &mut session,
        r#"452-["a",[{"_placeholder":true,"num":0},{"num":0,"_placeholder":true}]]"#,
    );
    binary(&mut session, &[1]);
    assert_eq!(event(binary(&mut session, &[2])).attachments.len(), 2);
}

#[test]
fn a_placeholder_in_a_plain_event_is_left_alone() {
    let mut session = connected(Protocol::V4);
    let frame = r#"42["a",{"_placeholder":true,"num":0}]"#;
    let got = event(text(&mut session, frame));
    assert_eq!(
        got.data.get(got.first.unwrap()),
        Some(r#"{"_placeholder":true,"num":0}"#)
    );
    assert!(got.attachments.is_empty());
}

#[test]
fn attachments_are_bounded_in_bytes() {
    let limits = Limits {
        max_attachment_bytes: 4,
        ..Limits::default()
    };
    for namespace in ["", "/other,"] {
        let mut session = connected_with(OPEN, limits.clone());
        let frame = format!(r#"453-{namespace}["a"]"#);
        text(&mut session, &frame);
        binary(&mut session, &[1, 2]);
        binary(&mut session, &[3, 4]);
        let error = session.handle_binary(&[5], at(0)).unwrap_err();
        assert!(error.to_string().contains("4 bytes"));
    }
}

#[test]
fn attachments_are_bounded_in_time() {
    let limits = Limits {
        attachment_timeout: Duration::from_millis(30),
        ..Limits::default()
    };
    let mut session = connected_with(OPEN, limits);
    text(&mut session, r#"452-["a"]"#);
    assert_eq!(session.next_timeout(), Some(at(30)));
    session.handle_binary(&[1], at(20)).unwrap();
    assert_eq!(session.handle_timeout(at(49)), Ok(()));
    let error = session.handle_timeout(at(50)).unwrap_err();
    assert!(error.to_string().contains("attachment"));
}

#[test]
fn a_close_forgets_pending_attachments() {
    let mut session = connected(Protocol::V4);
    text(&mut session, r#"451-["a"]"#);
    assert!(matches!(
        text(&mut session, "1"),
        Some(SessionEvent::Closed)
    ));
    assert!(binary(&mut session, &[1]).is_none());
    assert_eq!(session.next_timeout(), None);
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
