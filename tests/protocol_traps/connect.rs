//! CONNECT: who sends it, with which payload, and what may precede the reply.

use ardexa_client::engine::{Frame, Revision};
use ardexa_client::socket::{
    Limits, Protocol, SendError, Session, SessionConfig, SessionError, SessionEvent,
};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{OPEN, OPEN_WITH_LIMIT, at, connected, event, id, refusal, sent, session, text, wrong};

#[test]
fn v4_sends_connect_and_nothing_else_before_the_reply() {
    for (namespace, asks) in [("/", "40"), ("/admin", "40/admin,"), ("/é", "40/é,")] {
        let mut session = session(Protocol::Auto, namespace);
        assert!(sent(&mut session).is_empty());
        text(&mut session, OPEN_WITH_LIMIT);
        assert_eq!(
            session.send_event("a", &[], vec![], false),
            Err(SendError::NotConnected)
        );
        assert_eq!(sent(&mut session), [asks]);
        assert!(!session.is_connected() && !session.may_bypass());
    }
}

#[test]
fn connect_is_sent_once() {
    let mut session = session(Protocol::Auto, "/admin");
    text(&mut session, OPEN);
    assert_eq!(sent(&mut session), ["40/admin,"]);
    text(&mut session, "40"); // Socket.IO 2: the session remembers that CONNECT was sent.
    assert_eq!(session.revision(), Revision::V3);
    assert_eq!(id(text(&mut session, "40/admin,")), "/admin#eng");
    assert!(sent(&mut session).is_empty());
}

