//! Which requests are sent, and when.

use crate::link::{Tokens, World, after, ms, with_id};
use crate::server::{Plan, Stage};
use ardexa_client::client::{CallOptions, Command, ErrorKind, Event, Reply, Timeout};
use ardexa_client::device::Request;
use serde_json::json;
use std::collections::BTreeSet;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn without_a_connection_nothing_is_sent() {
    let mut world = World::new();
    let check = |world: &mut World, want: &str| {
        let calls = [
            world.cmd(),
            world.feed("a"),
            world.emit_with_ack("hello", None),
        ];
        for call in calls {
            assert_eq!(world.code(call), want);
        }
        let error = world.client.emit("hello", &[], Vec::new()).unwrap_err();
        assert_eq!(
            (error.code(), error.event.as_deref()),
            (want, Some("hello"))
        );
        let call = world.stop_all();
        assert_eq!(world.code(call), "ok", "there is nothing to stop");
    };
    check(&mut world, "not-connected");
    world.tokens = Tokens::Silent;
    world.connect();
    check(&mut world, "not-connected");
    world.tokens = Tokens::Prompt;
    world.close();
    check(&mut world, "closed");
    for stage in [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
    ] {
        world.server.plans.push_back(Plan::Stall(stage));
        world.connect();
        check(&mut world, "not-connected");
        world.close();
    }
    world.connect();
    world.drop_tcp();
    check(&mut world, "not-connected");
    world.settle_down();
    assert!(world.server.received.is_empty(), "the request was queued");
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_feeds), (0, 0));
}

#[test]
fn the_error_names_the_state() {
    let mut world = World::new();
    let call = world.cmd();
    let error = world.error(call);
    assert_eq!(error.event.as_deref(), Some("device:cmd"));
    assert!(
        error.to_string().contains("not connected (idle)"),
        "{error}"
    );
}

#[test]
fn a_lost_connection_rejects_open_requests_and_never_resends_them() {
    let mut world = World::stable();
    world.server.answering = false;
    let calls = [world.cmd(), world.cmd(), world.emit_with_ack("hello", None)];
    let opening = world.feed("a");
    world.drop_tcp();
    for call in calls.into_iter().chain([opening]) {
        assert_eq!(world.code(call), "disconnected");
    }
    assert!(
        world
            .error(calls[0])
            .to_string()
            .contains("transport close")
    );
    assert!(world.error(calls[0]).request_id.is_some());
    world.server.answering = true;
    world.settle_down();
    world.advance(600_000);
    assert_eq!(world.server.received.len(), 4);
    assert_eq!(world.client.stats().open_feeds, 0);
}

#[test]
fn every_request_has_its_own_id() {
    let mut world = World::connected();
    for _ in 0..100 {
        world.cmd();
    }
    let ids: BTreeSet<String> = world
        .server
        .payloads("device:cmd")
        .iter()
        .map(|p| p["requestId"].to_string())
        .collect();
    assert_eq!(ids.len(), 100);
}

#[test]
fn a_request_id_in_use_is_rejected() {
    let mut world = World::connected();
    world.server.answering = false;
    let cmd = || Request::cmd("device", "uptime").unwrap();
    let first = world.request(cmd(), with_id("mine"));
    let second = world.request(cmd(), with_id("mine"));
    assert_eq!(world.code(second), "invalid-argument");
    assert_eq!(world.error(second).request_id.as_deref(), Some("mine"));
    let feed = world.open_feed(crate::link::solar("a"), with_id("mine"));
    assert_eq!(world.code(feed), "invalid-argument");
    let feed = world.open_feed(crate::link::solar("a"), with_id("feed"));
    let third = world.request(cmd(), with_id("feed"));
    assert_eq!(world.code(third), "invalid-argument");
    let empty = world.request(cmd(), with_id(""));
    assert_eq!(world.code(empty), "invalid-argument");
    assert_eq!(world.server.count("device:cmd"), 1);
    world.answer_all();
    assert_eq!((world.code(first), world.code(feed)), ("ok", "ok"));
    assert_eq!(world.client.stats().open_feeds, 1);
}

