//! What comes unasked: broadcasts, any event, early frames; and the counters.

use crate::link::{World, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{ConnectionState, Event};
use ardexa_client::device::Request;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn broadcasts_are_told() {
    let mut world = World::connected();
    world.say(
        "device:stateChange",
        json!({"cn": "CN=a-b,O=dev", "vhost": "ü", "online": true}),
    );
    world.say(
        "device:stateChange",
        json!({"cn": "other", "vhost": "v", "online": false, "more": 1}),
    );
    world.say("device:new", json!({"id": "i", "cn": "c", "online": false}));
    world.say("device:metaChange", json!({"id": "i"}));
    world.told(&[
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
fn a_broadcast_of_another_shape_is_a_warning() {
    let mut world = World::connected();
    for payload in [json!({}), json!("x"), json!({"id": 7}), json!(null)] {
        world.say("device:metaChange", payload);
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
fn any_event_is_told_before_its_typed_form_and_only_while_asked_for() {
    let mut world = World::connected();
    world.say("other", json!({"a": "ü"}));
    world.told(&[]);
    world.client.observe_events(true);
    world.say("device:metaChange", json!({"id": "i"}));
    world.say_frame(r#"42["other",1,2,3]"#);
    world.say_frame("42[7]");
    world.told(&[
        r#"any ["device:metaChange",{"id":"i"}]"#,
        "device:metaChange",
        r#"any ["other",1,2,3]"#,
        "any [7]",
    ]);
    world.client.observe_events(false);
    world.say("other", json!({}));
    world.told(&[]);
}

#[test]
fn binary_events_are_put_together() {
    let mut world = World::connected();
    world.client.observe_events(true);
    world.say_frame(r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
    world.say_frame("2");
    world.say_binary(&[1, 2, 3]);
    let Some(Event::Any { attachments, .. }) = world.events.last() else {
        panic!("{:?}", world.events);
    };
    assert_eq!(attachments, &[[1, 2, 3]]);
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn text_between_attachments_is_a_parse_error() {
    let mut world = World::stable();
    world.say_frame(r#"451-["bytes",{"_placeholder":true,"num":0}]"#);
    world.say("other", json!({}));
    assert_eq!(world.state(), ConnectionState::Reconnecting);
    world.settle_down();
    world.client.observe_events(true);
    world.say("other", json!({}));
    assert!(matches!(world.events.last(), Some(Event::Any { .. })));
}

#[test]
fn what_comes_before_the_acceptance_is_told_before_it() {
    let mut world = World::new();
    world.server.early = vec![r#"42["device:metaChange",{"id":"ü"}]"#.to_owned()];
    let call = world.connect();
    world.told(&[
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
fn what_comes_before_a_refusal_is_let_go() {
    let mut world = World::new();
    world.server.early = vec![r#"42["device:metaChange",{"id":"ü"}]"#.to_owned()];
    world.server.plan = refusal("44");
    world.connect();
    assert!(!world.story().contains(&"device:metaChange".to_owned()));
}

#[test]
fn too_much_before_the_acceptance_ends_the_attempt() {
    let mut world = World::new();
    world.server.early = vec![r#"42["x"]"#.to_owned(); 1025];
    let call = world.connect();
    assert_eq!(world.code(call), "protocol");
}

#[test]
fn a_connection_that_ends_while_early_frames_are_told_was_a_connection() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Asked);
    let call = world.connect();
    world.say_frame(r#"451-["bytes",{"_placeholder":true,"num":5}]"#);
    if world.state() == ConnectionState::Connecting {
        world.say_binary(&[1]);
    }
    if world.state() == ConnectionState::Connecting {
        world.story();
        world.say_frame(r#"40{"sid":"s"}"#);
        let story = world.story();
        assert_eq!(story[..2], ["connect 1", "settle 1 ok"], "{story:?}");
        assert_eq!(story[2..4], ["close socket", "disconnect parse error"]);
        assert_eq!(world.code(call), "ok");
    } else {
        assert_eq!(world.code(call), "protocol");
    }
}

#[test]
fn counts_what_goes_and_comes() {
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
    world.say("other", json!("ü"));
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
fn an_event_name_beyond_the_known_ones_is_nothing_special() {
    let mut world = World::connected();
    for name in [
        "error", "message", "open", "close", "ping", "ü", "", "device:", ":rpc", ":reply",
    ] {
        world.say(name, json!({"a": 1}));
    }
    assert_eq!(world.state(), ConnectionState::Connected);
    assert!(world.warnings().is_empty(), "{:?}", world.warnings());
}

#[test]
fn an_event_of_ours_without_a_payload_is_a_warning() {
    for name in [
        "device:stateChange",
        "device:new",
        "device:metaChange",
        "device:cmd:rpc",
        "device:cmd:reply",
        "device:feed:rpc",
    ] {
        let mut world = World::stable();
        world.say_frame(&format!("42[\"{name}\"]"));
        world.told(&["warning protocol"]);
        let said = world.warnings()[0].to_string();
        assert_eq!(
            said,
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
        world.say_frame(&format!("42[\"{name}\"]"));
    }
    world.told(&[]);
}

#[test]
fn binary_data_comes_with_what_its_placeholders_stand_in() {
    let mut world = World::stable();
    world.feed("a");
    let place = r#"{"_placeholder":true,"num":0}"#;
    let said = |world: &mut World, name: &str, payload: &str| {
        world.say_frame(&format!("451-[\"{name}\",{payload}]"));
        world.say_binary(&[1, 0xff]);
    };
    let sample = format!(r#"{{"feedId":"f1","messageId":"1","value":{place}}}"#);
    said(&mut world, "device:feed:reply", &sample);
    assert_eq!(world.samples[0].1, sample);
    assert_eq!(world.attachments, [[1, 0xff]]);

    // A step of an upgrade.
    world.server.answering = false;
    let call = world.ask(Request::do_upgrade("d"));
    let id = world.held(0);
    let step = format!(r#"{{"requestId":"{id}","status":"s","complete":false,"log":{place}}}"#);
    said(&mut world, "device:doUpgrade:reply", &step);
    assert_eq!(world.progress, [(call, step)]);
    assert_eq!(world.attachments, [[1, 0xff]; 2]);

    // A sample before its feed has its id.
    let second = world.feed("b");
    let id = world.held(1);
    let early = format!(r#"{{"feedId":"f9","requestId":"{id}","messageId":"2","value":{place}}}"#);
    said(&mut world, "device:feed:data", &early);
    assert_eq!(world.attachments.len(), 2);
    world.answer_all();
    assert_eq!(world.code(second), "ok");
    assert_eq!(world.samples[1].1, early);
    assert_eq!(world.attachments, [[1, 0xff]; 3]);

    let new = format!(r#"{{"id":"i","cn":"c","online":false,"icon":{place}}}"#);
    said(&mut world, "device:new", &new);
    let told = Event::DeviceNew {
        payload: new,
        attachments: vec![vec![1, 0xff]],
    };
    assert_eq!(world.events.last(), Some(&told));
}
