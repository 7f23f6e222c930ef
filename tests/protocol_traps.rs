//! Common mistakes of Engine.IO and Socket.IO clients, one test each.
//!
//! | trap | test |
//! |---|---|
//! | **Engine.IO** | `engine::` |
//! | the ping's direction | `v4_answers_pings_and_never_pings`, `v3_pings_and_never_sends_pongs` |
//! | a pong that echoes | `a_pong_echoes_only_probe` |
//! | what extends the watchdog | `v4_only_a_ping_extends_the_deadline`, `v3_any_packet_extends_the_deadline` |
//! | deadlines while timers are suspended | `a_deadline_missed_during_sleep_is_noticed_immediately` |
//! | handshake fields that vary | `a_handshake_may_lack_max_payload_and_have_unknown_keys` |
//! | invalid handshakes | `an_invalid_handshake_error_names_the_field` |
//! | unknown packet types | `an_unknown_packet_type_is_a_parse_error` |
//! | close over WebSocket | `a_close_packet_closes` |
//! | noop | `noop_is_ignored` |
//! | the separator of polling | `the_polling_separator_does_not_split_frames` |
//! | the type byte of binary frames | `binary_frames_carry_the_type_byte_in_v3_only` |
//! | base64 in text frames | `base64_attachments_are_decoded_in_both_forms` |
//! | `EIO` in the URL | `the_url_contains_the_revision` |
//! | **CONNECT** | `connect::` |
//! | who sends it, and that nothing precedes it | `v4_sends_connect_and_nothing_else_before_the_reply` |
//! | CONNECT twice | `connect_is_sent_once`, `a_second_connect_from_the_server_is_an_error` |
//! | an auth that is not an object | `connect_is_sent_without_a_payload` |
//! | the trailing comma | `the_comma_after_a_namespace_is_optional` |
//! | a namespace with a query | `a_query_is_not_part_of_the_namespace` |
//! | a namespace without `/` | `a_namespace_without_a_slash_gets_one`, `a_namespace_with_a_comma_is_rejected` |
//! | which `sid` | `the_socket_id_is_not_the_engine_id`, `v3_socket_ids_derive_from_the_engine_id` |
//! | a reply without `sid` | `a_reply_without_sid_is_an_error` |
//! | events before the reply | `early_events_are_kept_in_order`, `early_events_are_bounded` |
//! | Socket.IO 2 behind `EIO=4` | `auto_falls_back_to_socket_io_2`, `v4_reports_a_socket_io_2_server` |
//! | `40` to Socket.IO 2 | `v3_never_requests_the_main_namespace`, `v3_requests_another_namespace_after_the_main_one` |
//! | other namespaces | `packets_for_other_namespaces_are_ignored` |
//! | connection state recovery | `a_pid_and_an_offset_are_ignored` |
//! | **CONNECT_ERROR, DISCONNECT** | `end::` |
//! | CONNECT_ERROR of every form | `a_refusal_of_any_form_is_reported` |
//! | CONNECT_ERROR without payload | `a_refusal_without_payload_is_reported` |
//! | CONNECT_ERROR on `/` in Socket.IO 2 | `v3_a_refusal_of_the_main_namespace_rejects_any_namespace` |
//! | CONNECT_ERROR after joining, in Socket.IO 2 | `v3_an_error_after_connecting_is_an_event` |
//! | no retry after it | `a_refusal_ends_the_session` |
//! | DISCONNECT: `41`, then a close | `a_disconnect_takes_precedence_over_the_following_close` |
//! | DISCONNECT with a payload | `a_disconnect_payload_becomes_its_message` |
//! | our own DISCONNECT | `disconnect_is_sent_only_for_a_joined_namespace` |
//! | input after the end | `after_an_error_every_input_returns_the_same_error` |
//! | **EVENT, ACK** | `events::` |
//! | ack ids | `ack_ids_count_from_zero`, `ack_ids_are_64_bits` |
//! | ACK without arguments | `an_ack_may_be_empty` |
//! | unknown and duplicate acks | `unknown_and_duplicate_acks_are_ignored`, `an_event_is_acknowledged_once`, `open_acks_are_bounded` |
//! | names: strings, numbers, reserved | `names_are_strings_or_numbers`, `reserved_names_are_errors` |
//! | names that are not reserved | `names_of_lifecycle_events_are_ordinary_events` |
//! | events without arguments | `an_event_may_have_no_arguments` |
//! | many arguments | `all_arguments_are_delivered` |
//! | arguments that are not JSON | `an_argument_that_is_not_json_cannot_inject` |
//! | send order | `frames_are_sent_in_call_order` |
//! | `maxPayload` | `the_largest_frame_must_fit_max_payload` |
//! | **Binary** | `binary_packets::` |
//! | event and ack types of binary | `an_event_with_ack_and_attachments_is_type_5`, `an_ack_with_attachments_is_type_6` |
//! | pings between attachments | `a_ping_between_attachments_is_answered` |
//! | text between attachments | `text_between_attachments_is_an_error` |
//! | binary with nothing pending | `binary_with_nothing_pending_is_an_error` |
//! | the attachment count | `the_attachment_count_is_checked` |
//! | placeholders | `placeholders_are_checked_at_any_depth`, `a_placeholder_in_a_text_event_is_left_alone` |
//! | limits on bytes and time | `attachment_bytes_are_limited`, `attachment_time_is_limited` |
//! | state cleared on close | `a_close_drops_pending_attachments` |

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "test helpers may panic"
)]

