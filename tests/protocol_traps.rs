//! What clients of Engine.IO and Socket.IO commonly get wrong, one test each.
//!
//! | trap | test |
//! |---|---|
//! | **Engine.IO** | `engine::` |
//! | the ping's direction | `v4_answers_pings_and_never_pings`, `v3_pings_and_never_answers` |
//! | a pong that echoes | `a_pong_echoes_nothing_but_probe` |
//! | what extends the watchdog | `v4_only_a_ping_extends_the_deadline`, `v3_any_packet_extends_the_deadline` |
//! | deadlines while timers sleep | `a_deadline_that_passed_in_sleep_is_seen_at_once` |
//! | handshake fields that vary | `a_handshake_without_max_payload_and_with_unknown_keys_is_fine` |
//! | handshakes that make no sense | `a_handshake_of_nonsense_names_its_field` |
//! | unknown packet types | `an_unknown_packet_type_is_a_parse_error` |
//! | close over WebSocket | `a_close_packet_closes` |
//! | noop | `noop_is_ignored` |
//! | the separator of polling | `the_polling_separator_cuts_nothing` |
//! | the type byte of binary frames | `binary_frames_carry_the_type_byte_in_v3_only` |
//! | base64 in text frames | `base64_attachments_are_read_in_both_forms` |
//! | `EIO` in the URL | `the_url_says_the_revision` |
//! | **CONNECT** | `connect::` |
//! | who asks, and that nothing precedes it | `v4_asks_and_sends_nothing_before_the_reply` |
//! | CONNECT twice | `connect_is_sent_once`, `a_second_connect_from_the_server_is_an_error` |
//! | an auth that is no object | `connect_is_sent_without_a_payload` |
//! | the trailing comma | `the_comma_after_a_namespace_is_optional` |
//! | a namespace with a query | `a_query_is_no_part_of_the_namespaces_name` |
//! | a namespace without `/` | `a_namespace_without_slash_gets_one`, `a_namespace_with_a_comma_is_refused` |
//! | which `sid` | `the_socket_id_is_not_the_engine_id`, `v3_socket_ids_are_made_of_the_engine_id` |
//! | a reply without `sid` | `a_reply_without_sid_is_an_error` |
//! | events before the reply | `early_events_are_kept_in_order`, `early_events_are_bounded` |
//! | Socket.IO 2 behind `EIO=4` | `auto_falls_back_to_socket_io_2`, `v4_alone_says_that_the_server_is_socket_io_2` |
//! | `40` to Socket.IO 2 | `v3_never_asks_for_the_main_namespace`, `v3_asks_for_another_namespace_after_the_main_one` |
//! | other namespaces | `packets_for_other_namespaces_are_ignored` |
//! | connection state recovery | `a_pid_is_ignored_and_an_offset_disturbs_nothing` |
//! | **CONNECT_ERROR, DISCONNECT** | `end::` |
//! | CONNECT_ERROR of every shape | `a_refusal_of_any_shape_is_told` |
//! | CONNECT_ERROR without payload | `a_refusal_without_payload_is_told` |
//! | CONNECT_ERROR on `/` in Socket.IO 2 | `v3_a_refusal_of_the_main_namespace_is_ours` |
//! | CONNECT_ERROR after joining, in Socket.IO 2 | `v3_an_error_after_connecting_is_an_event` |
//! | no retry after it | `a_refusal_ends_the_session` |
//! | DISCONNECT: `41`, then a close | `a_disconnect_wins_over_the_close_that_follows` |
//! | DISCONNECT with a payload | `a_disconnect_with_payload_is_an_error` |
//! | our own DISCONNECT | `we_leave_only_what_we_joined` |
//! | input after the end | `after_an_error_every_input_gets_the_same` |
//! | **EVENT, ACK** | `events::` |
//! | ack ids | `ack_ids_count_from_zero`, `ack_ids_are_64_bits` |
//! | ACK without arguments | `an_ack_may_hold_nothing` |
//! | unknown and double acks | `unknown_and_double_acks_are_swallowed`, `an_event_is_answered_once`, `open_acks_are_bounded` |
//! | names: texts, numbers, reserved | `names_are_texts_or_numbers`, `reserved_names_are_errors` |
//! | names that are not reserved | `ordinary_names_are_not_hijacked` |
//! | events without arguments | `an_event_may_hold_nothing_but_its_name` |
//! | many arguments | `all_arguments_are_delivered` |
//! | arguments that are no JSON | `an_argument_that_is_no_json_cannot_break_out` |
//! | one queue | `frames_leave_in_the_order_of_the_calls` |
//! | `maxPayload` | `the_largest_frame_must_fit_max_payload` |
//! | **Binary** | `binary_packets::` |
//! | event and ack types of binary | `an_event_with_ack_and_attachments_is_type_5`, `an_ack_with_attachments_is_type_6` |
//! | pings between attachments | `a_ping_between_attachments_is_answered` |
//! | text between attachments | `text_between_attachments_is_an_error` |
//! | binary with nothing pending | `binary_with_nothing_pending_is_an_error` |
//! | the count of attachments | `the_count_of_attachments_is_checked` |
//! | placeholders | `placeholders_are_checked_at_any_depth`, `a_placeholder_in_a_plain_event_is_left_alone` |
//! | caps on bytes and time | `attachments_are_bounded_in_bytes`, `attachments_are_bounded_in_time` |
//! | state cleared on close | `a_close_forgets_pending_attachments` |

#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "helpers of tests may panic"
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

/// The handshake of a server from 4.5 on, which is never taken for an old one.
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

/// Feeds a text frame that is right.
fn text<'f>(session: &mut Session, frame: &'f str) -> Option<SessionEvent<'f>> {
    session
        .handle_text(frame, at(0))
        .unwrap_or_else(|error| panic!("{frame}: {error}"))
}

/// Feeds a text frame that is wrong, and gives the reason.
fn wrong(session: &mut Session, frame: &str) -> String {
    match session.handle_text(frame, at(0)) {
        Err(SessionError::Parse { reason }) => reason,
        other => panic!("{frame}: {other:?}"),
    }
}

/// Everything there is to send: texts as they are, binary in hexadecimal after `#`.
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

/// Feeds a binary frame that is right.
fn binary<'f>(session: &mut Session, frame: &'f [u8]) -> Option<SessionEvent<'f>> {
    session.handle_binary(frame, at(0)).unwrap()
}

/// A session joined to `/` within these limits, with nothing left to send.
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
