//! CONNECT_ERROR, DISCONNECT, and input after the end.

use ardexa_client::socket::{Protocol, SendError, SessionEvent};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{OPEN, at, connected, refusal, sent, session, text, wrong};

#[test]
fn a_refusal_of_any_form_is_reported() {
    for (protocol, payload, message, data) in [
        (Protocol::V4, r#"{"message":"né"}"#, "né", None),
        (
            Protocol::V4,
            r#"{"message":"no","data":{"code":1}}"#,
            "no",
            Some(r#"{"code":1}"#),
        ),
        (Protocol::V4, r#""no""#, "no", None),
        (
            Protocol::V3,
            r#""Invalid namespace""#,
            "Invalid namespace",
            None,
        ),
        (Protocol::V3, r#"{"message":"no"}"#, "no", None),
        (
            Protocol::V3,
            r#"{"content":"retry later"}"#,
            "",
            Some(r#"{"content":"retry later"}"#),
        ),
        (Protocol::V3, r#"["no",1]"#, "", Some(r#"["no",1]"#)),
        (
            Protocol::V4,
            r#"{"message":7}"#,
            "",
            Some(r#"{"message":7}"#),
        ),
    ] {
        let mut session = session(protocol, "/");
        text(&mut session, OPEN);
        let got = refusal(text(&mut session, &format!("44{payload}")));
        let message = if message.is_empty() {
            got.0.clone()
        } else {
            message.to_owned()
        };
        assert!(!message.is_empty());
        assert_eq!(got, (message, data.map(ToOwned::to_owned)), "{payload}");
    }
}

#[test]
fn a_refusal_without_payload_is_reported() {
    let mut session = session(Protocol::V4, "/");
    text(&mut session, OPEN);
    let (message, data) = refusal(text(&mut session, "44"));
    assert!(message.contains("no reason"));
    assert_eq!(data, None);
}

#[test]
fn v3_a_refusal_of_the_main_namespace_rejects_any_namespace() {
    let mut old = session(Protocol::V3, "/admin");
    text(&mut old, OPEN);
    assert_eq!(refusal(text(&mut old, r#"44"no""#)).0, "no");
    let mut new = session(Protocol::V4, "/admin");
    text(&mut new, OPEN);
    assert!(text(&mut new, r#"44"no""#).is_none());
}

#[test]
fn v3_an_error_after_connecting_is_an_event() {
    let mut session = connected(Protocol::V3);
    match text(&mut session, r#"44{"code":1}"#) {
        Some(SessionEvent::Event(event)) => {
            assert_eq!(event.name.as_str(), "error");
            assert_eq!(event.data, r#"["error",{"code":1}]"#);
            assert_eq!(event.data.get(event.first.unwrap()), Some(r#"{"code":1}"#));
        }
        other => panic!("{other:?}"),
    }
    assert!(session.is_connected());
    wrong(&mut connected(Protocol::V4), r#"44{"message":"no"}"#);
}

#[test]
fn a_refusal_ends_the_session() {
    let mut session = session(Protocol::V4, "/");
    text(&mut session, OPEN);
    refusal(text(&mut session, "44"));
    assert!(text(&mut session, r#"40{"sid":"sock"}"#).is_none());
    assert!(sent(&mut session).is_empty());
    assert_eq!(session.next_timeout(), None);
}

#[test]
fn a_disconnect_takes_precedence_over_the_following_close() {
    let mut session = connected(Protocol::V4);
    assert!(matches!(
        text(&mut session, "41"),
        Some(SessionEvent::Disconnected { .. })
    ));
    assert!(text(&mut session, "1").is_none());
    assert_eq!(session.handle_timeout(at(1_000_000)), Ok(()));
    assert_eq!(
        session.send_event("a", &[], vec![], false),
        Err(SendError::NotConnected)
    );
    assert!(sent(&mut session).is_empty());
}

#[test]
fn a_disconnect_payload_becomes_its_message() {
    for protocol in [Protocol::V4, Protocol::V3] {
        for (frame, expected_message, expected_data) in [
            (
                r#"41{"message":"jwt expired","data":{"code":401}}"#,
                Some("jwt expired"),
                Some(r#"{"code":401}"#),
            ),
            (r#"41{"message":"jwt expired"}"#, Some("jwt expired"), None),
            (r#"41"jwt expired ü""#, Some("jwt expired ü"), None),
            (r#"41{"message":7}"#, None, Some(r#"{"message":7}"#)),
            ("41[1]", None, Some("[1]")),
            ("41null", None, None),
            ("41/,{}", None, Some("{}")),
            ("41", None, None),
        ] {
            let mut session = connected(protocol);
            let Some(SessionEvent::Disconnected { message, data }) = text(&mut session, frame)
            else {
                panic!("{frame} is not a disconnect");
            };
            assert_eq!(
                (message.as_deref(), data.as_deref()),
                (expected_message, expected_data),
                "{frame}"
            );
        }
        assert!(text(&mut connected(protocol), "41/admin,null").is_none());
    }
    for frame in ["41x", "41 {}", "41{", "410"] {
        wrong(&mut connected(Protocol::V4), frame);
    }
}

#[test]
fn disconnect_is_sent_only_for_a_joined_namespace() {
    let mut joined = connected(Protocol::V4);
    joined.send_event("last", &[], vec![], false).unwrap();
    joined.disconnect();
    joined.disconnect();
    assert_eq!(sent(&mut joined), [r#"42["last"]"#, "41"]);
    assert!(text(&mut joined, r#"42["late"]"#).is_none());

    let mut waiting = session(Protocol::V4, "/");
    text(&mut waiting, OPEN);
    waiting.disconnect();
    assert!(sent(&mut waiting).is_empty());
    assert!(text(&mut waiting, r#"40{"sid":"sock"}"#).is_none());
}

#[test]
fn after_an_error_every_input_returns_the_same_error() {
    let mut session = connected(Protocol::V4);
    session.send_event("a", &[], vec![], false).unwrap();
    let error = session.handle_text("9", at(0)).unwrap_err();
    assert_eq!(session.handle_text(r#"42["a"]"#, at(0)).unwrap_err(), error);
    assert_eq!(session.handle_binary(&[1], at(0)).unwrap_err(), error);
    assert_eq!(session.handle_timeout(at(0)).unwrap_err(), error);
    session.disconnect();
    assert!(sent(&mut session).is_empty());
    assert_eq!(session.next_timeout(), None);
    let long = format!("4{}", "é".repeat(5000));
    let message = connected(Protocol::V4)
        .handle_text(&long, at(0))
        .unwrap_err()
        .to_string();
    assert!(message.chars().count() < 200, "{message}");
}