use ardexa_client::engine::Frame;
use ardexa_client::socket::{
    IncomingAck, IncomingEvent, Limits, Protocol, Session, SessionConfig, SessionError,
    SessionEvent,
};
use ardexa_client::time::Instant;

#[path = "protocol_traps/binary.rs"]
mod binary_packets;
#[path = "protocol_traps/connect.rs"]
mod connect;
#[path = "protocol_traps/end.rs"]
mod end;
#[path = "protocol_traps/engine.rs"]
mod engine;
#[path = "protocol_traps/events.rs"]
mod events;

/// The handshake of a server from 4.5 on, which cannot be mistaken for an old one.
const OPEN_WITH_LIMIT: &str =
    r#"0{"sid":"eng","upgrades":[],"pingInterval":100,"pingTimeout":60,"maxPayload":1000000}"#;
const OPEN: &str = r#"0{"sid":"eng","upgrades":[],"pingInterval":100,"pingTimeout":60}"#;

fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

fn session(protocol: Protocol, namespace: &str) -> Session {
    let namespace = namespace.to_owned();
    Session::new(SessionConfig {
        protocol,
        namespace,
        ..SessionConfig::default()
    })
}

/// A session joined to `/`, with nothing left to send.
fn connected(protocol: Protocol) -> Session {
    let mut session = session(protocol, "/");
    text(&mut session, OPEN);
    let reply = if protocol == Protocol::V3 {
        "40"
    } else {
        r#"40{"sid":"sock"}"#
    };
    assert!(matches!(
        text(&mut session, reply),
        Some(SessionEvent::Connected { .. })
    ));
    sent(&mut session);
    session
}

/// Passes in a valid text frame.
fn text<'f>(session: &mut Session, frame: &'f str) -> Option<SessionEvent<'f>> {
    session
        .handle_text(frame, at(0))
        .unwrap_or_else(|error| panic!("{frame}: {error}"))
}

/// Passes in an invalid text frame and returns the error message.
fn wrong(session: &mut Session, frame: &str) -> String {
    match session.handle_text(frame, at(0)) {
        Err(SessionError::Parse { reason }) => reason,
        other => panic!("{frame}: {other:?}"),
    }
}

/// Everything there is to send: strings unchanged, binary in hexadecimal after `#`.
fn sent(session: &mut Session) -> Vec<String> {
    core::iter::from_fn(|| session.poll_frame())
        .map(|frame| match frame {
            Frame::Text(text) => text,
            Frame::Binary(data) => data
                .iter()
                .fold("#".to_owned(), |text, byte| format!("{text}{byte:02x}")),
        })
        .collect()
}

/// The id in the event.
fn id(event: Option<SessionEvent<'_>>) -> String {
    match event {
        Some(SessionEvent::Connected { id }) => id,
        other => panic!("{other:?}"),
    }
}

/// The message and the data in the event.
fn refusal(event: Option<SessionEvent<'_>>) -> (String, Option<String>) {
    match event {
        Some(SessionEvent::Refused { message, data }) => {
            (message, data.map(|data| data.to_string()))
        }
        other => panic!("{other:?}"),
    }
}

/// The event in the event.
fn event(event: Option<SessionEvent<'_>>) -> IncomingEvent<'_> {
    match event {
        Some(SessionEvent::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

/// The ack in the event.
fn ack(event: Option<SessionEvent<'_>>) -> IncomingAck<'_> {
    match event {
        Some(SessionEvent::Ack(ack)) => ack,
        other => panic!("{other:?}"),
    }
}

/// Passes in a valid binary frame.
fn binary<'f>(session: &mut Session, frame: &'f [u8]) -> Option<SessionEvent<'f>> {
    session.handle_binary(frame, at(0)).unwrap()
}

/// A session joined to `/` with these limits, with nothing left to send.
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
