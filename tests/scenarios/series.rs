//! Feeds that keep columns: their contents, updates and ends.

use crate::link::World;
use ardexa_client::client::{CallId, FeedSlot, Reply};
use ardexa_client::series::Columns;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

impl World {
    /// Sends a sample with this value.
    fn value(&mut self, feed_id: &str, value: u32) {
        let payload = json!({"feedId": feed_id, "messageId": value.to_string(), "value": value});
        self.send_event("device:feed:reply", payload);
    }

    fn columns(&self, series: CallId) -> &Columns {
        self.client.series(series).expect("an open series")
    }
}

fn values(columns: &Columns) -> Vec<f64> {
    columns.values(0).unwrap()
}

#[test]
fn keeps_the_newest_samples_and_emits_none() {
    let mut world = World::connected();
    let series = world.series("a", 2, false);
    for value in 1..=3 {
        world.value("f1", value);
    }
    world.expect_story(&["send device:feed", "settle 2 ok"]);
    let columns = world.columns(series);
    assert_eq!((values(columns), columns.total()), (vec![2.0, 3.0], 3));
    let Reply::Feed { feed, .. } = world.reply(series) else {
        panic!("{:?}", world.reply(series));
    };
    assert_eq!(world.client.samples_of(*feed), 3);
    assert!(world.client.series(CallId::new(77)).is_none());
}

#[test]
fn notifies_once_until_the_notification_is_delivered() {
    let mut world = World::connected();
    let (first, quiet, second) = (
        world.series("a", 9, true),
        world.series("a", 9, false),
        world.series("a", 9, true),
    );
    world.story();
    world.value("f1", 1);
    world.expect_story(&["updated 2", "updated 4"]);
    world.value("f1", 2);
    world.expect_story(&[]);
    world.client.mark_series_notified(second);
    world.client.mark_series_notified(quiet);
    world.value("f1", 3);
    world.expect_story(&["updated 4"]);
    world.client.mark_series_notified(first);
    world.value("f1", 4);
    world.expect_story(&["updated 2"]);
    for series in [first, quiet, second] {
        assert_eq!(values(world.columns(series)), [1.0, 2.0, 3.0, 4.0]);
    }
}

#[test]
fn shares_its_feed_and_leaves_it_open_for_others() {
    let mut world = World::connected();
    let first = world.series("a", 1, false);
    let listener = world.feed("a");
    let (second, third) = (world.series("a", 2, true), world.series("a", 3, false));
    assert_eq!(world.server.count("device:feed"), 1);
    world.story();
    world.value("f1", 1);
    world.expect_story(&["updated 4", "sample"]);

    world.stop(third);
    world.expect_story(&["series 5 ended"]);
    assert!(world.client.series(third).is_none());
    world.value("f1", 2);
    world.expect_story(&["sample"]);
    world.stop(first);
    world.expect_story(&["series 2 ended"]);
    world.stop(listener);
    world.value("f1", 3);
    world.expect_story(&[]);
    assert_eq!(values(world.columns(second)), [2.0, 3.0]);
    world.stop(second);
    world.expect_story(&["series 4 ended", "send device:feed:stop"]);

    let ended = world.columns.iter();
    let ended: Vec<_> = ended.map(|(id, held)| (*id, values(held))).collect();
    let expected = [
        (third, vec![1.0]),
        (first, vec![2.0]),
        (second, vec![2.0, 3.0]),
    ];
    assert_eq!(ended, expected);
    assert_eq!(world.client.stats().table_entries, {
        let mut empty = World::connected();
        empty.advance(0);
        empty.client.stats().table_entries
    });
}

#[test]
fn keeps_samples_that_precede_the_feeds_id() {
    let mut world = World::quiet();
    let series = world.series("a", 9, true);
    let id = world.held(0);
    for value in 1..=2 {
        let early = json!({"feedId": "f1", "requestId": id, "value": value});
        world.send_event("device:feed:data", early);
    }
    world.story();
    world.answer_all();
    world.expect_story(&["settle 2 ok", "updated 2"]);
    assert_eq!(values(world.columns(series)), [1.0, 2.0]);
}

#[test]
fn leaves_nothing_behind_if_aborted_while_opening() {
    let mut world = World::quiet();
    let (given_up, kept) = (world.series("a", 9, true), world.series("a", 9, true));
    world.abort(given_up);
    world.answer_all();
    world.story();
    world.value("f1", 1);
    world.expect_story(&["updated 3"]);
    assert!(world.client.series(given_up).is_none());
    assert_eq!(values(world.columns(kept)), [1.0]);
}

