//! Pings, silence, sleep and waking up.

use crate::link::World;
use ardexa_client::client::{ConnectionState, Event};
use core::time::Duration;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn pings_are_answered_for_as_long_as_they_come() {
    let mut world = World::connected();
    world.advance(3_600_000);
    assert_eq!(world.state(), ConnectionState::Connected);
    let pongs = world.server.last().frames.iter().filter(|f| *f == "3");
    assert_eq!(pongs.count(), 144);
}

#[test]
fn silence_is_the_end_after_interval_and_timeout() {
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
fn other_traffic_does_not_put_off_the_end() {
    let mut world = World::connected();
    world.server.pinging = false;
    for _ in 0..44 {
        world.advance(1000);
        world.say("device:new", json!({"id": "ü", "cn": "c", "online": false}));
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
fn in_revision_3_the_client_pings_and_misses_the_answer() {
    let mut world = World::new();
    world.server.revision = 3;
    world.connect();
    world.advance(60_000);
    assert_eq!(world.state(), ConnectionState::Connected);
    world.server.pinging = false;
    world.story();
    world.advance(15_000);
    world.told(&["send 2"]);
    world.advance(20_000);
    let story = world.story();
    assert_eq!(story[..2], ["close socket", "disconnect ping timeout"]);
}

#[test]
fn waking_after_an_hour_reconnects_at_once() {
    let mut world = World::stable();
    world.sleep(3_600_000);
    world.wake();
    world.told(&[
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
fn a_short_sleep_harms_nothing() {
    let mut world = World::stable();
    world.sleep(10_000);
    world.wake();
    world.told(&[]);
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn waking_while_waiting_tries_now() {
    let mut world = World::stable();
    world.drop_tcp();
    world.story();
    world.wake();
    world.told(&["ask", "open", "send 40", "reconnect 1"]);
    world.advance(100_000);
    assert_eq!(world.server.connections.len(), 2);
}

#[test]
fn a_connection_that_turns_out_dead_after_waking_is_made_anew_at_once() {
    let mut world = World::stable();
    world.sleep(10_000);
    world.wake();
    world.advance(3_000);
    world.drop_tcp();
    world.told(&[
        "close socket",
        "disconnect transport close",
        "reconnecting 1",
    ]);
    world.tick();
    world.told(&["ask", "open", "send 40", "reconnect 1"]);
    // Once for each wake: after that the backoff counts.
    world.drop_tcp();
    world.story();
    world.tick();
    world.told(&[]);
}

#[test]
fn waking_during_an_attempt_leaves_it_alone() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Asked);
    world.connect();
    world.story();
    world.wake();
    world.told(&[]);
}

#[test]
fn going_offline_is_a_tick_and_changes_nothing_by_itself() {
    let mut world = World::stable();
    world.tick();
    world.told(&[]);
    world.drop_tcp();
    world.story();
    world.tick();
    world.told(&[]);
    assert_eq!(world.state(), ConnectionState::Reconnecting);
}

#[test]
fn a_sleep_during_the_handshake_ends_the_attempt() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Dialled);
    let call = world.connect();
    world.sleep(3_600_000);
    world.wake();
    assert_eq!(world.code(call), "timeout");
}

#[test]
fn a_sleep_while_waiting_is_over_with_the_first_tick() {
    let mut world = World::stable();
    world.drop_tcp();
    world.sleep(3_600_000);
    world.tick();
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn a_fast_heartbeat_is_kept() {
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
