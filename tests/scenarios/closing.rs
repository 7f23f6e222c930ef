//! `close()` in every phase.

use crate::link::{Tokens, World};
use crate::server::{Plan, Stage};
use ardexa_client::client::ConnectionState;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn close_while_idle() {
    let mut world = World::new();
    world.close();
    world.expect_story(&[]);
    assert_eq!(world.state(), ConnectionState::Closed);
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn close_while_waiting_for_the_token() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    world.close();
    world.expect_story(&["ask", "settle 1 closed"]);
    assert_eq!(world.code(call), "closed");
    let attempt = world.token_requests[0];
    world.provide_token(attempt, Ok("secret"));
    world.expect_story(&[]);
    world.advance(100_000);
    world.expect_story(&[]);
    assert!(world.server.connections.is_empty());
}

#[test]
fn close_during_the_handshake() {
    for stage in [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
    ] {
        let mut world = World::new();
        world.server.plan = Plan::Stall(stage);
        let call = world.connect();
        world.story();
        world.close();
        world.expect_story(&["close socket", "settle 1 closed"]);
        assert_eq!(world.code(call), "closed");
        assert!(!world.server.last().alive, "{stage:?}");
        world.advance(100_000);
        world.expect_story(&[]);
        assert_eq!(world.client.stats().open_requests, 0);
    }
}

#[test]
fn close_while_connected() {
    let mut world = World::connected();
    let feed = world.feed("a");
    world.server.answering = false;
    let (call, ack) = (world.cmd(), world.emit_with_ack("hello", None));
    let opening = world.feed("b");
    world.story();
    world.close();
    world.expect_story(&[
        "send 41",
        "close socket",
        "settle 3 closed",
        "settle 4 closed",
        "settle 5 closed",
        "ended quietly",
        "disconnect io client disconnect, final",
    ]);
    for call in [call, ack, opening] {
        assert_eq!(world.code(call), "closed");
    }
    assert!(world.pending_calls().is_empty());
    assert_eq!(world.ended[0].subscriptions, [feed]);
    assert_eq!(world.state(), ConnectionState::Closed);
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_feeds), (0, 0));
    assert_eq!(stats.table_entries, 0);
    world.advance(600_000);
    world.expect_story(&[]);
}

#[test]
fn close_while_waiting_to_reconnect() {
    let mut world = World::stable();
    let feed = world.feed("a");
    world.drop_tcp();
    world.story();
    world.close();
    world.expect_story(&["ended quietly"]);
    assert_eq!(world.ended[0].subscriptions, [feed]);
    world.wake();
    world.advance(600_000);
    world.expect_story(&[]);
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn close_twice() {
    let mut world = World::connected();
    world.close();
    world.story();
    world.close();
    world.expect_story(&[]);
}

#[test]
fn close_then_connect() {
    for stage in [Stage::Dialled, Stage::Opened, Stage::ConnectReceived] {
        let mut world = World::new();
        world.server.plans.push_back(Plan::Stall(stage));
        let first = world.connect();
        world.close();
        let second = world.connect();
        assert_eq!((world.code(first), world.code(second)), ("closed", "ok"));
        assert_eq!(
            world.server.connections.iter().filter(|c| c.alive).count(),
            1
        );
    }
    let mut world = World::connected();
    world.close();
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.client.socket_id(), Some("socket-1"));
    let call = world.cmd();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn close_then_connect_while_an_old_token_is_pending() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    world.connect();
    world.close();
    let call = world.connect();
    let (old, new) = (world.token_requests[0], world.token_requests[1]);
    world.provide_token(old, Ok("secret-old"));
    assert!(
        world.server.connections.is_empty(),
        "the old token was used"
    );
    world.provide_token(new, Ok("secret-new"));
    assert_eq!(world.code(call), "ok");
    assert!(world.server.last().url.contains("secret-new"));
}

#[test]
fn nothing_is_sent_after_close() {
    let mut world = World::connected();
    world.close();
    let frames = world.server.last().frames.len();
    let calls = [
        world.cmd(),
        world.feed("a"),
        world.emit_with_ack("hello", None),
    ];
    for call in calls {
        assert_eq!(world.code(call), "closed");
    }
    let call = world.stop_all();
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.server.last().frames.len(), frames);
    let error = world.client.emit("hello", &[], Vec::new()).unwrap_err();
    assert_eq!(error.code(), "closed");
}
