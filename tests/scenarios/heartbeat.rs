//! Pings, silence, sleep and wake-up.

use crate::link::World;
use ardexa_client::client::{ConnectionState, Event};
use core::time::Duration;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn every_ping_is_answered() {
    let mut world = World::connected();
    world.advance(3_600_000);
    assert_eq!(world.state(), ConnectionState::Connected);
    let pongs = world.server.last().frames.iter().filter(|f| *f == "3");
    assert_eq!(pongs.count(), 144);
}

#[test]
fn silence_ends_the_connection_after_interval_plus_timeout() {
    let mut world = World::connected();
    world.server.pinging = false;
    world.advance(44_999);
    assert_eq!(world.state(), ConnectionState::Connected);
    world.story();
    world.advance(1);
    let story = world.story();
    assert_eq!(story[..2], ["close socket", "disconnect ping timeout"]);
    assert!(!world.server.connections[0].alive);
}

#[test]
fn other_traffic_does_not_extend_the_deadline() {
    let mut world = World::connected();
    world.server.pinging = false;
    for _ in 0..44 {
        world.advance(1000);
        world.send_event("device:new", json!({"id": "ü", "cn": "c", "online": false}));
    }
    assert_eq!(world.state(), ConnectionState::Connected);
    world.advance(1000);
    assert!(
        world
            .events
            .iter()
            .any(|e| matches!(e, Event::Disconnect { .. }))
    );
}

#[test]
fn in_revision_3_the_client_pings_and_detects_a_missing_pong() {
    let mut world = World::new();
    world.server.revision = 3;
    world.connect();
    world.advance(60_000);
    assert_eq!(world.state(), ConnectionState::Connected);
    world.server.pinging = false;
    world.story();
    world.advance(15_000);
    world.expect_story(&["send 2"]);
    world.advance(20_000);
    let story = world.story();
    assert_eq!(story[..2], ["close socket", "disconnect ping timeout"]);
}

#[test]
fn waking_after_an_hour_reconnects_immediately() {
    let mut world = World::stable();
    world.sleep(3_600_000);
    world.wake();
    world.expect_story(&[
        "close socket",
        "disconnect ping timeout",
        "reconnecting 1",
        "ask",
        "open",
        "send 40",
        "reconnect 1",
    ]);
}

#[test]
fn a_short_sleep_keeps_the_connection() {
    let mut world = World::stable();
    world.sleep(10_000);
    world.wake();
    world.expect_story(&[]);
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn waking_while_waiting_retries_immediately() {
    let mut world = World::stable();
    world.drop_tcp();
    world.story();
    world.wake();
    world.expect_story(&["ask", "open", "send 40", "reconnect 1"]);
    world.advance(100_000);
    assert_eq!(world.server.connections.len(), 2);
}

#[test]
fn a_connection_found_dead_after_waking_is_reopened_immediately() {
    let mut world = World::stable();
    world.sleep(10_000);
    world.wake();
    world.advance(3_000);
    world.drop_tcp();
    world.expect_story(&[
        "close socket",
        "disconnect transport close",
        "reconnecting 1",
    ]);
    world.tick();
    world.expect_story(&["ask", "open", "send 40", "reconnect 1"]);
    // Once per wake: after that the backoff applies.
    world.drop_tcp();
    world.story();
    world.tick();
    world.expect_story(&[]);
}

#[test]
fn waking_does_not_disturb_an_attempt() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    world.connect();
    world.story();
    world.wake();
    world.expect_story(&[]);
}

#[test]
fn going_offline_ticks_and_changes_nothing_else() {
    let mut world = World::stable();
    world.tick();
    world.expect_story(&[]);
    world.drop_tcp();
    world.story();
    world.tick();
    world.expect_story(&[]);
    assert_eq!(world.state(), ConnectionState::Reconnecting);
}

#[test]
fn sleeping_during_the_handshake_fails_the_attempt() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Dialled);
    let call = world.connect();
    world.sleep(3_600_000);
    world.wake();
    assert_eq!(world.code(call), "timeout");
}

#[test]
fn after_sleeping_while_waiting_the_first_tick_retries() {
    let mut world = World::stable();
    world.drop_tcp();
    world.sleep(3_600_000);
    world.tick();
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn a_fast_heartbeat_is_kept_up() {
    let mut world = World::new();
    world.server.ping_interval = Duration::from_millis(100);
    world.server.ping_timeout = Duration::from_millis(60);
    world.connect();
    world.advance(10_000);
    assert_eq!(world.state(), ConnectionState::Connected);
    world.server.pinging = false;
    world.advance(160);
    assert_ne!(world.state(), ConnectionState::Connected);
}
