//! The total of all table entries, which leak tests check: what each item adds to it.

use crate::link::{Tokens, World};
use crate::server::{Plan, Stage};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn entries(world: &World) -> usize {
    world.client.stats().table_entries
}

/// A call's or feed's deadline has two entries, by time and by id.
const DEADLINE: usize = 2;
/// The connection's own deadlines count as one, the next.
const OF_CONNECTION: usize = 1;

#[test]
fn callers_of_connect_and_the_deadline_of_the_attempt() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    assert_eq!(entries(&world), 0);
    world.connect();
    assert_eq!(entries(&world), 1 + OF_CONNECTION);
    world.connect();
    assert_eq!(entries(&world), 2 + OF_CONNECTION);
}

#[test]
fn requests_and_acknowledgements() {
    let mut world = World::quiet();
    let before = entries(&world);
    let call = world.cmd();
    // One entry by number, one by id.
    assert_eq!(entries(&world) - before, 2 + DEADLINE);
    let id = world.held(0);
    world.send_event(
        "device:cmd:rpc",
        json!({"requestId": id, "correlationId": "c"}),
    );
    assert_eq!(entries(&world) - before, 3 + DEADLINE);
    // The session waits for it too.
    let ack = world.emit_with_ack("x", None);
    assert_eq!(entries(&world) - before, 6 + 2 * DEADLINE);
    world.abort(ack);
    assert_eq!(entries(&world) - before, 3 + DEADLINE);
    // Its id stays until its reply arrives.
    world.abort(call);
    assert_eq!(entries(&world) - before, 1);
    world.answer_all();
    assert_eq!(entries(&world), before);
}

#[test]
fn feeds() {
    let mut world = World::quiet();
    let before = entries(&world);
    let call = world.feed("a");
    // The call by its number; the feed by its parameters and by its request.
    assert_eq!(entries(&world) - before, 1 + 3 + DEADLINE);
    world.answer_all();
    // Now by the server's id instead of the request's, and by its subscription.
    assert_eq!(entries(&world) - before, 4);
    let other = world.feed("a");
    assert_eq!(entries(&world) - before, 5);
    for subscription in [call, other] {
        world.stop(subscription);
    }
    assert_eq!(entries(&world), before);
}

#[test]
fn open_and_pending_series() {
    let mut world = World::stable();
    let before = entries(&world);
    let open = world.series("a", 9, false);
    assert_eq!(entries(&world) - before, 4 + 1);
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    let resuming = entries(&world);
    let joined = world.series("a", 9, false);
    assert_eq!(entries(&world) - resuming, 1 + DEADLINE + 1);
    assert_eq!(world.client.stats().open_series, 2);
    world.abort(joined);
    assert_eq!(entries(&world), resuming);
    world.stop(open);
    assert_eq!(world.client.stats().open_series, 0);
}

#[test]
fn resumed_feeds() {
    let mut world = World::stable();
    for source in ["a", "b"] {
        world.feed(source);
    }
    let before = entries(&world);
    world.server.answering = false;
    world.server.plans.push_back(Plan::Accept);
    world.drop_tcp();
    world.wait_for_retry();
    // Each by the new request instead of the id, with a deadline.
    assert_eq!(entries(&world) - before, 2 * DEADLINE);
    assert_eq!(world.server.last().stage, Stage::Accepted);
}
