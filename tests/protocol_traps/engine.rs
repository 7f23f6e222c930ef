//! The Engine.IO layer: heartbeat, handshake, frames.

use ardexa_client::engine::Revision;
use ardexa_client::socket::{Protocol, SessionError, SessionEvent};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{OPEN, at, connected, sent, session, text, wrong};

#[test]
fn v4_answers_pings_and_never_pings() {
    let mut session = connected(Protocol::V4);
    assert_eq!(session.handle_timeout(at(100)), Ok(()));
    assert!(sent(&mut session).is_empty());
    assert!(text(&mut session, "2").is_none());
    assert_eq!(sent(&mut session), ["3"]);
}

#[test]
fn v3_pings_and_never_sends_pongs() {
    let mut session = connected(Protocol::V3);
    assert_eq!(session.next_timeout(), Some(at(100)));
    assert_eq!(session.handle_timeout(at(100)), Ok(()));
    assert_eq!(sent(&mut session), ["2"]);
    assert!(text(&mut session, "2").is_none());
    assert!(
        sent(&mut session).is_empty(),
        "a revision 3 server closes on a pong"
    );
}

#[test]
fn a_pong_echoes_only_probe() {
    let mut session = connected(Protocol::V4);
    for frame in ["2", "2hello", "2probe"] {
        text(&mut session, frame);
    }
    assert_eq!(sent(&mut session), ["3", "3", "3probe"]);
}