#[test]
fn conflicting_request_ids_are_rejected() {
    for (other, code) in [("own", "ok"), ("another", "invalid-argument")] {
        let mut world = World::connected();
        let request = Request::generic("device:other", r#"{"requestId":"own"}"#).unwrap();
        let options = CallOptions {
            request_id: Some(other.to_owned()),
            timeout: None,
        };
        let call = world.request(request, options);
        assert_eq!(world.code(call), code);
        assert_eq!(
            world.server.count("device:other"),
            usize::from(code == "ok")
        );
        if code != "ok" {
            let message = world.error(call).to_string();
            assert!(message.contains("options.requestId: differs"), "{message}");
        }
    }
}

#[test]
fn a_payload_can_contain_the_request_id() {
    let mut world = World::connected();
    let request = Request::generic("device:new:thing", r#"{"requestId":"own ü","a":1}"#).unwrap();
    let call = world.request(request, CallOptions::default());
    assert_eq!(
        world.payload(call),
        json!({"requestId": "own ü", "ok": true})
    );
    assert_eq!(
        world.server.payloads("device:new:thing"),
        [&json!({"requestId": "own ü", "a": 1})]
    );
}

#[test]
fn a_request_without_a_reply_settles_when_sent() {
    let mut world = World::connected();
    let call = world.request(Request::feed_stop("f").unwrap(), CallOptions::default());
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.client.stats().open_requests, 0);
}

#[test]
fn oversized_requests_are_not_sent() {
    let mut world = World::new();
    world.server.max_payload = Some(200);
    world.connect();
    let long = "ü".repeat(100);
    let call = world.request(
        Request::cmd("device", &long).unwrap(),
        CallOptions::default(),
    );
    assert_eq!(world.code(call), "too-large");
    let ErrorKind::TooLarge { size, limit } = *world.error(call).kind else {
        panic!("{:?}", world.error(call));
    };
    assert!(size > 200 && limit == 200);
    let feed = world.feed(&long);
    assert_eq!(world.code(feed), "too-large");
    let error = world
        .client
        .emit("e", &[format!("{long:?}")], Vec::new())
        .unwrap_err();
    assert_eq!(error.code(), "too-large");
    assert!(world.server.received.is_empty());
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_feeds), (0, 0));
    let call = world.cmd();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn reserved_event_names_are_rejected() {
    let mut world = World::connected();
    for name in [
        "connect",
        "connect_error",
        "disconnect",
        "disconnecting",
        "newListener",
        "removeListener",
    ] {
        let error = world.client.emit(name, &[], Vec::new()).unwrap_err();
        assert_eq!(error.code(), "invalid-argument");
        assert!(error.to_string().contains("event: "), "{error}");
        let call = world.emit_with_ack(name, None);
        assert_eq!(world.code(call), "invalid-argument");
    }
    let error = world
        .client
        .emit("a", &["{".to_owned()], Vec::new())
        .unwrap_err();
    assert_eq!(error.code(), "invalid-argument");
    assert!(error.to_string().contains("args: "), "{error}");
    assert_eq!(world.server.last().frames, ["40"]);
}