#[test]
fn ends_with_the_client_and_keeps_its_samples() {
    let mut world = World::connected();
    let (first, second) = (world.series("a", 9, false), world.series("a", 1, false));
    world.value("f1", 1);
    world.value("f1", 2);
    world.story();
    world.close();
    world.expect_story(&[
        "send 41",
        "close socket",
        "series 2 ended",
        "series 3 ended",
        "ended quietly",
        "disconnect io client disconnect, final",
    ]);
    let [(one, all), (other, newest)] = &world.columns[..] else {
        panic!("{:?}", world.columns);
    };
    assert_eq!((*one, *other), (first, second));
    assert_eq!(
        (values(all), values(newest)),
        (vec![1.0, 2.0], vec![2.0]),
        "each according to its capacity"
    );
}

#[test]
fn a_gap_names_the_last_sample_of_any_form() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for (extra, expected) in [("1", "7"), (deep.as_str(), "7")] {
        let mut world = World::stable();
        let series = world.series("a", 9, false);
        world.send_frame(&format!(
            r#"42["device:feed:reply",{{"messageId":"6","extra":{extra},"messageId":"7","feedId":"f1","value":5}}]"#
        ));
        assert_eq!(values(world.columns(series)), [5.0]);
        world.drop_tcp();
        world.settle_down();
        let (_, _, gap) = &world.resumed[0];
        assert_eq!(gap.last_message_id.as_deref(), Some(expected));
        assert!(!gap.last_was_parsed_by_driver && gap.from.is_some());
    }
}

#[test]
fn feed_ids_with_equal_hashes_are_two_feeds() {
    let mut world = World::quiet();
    let (one, other) = (world.series("a", 9, false), world.series("b", 9, false));
    let requests = [world.held(0), world.held(1)];
    for (request_id, feed_id) in requests.iter().zip(TWINS) {
        let opened = json!({"requestId": request_id, "feedId": feed_id});
        world.send_event("device:feed:rpc", opened);
    }
    for (feed_id, value) in TWINS.iter().zip([1, 2]) {
        world.value(feed_id, value);
        let frame = format!(
            r#"42["device:feed:reply",{{"feedId":"{feed_id}","messageId":"x","value":{}}}]"#,
            value * 10
        );
        let attempt = world.server.last().attempt;
        let taken = world
            .client
            .try_fast_sample(attempt, frame.as_bytes(), world.now);
        assert!(taken.is_some());
    }
    assert_eq!(values(world.columns(one)), [1.0, 10.0]);
    assert_eq!(values(world.columns(other)), [2.0, 20.0]);
}

#[test]
fn a_parsed_sample_is_taken_if_its_feed_is_open_without_a_series() {
    let mut world = World::stable();
    let call = world.feed("a");
    let feed = key(&world, call);
    let take = |world: &mut World| {
        let (attempt, before) = (world.server.last().attempt, world.client.stats());
        let is_taken = world
            .client
            .record_parsed_sample(attempt, feed, 100, world.now);
        let after = world.client.stats();
        let counted = (
            after.samples - before.samples,
            after.frames_in - before.frames_in,
            after.bytes_in - before.bytes_in,
        );
        let expected = if is_taken { (1, 1, 100) } else { (0, 0, 0) };
        assert_eq!(counted, expected);
        is_taken
    };
    assert!(take(&mut world));
    assert_eq!(world.client.samples_of(feed), 1);

    let series = world.series("a", 9, false);
    assert!(!take(&mut world), "the series needs it too");
    world.stop(series);
    assert!(take(&mut world));

    world.drop_tcp();
    assert!(!take(&mut world), "not connected");
    world.settle_down();
    assert!(world.resumed[0].2.last_was_parsed_by_driver);
    assert!(take(&mut world));
    world.stop(call);
    assert!(!take(&mut world), "no subscriber is left");
}

#[test]
fn a_parsed_sample_is_not_taken_for_a_feed_without_an_id() {
    let mut world = World::stable();
    let call = world.feed("a");
    world.server.answering = false;
    world.drop_tcp();
    world.settle_down();
    assert!(!takes(&mut world, call), "it is not resumed yet");

    let mut world = World::quiet();
    let calls = [world.feed("a"), world.feed("b")];
    for request_id in [world.held(0), world.held(1)] {
        let opened = json!({"requestId": request_id, "feedId": "same"});
        world.send_event("device:feed:rpc", opened);
    }
    let taken = calls.map(|call| takes(&mut world, call));
    assert_eq!(taken, [false, true], "the last one owns the id");
}

fn takes(world: &mut World, call: CallId) -> bool {
    let (attempt, feed) = (world.server.last().attempt, key(world, call));
    world
        .client
        .record_parsed_sample(attempt, feed, 100, world.now)
}

fn key(world: &World, call: CallId) -> FeedSlot {
    match world.reply(call) {
        Reply::Feed { feed, .. } => *feed,
        other => panic!("{other:?}"),
    }
}

/// Two ids with equal hashes in the feed index.
const TWINS: [&str; 2] = ["a7fff13d-e752aa7b", "c01597ed-22f55e7c"];
