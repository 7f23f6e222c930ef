//! Live feeds over one connection: opening, sharing, samples, stopping.

use crate::link::{World, solar};
use ardexa_client::client::{CallId, CallOptions, Command, Config, Output, Reply, Timeout};
use ardexa_client::device::FeedRequest;
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A sample as it may arrive before the `:rpc`.
fn early(request_id: &str, message: u32) -> Value {
    json!({
        "feedId": "f1", "requestId": request_id, "messageId": message.to_string(), "value": "ü",
    })
}

fn with_extra(world: &mut World, extra: &str) -> CallId {
    world.call(|call| Command::OpenFeed {
        call,
        request: solar("a"),
        extra: Some(extra.to_owned()),
        options: CallOptions::default(),
        series: None,
    })
}

#[test]
fn a_reply_without_a_request_id_opens_no_feed() {
    let mut world = World::quiet();
    let call = world.feed("a");
    world.send_event("device:feed:rpc", json!({"feedId": "f1"}));
    assert_eq!(world.code(call), "pending");
    world.answer_all();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn a_feed_opens_and_delivers_its_samples() {
    let mut world = World::connected();
    let call = world.feed("a");
    assert_eq!(world.feed_id(call), "f1");
    world.sample("f1", 1);
    world.sample("f1", 2);
    world.expect_story(&["send device:feed", "settle 2 ok", "sample", "sample"]);
    assert_eq!(world.message_ids(), [1, 2]);
    let stats = world.client.stats();
    assert_eq!(
        (stats.samples, stats.open_feeds, stats.open_requests),
        (2, 1, 0)
    );
}

#[test]
fn a_feed_id_given_to_two_requests_rejects_the_second() {
    let mut world = World::quiet();
    let (older, newer) = (world.feed("a"), world.feed("b"));
    let requests = [world.held(0), world.held(1)];
    world.story();
    for request_id in requests {
        let opened = json!({"requestId": request_id, "feedId": "same"});
        world.send_event("device:feed:rpc", opened);
    }
    world.expect_story(&[
        "settle 2 ok",
        "warning protocol",
        "ended protocol",
        "settle 3 ok",
    ]);
    let [ended] = &world.ended[..] else {
        panic!("{:?}", world.ended);
    };
    assert_eq!(ended.subscriptions, [older]);
    let message = ended.error.as_ref().unwrap().to_string();
    assert!(
        message.contains("gave the feed's feedId to another request"),
        "{message}"
    );
    // The end of the older feed does not end the newer one.
    world.stop(older);
    assert_eq!(world.server.count("device:feed:stop"), 0);
    world.sample("same", 1);
    assert_eq!(world.message_ids(), [1]);
    world.stop(newer);
    assert_eq!(world.server.count("device:feed:stop"), 1);
}

#[test]
fn equal_requests_share_one_feed() {
    let mut world = World::connected();
    let (first, second) = (world.feed("a"), world.feed("a"));
    assert_eq!(world.server.count("device:feed"), 1);
    assert_eq!(
        (world.reply(first), world.reply(second)),
        (world.reply(second), world.reply(first))
    );
    world.sample("f1", 1);
    assert_eq!(world.samples.len(), 1, "one output for all listeners");
    let other = world.feed("b");
    let field = FeedRequest::new("device", "solar", "a", Some("power")).unwrap();
    let field = world.open_feed(field, CallOptions::default());
    let extra = with_extra(&mut world, r#"{"fast":true}"#);
    assert_eq!(world.server.count("device:feed"), 4);
    assert_eq!(world.server.payloads("device:feed")[3]["fast"], true);
    let ids = [first, other, field, extra].map(|call| world.feed_id(call));
    assert_eq!(ids, ["f1", "f2", "f3", "f4"]);
    let same_on_the_wire = with_extra(&mut world, "{}");
    assert_eq!(world.feed_id(same_on_the_wire), "f1");
    assert_eq!(world.server.count("device:feed"), 4);
}

#[test]
fn an_equal_request_joins_a_feed_that_is_opening() {
    let mut world = World::quiet();
    let calls = [world.feed("a"), world.feed("a"), world.feed("a")];
    assert_eq!(world.server.count("device:feed"), 1);
    world.answer_all();
    for call in calls {
        assert_eq!(world.feed_id(call), "f1");
    }
    assert_eq!(world.client.stats().open_feeds, 1);
}

#[test]
fn samples_before_the_rpc_are_delivered_after_it_in_order() {
    let mut world = World::quiet();
    let call = world.feed("a");
    let id = world.held(0);
    for message in 1..=3 {
        world.send_event("device:feed:data", early(&id, message));
    }
    world.story();
    world.answer_all();
    world.expect_story(&["settle 2 ok", "sample", "sample", "sample"]);
    assert_eq!(world.message_ids(), [1, 2, 3]);
    assert_eq!(world.code(call), "ok");
    world.sample("f1", 4);
    assert_eq!(world.message_ids(), [1, 2, 3, 4]);
}

#[test]
fn samples_before_the_rpc_are_bounded() {
    let mut world = World::connected_with(Config {
        max_early_samples: 2,
        ..crate::link::config()
    });
    world.server.answering = false;
    let call = world.feed("a");
    let id = world.held(0);
    for message in 1..=5 {
        world.send_event("device:feed", early(&id, message));
    }
    world.answer_all();
    assert_eq!(world.message_ids(), [4, 5]);
    let Reply::Feed { dropped, .. } = world.reply(call) else {
        panic!("{:?}", world.reply(call));
    };
    assert_eq!(*dropped, 3);
}

#[test]
fn a_limit_of_zero_keeps_no_early_samples() {
    let mut world = World::connected_with(Config {
        max_early_samples: 0,
        ..crate::link::config()
    });
    world.server.answering = false;
    world.feed("a");
    let id = world.held(0);
    for message in 1..=5 {
        world.send_event("device:feed", early(&id, message));
    }
    world.answer_all();
    assert_eq!(world.message_ids(), [0u64; 0]);
}

#[test]
fn every_event_of_the_feed_family_delivers_samples() {
    let mut world = World::connected();
    world.feed("a");
    let names = [
        "device:feed",
        "device:feed:reply",
        "device:feed:data",
        "device:feed:ü",
        "device:feed:event:x",
    ];
    for (name, message) in names.into_iter().zip(1..) {
        world.send_event(
            name,
            json!({"feedId": "f1", "messageId": message.to_string()}),
        );
    }
    assert_eq!(world.message_ids(), [1, 2, 3, 4, 5]);
    for name in [
        "device:feed:stop",
        "device:feed:stopAll",
        "device:feed:stopped",
        "device:feeds",
        "feed",
    ] {
        world.send_event(name, json!({"feedId": "f1", "messageId": "9"}));
    }
    assert_eq!(world.samples.len(), 5);
}

#[test]
fn samples_of_unknown_feeds_are_ignored() {
    let mut world = World::connected();
    let call = world.feed("a");
    for payload in [
        json!({"feedId": "f9"}),
        json!({"feedId": 1}),
        json!({}),
        json!([]),
        json!("f1"),
        json!({"requestId": "x"}),
    ] {
        world.send_event("device:feed:reply", payload);
    }
    world.stop(call);
    world.sample("f1", 1);
    assert!(world.samples.is_empty() && world.warnings().is_empty());
}

#[test]
fn a_refused_feed_rejects_every_pending_caller() {
    for error in [
        json!("no such table"),
        json!({"message": "no such table\n"}),
    ] {
        let mut world = World::quiet();
        let calls = [world.feed("a"), world.feed("a")];
        let id = world.held(0);
        world.server.refuse(0, error);
        world.run();
        for call in calls {
            let error = world.error(call);
            assert_eq!(
                (error.code(), error.to_string().as_str()),
                ("rejected", "device:feed: no such table")
            );
            assert_eq!(error.request_id.as_ref(), Some(&id));
        }
        assert!(world.ended.is_empty() && world.warnings().is_empty());
        assert_eq!(world.client.stats().open_feeds, 0);
        assert_eq!(world.server.count("device:feed:stop"), 0);
    }
}

#[test]
fn an_error_without_ids_rejects_the_only_feed_that_is_opening() {
    let mut world = World::quiet();
    let call = world.feed("a");
    world.send_event("device:feed:rpc", json!({"error": "no"}));
    assert_eq!(world.code(call), "rejected");
    let two = [world.feed("b"), world.feed("c")];
    world.send_event("device:feed:rpc", json!({"error": "no"}));
    assert!(two.iter().all(|&call| world.code(call) == "pending"));
    assert_eq!(world.warnings().len(), 1);
}

#[test]
fn an_rpc_without_a_feed_id_is_a_protocol_error() {
    for payload in [json!({}), json!({"feedId": ""}), json!({"feedId": 7})] {
        let mut world = World::quiet();
        let call = world.feed("a");
        let mut payload = payload;
        payload["requestId"] = world.held(0).into();
        world.send_event("device:feed:rpc", payload);
        assert_eq!(world.code(call), "protocol");
        assert_eq!(world.client.stats().open_feeds, 0);
    }
}

#[test]
fn a_second_rpc_changes_nothing() {
    let mut world = World::quiet();
    let call = world.feed("a");
    let id = world.held(0);
    world.answer_all();
    for payload in [
        json!({"requestId": id, "feedId": "f1"}),
        json!({"requestId": id, "feedId": "f9"}),
        json!({"requestId": id}),
    ] {
        world.send_event("device:feed:rpc", payload);
    }
    world.sample("f1", 1);
    assert_eq!(
        (world.samples.len(), world.feed_id(call).as_str()),
        (1, "f1")
    );
    assert_eq!(world.server.count("device:feed:stop"), 0);
}

#[test]
fn an_error_in_a_data_event_ends_its_feed() {
    let mut world = World::connected();
    let (first, second, other) = (world.feed("a"), world.feed("a"), world.feed("b"));
    world.story();
    world.send_event(
        "device:feed:reply",
        json!({"feedId": "f1", "error": {"message": "agent gone"}}),
    );
    world.expect_story(&[
        "send device:feed:stop",
        "warning rejected",
        "ended rejected",
    ]);
    assert_eq!(world.ended[0].subscriptions, [first, second]);
    let error = world.ended[0].error.as_ref().unwrap();
    assert_eq!(
        (error.to_string().as_str(), &error.request_id),
        ("device:feed: agent gone", &None)
    );
    world.sample("f1", 1);
    assert!(world.samples.is_empty());
    assert_eq!(world.server.open_feeds(), [world.feed_id(other)]);
    // For a feed that is opening.
    world.server.answering = false;
    let opening = world.feed("c");
    let id = world.held(0);
    world.send_event("device:feed:reply", json!({"requestId": id, "error": "no"}));
    assert_eq!(world.code(opening), "rejected");
    world.answer_all();
    assert_eq!(world.server.open_feeds(), [world.feed_id(other)]);
    // For an unknown feed.
    world.send_event("device:feed:reply", json!({"error": "whose?"}));
    assert_eq!(world.warnings().len(), 2);
}

#[test]
fn a_thousand_feeds_on_one_connection() {
    let mut world = World::connected();
    let calls: Vec<CallId> = (0..1000).map(|n| world.feed(&n.to_string())).collect();
    assert_eq!(world.server.open_feeds().len(), 1000);
    for round in 0..3 {
        for &call in &calls {
            let id = world.feed_id(call);
            world.sample(&id, round);
        }
    }
    assert_eq!(world.samples.len(), 3000);
    for &call in &calls[..500] {
        world.stop(call);
    }
    world.advance(6000);
    world.drop_tcp();
    world.settle_down();
    assert_eq!(world.server.open_feeds().len(), 500);
    assert_eq!(world.resumed.len(), 500);
    let sources: Vec<u64> = world.server.payloads("device:feed")[1000..]
        .iter()
        .map(|payload| payload["source"].as_str().unwrap().parse().unwrap())
        .collect();
    assert_eq!(
        sources,
        (500..1000).collect::<Vec<u64>>(),
        "the oldest first"
    );
}

#[test]
fn an_invalid_extra_field_is_rejected() {
    let mut world = World::connected();
    for extra in [
        "[]",
        "{",
        r#"{"deviceId":"x"}"#,
        r#"{"requestId":"x"}"#,
        r#"{"field":"x"}"#,
    ] {
        let call = with_extra(&mut world, extra);
        assert_eq!(world.code(call), "invalid-argument", "{extra}");
    }
    assert_eq!(world.client.stats().open_feeds, 0);
    assert!(world.server.received.is_empty());
}

#[test]
fn a_feed_uses_its_own_timeout() {
    let mut world = World::quiet();
    let never = world.open_feed(
        solar("a"),
        CallOptions {
            timeout: Some(Timeout::Never),
            request_id: None,
        },
    );
    let default = world.feed("b");
    world.advance(30_000);
    assert_eq!(
        (world.code(never), world.code(default)),
        ("pending", "timeout")
    );
    world.answer_all();
    assert_eq!(world.code(never), "ok");
    assert!(matches!(world.client.poll_output(), Output::Timeout(_)));
}