#[test]
fn emit_takes_any_arguments() {
    let mut world = World::connected();
    world
        .client
        .emit(
            "hello",
            &["1".to_owned(), r#"{"ü":[]}"#.to_owned()],
            Vec::new(),
        )
        .unwrap();
    world.client.emit("bare", &[], Vec::new()).unwrap();
    world.run();
    assert_eq!(
        world.server.last().frames,
        ["40", r#"42["hello",1,{"ü":[]}]"#, r#"42["bare"]"#]
    );
    let bytes = r#"{"_placeholder":true,"num":0}"#.to_owned();
    world
        .client
        .emit("bytes", &[bytes], vec![vec![1, 2]])
        .unwrap();
    world.run();
    assert_eq!(world.server.binary, [[1, 2]]);
}

#[test]
fn requests_and_replies_carry_binary_data() {
    let mut world = World::quiet();
    world.client.observe_events(true);
    let mask = r#"{"requestId":"r","mask":{"_placeholder":true,"num":0}}"#;
    let request = Request::generic("device:photo", mask)
        .unwrap()
        .with_attachments(vec![vec![1, 2]]);
    let call = world.request(request, CallOptions::default());
    assert_eq!(world.server.binary, [[1, 2]]);
    world.send_frame(
        r#"451-["device:photo:rpc",{"requestId":"r","image":{"_placeholder":true,"num":0}}]"#,
    );
    world.send_binary(&[3]);
    let Reply::Payload(payload) = world.reply(call) else {
        panic!("{:?}", world.reply(call));
    };
    assert_eq!(
        payload.json,
        r#"{"requestId":"r","image":{"_placeholder":true,"num":0}}"#
    );
    assert_eq!(payload.attachments, [[3]]);
    let Some(Event::Any { array, .. }) = world.events.last() else {
        panic!("{:?}", world.events);
    };
    assert_eq!(array.attachments, [[3]]);
}

#[test]
fn an_ack_settles_its_emit() {
    let mut world = World::connected();
    world.server.answering = false;
    let (first, second) = (
        world.emit_with_ack("a", None),
        world.emit_with_ack("b", None),
    );
    world.send_frame(r#"431["two",2]"#);
    world.send_frame(r#"430[]"#);
    world.send_frame(r#"430["again"]"#);
    world.send_frame(r#"4399["unknown"]"#);
    let args = |world: &World, call| match world.reply(call) {
        Reply::Payload(args) => args.json.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(args(&world, first), "[]");
    assert_eq!(args(&world, second), r#"["two",2]"#);
}

#[test]
fn an_emit_without_an_ack_times_out() {
    let mut world = World::connected();
    world.server.answering = false;
    let default = world.emit_with_ack("a", None);
    let short = world.emit_with_ack("b", Some(Timeout::After(ms(100))));
    let never = world.emit_with_ack("c", Some(Timeout::Never));
    world.advance(100);
    assert_eq!(world.code(short), "timeout");
    assert!(
        world
            .error(short)
            .to_string()
            .contains("b: no acknowledgement within 100 ms")
    );
    world.send_frame(r#"431["late"]"#);
    world.advance(29_900);
    assert_eq!(
        (world.code(default), world.code(never)),
        ("timeout", "pending")
    );
    world.abort(never);
    assert_eq!(world.code(never), "aborted");
    world.send_frame(r#"432["late"]"#);
    assert_eq!(world.client.stats().open_requests, 0);
}

#[test]
fn an_event_is_acknowledged_once_and_only_on_its_own_connection() {
    let mut world = World::connected();
    world.client.observe_events(true);
    world.send_frame(r#"427["ask","ü"]"#);
    world.send_frame(r#"428["ask"]"#);
    let handles: Vec<_> = world
        .events
        .iter()
        .filter_map(|event| match event {
            Event::Any { ack, .. } => *ack,
            _ => None,
        })
        .collect();
    let answer = |world: &mut World, at: usize| {
        world.command(Command::Ack {
            handle: handles[at],
            args: vec!["\"yes\"".to_owned()],
            attachments: Vec::new(),
        });
    };
    answer(&mut world, 0);
    answer(&mut world, 0);
    assert_eq!(world.server.acks, [r#"437["yes"]"#]);
    world.drop_tcp();
    answer(&mut world, 1);
    world.settle_down();
    answer(&mut world, 1);
    // The old connection's handle does not match the new connection's event of the same id.
    world.send_frame(r#"428["ask"]"#);
    answer(&mut world, 1);
    world.close();
    answer(&mut world, 1);
    assert_eq!(world.server.acks.len(), 1);
    assert!(world.warnings().is_empty());
}

#[test]
fn unanswered_ack_requests_do_not_exhaust_the_table() {
    let mut world = World::connected();
    world.client.observe_events(true);
    for id in 0..20_000 {
        world.send_frame(&format!(r#"42{id}["ask"]"#));
    }
    let Some(Event::Any {
        ack: Some(handle), ..
    }) = world.events.last()
    else {
        panic!("{:?}", world.events.last());
    };
    let handle = *handle;
    world.command(Command::Ack {
        handle,
        args: Vec::new(),
        attachments: Vec::new(),
    });
    assert_eq!(world.server.acks, ["4319999[]"]);
}

#[test]
fn ten_thousand_requests_can_be_open() {
    let mut world = World::connected();
    world.server.answering = false;
    let calls: Vec<_> = (0..10_000).map(|_| world.cmd()).collect();
    assert_eq!(world.client.stats().open_requests, 10_000);
    for _ in 0..5000 {
        world.server.answer(0);
    }
    world.run();
    assert!(calls[..5000].iter().all(|&call| world.code(call) == "ok"));
    for call in &calls[5000..7500] {
        world.abort(*call);
    }
    world.drop_tcp();
    assert!(
        calls[7500..]
            .iter()
            .all(|&call| world.code(call) == "disconnected")
    );
    assert_eq!(world.client.stats().open_requests, 0);
}

#[test]
fn ten_thousand_deadlines_fire_in_order() {
    let mut world = World::connected();
    world.server.answering = false;
    let request = || Request::cmd("device", "uptime").unwrap();
    let calls: Vec<_> = (0..10_000)
        .map(|n| world.request(request(), after(10_000 - n)))
        .collect();
    world.story();
    world.advance(10_000);
    assert!(calls.iter().all(|&call| world.code(call) == "timeout"));
    let story = world.story();
    assert_eq!(story.first().unwrap(), "settle 10001 timeout");
    assert_eq!(story.last().unwrap(), "settle 2 timeout");
}