#[test]
fn v4_only_a_ping_extends_the_deadline() {
    let mut session = connected(Protocol::V4);
    session.handle_text("2", at(50)).unwrap();
    session.handle_text(r#"42["event"]"#, at(120)).unwrap();
    session.note_activity(at(130));
    assert_eq!(session.next_timeout(), Some(at(210)));
    assert_eq!(session.handle_timeout(at(209)), Ok(()));
    assert_eq!(
        session.handle_timeout(at(210)),
        Err(SessionError::PingTimeout)
    );
}

#[test]
fn v3_any_packet_extends_the_deadline() {
    let mut session = connected(Protocol::V3);
    assert_eq!(session.handle_timeout(at(100)), Ok(()));
    session.handle_text(r#"42["event"]"#, at(150)).unwrap();
    assert_eq!(session.handle_timeout(at(170)), Ok(()));
    session.handle_timeout(at(200)).unwrap();
    session.note_activity(at(250));
    assert_eq!(session.handle_timeout(at(299)), Ok(()));
    assert_eq!(session.handle_timeout(at(300)), Ok(()));
    assert_eq!(
        session.handle_timeout(at(360)),
        Err(SessionError::PingTimeout)
    );
}

#[test]
fn a_deadline_missed_during_sleep_is_noticed_immediately() {
    for protocol in [Protocol::V4, Protocol::V3] {
        let mut session = connected(protocol);
        assert_eq!(
            session.handle_timeout(at(3_600_000)),
            Err(SessionError::PingTimeout)
        );
        assert!(sent(&mut session).is_empty());
    }
}

#[test]
fn a_handshake_may_lack_max_payload_and_have_unknown_keys() {
    let mut session = session(Protocol::V4, "/");
    text(
        &mut session,
        r#"0{"new":[{}],"sid":"é","pingInterval":25000,"pingTimeout":20000}"#,
    );
    assert_eq!(session.max_payload(), None);
    assert_eq!(session.next_timeout(), Some(at(45_000)));
}

#[test]
fn an_invalid_handshake_error_names_the_field() {
    for (frame, field) in [
        (
            r#"0{"sid":"a","pingInterval":-1,"pingTimeout":1}"#,
            "pingInterval",
        ),
        (
            r#"0{"sid":"a","pingInterval":1,"pingTimeout":0}"#,
            "pingTimeout",
        ),
        (r#"0{"sid":"","pingInterval":1,"pingTimeout":1}"#, "sid"),
        (
            r#"0{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":"1"}"#,
            "maxPayload",
        ),
    ] {
        let reason = wrong(&mut session(Protocol::Auto, "/"), frame);
        assert!(reason.contains(&format!("`{field}`")), "{reason}");
    }
    assert!(wrong(&mut connected(Protocol::V4), OPEN).contains("second open handshake"));
}

#[test]
fn a_first_frame_that_is_not_a_handshake_is_from_another_server() {
    for frame in [r#"42["a"]"#, "2", "", "x", "{}\u{1e}", "é"] {
        let error = session(Protocol::Auto, "/").handle_text(frame, at(0));
        let error = error.unwrap_err();
        assert!(
            matches!(error, SessionError::NoHandshake { .. }),
            "{frame}: {error}"
        );
    }
    for frame in [&[][..], &[4, 1], &[1, 2]] {
        let error = session(Protocol::V3, "/").handle_binary(frame, at(0));
        assert!(matches!(error, Err(SessionError::NoHandshake { .. })));
    }
}

#[test]
fn an_unknown_packet_type_is_a_parse_error() {
    for frame in ["", "7", "é1234", "x", "\u{1e}"] {
        wrong(&mut connected(Protocol::V4), frame);
        wrong(&mut connected(Protocol::V3), frame);
    }
}

#[test]
fn a_close_packet_closes() {
    for mut session in [
        connected(Protocol::V4),
        connected(Protocol::V3),
        session(Protocol::V4, "/"),
    ] {
        assert!(matches!(
            text(&mut session, "1"),
            Some(SessionEvent::Closed)
        ));
        assert_eq!(
            (session.is_connected(), session.next_timeout()),
            (false, None)
        );
        assert!(text(&mut session, "1").is_none());
    }
}

#[test]
fn noop_is_ignored() {
    let mut session = connected(Protocol::V4);
    assert!(text(&mut session, "6").is_none());
    assert!(session.is_connected());
    assert!(sent(&mut session).is_empty());
}

#[test]
fn the_polling_separator_does_not_split_frames() {
    // For binary frames see the next test. In text it is data like any other.
    let mut session = connected(Protocol::V4);
    assert!(text(&mut session, "2\u{1e}3").is_none());
    assert_eq!(sent(&mut session), ["3"], "one ping, not a ping and a pong");
    let reason = wrong(&mut session, "42[\"a\"]\u{1e}42[\"b\"]");
    assert!(reason.contains("not valid JSON"), "{reason}");
}

#[test]
fn binary_frames_carry_the_type_byte_in_v3_only() {
    let event = r#"451-["a",{"_placeholder":true,"num":0}]"#;
    for (protocol, frame) in [
        (Protocol::V4, &[1, 0x1e, 3][..]),
        (Protocol::V3, &[4, 1, 0x1e, 3]),
    ] {
        let mut session = connected(protocol);
        text(&mut session, event);
        match session.handle_binary(frame, at(0)) {
            Ok(Some(SessionEvent::Event(event))) => assert_eq!(event.attachments, [[1, 0x1e, 3]]),
            other => panic!("{other:?}"),
        }
        session
            .send_event("b", &[], vec![vec![8, 7]], false)
            .unwrap();
        let binary = if protocol == Protocol::V3 {
            "#040807"
        } else {
            "#0807"
        };
        assert_eq!(sent(&mut session), [r#"451-["b"]"#, binary]);
    }
    let mut session = connected(Protocol::V3);
    text(&mut session, event);
    assert!(session.handle_binary(&[1, 2, 3], at(0)).is_err());
}

#[test]
fn base64_attachments_are_decoded_in_both_forms() {
    for (protocol, frame, other) in [
        (Protocol::V4, "bAQIDBA==", "b4AQIDBA=="),
        (Protocol::V3, "b4AQIDBA==", "bAQIDBA=="),
    ] {
        let mut session = connected(protocol);
        text(&mut session, r#"451-["a"]"#);
        match text(&mut session, frame) {
            Some(SessionEvent::Event(event)) => assert_eq!(event.attachments, [[1, 2, 3, 4]]),
            event => panic!("{event:?}"),
        }
        text(&mut session, r#"451-["a"]"#);
        wrong(&mut session, other);
    }
}

#[test]
fn the_url_contains_the_revision() {
    for (protocol, revision, number) in [
        (Protocol::Auto, Revision::V4, 4),
        (Protocol::V4, Revision::V4, 4),
        (Protocol::V3, Revision::V3, 3),
    ] {
        let session = session(protocol, "/");
        assert_eq!(session.revision(), revision);
        assert_eq!(session.revision().number(), number);
    }
}
