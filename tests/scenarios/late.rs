//! Aborted and timed-out requests, and replies that arrive afterwards.

use crate::link::{World, after, ms, solar, with_id};
use ardexa_client::client::{CallOptions, Timeout};
use ardexa_client::device::Request;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn any_number_of_feeds_that_open_after_their_timeout_are_stopped() {
    let mut world = World::stable();
    let before = world.client.stats().table_entries;
    world.server.answering = false;
    for n in 0..3000 {
        world.open_feed(solar(&n.to_string()), after(30_000));
    }
    world.advance(30_000);
    assert_eq!(world.client.stats().open_feeds, 0);
    world.answer_all();
    assert!(world.server.open_feeds().is_empty());
    assert_eq!(world.server.count("device:feed:stop"), 3000);
    assert_eq!(world.client.stats().table_entries, before);
}

#[test]
fn feeds_aborted_unanswered_are_forgotten_with_the_connection() {
    let mut world = World::stable();
    let before = world.client.stats().table_entries;
    world.server.answering = false;
    for n in 0..5000 {
        let call = world.feed(&n.to_string());
        world.abort(call);
    }
    world.drop_tcp();
    world.settle_down();
    world.advance(6000);
    assert_eq!(world.client.stats().table_entries, before);
}

#[test]
fn a_late_reply_does_not_end_a_feed_with_the_same_id() {
    let mut world = World::quiet();
    let (late, held) = (world.feed("a"), world.feed("b"));
    let requests = [world.held(1), world.held(0)];
    world.abort(late);
    for request_id in requests {
        let opened = json!({"requestId": request_id, "feedId": "same"});
        world.send_event("device:feed:rpc", opened);
    }
    assert_eq!(world.code(held), "ok");
    assert_eq!(world.server.count("device:feed:stop"), 0);
    world.sample("same", 1);
    assert_eq!(world.message_ids(), [1]);
}

#[test]
fn a_request_id_whose_reply_is_outstanding_is_rejected() {
    let mut world = World::quiet();
    let call = world.open_feed(solar("a"), with_id("mine"));
    world.abort(call);
    for call in [
        world.open_feed(solar("b"), with_id("mine")),
        world.request(Request::cmd("d", "x").unwrap(), with_id("mine")),
    ] {
        let error = world.error(call);
        assert_eq!(error.code(), "invalid-argument");
        assert!(
            error.to_string().contains("may still be answered"),
            "{error}"
        );
    }
    assert_eq!(world.server.received.len(), 1, "nothing was sent");
    world.answer_all();
    assert!(world.server.open_feeds().is_empty());
    // The reply has arrived: the id is free.
    let call = world.open_feed(solar("b"), with_id("mine"));
    world.answer_all();
    assert_eq!(world.feed_id(call), "f2");
}

#[test]
fn a_timed_out_request_id_is_free_after_its_last_reply() {
    let cmd = || Request::cmd("d", "x").unwrap();
    let options = || CallOptions {
        timeout: Some(Timeout::After(ms(1000))),
        ..with_id("mine")
    };
    let ends: [fn(&mut World); 3] = [
        |world| world.answer_all(),
        |world| {
            world.server.refuse(0, json!("no"));
            world.run();
        },
        |world| {
            world.drop_tcp();
            world.settle_down();
        },
    ];
    for end in ends {
        let mut world = World::quiet();
        let late = world.request(cmd(), options());
        world.advance(1000);
        assert_eq!(world.code(late), "timeout");
        let too_early = world.request(cmd(), options());
        assert_eq!(world.code(too_early), "invalid-argument");
        // Only acknowledges the request.
        world.send_event(
            "device:cmd:rpc",
            json!({"requestId": "mine", "correlationId": "c"}),
        );
        let too_early = world.request(cmd(), options());
        assert_eq!(world.code(too_early), "invalid-argument");
        end(&mut world);
        world.server.commands.clear();
        let again = world.request(cmd(), options());
        assert_eq!(world.code(again), "pending");
    }
    // An invalid upgrade step is the end for the caller, but not for the server.
    let mut world = World::quiet();
    let call = world.request(Request::do_upgrade("d").unwrap(), with_id("mine"));
    world.send_event(
        "device:doUpgrade:reply",
        json!({"requestId": "mine", "status": 7, "complete": false}),
    );
    assert_eq!(world.code(call), "protocol");
    let again = world.request(Request::do_upgrade("d").unwrap(), with_id("mine"));
    assert_eq!(world.code(again), "invalid-argument");
    let step = json!({"requestId": "mine", "status": "s", "complete": false});
    world.send_event("device:doUpgrade:reply", step);
    let again = world.request(Request::do_upgrade("d").unwrap(), with_id("mine"));
    assert_eq!(world.code(again), "invalid-argument");
    world.answer_all();
    let again = world.request(Request::do_upgrade("d").unwrap(), with_id("mine"));
    assert_eq!(world.code(again), "pending");
}
