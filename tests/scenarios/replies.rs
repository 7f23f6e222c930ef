//! Replies to requests: matching, order, contents.

use crate::link::{World, after};
use ardexa_client::client::{Config, ErrorKind, Timeout};
use ardexa_client::device::Request;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn cmd_reply(ids: Value) -> Value {
    let mut reply = json!({"stdout": "ü", "stderr": "", "returnCode": 3});
    for (name, id) in ids.as_object().unwrap() {
        reply[name] = id.clone();
    }
    reply
}

#[test]
fn every_documented_request_is_settled_by_its_reply() {
    let mut world = World::connected();
    let cases = [
        (Request::cmd("d", "uptime"), "stdout", json!("ü\n")),
        (Request::test_config("d", "{}"), "result", json!("success")),
        (Request::apply_config("d", "{}"), "result", json!("success")),
        (
            Request::apply_yaml_config("d", "a: 1"),
            "result",
            json!("success"),
        ),
        (Request::refresh_meta("d"), "complete", json!(true)),
        (Request::send_ardexactl("d"), "complete", json!(true)),
        (Request::send_ardpkg("d"), "complete", json!(true)),
        (Request::do_upgrade("d"), "status", json!("Complete")),
        (Request::generic("device:other", "{}"), "ok", json!(true)),
    ];
    for (request, field, value) in cases {
        let call = world.send_request(request);
        assert_eq!(world.payload(call)[field], value);
    }
    assert_eq!(world.client.stats().open_requests, 0);
    assert!(world.warnings().is_empty());
}

#[test]
fn a_reply_may_precede_its_rpc() {
    let mut world = World::quiet();
    let call = world.cmd();
    let id = world.held(0);
    world.send_event(
        "device:cmd:reply",
        cmd_reply(json!({"requestId": id, "correlationId": "c"})),
    );
    assert_eq!(world.payload(call)["returnCode"], 3);
    world.send_event(
        "device:cmd:rpc",
        json!({"requestId": id, "correlationId": "c"}),
    );
    assert!(world.warnings().is_empty());
}

#[test]
fn a_reply_without_a_request_id_is_matched_by_correlation_id() {
    let mut world = World::quiet();
    let (first, second) = (world.cmd(), world.cmd());
    for (at, correlation) in [(1, "c2"), (0, "c1")] {
        let id = world.held(at);
        world.send_event(
            "device:cmd:rpc",
            json!({"requestId": id, "correlationId": correlation}),
        );
    }
    world.send_event(
        "device:cmd:reply",
        cmd_reply(json!({"correlationId": "c1"})),
    );
    assert_eq!((world.code(first), world.code(second)), ("ok", "pending"));
    world.send_event(
        "device:cmd:reply",
        cmd_reply(json!({"correlationId": "c2"})),
    );
    assert_eq!(world.code(second), "ok");
}

#[test]
fn a_repeated_correlation_id_settles_no_other_request() {
    let mut world = World::quiet();
    let (first, second) = (world.cmd(), world.cmd());
    let ids = [world.held(0), world.held(1)];
    for id in &ids {
        world.send_event(
            "device:cmd:rpc",
            json!({"requestId": id, "correlationId": "same"}),
        );
    }
    world.send_event("device:cmd:reply", cmd_reply(json!({"requestId": ids[0]})));
    assert_eq!((world.code(first), world.code(second)), ("ok", "pending"));
    world.send_event(
        "device:cmd:reply",
        cmd_reply(json!({"correlationId": "same"})),
    );
    assert_eq!(world.code(second), "ok");
}

