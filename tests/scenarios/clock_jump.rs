//! Jumps of the clock, by sleep or because it was set. The client cannot tell them apart.

use crate::link::{World, after, config, solar};
use ardexa_client::client::{CallId, Config, ConnectionState, Event};
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
    world.send_event("device:new", json!({"id": "i", "cn": "c", "online": false}));
}

/// Connected for some time, to a server that holds its replies.
fn quiet() -> World {
    let mut world = World::stable();
    world.server.answering = false;
    world
}

/// Connected, to a server that has sent nothing since the clock jumped.
fn silent_after_a_jump() -> World {
    let mut world = World::stable();
    world.server.pinging = false;
    world.sleep(HOUR);
    world
}

#[test]
fn a_frame_within_the_grace_period_keeps_the_connection() {
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
        // Each keeps its remaining time.
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
fn silence_during_the_grace_period_ends_the_connection() {
    let mut world = quiet();
    let call = cmd(&mut world, 10_000);
    world.server.pinging = false;
    world.sleep(HOUR);
    world.tick();
    world.story();
    world.advance(2_999);
    world.expect_story(&[]);
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
fn a_frame_before_the_tick_proves_the_connection_alive() {
    let mut world = quiet();
    let call = cmd(&mut world, 10_000);
    world.sleep(HOUR);
    new(&mut world);
    world.server.pinging = false;
    world.advance(9_999);
    assert_eq!(world.code(call), "pending");
    assert_eq!(world.state(), ConnectionState::Connected);
    // But not indefinitely: the heartbeat keeps its remaining time.
    world.story();
    world.advance(45_000);
    assert!(
        world
            .story()
            .contains(&"disconnect ping timeout".to_owned())
    );
}

#[test]
fn a_frame_proves_the_connection_alive_even_without_a_grace_period() {
    let config = || Config {
        jump_grace: Duration::ZERO,
        ..config()
    };
    let mut world = World::with(config());
    world.connect();
    world.sleep(HOUR);
    new(&mut world);
    assert_eq!(world.state(), ConnectionState::Connected);
    // Any other input finds the connection dead.
    let mut world = World::with(config());
    world.connect();
    world.sleep(HOUR);
    world.tick();
    assert_ne!(world.state(), ConnectionState::Connected);
}

#[test]
fn nothing_is_sent_while_the_socket_may_be_dead() {
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
        "device:cmd: aborted by the caller: nothing was sent"
    );
    assert_eq!(calls.map(|call| world.code(call)), ["pending"; 4]);
    assert_eq!(world.client.stats().open_requests, 4);
    world.advance(3_000);
    assert_eq!(calls.map(|call| world.code(call)), ["not-connected"; 4]);
    assert!(world.server.received.is_empty());
    assert_eq!(world.client.stats().open_requests, 0);
}

#[test]
fn held_back_frames_are_sent_after_the_next_frame() {
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
fn closing_and_stopping_settle_held_back_calls() {
    let mut world = silent_after_a_jump();
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
fn an_attachment_may_arrive_after_the_jump() {
    let mut world = World::stable();
    world.client.observe_events(true);
    world.server.pinging = false;
    world.send_frame(r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
    world.sleep(HOUR);
    world.tick();
    world.send_binary(&[1]);
    let Some(Event::Any { array, .. }) = world.events.last() else {
        panic!("{:?}", world.events);
    };
    assert_eq!(array.attachments, [[1]]);
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn a_resumption_keeps_its_remaining_time() {
    let mut world = World::connected();
    world.feed("a");
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    // Of two minutes.
    world.advance(100_000);
    world.sleep(HOUR);
    new(&mut world);
    world.advance(19_000);
    assert!(world.ended.is_empty());
    world.advance(1_001);
    assert_eq!(world.ended.len(), 1);
}

#[test]
fn the_error_of_a_held_back_call_names_its_event() {
    let mut world = silent_after_a_jump();
    let calls = [
        world.cmd(),
        world.emit_with_ack("mine", None),
        world.feed("a"),
    ];
    world.close();
    let events = calls.map(|call| world.error(call).event.clone().unwrap_or_default());
    assert_eq!(events, ["device:cmd", "mine", "device:feed"]);
}

#[test]
fn held_back_calls_count_as_open() {
    let mut world = silent_after_a_jump();
    world.cmd();
    world.feed("a");
    world.series("b", 2, false);
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_series), (3, 1));
}

#[test]
fn a_wake_event_identifies_the_jump_as_sleep() {
    let mut world = silent_after_a_jump();
    world.tick();
    world.story();
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
fn a_first_connection_keeps_its_remaining_time() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
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
fn timers_a_minute_late_are_not_a_jump() {
    let mut world = quiet();
    let call = cmd(&mut world, 10_000);
    world.sleep(10_000 + 90_000);
    world.tick();
    assert_eq!(world.code(call), "timeout");
    assert_eq!(world.state(), ConnectionState::Reconnecting);
}

#[test]
fn the_first_frame_after_a_jump_takes_the_general_path() {
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
    world.send_frame(frame);
    assert!(taken(&mut world));
    world.now += Duration::from_secs(4);
    world.tick();
    assert_eq!(world.state(), ConnectionState::Connected);
}
