//! Feeds after a reconnection: each is requested once, before anything else.

use crate::link::{World, after, first_connect, reconnect, refusal, solar};
use crate::server::{Plan, Stage};
use ardexa_client::client::{CallOptions, FeedGap};
use ardexa_client::time::Instant;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// Connected and holding the feeds `a` and `b`.
fn with_two_feeds() -> World {
    let mut world = World::connected();
    world.feed("a");
    world.feed("b");
    world.advance(6000);
    world
}

#[test]
fn resumes_each_feed_once_in_order_before_anything_else() {
    let mut world = with_two_feeds();
    let shared = world.feed("a");
    world.drop_tcp();
    world.story();
    world.wait_for_retry();
    world.expect_story(&[
        "ask",
        "open",
        "send 40",
        "send device:feed",
        "send device:feed",
        "reconnect 1",
        "resumed",
        "resumed",
    ]);
    let sources: Vec<_> = world
        .server
        .payloads("device:feed")
        .iter()
        .map(|p| p["source"].clone())
        .collect();
    assert_eq!(sources, ["a", "b", "a", "b"]);
    let ids: Vec<&str> = world.resumed.iter().map(|(_, id, _)| id.as_str()).collect();
    assert_eq!(ids, ["f3", "f4"]);
    world.sample("f3", 1);
    world.sample("f1", 2);
    assert_eq!(world.message_ids(), [1], "the old id is no longer valid");
    world.stop(shared);
    assert_eq!(world.server.count("device:feed:stop"), 0);
    assert_eq!(world.client.stats().open_feeds, 2);
}

#[test]
fn uses_fresh_request_ids() {
    let mut world = World::connected();
    let options = CallOptions {
        timeout: None,
        request_id: Some("mine".to_owned()),
    };
    world.open_feed(solar("a"), options);
    world.drop_tcp();
    world.settle_down();
    let ids: Vec<_> = world
        .server
        .payloads("device:feed")
        .iter()
        .map(|p| p["requestId"].clone())
        .collect();
    assert_eq!(ids[0], "mine");
    assert_ne!(ids[1], "mine");
}

#[test]
fn resumes_before_delivering_early_frames() {
    let mut world = with_two_feeds();
    world.server.early = vec![r#"42["device:metaChange",{"id":"i"}]"#.to_owned()];
    world.drop_tcp();
    world.story();
    world.wait_for_retry();
    let story = world.story();
    assert_eq!(
        story[2..7],
        [
            "send 40",
            "send device:feed",
            "send device:feed",
            "device:metaChange",
            "reconnect 1"
        ]
    );
}

#[test]
fn reports_the_gap() {
    let mut world = with_two_feeds();
    world.sample("f1", 41);
    world.sample("f1", 42);
    let from = world.now;
    world.advance(10_000);
    world.drop_tcp();
    world.server.answering = false;
    world.wait_for_retry();
    world.advance(1500);
    world.answer_all();
    let gaps: Vec<&FeedGap> = world.resumed.iter().map(|(_, _, gap)| gap).collect();
    let to = world.now;
    assert_eq!(
        gaps[0],
        &FeedGap {
            from: Some(from),
            to,
            last_message_id: Some("42".to_owned()),
            last_was_parsed_by_driver: false,
        }
    );
    assert_eq!(
        gaps[1],
        &FeedGap {
            from: None,
            to,
            last_message_id: None,
            last_was_parsed_by_driver: false,
        }
    );
}

#[test]
fn keeps_samples_that_precede_the_rpc() {
    let mut world = with_two_feeds();
    world.drop_tcp();
    world.server.answering = false;
    world.wait_for_retry();
    let id = world.held(0);
    world.send_event(
        "device:feed:x",
        json!({"feedId": "f3", "requestId": id, "messageId": "7"}),
    );
    world.story();
    world.answer_all();
    world.expect_story(&["resumed", "sample", "resumed"]);
    assert_eq!(world.message_ids(), [7]);
}

#[test]
fn survives_another_loss_before_it_completes() {
    let mut world = with_two_feeds();
    world.sample("f1", 9);
    let from = world.now;
    world.server.answering = false;
    world.drop_tcp();
    for _ in 0..3 {
        world.wait_for_retry();
        assert_eq!(world.server.pending.len(), 2);
        world.drop_tcp();
        assert!(world.ended.is_empty());
    }
    world.server.answering = true;
    world.wait_for_retry();
    assert_eq!(world.resumed.len(), 2);
    assert_eq!(world.resumed[0].2.from, Some(from));
    assert_eq!(world.resumed[0].2.last_message_id.as_deref(), Some("9"));
    assert_eq!(world.server.open_feeds(), world.held_ids());
}

#[test]
fn a_refused_resumption_ends_the_feed_with_a_warning() {
    let mut world = with_two_feeds();
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    world.story();
    world.server.refuse(0, json!("no longer"));
    world.run();
    world.expect_story(&["warning rejected", "ended rejected"]);
    assert_eq!(world.ended[0].subscriptions.len(), 1);
    world.answer_all();
    assert_eq!(
        (world.resumed.len(), world.client.stats().open_feeds),
        (1, 1)
    );
    let again = world.feed("a");
    assert_eq!(world.code(again), "pending");
}

#[test]
fn an_unanswered_resumption_times_out() {
    let mut world = World::connected();
    let call = world.feed("a");
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    world.advance(119_999);
    assert!(world.ended.is_empty());
    world.story();
    world.advance(1);
    world.expect_story(&["warning timeout", "ended timeout"]);
    assert_eq!(world.ended[0].subscriptions, [call]);
    let error = world.ended[0].error.as_ref().unwrap();
    assert_eq!(
        error.to_string(),
        "device:feed: no feedId after the reconnection within 120000 ms; the feed has ended; open it again"
    );
    assert_eq!(error.request_id, Some(world.held(0)));
    world.answer_all();
    assert!(world.resumed.is_empty());
    assert!(
        world.server.open_feeds().is_empty(),
        "the late feed is stopped"
    );
}

#[test]
fn a_feed_can_be_stopped_while_it_is_resumed() {
    let mut world = World::connected();
    let call = world.open_feed(solar("a"), after(1000));
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    world.stop(call);
    assert_eq!(world.client.stats().open_feeds, 0);
    // Another feed reuses its slot; the old deadline must not apply to it.
    let other = world.feed("b");
    world.advance(1000);
    assert_eq!(world.code(other), "pending");
    world.answer_all();
    assert_eq!(world.code(other), "ok");
    assert!(world.ended.is_empty(), "{:?}", world.ended);
    assert_eq!(world.server.open_feeds().len(), 1);
    assert!(world.resumed.is_empty());
}

#[test]
fn another_subscriber_can_join_and_leave_meanwhile() {
    let mut world = World::connected();
    let first = world.open_feed(solar("a"), after(1000));
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    let second = world.open_feed(solar("a"), after(500));
    world.stop(first);
    world.advance(500);
    assert_eq!(world.code(second), "timeout");
    let other = world.feed("b");
    world.advance(1000);
    assert_eq!(world.code(other), "pending");
    world.answer_all();
    assert_eq!((world.code(other), world.ended.len()), ("ok", 0));
    assert_eq!(world.server.open_feeds().len(), 1);
}

#[test]
fn a_subscriber_that_joins_meanwhile_gets_the_new_id() {
    let mut world = with_two_feeds();
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    let call = world.feed("a");
    assert_eq!(world.code(call), "pending");
    world.answer_all();
    assert_eq!(world.feed_id(call), "f3");
    assert_eq!(world.server.count("device:feed"), 4);
}

#[test]
fn a_feed_stopped_while_disconnected_is_not_resumed() {
    let mut world = World::connected();
    let (first, second) = (world.feed("a"), world.feed("b"));
    world.drop_tcp();
    world.stop(first);
    world.settle_down();
    assert_eq!(
        (world.resumed.len(), world.server.open_feeds().len()),
        (1, 1)
    );
    world.drop_tcp();
    let call = world.stop_all();
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.ended[0].subscriptions, [second]);
    world.settle_down();
    assert!(world.server.open_feeds().is_empty());
    assert_eq!(world.server.count("device:feed:stopAll"), 0);
}