#[test]
fn a_second_connect_from_the_server_is_an_error() {
    for (protocol, frame) in [(Protocol::V4, r#"40{"sid":"again"}"#), (Protocol::V3, "40")] {
        assert!(wrong(&mut connected(protocol), frame).contains("second CONNECT"));
    }
}

#[test]
fn connect_is_sent_without_a_payload() {
    let mut session = session(Protocol::V4, "/");
    text(&mut session, OPEN);
    assert_eq!(sent(&mut session), ["40"]);
}

#[test]
fn the_comma_after_a_namespace_is_optional() {
    for frame in ["41/admin", "41/admin,"] {
        let mut session = session(Protocol::V3, "/admin");
        for frame in [OPEN, "40", "40/admin"] {
            text(&mut session, frame);
        }
        assert!(session.is_connected());
        assert!(matches!(
            text(&mut session, frame),
            Some(SessionEvent::Disconnected { .. })
        ));
    }
    for frame in ["44/admin", "44/admin,"] {
        let mut session = session(Protocol::V4, "/admin");
        text(&mut session, OPEN);
        refusal(text(&mut session, frame));
    }
}

#[test]
fn a_query_is_not_part_of_the_namespace() {
    let mut old = session(Protocol::V3, "/admin?token=1");
    text(&mut old, OPEN);
    text(&mut old, "40");
    assert_eq!(sent(&mut old), ["40/admin?token=1,"]);
    assert_eq!(id(text(&mut old, "40/admin,")), "/admin#eng");
    old.send_event("a", &[], vec![], false).unwrap();
    assert_eq!(sent(&mut old), [r#"42/admin,["a"]"#]);

    let mut new = session(Protocol::V4, "/admin?token=1");
    text(&mut new, OPEN);
    let frame = r#"44/admin?token=1,{"message":"Invalid namespace"}"#;
    assert_eq!(refusal(text(&mut new, frame)).0, "Invalid namespace");
}

#[test]
fn a_namespace_without_a_slash_gets_one() {
    for (namespace, asks) in [("admin", "40/admin,"), ("", "40")] {
        let mut session = session(Protocol::V4, namespace);
        text(&mut session, OPEN);
        assert_eq!(sent(&mut session), [asks]);
    }
}

#[test]
fn a_namespace_with_a_comma_is_rejected() {
    let mut session = session(Protocol::V4, "/a,b");
    let error = session.handle_text(OPEN, at(0)).unwrap_err();
    assert!(matches!(error, SessionError::InvalidNamespace { .. }));
    assert!(error.to_string().contains("\"/a,b\""));
}

#[test]
fn the_socket_id_is_not_the_engine_id() {
    let mut session = session(Protocol::V4, "/");
    text(&mut session, OPEN);
    assert_eq!(id(text(&mut session, r#"40{"sid":"sock"}"#)), "sock");
}

#[test]
fn v3_socket_ids_derive_from_the_engine_id() {
    let mut main = session(Protocol::V3, "/");
    text(&mut main, OPEN);
    assert_eq!(id(text(&mut main, "40")), "eng");
}

#[test]
fn a_reply_without_sid_is_an_error() {
    for frame in [
        "40{}",
        r#"40{"sid":""}"#,
        r#"40{"sid":7}"#,
        r#"40{"sid":null}"#,
    ] {
        for protocol in [Protocol::Auto, Protocol::V4] {
            let mut session = session(protocol, "/");
            text(&mut session, OPEN);
            assert!(wrong(&mut session, frame).contains("sid"));
        }
    }
}

#[test]
fn early_events_are_kept_in_order() {
    let mut session = session(Protocol::V4, "/");
    text(&mut session, OPEN);
    let first = r#"421["first",1]"#;
    let binary = r#"451-["second",{"_placeholder":true,"num":0}]"#;
    assert!(text(&mut session, first).is_none());
    assert!(text(&mut session, binary).is_none());
    assert!(session.handle_binary(&[9], at(0)).unwrap().is_none());
    assert_eq!(id(text(&mut session, r#"40{"sid":"sock"}"#)), "sock");
    let frames = session.take_early_frames();
    let wanted = [
        Frame::Text(first.into()),
        Frame::Text(binary.into()),
        Frame::Binary(vec![9]),
    ];
    assert_eq!(frames, wanted);
    let mut names = Vec::new();
    for frame in &frames {
        let event = match frame {
            Frame::Text(frame) => session.handle_text(frame, at(0)).unwrap(),
            Frame::Binary(frame) => session.handle_binary(frame, at(0)).unwrap(),
        };
        if event.is_some() {
            names.push(super::event(event).name.as_str().to_owned());
        }
    }
    assert_eq!(names, ["first", "second"]);
    assert!(session.take_early_frames().is_empty());
}

#[test]
fn early_events_are_bounded() {
    let limits = Limits {
        max_early_frames: 2,
        max_early_bytes: 20,
        ..Limits::default()
    };
    // As much as is allowed, and then too much: frames or bytes.
    for frames in [
        &[r#"42["a"]"#; 3][..],
        &[r#"42["0123456789abcd"]"#, r#"42[1]"#],
        &[r#"42["0123456789abcdef"]"#],
    ] {
        let config = SessionConfig {
            limits: limits.clone(),
            ..SessionConfig::default()
        };
        let mut session = Session::new(config);
        text(&mut session, OPEN);
        let (last, others) = frames.split_last().unwrap();
        for frame in others {
            text(&mut session, frame);
        }
        assert!(wrong(&mut session, last).contains("before the namespace was joined"));
        assert!(session.take_early_frames().is_empty());
    }
}

#[test]
fn auto_falls_back_to_socket_io_2() {
    let mut session = session(Protocol::Auto, "/");
    session.handle_text(OPEN, at(0)).unwrap();
    assert_eq!(session.revision(), Revision::V4);
    let event = session.handle_text("40", at(10)).unwrap();
    assert_eq!(id(event), "eng");
    assert_eq!(session.revision(), Revision::V3);
    assert!(
        sent(&mut session).is_empty(),
        "a CONNECT still queued is dropped"
    );
    assert_eq!(
        session.next_timeout(),
        Some(at(110)),
        "now the client pings"
    );
    session.handle_timeout(at(110)).unwrap();
    session.send_event("a", &[], vec![vec![7]], false).unwrap();
    assert_eq!(sent(&mut session), ["2", r#"451-["a"]"#, "#0407"]);
}

#[test]
fn frames_queued_for_revision_4_are_dropped_on_fallback() {
    // The CONNECT for `/`: a Socket.IO 2 server would open a second socket for it.
    let mut main = session(Protocol::Auto, "/");
    main.handle_text(OPEN, at(0)).unwrap();
    main.handle_timeout(at(155)).unwrap();
    main.handle_text("2", at(155)).unwrap();
    assert_eq!(id(main.handle_text("40", at(155)).unwrap()), "eng");
    assert!(sent(&mut main).is_empty());

    // The one for a namespace stays; the pong does not.
    let mut other = session(Protocol::Auto, "/é");
    text(&mut other, OPEN);
    text(&mut other, "2");
    text(&mut other, "40");
    assert_eq!(other.revision(), Revision::V3);
    assert_eq!(sent(&mut other), ["40/é,"]);
}

#[test]
fn auto_waits_for_an_unsolicited_connect() {
    let mut session = session(Protocol::Auto, "/");
    session
        .handle_text(
            r#"0{"sid":"eng","pingInterval":25000,"pingTimeout":5000}"#,
            at(0),
        )
        .unwrap();
    assert!(sent(&mut session).is_empty());
    let asks_at = session.next_timeout().unwrap();
    assert!(asks_at <= at(200));
    session.handle_timeout(asks_at).unwrap();
    session.handle_timeout(asks_at).unwrap();
    assert_eq!(sent(&mut session), ["40"]);
    assert_eq!(
        session.next_timeout(),
        Some(at(30_000)),
        "only the heartbeat remains"
    );
    assert_eq!(id(text(&mut session, r#"40{"sid":"sock"}"#)), "sock");
}

#[test]
fn a_connect_that_crossed_ours_may_be_repeated() {
    let mut session = session(Protocol::Auto, "/");
    session.handle_text(OPEN, at(0)).unwrap();
    session.handle_timeout(at(155)).unwrap();
    assert_eq!(sent(&mut session), ["40"]);
    assert_eq!(id(text(&mut session, "40")), "eng");
    assert!(
        text(&mut session, "40").is_none(),
        "the reply to the CONNECT that was sent too early"
    );
    assert!(wrong(&mut session, "40").contains("second CONNECT"));
}

#[test]
fn v4_reports_a_socket_io_2_server() {
    let mut old = session(Protocol::V4, "/");
    text(&mut old, OPEN);
    let error = old.handle_text("40", at(0)).unwrap_err();
    assert_eq!(error, SessionError::SocketIo2);
    assert!(
        error
            .to_string()
            .contains(r#"the server speaks Socket.IO 2: use protocol "auto" or 3"#)
    );

    let open = r#"0{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":9}"#;
    let mut new = session(Protocol::Auto, "/");
    text(&mut new, open);
    assert!(
        wrong(&mut new, "40").contains("sid"),
        "a server that sends maxPayload is not an old one"
    );
}

#[test]
fn v3_never_requests_the_main_namespace() {
    let mut session = session(Protocol::V3, "/");
    text(&mut session, OPEN);
    text(&mut session, "40");
    assert!(session.is_connected());
    assert!(sent(&mut session).is_empty());
}

#[test]
fn v3_requests_another_namespace_after_the_main_one() {
    let mut session = session(Protocol::V3, "/admin");
    text(&mut session, OPEN);
    assert!(text(&mut session, "40/other,").is_none());
    assert!(sent(&mut session).is_empty());
    assert!(text(&mut session, "40").is_none());
    assert_eq!(sent(&mut session), ["40/admin,"]);
    assert!(text(&mut session, r#"42["for main"]"#).is_none());
    assert_eq!(id(text(&mut session, "40/admin,")), "/admin#eng");
}

#[test]
fn a_connect_for_another_namespace_joins_nothing() {
    for (protocol, other, ours) in [
        (
            Protocol::V4,
            r#"40/b,{"sid":"theirs"}"#,
            r#"40{"sid":"sock"}"#,
        ),
        (Protocol::V3, "40/b,", "40"),
    ] {
        let mut session = session(protocol, "/");
        text(&mut session, OPEN_WITH_LIMIT);
        assert!(text(&mut session, other).is_none());
        assert!(!session.is_connected());
        text(&mut session, ours);
        assert!(session.is_connected());
    }
}

#[test]
fn packets_for_other_namespaces_are_ignored() {
    let mut session = connected(Protocol::V4);
    for frame in [
        r#"40/b,{"sid":"x"}"#,
        "41/b,",
        r#"44/b,{"message":"no"}"#,
        r#"42/b,7["a"]"#,
        "43/b,0[]",
        r#"452-/b,["a",{"_placeholder":true,"num":0}]"#,
    ] {
        assert!(text(&mut session, frame).is_none(), "{frame}");
    }
    for data in [[1], [2]] {
        assert!(session.handle_binary(&data, at(0)).unwrap().is_none());
    }
    assert_eq!(
        event(text(&mut session, r#"42["ours"]"#)).name.as_str(),
        "ours"
    );
    assert!(sent(&mut session).is_empty());
}

#[test]
fn a_pid_and_an_offset_are_ignored() {
    let mut session = session(Protocol::V4, "/");
    text(&mut session, OPEN);
    assert_eq!(
        id(text(&mut session, r#"40{"sid":"sock","pid":"p"}"#)),
        "sock"
    );
    match text(&mut session, r#"42["evt",{"a":1},"Q8269fK"]"#) {
        Some(SessionEvent::Event(event)) => {
            assert_eq!(event.data.get(event.first.unwrap()), Some(r#"{"a":1}"#));
        }
        other => panic!("{other:?}"),
    }
}