#[test]
fn late_duplicate_and_unknown_replies_are_ignored() {
    let mut world = World::quiet();
    let call = world.request(Request::cmd("d", "x").unwrap(), after(1000));
    let id = world.held(0);
    world.advance(1000);
    assert_eq!(world.code(call), "timeout");
    let reply = cmd_reply(json!({"requestId": id, "correlationId": "c"}));
    world.send_event("device:cmd:reply", reply.clone());
    world.send_event("device:cmd:reply", reply.clone());
    world.send_event(
        "device:cmd:rpc",
        json!({"requestId": "unknown", "correlationId": "u"}),
    );
    world.send_event("device:cmd:reply", cmd_reply(json!({"correlationId": "u"})));
    assert!(world.warnings().is_empty());
    // A reply to another event does not match, whatever its id.
    let other = world.cmd();
    let id = world.held(1);
    world.send_event(
        "device:testConfig:rpc",
        json!({"requestId": id, "result": "success"}),
    );
    assert_eq!(world.code(other), "pending");
}

#[test]
fn an_unmatched_reply_is_a_warning() {
    let mut world = World::quiet();
    let call = world.cmd();
    for payload in [json!({}), json!("text"), json!(null), json!([])] {
        world.send_event("device:cmd:reply", payload);
    }
    assert_eq!(world.warnings().len(), 4);
    assert_eq!(world.code(call), "pending");
    world.send_frame(r#"42["device:cmd:rpc"]"#);
    assert_eq!(world.warnings().len(), 5);
}

#[test]
fn a_nonzero_exit_code_is_not_an_error() {
    let mut world = World::quiet();
    let call = world.cmd();
    let id = world.held(0);
    world.send_event("device:cmd:reply", cmd_reply(json!({"requestId": id})));
    assert_eq!(world.payload(call)["returnCode"], 3);
}

#[test]
fn incomplete_replies_are_waited_out() {
    let mut world = World::quiet();
    let call = world.send_request(Request::refresh_meta("d"));
    let id = world.held(0);
    world.send_event(
        "device:refreshMeta:rpc",
        json!({"requestId": id, "complete": false}),
    );
    assert_eq!(world.code(call), "pending");
    world.send_event(
        "device:refreshMeta:rpc",
        json!({"requestId": id, "complete": true}),
    );
    assert_eq!(world.code(call), "ok");
}

#[test]
fn every_upgrade_step_is_delivered_and_restarts_the_deadline() {
    let mut world = World::quiet();
    let call = world.request(Request::do_upgrade("d").unwrap(), after(10_000));
    let id = world.held(0);
    let step = |status: &str, complete: bool| json!({"requestId": id, "status": status, "complete": complete});
    world.send_event("device:doUpgrade:rpc", json!({"requestId": id}));
    for status in ["Downloading", "Installing", "Restarting"] {
        world.advance(9000);
        world.send_event("device:doUpgrade:reply", step(status, false));
        assert_eq!(world.code(call), "pending");
    }
    world.advance(9000);
    world.send_event("device:doUpgrade:reply", step("Complete", true));
    assert_eq!(world.payload(call)["status"], "Complete");
    assert_eq!(world.progress.len(), 4);
    world.send_event("device:doUpgrade:reply", step("Complete", true));
    assert_eq!(world.progress.len(), 4);
}

#[test]
fn a_stalled_upgrade_times_out_or_is_rejected() {
    let mut world = World::quiet();
    let stuck = world.request(Request::do_upgrade("d").unwrap(), after(10_000));
    let id = world.held(0);
    world.advance(9000);
    world.send_event(
        "device:doUpgrade:reply",
        json!({"requestId": id, "status": "a", "complete": false}),
    );
    world.advance(10_000);
    assert_eq!(world.code(stuck), "timeout");
    assert!(
        world
            .error(stuck)
            .to_string()
            .contains("no further step within 10000 ms")
    );

    let failed = world.send_request(Request::do_upgrade("d"));
    let id = world.held(1);
    world.send_event(
        "device:doUpgrade:reply",
        json!({"error": "Internal error occurred", "requestId": id}),
    );
    assert_eq!(
        world.error(failed).to_string(),
        "device:doUpgrade: Internal error occurred"
    );
}

#[test]
fn timeouts_come_from_the_request_the_client_or_the_call() {
    let mut world = World::quiet();
    let (cmd, config) = (
        world.cmd(),
        world.send_request(Request::test_config("d", "{}")),
    );
    world.advance(30_000);
    assert_eq!(
        (world.code(cmd), world.code(config)),
        ("pending", "timeout")
    );
    world.advance(270_000);
    assert_eq!(world.code(cmd), "timeout");
    assert_eq!(
        world.error(cmd).to_string(),
        "device:cmd: no reply within 300000 ms; timeoutMs sets how long to wait"
    );

    let mut world = World::connected_with(Config {
        timeout: Some(Timeout::Never),
        ..crate::link::config()
    });
    world.server.answering = false;
    let never = world.cmd();
    let some = world.request(Request::cmd("d", "x").unwrap(), after(5));
    world.advance(86_400_000);
    assert_eq!(
        (world.code(never), world.code(some)),
        ("pending", "timeout")
    );
    world.close();
    assert_eq!(world.code(never), "closed");
}

#[test]
fn an_rpc_does_not_extend_a_commands_deadline() {
    let mut world = World::quiet();
    let call = world.request(Request::cmd("d", "x").unwrap(), after(10_000));
    let id = world.held(0);
    world.advance(9000);
    world.send_event(
        "device:cmd:rpc",
        json!({"requestId": id, "correlationId": "c"}),
    );
    world.advance(1000);
    assert_eq!(world.code(call), "timeout");
}

#[test]
fn aborting_settles_once() {
    let mut world = World::quiet();
    let call = world.cmd();
    let id = world.held(0);
    world.abort(call);
    world.abort(call);
    assert!(matches!(*world.error(call).kind, ErrorKind::Aborted { .. }));
    world.send_event("device:cmd:reply", cmd_reply(json!({"requestId": id})));
    world.advance(600_000);
    assert_eq!(world.client.stats().open_requests, 0);
}

#[test]
fn connect_can_be_aborted() {
    use crate::server::{Plan, Stage};
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    let (first, second) = (world.connect(), world.connect());
    world.abort(first);
    assert_eq!(
        (world.code(first), world.code(second)),
        ("aborted", "pending")
    );
}

#[test]
fn replies_to_stop_are_silent() {
    let mut world = World::quiet();
    world.send_event("device:feed:stop:rpc", json!({"feedId": "f"}));
    world.send_event("device:feed:stopAll:rpc", json!({}));
    assert!(world.warnings().is_empty());
    world.send_event("device:feed:stop:rpc", json!({"error": "no such feed"}));
    assert_eq!(world.warnings().len(), 1);
}

#[test]
fn a_reply_with_the_id_of_another_events_request_is_ignored() {
    let mut world = World::quiet();
    let call = world.send_request(Request::refresh_meta("d"));
    let id = world.held(0);
    world.send_event(
        "device:sendArdpkg:rpc",
        json!({"requestId": id, "complete": true}),
    );
    assert_eq!(world.code(call), "pending");
    world.send_event(
        "device:refreshMeta:reply",
        json!({"requestId": id, "complete": true}),
    );
    assert_eq!(world.code(call), "pending", "a reply at the wrong stage");
    world.answer_all();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn an_upgrades_first_reply_may_already_be_a_step() {
    let mut world = World::quiet();
    let call = world.send_request(Request::do_upgrade("d"));
    let id = world.held(0);
    world.send_event("device:doUpgrade:rpc", json!({"requestId": id}));
    assert!(world.progress.is_empty());
    let step = json!({"requestId": id, "status": "Downloading", "complete": false});
    world.send_event("device:doUpgrade:rpc", step);
    assert_eq!(world.progress.len(), 1);
    let last = json!({"requestId": id, "status": "Complete", "complete": true});
    world.send_event("device:doUpgrade:rpc", last);
    assert_eq!((world.progress.len(), world.code(call)), (2, "ok"));
}