#[test]
fn a_feed_that_was_still_opening_is_not_resumed() {
    let mut world = World::stable();
    world.server.answering = false;
    let call = world.feed("a");
    world.drop_tcp();
    assert_eq!(world.code(call), "disconnected");
    world.server.answering = true;
    world.settle_down();
    assert_eq!(world.server.count("device:feed"), 1);
    assert_eq!(world.client.stats().open_feeds, 0);
}

#[test]
fn no_feed_is_resumed_after_a_final_disconnect() {
    let ends: [fn(&mut World); 3] = [
        |world| {
            world.server.plan = refusal("44");
            world.drop_tcp();
            world.settle_down();
        },
        |world| world.send_frame("41"),
        |world| world.close(),
    ];
    for end in ends {
        let mut world = with_two_feeds();
        end(&mut world);
        assert_eq!(world.ended.len(), 2);
        assert_eq!(world.client.stats().open_feeds, 0);
        world.server.plan = Plan::Accept;
        world.connect();
        assert!(world.server.open_feeds().is_empty());
        let call = world.feed("a");
        assert_eq!(world.code(call), "ok");
    }
}

#[test]
fn feeds_end_when_the_client_gives_up() {
    let mut world = World::connected_with(reconnect(|r| r.max_attempts = 2));
    let call = world.feed("a");
    world.advance(6000);
    world.server.plan = Plan::Drop(Stage::Dialled);
    world.drop_tcp();
    assert!(world.ended.is_empty());
    world.settle_down();
    assert_eq!(world.ended[0].subscriptions, [call]);
    assert_eq!(world.ended[0].error.as_ref().unwrap().code(), "unreachable");
}

#[test]
fn feeds_are_resumed_by_a_manual_connect() {
    let mut world = World::connected_with(first_connect());
    world.feed("a");
    world.drop_tcp();
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.resumed.len(), 1);
}

#[test]
fn a_request_too_large_for_the_new_server_ends_the_feed() {
    let mut world = World::connected();
    world.feed(&"x".repeat(300));
    world.server.max_payload = Some(100);
    world.drop_tcp();
    world.settle_down();
    assert_eq!(world.ended[0].error.as_ref().unwrap().code(), "too-large");
    assert_eq!(world.client.stats().open_feeds, 0);
    assert!(world.now > Instant::from_millis(0));
}

#[test]
fn resumes_in_order_of_opening_although_a_slot_was_reused() {
    let mut world = World::stable();
    let first = world.feed("a");
    world.feed("b");
    world.stop(first);
    world.feed("c");
    world.drop_tcp();
    world.settle_down();
    let asked = world.server.payloads("device:feed");
    let sources: Vec<_> = asked.iter().map(|request| &request["source"]).collect();
    assert_eq!(sources, ["a", "b", "c", "b", "c"]);
}
