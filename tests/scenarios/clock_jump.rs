//! The clock jumps: by sleep, or because it was set. The two look the same.

use crate::link::{World, after, solar};
use ardexa_client::client::{CallId, ConnectionState, Event};
use ardexa_client::device::Request;
use core::time::Duration;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const HOUR: u64 = 3_600_000;

fn cmd(world: &mut World, millis: u64) -> CallId {
    world.request(Request::cmd("d", "x").unwrap(), after(millis))
}

fn new(world: &mut World) {
    world.say("device:new", json!({"id": "i", "cn": "c", "online": false}));
}

/// Connected for some time, to a server that holds its answers.
fn quiet() -> World {
    let mut world = World::stable();
    world.server.answering = false;
    world
}

#[test]
fn a_frame_within_the_grace_keeps_the_connection_and_the_calls() {
    for revision in [4, 3] {
        let mut world = World::new();
        world.server.revision = revision;
        world.connect();
        world.advance(6000);
        world.server.answering = false;
        let calls = [cmd(&mut world, 10_000), cmd(&mut world, 300_000)];
        world.sleep(HOUR);
        world.server.pinging = false;
        world.tick();
        world.advance(2_999);
        new(&mut world);
        assert_eq!(world.state(), ConnectionState::Connected);
        assert_eq!(calls.map(|call| world.code(call)), ["pending"; 2]);
        // Each keeps the time that it had.
        world.server.pinging = true;
        world.advance(7_000);
        assert_eq!(world.code(calls[0]), "pending");
        world.advance(1);
        assert_eq!(calls.map(|call| world.code(call)), ["timeout", "pending"]);
        world.answer_all();
        assert_eq!(world.code(calls[1]), "ok");
        assert_eq!(world.server.connections.len(), 1);
    }
}

#[test]
fn silence_through_the_grace_is_the_end() {
    let mut world = quiet();
    let call = cmd(&mut world, 10_000);
    world.server.pinging = false;
    world.sleep(HOUR);
    world.tick();
    world.story();
    world.advance(2_999);
    world.told(&[]);
    world.advance(1);
    let story = world.story();
    assert_eq!(
        story[..3],
        [
            "close socket",
            "settle 2 disconnected",
            "disconnect ping timeout"
        ]
    );
    assert_eq!(world.code(call), "disconnected");
    assert!(matches!(
        world.events.last(),
        Some(Event::Reconnecting { .. })
    ));
}

#[test]
fn a_frame_that_comes_first_shows_that_the_connection_is_alive() {
    let mut world = quiet();
    let call = cmd(&mut world, 10_000);
    world.sleep(HOUR);
    new(&mut world);
    world.server.pinging = false;
    world.advance(9_999);
    assert_eq!(world.code(call), "pending");
    assert_eq!(world.state(), ConnectionState::Connected);
    // But not for ever: the heartbeat has the time that it had.
    world.story();
    world.advance(45_000);
    assert!(
        world
            .story()
            .contains(&"disconnect ping timeout".to_owned())
    );
}

#[test]
fn nothing_is_sent_into_a_socket_that_may_be_dead() {
    let mut world = quiet();
    world.server.pinging = false;
    world.sleep(HOUR);
    let calls = [
        world.cmd(),
        world.feed("a"),
        world.series("a", 9, true),
        world.emit_with_ack("hello", None),
    ];
    let emitted = world.client.emit("hello", &[], Vec::new());
    assert_eq!(emitted.unwrap_err().code(), "not-connected");
    let aborted = world.cmd();
    world.abort(aborted);
    assert_eq!(
        world.error(aborted).to_string(),
        "device:cmd: given up by the caller: nothing was sent"
    );
    assert_eq!(calls.map(|call| world.code(call)), ["pending"; 4]);
    assert_eq!(world.client.stats().open_requests, 4);
    world.advance(3_000);
    assert_eq!(calls.map(|call| world.code(call)), ["not-connected"; 4]);
    assert!(world.server.received.is_empty());
    assert_eq!(world.client.stats().open_requests, 0);
}

#[test]
fn what_was_held_back_is_sent_once_a_frame_has_come() {
    let mut world = World::stable();
    world.sleep(HOUR);
    let calls = [world.cmd(), world.feed("a"), world.series("a", 9, true)];
    assert!(world.server.received.is_empty());
    new(&mut world);
    assert_eq!(calls.map(|call| world.code(call)), ["ok"; 3]);
    let sent: Vec<_> = world
        .server
        .received
        .iter()
        .map(|r| r.event.as_str())
        .collect();
    assert_eq!(sent, ["device:cmd", "device:feed"]);
}

#[test]
fn closing_and_stopping_settle_what_was_held_back() {
    let mut world = World::stable();
    world.server.pinging = false;
    world.sleep(HOUR);
    let (feed, call) = (world.open_feed(solar("a"), after(1000)), world.cmd());
    world.stop_all();
    assert_eq!((world.code(feed), world.code(call)), ("aborted", "pending"));
    world.close();
    assert_eq!(world.code(call), "closed");
    assert_eq!(world.client.stats().table_entries, 0);
    let again = world.connect();
    assert_eq!(world.code(again), "ok");
}

#[test]
fn a_wake_says_that_it_was_sleep() {
    let mut world = World::stable();
    world.server.pinging = false;
    world.sleep(HOUR);
    world.tick();
    world.story();
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
fn the_first_connection_keeps_its_time_too() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Asked);
    let call = world.connect();
    world.advance(19_000);
    world.sleep(HOUR);
    world.tick();
    assert_eq!(world.code(call), "pending");
    world.server.accept_late(0);
    world.run();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn timers_that_are_a_minute_late_are_no_jump() {
    let mut world = quiet();
    let call = cmd(&mut world, 10_000);
    world.sleep(10_000 + 90_000);
    world.tick();
    assert_eq!(world.code(call), "timeout");
    assert_eq!(world.state(), ConnectionState::Reconnecting);
}

#[test]
fn the_hot_paths_leave_the_first_frame_to_the_general_one() {
    let mut world = World::stable();
    world.feed("a");
    world.series("a", 9, false);
    world.sample("f1", 1);
    world.server.pinging = false;
    world.sleep(HOUR);
    world.tick();
    let frame = r#"42["device:feed:reply",{"feedId":"f1","messageId":"2","value":2}]"#;
    let attempt = world.server.last().attempt;
    let taken = |world: &mut World| {
        world
            .client
            .try_fast_sample(attempt, frame.as_bytes(), world.now)
            .is_some()
    };
    assert!(!taken(&mut world));
    world.say_frame(frame);
    assert!(taken(&mut world));
    world.now += Duration::from_secs(4);
    world.tick();
    assert_eq!(world.state(), ConnectionState::Connected);
}
