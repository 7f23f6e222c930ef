//! EVENT and ACK with attachments.

use core::time::Duration;

use ardexa_client::socket::{AckId, Limits, Protocol, SendError, SessionEvent};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{OPEN, ack, at, binary, connected, connected_with, event, sent, text, wrong};

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
        "without attachments it is an ordinary object"
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
fn the_attachment_count_is_checked() {
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
    session
        .send_event("a", &[], vec![vec![]; 10], false)
        .unwrap();
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
        let mut session = connected(Protocol::V4);
        session.send_event("a", &[], vec![], true).unwrap();
        let reason = wrong(&mut session, &format!("461-0[{arg}]"));
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
fn a_placeholder_in_a_text_event_is_left_alone() {
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
fn attachment_bytes_are_limited() {
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
fn attachment_time_is_limited() {
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
fn a_close_drops_pending_attachments() {
    let mut session = connected(Protocol::V4);
    text(&mut session, r#"451-["a"]"#);
    assert!(matches!(
        text(&mut session, "1"),
        Some(SessionEvent::Closed)
    ));
    assert!(binary(&mut session, &[1]).is_none());
    assert_eq!(session.next_timeout(), None);
}
