//! Stopping feeds: by their subscribers, while they open, or all together.

use crate::link::{World, after, solar};
use ardexa_client::client::CallId;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn the_last_subscriber_to_stop_ends_the_feed() {
    let mut world = World::connected();
    let (first, second) = (world.feed("a"), world.feed("a"));
    world.stop(first);
    assert_eq!(world.server.count("device:feed:stop"), 0);
    world.sample("f1", 1);
    assert_eq!(world.samples.len(), 1);
    world.stop(second);
    assert_eq!(
        world.server.payloads("device:feed:stop"),
        [&json!({"feedId": "f1"})]
    );
    world.stop(first);
    world.stop(second);
    assert_eq!(world.server.count("device:feed:stop"), 1);
    assert_eq!(world.client.stats().open_feeds, 0);
    assert!(
        world.ended.is_empty(),
        "the caller of stop() is not notified"
    );
    // And again.
    let third = world.feed("a");
    assert_eq!(world.feed_id(third), "f2");
}

#[test]
fn a_feed_aborted_while_opening_is_stopped_once_it_opens() {
    let mut world = World::quiet();
    let call = world.feed("a");
    world.abort(call);
    assert_eq!(world.code(call), "aborted");
    assert_eq!(world.client.stats().open_feeds, 0);
    world.answer_all();
    assert_eq!(
        world.server.payloads("device:feed:stop"),
        [&json!({"feedId": "f1"})]
    );
    assert!(world.server.open_feeds().is_empty());
    assert!(world.warnings().is_empty());
}

#[test]
fn a_feed_that_opens_after_its_timeout_is_stopped() {
    let mut world = World::quiet();
    let call = world.open_feed(solar("a"), after(1000));
    world.advance(1000);
    assert_eq!(world.code(call), "timeout");
    assert_eq!(
        world.error(call).to_string(),
        "device:feed: no feedId within 1000 ms; timeoutMs sets how long to wait"
    );
    world.answer_all();
    assert!(world.server.open_feeds().is_empty());
    assert_eq!(world.server.count("device:feed:stop"), 1);
}

#[test]
fn one_of_two_pending_callers_can_abort() {
    let mut world = World::quiet();
    let (first, second) = (world.open_feed(solar("a"), after(1000)), world.feed("a"));
    world.advance(1000);
    assert_eq!(
        (world.code(first), world.code(second)),
        ("timeout", "pending")
    );
    world.answer_all();
    assert_eq!(world.feed_id(second), "f1");
    assert_eq!(world.server.open_feeds(), ["f1"]);
}

#[test]
fn reopening_a_feed_before_its_late_reply_opens_one_feed() {
    let mut world = World::quiet();
    let first = world.feed("a");
    world.abort(first);
    let second = world.feed("a");
    world.answer_all();
    assert_eq!(world.feed_id(second), "f2");
    assert_eq!(world.server.open_feeds(), ["f2"]);
    // The other way round.
    let third = world.feed("b");
    world.abort(third);
    let fourth = world.feed("b");
    world.server.answer(1);
    world.answer_all();
    assert_eq!(world.feed_id(fourth), "f3");
    assert_eq!(world.server.open_feeds(), ["f2", "f3"]);
}

#[test]
fn stop_all_ends_every_feed() {
    let mut world = World::connected();
    let (first, second) = (world.feed("a"), world.feed("b"));
    world.server.answering = false;
    let opening = world.feed("c");
    world.story();
    let call = world.stop_all();
    world.expect_story(&[
        "settle 4 aborted",
        "ended quietly",
        "ended quietly",
        "send device:feed:stopAll",
        "settle 5 ok",
    ]);
    assert_eq!((world.code(opening), world.code(call)), ("aborted", "ok"));
    assert!(world.error(opening).to_string().contains("stopAllFeeds()"));
    let ended: Vec<_> = world
        .ended
        .iter()
        .flat_map(|e| e.subscriptions.clone())
        .collect();
    assert_eq!(ended, [first, second]);
    world.answer_all();
    assert!(world.server.open_feeds().is_empty());
    assert_eq!(world.client.stats().open_feeds, 0);
    world.stop(first);
    assert_eq!(
        world.server.count("device:feed:stop"),
        1,
        "only for the one that opened late"
    );
    let again = world.stop_all();
    assert_eq!(world.code(again), "ok");
    assert_eq!(world.server.count("device:feed:stopAll"), 2);
}

#[test]
fn ten_thousand_subscribers_of_one_feed() {
    let mut world = World::quiet();
    let calls: Vec<CallId> = (0..10_000).map(|_| world.feed("a")).collect();
    world.answer_all();
    assert_eq!(world.server.count("device:feed"), 1);
    for call in calls {
        world.stop(call);
    }
    assert_eq!(world.server.count("device:feed:stop"), 1);
}
