//! Requests that the server rejects or replies to with malformed data.

use crate::link::{World, after};
use ardexa_client::device::Request;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn an_error_without_ids_rejects_the_only_open_request_of_its_event() {
    let mut world = World::quiet();
    let (call, other) = (world.cmd(), world.send_request(Request::refresh_meta("d")));
    world.send_event("device:cmd:rpc", json!({"error": "no permission"}));
    assert_eq!(
        (world.code(call), world.code(other)),
        ("rejected", "pending")
    );
    assert!(world.warnings().is_empty());

    let (first, second) = (world.cmd(), world.cmd());
    world.send_event("device:cmd:rpc", json!({"error": "whose?"}));
    assert_eq!(
        (world.code(first), world.code(second)),
        ("pending", "pending")
    );
    let [warning] = world.warnings()[..] else {
        panic!("{:?}", world.warnings());
    };
    assert_eq!(warning.to_string(), "device:cmd: whose?");
}

#[test]
fn an_error_with_a_new_correlation_id_rejects_the_request_without_one() {
    let mut world = World::quiet();
    let call = world.cmd();
    world.send_event(
        "device:cmd:rpc",
        json!({"correlationId": "new", "error": "no"}),
    );
    assert_eq!(world.code(call), "rejected");
    // But an old request's error does not reject the next request.
    let old = world.request(Request::cmd("d", "x").unwrap(), after(1000));
    let id = world.held(1);
    world.send_event(
        "device:cmd:rpc",
        json!({"requestId": id, "correlationId": "old"}),
    );
    world.advance(1000);
    assert_eq!(world.code(old), "timeout");
    let next = world.cmd();
    world.send_event(
        "device:cmd:reply",
        json!({"correlationId": "old", "error": "late"}),
    );
    assert_eq!(world.code(next), "pending");
    assert_eq!(world.warnings().len(), 1);
}

#[test]
fn an_error_with_an_unknown_correlation_id_does_not_reject_a_request_with_another() {
    let mut world = World::quiet();
    let call = world.cmd();
    let id = world.held(0);
    let taken_on = json!({"requestId": id, "correlationId": "mine"});
    world.send_event("device:cmd:rpc", taken_on);
    world.send_event(
        "device:cmd:rpc",
        json!({"correlationId": "other", "error": "no"}),
    );
    assert_eq!(world.code(call), "pending");
    assert_eq!(world.warnings().len(), 1);
    world.send_event(
        "device:cmd:reply",
        json!({"correlationId": "mine", "error": "yours"}),
    );
    assert_eq!(world.code(call), "rejected");
}

#[test]
fn every_form_of_error_rejects_in_rpc_and_reply() {
    let shapes = [
        (json!("in words"), "in words"),
        (json!({"message": "ERROR. 2147. ü\n"}), "ERROR. 2147. ü"),
        (json!({"code": 7}), "{\"code\":7}"),
        (json!([1, "a"]), "[1,\"a\"]"),
        (json!(42), "42"),
        (json!(true), "true"),
    ];
    for stage in ["rpc", "reply"] {
        for (error, message) in &shapes {
            let mut world = World::quiet();
            let call = world.cmd();
            let id = world.held(0);
            world.send_event(
                &format!("device:cmd:{stage}"),
                json!({"requestId": id, "error": error}),
            );
            let rejection = world.error(call);
            assert_eq!(rejection.to_string(), format!("device:cmd: {message}"));
            assert_eq!(
                (rejection.code(), rejection.request_id.as_ref()),
                ("rejected", Some(&id))
            );
            let data: Value = serde_json::from_str(rejection.kind.data().unwrap()).unwrap();
            assert_eq!(&data, error);
        }
    }
}

#[test]
fn a_result_of_error_rejects_with_or_without_a_message() {
    let mut world = World::quiet();
    for payload in [
        json!({"result": "error", "error": {"message": "line 3"}}),
        json!({"result": "error"}),
    ] {
        let call = world.send_request(Request::apply_config("d", "{}"));
        let mut payload = payload;
        payload["requestId"] = world.server.pending.pop_back().unwrap().request_id().into();
        world.send_event("device:applyConfig:rpc", payload);
        assert_eq!(world.code(call), "rejected");
    }
}

#[test]
fn a_malformed_reply_is_a_protocol_error() {
    let cases = [
        (
            Request::cmd("d", "x"),
            "device:cmd:reply",
            json!({"stdout": 7}),
        ),
        (
            Request::test_config("d", "{}"),
            "device:testConfig:rpc",
            json!({}),
        ),
        (
            Request::refresh_meta("d"),
            "device:refreshMeta:rpc",
            json!({"complete": "yes"}),
        ),
        (
            Request::do_upgrade("d"),
            "device:doUpgrade:reply",
            json!({"status": 1, "complete": true}),
        ),
    ];
    for (request, event, mut payload) in cases {
        let mut world = World::quiet();
        let call = world.send_request(request);
        payload["requestId"] = world.held(0).into();
        world.send_event(event, payload);
        assert_eq!(world.code(call), "protocol", "{event}");
        assert!(world.error(call).kind.data().is_some());
    }
}
