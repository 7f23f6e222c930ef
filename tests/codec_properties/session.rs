//! Plays any steps on a session and checks its invariants.

use ardexa_client::engine::Frame;
use ardexa_client::socket::{AckId, Limits, Protocol, Session, SessionConfig, SessionEvent};
use ardexa_client::time::Instant;
use serde_json::value::RawValue;

pub(crate) const OPEN: &str = r#"0{"sid":"e","pingInterval":100,"pingTimeout":60}"#;

#[derive(Clone, Debug)]
pub(crate) enum Step {
    Frame(Frame),
    Wait(u64),
    Send(Vec<Vec<u8>>),
    Ack(u64),
    Drain,
    Disconnect,
}

/// Opens a session as far as `opening` says, then plays the steps. It does not panic, stays closed
/// once it has ended, keeps its first error, and locates an event's first argument correctly.
pub(crate) fn play(
    protocol: Protocol,
    namespace: &str,
    opening: u8,
    steps: impl IntoIterator<Item = Step>,
) {
    let limits = Limits {
        max_early_frames: 8,
        max_open_acks: 4,
        ..Limits::default()
    };
    let config = SessionConfig {
        protocol,
        namespace: namespace.to_owned(),
        limits,
        ..SessionConfig::default()
    };
    let mut session = Session::new(config);
    let mut now = Instant::from_millis(0);
    let mut failed = None;
    let mut ended = false;
    // Most sessions get as far as joining; some do not.
    let joined = match (protocol, namespace) {
        (Protocol::V3, "/") => &[OPEN, "40"][..],
        (Protocol::V3, _) => &[OPEN, "40", "40/é,"],
        (_, "/") => &[OPEN, r#"40{"sid":"é"}"#],
        _ => &[OPEN, r#"40/é,{"sid":"é"}"#],
    };
    let text = |frame: &&str| Step::Frame(Frame::Text((*frame).to_owned()));
    let opening = joined.iter().take(usize::from(opening)).map(text);
    for step in opening.chain(steps) {
        let was_connected = session.is_connected();
        let result = match &step {
            Step::Frame(frame) => match frame {
                Frame::Text(text) => session.handle_text(text, now),
                Frame::Binary(data) => session.handle_binary(data, now),
            },
            Step::Wait(millis) => {
                now += core::time::Duration::from_millis(*millis);
                session.handle_timeout(now).map(|()| None)
            }
            Step::Send(attachments) => {
                let sent = session.send_event("é", &["1"], attachments.clone(), true);
                let few = attachments.len() <= Limits::default().max_attachments;
                assert_eq!(sent.is_ok(), was_connected && few);
                Ok(None)
            }
            Step::Ack(id) => {
                let _ = session.send_ack(AckId(*id), &[], vec![]);
                Ok(None)
            }
            Step::Drain => {
                while session.poll_frame().is_some() {}
                Ok(None)
            }
            Step::Disconnect => {
                session.disconnect();
                ended = true;
                Ok(None)
            }
        };
        match result {
            Ok(Some(event)) => {
                assert!(!ended && failed.is_none(), "after the end: {:?}", event);
                if let SessionEvent::Event(event) = &event {
                    let array: Vec<&RawValue> = serde_json::from_str(&event.data).unwrap();
                    let first = event.first.clone().and_then(|range| event.data.get(range));
                    assert_eq!(first, array.get(1).map(|first| first.get()));
                }
                ended = matches!(
                    event,
                    SessionEvent::Refused { .. }
                        | SessionEvent::Disconnected { .. }
                        | SessionEvent::Closed
                );
            }
            Ok(None) => {}
            Err(error) => {
                // Two excerpts of 60 characters, each of which escaping may double.
                assert!(error.to_string().chars().count() < 400);
                assert_eq!(failed.get_or_insert_with(|| error.clone()), &error);
            }
        }
        if ended || failed.is_some() {
            assert!(!session.is_connected() && !session.may_bypass());
            assert_eq!(session.next_timeout(), None);
        }
    }
}
