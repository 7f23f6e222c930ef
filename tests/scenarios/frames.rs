//! Unsolicited frames: broadcasts, any event, early frames; and the counters.

use crate::link::{World, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{ConnectionState, Event, Payload};
use ardexa_client::device::Request;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn broadcasts_are_delivered() {
    let mut world = World::connected();
    world.send_event(
        "device:stateChange",
        json!({"cn": "CN=a-b,O=dev", "vhost": "ü", "online": true}),
    );
    world.send_event(
        "device:stateChange",
        json!({"cn": "other", "vhost": "v", "online": false, "more": 1}),
    );
    world.send_event("device:new", json!({"id": "i", "cn": "c", "online": false}));
    world.send_event("device:metaChange", json!({"id": "i"}));
    world.expect_story(&[
        "device:stateChange",
        "device:stateChange",
        "device:new",
        "device:metaChange",
    ]);
    let ids: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::StateChange { device_id, .. } => Some(device_id.as_deref()),
            _ => None,
        })
        .collect();
    assert_eq!(ids, [Some("a-b"), None]);
}

#[test]
fn a_malformed_broadcast_is_a_warning() {
    let mut world = World::connected();
    for payload in [json!({}), json!("x"), json!({"id": 7}), json!(null)] {
        world.send_event("device:metaChange", payload);
    }
    assert_eq!(world.warnings().len(), 4);
    assert_eq!(world.warnings()[0].code(), "protocol");
    assert_eq!(
        world.warnings()[0].event.as_deref(),
        Some("device:metaChange")
    );
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn raw_events_precede_typed_ones_and_are_opt_in() {
    let mut world = World::connected();
    world.send_event("other", json!({"a": "ü"}));
    world.expect_story(&[]);
    world.client.observe_events(true);
    world.send_event("device:metaChange", json!({"id": "i"}));
    world.send_frame(r#"42["other",1,2,3]"#);
    world.send_frame("42[7]");
    world.expect_story(&[
        r#"any ["device:metaChange",{"id":"i"}]"#,
        "device:metaChange",
        r#"any ["other",1,2,3]"#,
        "any [7]",
    ]);
    world.client.observe_events(false);
    world.send_event("other", json!({}));
    world.expect_story(&[]);
}

#[test]
fn binary_events_are_reassembled() {
    let mut world = World::connected();
    world.client.observe_events(true);
    world.send_frame(r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
    world.send_frame("2");
    world.send_binary(&[1, 2, 3]);
    let Some(Event::Any { array, .. }) = world.events.last() else {
        panic!("{:?}", world.events);
    };
    assert_eq!(array.attachments, [[1, 2, 3]]);
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn text_between_attachments_is_a_parse_error() {
    let mut world = World::stable();
    world.send_frame(r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
    world.send_event("other", json!({}));
    assert_eq!(world.state(), ConnectionState::Reconnecting);
    world.settle_down();
    world.client.observe_events(true);
    world.send_event("other", json!({}));
    assert!(matches!(world.events.last(), Some(Event::Any { .. })));
}

#[test]
fn frames_before_acceptance_are_delivered_first() {
    let mut world = World::new();
    world.server.early = vec![r#"42["device:metaChange",{"id":"ü"}]"#.to_owned()];
    let call = world.connect();
    world.expect_story(&[
        "ask",
        "open",
        "send 40",
        "device:metaChange",
        "connect 1",
        "settle 1 ok",
    ]);
    assert_eq!(world.code(call), "ok");
}

#[test]
fn frames_before_a_refusal_are_dropped() {
    let mut world = World::new();
    world.server.early = vec![r#"42["device:metaChange",{"id":"ü"}]"#.to_owned()];
    world.server.plan = refusal("44");
    world.connect();
    assert!(!world.story().contains(&"device:metaChange".to_owned()));
}

#[test]
fn too_much_data_before_acceptance_fails_the_attempt() {
    let mut world = World::new();
    world.server.early = vec![r#"42["x"]"#.to_owned(); 1025];
    let call = world.connect();
    assert_eq!(world.code(call), "protocol");
}

#[test]
fn a_connection_that_ends_during_its_early_frames_counts_as_connected() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    let call = world.connect();
    world.send_frame(r#"451-["bytes",{"_placeholder":true,"num":5}]"#);
    if world.state() == ConnectionState::Connecting {
        world.send_binary(&[1]);
    }
    if world.state() == ConnectionState::Connecting {
        world.story();
        world.send_frame(r#"40{"sid":"s"}"#);
        let story = world.story();
        assert_eq!(story[..2], ["connect 1", "settle 1 ok"], "{story:?}");
        assert_eq!(story[2..4], ["close socket", "disconnect parse error"]);
        assert_eq!(world.code(call), "ok");
    } else {
        assert_eq!(world.code(call), "protocol");
    }
}

#[test]
fn counts_sent_and_received_frames() {
    let mut world = World::new();
    let stats = world.client.stats();
    assert_eq!(
        (stats.frames_in, stats.frames_out, stats.last_frame),
        (0, 0, None)
    );
    world.connect();
    world.advance(1000);
    let before = world.client.stats();
    assert_eq!(
        (before.frames_in, before.frames_out, before.connections),
        (2, 1, 1)
    );
    assert_eq!(before.bytes_out, 2);
    world.send_event("other", json!("ü"));
    let stats = world.client.stats();
    assert_eq!(
        stats.bytes_in - before.bytes_in,
        r#"42["other","ü"]"#.len() as u64
    );
    assert_eq!(stats.last_frame, Some(world.now));
    world.server.answering = false;
    world.cmd();
    world.feed("a");
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_feeds), (2, 1));
    assert_eq!(stats.frames_out, 3);
}

#[test]
fn an_unknown_event_name_is_an_ordinary_event() {
    let mut world = World::connected();
    for name in [
        "error", "message", "open", "close", "ping", "ü", "", "device:", ":rpc", ":reply",
    ] {
        world.send_event(name, json!({"a": 1}));
    }
    assert_eq!(world.state(), ConnectionState::Connected);
    assert!(world.warnings().is_empty(), "{:?}", world.warnings());
}

#[test]
fn a_known_event_without_a_payload_is_a_warning() {
    for name in [
        "device:stateChange",
        "device:new",
        "device:metaChange",
        "device:cmd:rpc",
        "device:cmd:reply",
        "device:feed:rpc",
    ] {
        let mut world = World::stable();
        world.send_frame(&format!("42[\"{name}\"]"));
        world.expect_story(&["warning protocol"]);
        let message = world.warnings()[0].to_string();
        assert_eq!(
            message,
            format!("{name}: the server broke the protocol: the event has no payload")
        );
    }
    let mut world = World::stable();
    for name in [
        "device:feed",
        "device:feed:data",
        "device:feed:stop",
        "other",
        "ü",
    ] {
        world.send_frame(&format!("42[\"{name}\"]"));
    }
    world.expect_story(&[]);
}

#[test]
fn attachments_are_delivered_with_the_event_of_their_placeholders() {
    let mut world = World::stable();
    world.feed("a");
    let place = r#"{"_placeholder":true,"num":0}"#;
    let send = |world: &mut World, name: &str, payload: &str| {
        world.send_frame(&format!("451-[\"{name}\",{payload}]"));
        world.send_binary(&[1, 0xff]);
    };
    let sample = format!(r#"{{"feedId":"f1","messageId":"1","value":{place}}}"#);
    send(&mut world, "device:feed:reply", &sample);
    assert_eq!(world.samples[0].1, sample);
    assert_eq!(world.attachments, [[1, 0xff]]);

    // An upgrade step.
    world.server.answering = false;
    let call = world.send_request(Request::do_upgrade("d"));
    let id = world.held(0);
    let step = format!(r#"{{"requestId":"{id}","status":"s","complete":false,"log":{place}}}"#);
    send(&mut world, "device:doUpgrade:reply", &step);
    assert_eq!(world.progress, [(call, step)]);
    assert_eq!(world.attachments, [[1, 0xff]; 2]);

    // A sample before its feed has an id.
    let second = world.feed("b");
    let id = world.held(1);
    let early = format!(r#"{{"feedId":"f9","requestId":"{id}","messageId":"2","value":{place}}}"#);
    send(&mut world, "device:feed:data", &early);
    assert_eq!(world.attachments.len(), 2);
    world.answer_all();
    assert_eq!(world.code(second), "ok");
    assert_eq!(world.samples[1].1, early);
    assert_eq!(world.attachments, [[1, 0xff]; 3]);

    let new = format!(r#"{{"id":"i","cn":"c","online":false,"icon":{place}}}"#);
    send(&mut world, "device:new", &new);
    let expected = Event::DeviceNew(Payload::new(new, vec![vec![1, 0xff]]));
    assert_eq!(world.events.last(), Some(&expected));
}
