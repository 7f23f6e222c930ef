//! Reconnection after an accepted connection is lost.

use crate::link::{World, config, first_connect, ms, reconnect, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState, Event};
use ardexa_client::socket::DisconnectReason;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn reconnects_after_a_drop() {
    let mut world = World::stable();
    world.drop_tcp();
    world.expect_story(&[
        "close socket",
        "disconnect transport close",
        "reconnecting 1",
    ]);
    assert_eq!(world.state(), ConnectionState::Reconnecting);
    assert_eq!(world.client.socket_id(), None);
    world.wait_for_retry();
    world.expect_story(&["ask", "open", "send 40", "reconnect 1"]);
    assert_eq!(world.client.socket_id(), Some("socket-1"));
    assert!(world.server.last().url.contains("token=secret-2"));
    assert_eq!(world.client.stats().connections, 2);
}

#[test]
fn a_failed_socket_is_a_transport_error() {
    let mut world = World::stable();
    let attempt = world.server.last().attempt;
    world.server.closed(attempt);
    world.input(ardexa_client::client::Input::Closed {
        attempt,
        failed: true,
        detail: None,
    });
    world.run();
    world.expect_story(&[
        "close socket",
        "disconnect transport error",
        "reconnecting 1",
    ]);
}

#[test]
fn an_engine_close_packet_is_a_transport_close() {
    let mut world = World::stable();
    world.send_frame("1");
    world.expect_story(&[
        "close socket",
        "disconnect transport close",
        "reconnecting 1",
    ]);
    world.wait_for_retry();
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn a_drop_at_any_stage_of_the_handshake_is_retried() {
    for stage in [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
    ] {
        let mut world = World::stable();
        world.server.plans.push_back(Plan::Drop(stage));
        world.drop_tcp();
        world.story();
        world.settle_down();
        let story = world.story();
        let count = |line: &str| story.iter().filter(|l| *l == line).count();
        assert_eq!(
            count("connect_error 1 unreachable"),
            1,
            "{stage:?}: {story:?}"
        );
        assert_eq!(count("reconnecting 2"), 1);
        assert_eq!(count("reconnect 2"), 1);
    }
}

#[test]
fn silence_at_any_stage_of_the_handshake_is_retried() {
    for stage in [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
    ] {
        let mut world = World::stable();
        world.server.plans.push_back(Plan::Stall(stage));
        world.drop_tcp();
        world.settle_down();
        assert_eq!(world.state(), ConnectionState::Connected, "{stage:?}");
        assert_eq!(world.server.connections.len(), 3);
        assert!(!world.server.connections[1].alive, "{stage:?}");
    }
}

#[test]
fn a_refusal_ends_reconnection() {
    let mut world = World::stable();
    world.server.plan = refusal(r#"44{"message":"no longer"}"#);
    world.drop_tcp();
    world.settle_down();
    assert_eq!(world.state(), ConnectionState::Closed);
    let story = world.story();
    assert_eq!(story.last().unwrap(), "connect_error 1 unauthorized, final");
}

#[test]
fn connect_while_waiting_retries_immediately_and_settles_with_that_attempt() {
    let mut world = World::stable();
    world
        .server
        .plans
        .extend([Plan::Drop(Stage::ConnectReceived), Plan::Accept]);
    world.drop_tcp();
    world.story();
    let failing = world.connect();
    world.expect_story(&[
        "ask",
        "open",
        "send 40",
        "close socket",
        "connect_error 1 unreachable",
        "settle 2 unreachable",
        "reconnecting 2",
    ]);
    assert_eq!(world.code(failing), "unreachable");
    assert_eq!(world.state(), ConnectionState::Reconnecting);
    let call = world.connect();
    world.expect_story(&["ask", "open", "send 40", "reconnect 2", "settle 3 ok"]);
    assert_eq!(world.code(call), "ok");
    world.advance(100_000);
    assert_eq!(
        world.server.connections.len(),
        3,
        "the retry timer was not cleared"
    );
}

#[test]
fn connect_during_an_attempt_settles_with_it() {
    let mut world = World::stable();
    world
        .server
        .plans
        .push_back(Plan::Stall(Stage::ConnectReceived));
    world.drop_tcp();
    world.wait_for_retry();
    let call = world.connect();
    assert_eq!(world.server.connections.len(), 2);
    world.drop_tcp();
    assert_eq!(world.code(call), "unreachable");
    world.settle_down();
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn connect_while_reconnecting_waits_for_success_with_first_connect() {
    let mut world = World::connected_with(first_connect());
    world.advance(6000);
    world
        .server
        .plans
        .push_back(Plan::Drop(Stage::ConnectReceived));
    world.drop_tcp();
    let call = world.connect();
    assert_eq!(world.code(call), "pending");
    world.settle_down();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn reconnect_now_acts_only_while_waiting() {
    use ardexa_client::client::Command;
    let mut world = World::stable();
    world.command(Command::ReconnectNow);
    world.expect_story(&[]);
    world.drop_tcp();
    world.story();
    world.command(Command::ReconnectNow);
    world.expect_story(&["ask", "open", "send 40", "reconnect 1"]);
    world.close();
    world.story();
    world.command(Command::ReconnectNow);
    world.wake();
    world.expect_story(&[]);
    assert_eq!(world.state(), ConnectionState::Closed);
}

#[test]
fn reconnection_can_be_disabled() {
    let mut world = World::connected_with(Config {
        reconnect: None,
        ..config()
    });
    let call = {
        world.server.answering = false;
        world.cmd()
    };
    world.drop_tcp();
    assert_eq!(world.code(call), "disconnected");
    assert_eq!(world.state(), ConnectionState::Closed);
    let story = world.story();
    assert_eq!(story.last().unwrap(), "disconnect transport close, final");
    world.wake();
    world.advance(600_000);
    assert_eq!(world.server.connections.len(), 1);
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
    let connect = world.events.iter().rev().find_map(|event| match event {
        Event::Connect { reconnected, .. } => Some(*reconnected),
        _ => None,
    });
    assert_eq!(
        connect,
        Some(false),
        "connect() after a final disconnect starts again"
    );
}

#[test]
fn max_attempts_limits_reconnection() {
    let mut world = World::connected_with(reconnect(|r| r.max_attempts = 3));
    world.advance(6000);
    world.server.plan = Plan::Drop(Stage::Dialled);
    world.drop_tcp();
    world.settle_down();
    assert_eq!(world.state(), ConnectionState::Closed);
    assert_eq!(world.server.connections.len(), 1 + 3);
    assert_eq!(
        world.story().last().unwrap(),
        "connect_error 3 unreachable, final"
    );
}

#[test]
fn max_attempts_limits_a_first_connection_too() {
    let mut world = World::with(reconnect(|r| {
        r.max_attempts = 2;
        r.first_connect = true;
    }));
    world.server.plan = Plan::Drop(Stage::Dialled);
    let call = world.connect();
    world.settle_down();
    assert_eq!(world.code(call), "unreachable");
    assert_eq!(world.server.connections.len(), 2);
}

#[test]
fn with_zero_attempts_a_loss_is_final() {
    let mut world = World::connected_with(reconnect(|r| r.max_attempts = 0));
    world.advance(6000);
    world.drop_tcp();
    assert_eq!(
        world.story().last().unwrap(),
        "disconnect transport close, final"
    );
    assert_eq!(world.state(), ConnectionState::Closed);
}

#[test]
fn a_malformed_frame_is_a_parse_error_that_reconnects() {
    for frame in [
        "",
        "x",
        "4",
        "9",
        "49",
        "42",
        "42{}",
        "42[]",
        "42[true]",
        "42[\"a\"]x",
        "4é1234",
        "42[\"connect\"]",
        "40{\"sid\":\"again\"}",
        "44",
        "410",
        "41x",
        "0{}",
        "b!",
        "451-",
        "450-[\"a\"]",
        "42/ü",
        "43[]",
        "43-1[]",
        "4201[\"a\"]",
    ] {
        let mut world = World::stable();
        world.send_frame(frame);
        let story = world.story();
        if story.is_empty() {
            assert_eq!(frame, "42/ü", "{frame:?} was taken");
            continue;
        }
        assert_eq!(
            story,
            ["close socket", "disconnect parse error", "reconnecting 1"],
            "{frame:?}"
        );
        let Some(Event::Disconnect {
            error: Some(error),
            reason,
            ..
        }) = world.events.iter().rev().nth(1)
        else {
            panic!("{:?}", world.events);
        };
        assert_eq!(
            (error.code(), *reason),
            ("protocol", DisconnectReason::ParseError)
        );
        world.wait_for_retry();
        assert_eq!(world.state(), ConnectionState::Connected, "{frame:?}");
    }
}

#[test]
fn binary_data_out_of_turn_is_a_parse_error() {
    let mut world = World::stable();
    world.send_binary(&[1, 2, 3]);
    world.expect_story(&["close socket", "disconnect parse error", "reconnecting 1"]);
}

#[test]
fn late_events_of_an_old_socket_are_dropped() {
    use ardexa_client::client::Input;
    let mut world = World::stable();
    let old = world.server.last().attempt;
    world.drop_tcp();
    world.wait_for_retry();
    world.story();
    for frame in [
        "41",
        "42[\"device:new\",{\"id\":\"a\",\"cn\":\"b\",\"online\":false}]",
        "x",
        "1",
        "2",
    ] {
        world.input(Input::Text {
            attempt: old,
            frame,
        });
        world.run();
    }
    world.input(Input::Binary {
        attempt: old,
        frame: &[4],
    });
    world.input(Input::Opened { attempt: old });
    world.input(Input::Closed {
        attempt: old,
        failed: true,
        detail: None,
    });
    world.run();
    world.expect_story(&[]);
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!(world.client.stats().frames_in, 2 + 2);
}

#[test]
fn attempts_that_fail_instantly_do_not_spin() {
    use core::time::Duration;
    let mut world = World::with(Config {
        connect_timeout: Duration::ZERO,
        ..reconnect(|r| {
            r.min_delay = Duration::ZERO;
            r.max_delay = Duration::ZERO;
            r.first_connect = true;
        })
    });
    world.server.plan = Plan::Stall(Stage::Dialled);
    world.connect();
    world.advance(50);
    assert!(world.server.connections.len() <= 51);
    world.close();
}

#[test]
fn a_loss_within_ten_seconds_of_waking_is_attributed_to_sleep() {
    for (waited, immediate) in [(0, true), (9_999, true), (10_000, false), (60_000, false)] {
        // The longest delays, so that a delay of zero is not a coincidence.
        let mut world = World::connected_with(reconnect(|r| {
            (r.min_delay, r.max_delay) = (ms(1 << 40), ms(1 << 40));
        }));
        world.advance(60_000);
        world.wake();
        world.advance(waited);
        world.drop_tcp();
        let delay_ms = world.delays()[0];
        assert_eq!(delay_ms == 0, immediate, "{waited}: {delay_ms}");
    }
}
