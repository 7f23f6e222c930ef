//! Malformed samples: a warning names their feed, and everything else continues.

use crate::link::World;
use crate::server::{Plan, Stage};
use ardexa_client::client::{CallId, ConnectionState};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

impl World {
    /// A sample frame with this string as its value, as a Python cloud writes it.
    fn value_text(&mut self, feed_id: &str, value: &str) {
        self.send_frame(&format!(
            r#"42["device:feed:reply", {{"feedId": "{feed_id}", "messageId": "1", "value": {value}}}]"#
        ));
    }

    fn values(&self, series: CallId) -> Vec<f64> {
        let columns = self.client.series(series).expect("an open series");
        columns.values(0).unwrap()
    }

    /// The only warning.
    fn sole_warning(&self) -> String {
        let [warning] = self.warnings()[..] else {
            panic!("{:?}", self.warnings());
        };
        assert_eq!(warning.code(), "protocol");
        warning.to_string()
    }
}

#[test]
fn a_malformed_sample_is_a_warning_and_later_samples_arrive() {
    for value in [
        "NaN",
        "Infinity",
        "-Infinity",
        "[1, NaN, 2]",
        "{\"a\": [Infinity]}",
        "nan",
        "1,}",
        "\"\u{1}\"",
        "é",
    ] {
        let mut world = World::stable();
        world.feed("a");
        world.story();
        world.value_text("f1", value);
        world.expect_story(&["warning protocol"]);
        world.value_text("f1", "7");
        world.expect_story(&["sample"]);
        assert_eq!(world.state(), ConnectionState::Connected, "{value}");
        assert_eq!(world.client.stats().samples, 1);
    }
}

#[test]
fn the_warning_names_the_feed_and_the_fault_once() {
    let mut world = World::stable();
    world.feed("a");
    world.feed("ü\"b");
    for _ in 0..3 {
        world.value_text("f2", "NaN");
    }
    assert_eq!(
        world.sole_warning(),
        "device:feed:reply: the server broke the protocol: a sample of table \"solar\", source \"ü\\\"b\" of device \"device\" \
         is not JSON, at \"NaN}]\"; such samples are left out"
    );
    world.value_text("f1", "NaN");
    assert_eq!(world.warnings().len(), 2, "once per feed");
    world.drop_tcp();
    world.settle_down();
    world.value_text("f3", "NaN");
    assert_eq!(world.warnings().len(), 2, "also after a reconnection");
}

#[test]
fn a_series_keeps_the_readable_samples() {
    let mut world = World::stable();
    let series = world.series("a", 9, true);
    world.value_text("f1", "1");
    world.story();
    world.value_text("f1", "NaN");
    world.expect_story(&["warning protocol"]);
    world.client.mark_series_notified(series);
    world.value_text("f1", "2");
    world.expect_story(&["updated 2"]);
    assert_eq!(world.values(series), [1.0, 2.0]);
}

#[test]
fn malformed_early_samples_are_skipped_too() {
    // Before the namespace is joined.
    let mut world = World::new();
    world.server.early = vec![r#"42["device:feed:data",{"value":NaN}]"#.to_owned()];
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
    assert_eq!(
        world.sole_warning(),
        "device:feed:data: the server broke the protocol: a sample of a feed is not JSON, at \"NaN}]\"; such samples are left out"
    );
    world.send_frame(r#"42["device:feed:data",{"value":NaN}]"#);
    assert_eq!(world.warnings().len(), 1, "once per connection");

    // Before the feed has its id.
    let mut world = World::quiet();
    let feed = world.feed("a");
    let id = world.held(0);
    world.send_frame(&format!(
        r#"42["device:feed:data",{{"feedId":"f1","requestId":"{id}","value":NaN}}]"#
    ));
    assert!(world.sole_warning().contains("source \"a\""));
    world.answer_all();
    assert_eq!(world.code(feed), "ok");
}

#[test]
fn a_late_malformed_sample_of_an_ended_feed_is_ignored() {
    let mut world = World::stable();
    let feed = world.feed("a");
    world.stop(feed);
    world.story();
    world.value_text("f1", "NaN");
    world.expect_story(&[]);
    assert_eq!(world.state(), ConnectionState::Connected);
}

#[test]
fn any_other_malformed_event_ends_the_connection() {
    for frame in [
        r#"42["device:cmd:rpc",{"requestId":"r","stdout":NaN}]"#,
        r#"42["device:feed:rpc",{"feedId":"f1","value":NaN}]"#,
        r#"42["device:feed:stop",NaN]"#,
        r#"42["device:new",NaN]"#,
        r#"42["other",NaN]"#,
        r#"42[NaN,"device:feed"]"#,
        r#"42[7,NaN]"#,
        r#"42["device:feed:reply"#,
        r#"43["device:feed:reply",NaN]"#,
        r#"431["device:feed:reply",NaN]"#,
        r#"451-["device:feed:reply",NaN,{"_placeholder":true,"num":0}]"#,
    ] {
        let mut world = World::stable();
        world.feed("a");
        world.story();
        world.send_frame(frame);
        assert_eq!(world.story()[1], "disconnect parse error", "{frame}");
    }
    // Another namespace is checked as strictly as ours.
    let mut world = World::stable();
    world.send_frame(r#"42/other,["device:feed:reply",{"value":NaN}]"#);
    assert_eq!(world.state(), ConnectionState::Reconnecting);
}

#[test]
fn too_many_frames_before_acceptance_fail_the_attempt() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    let call = world.connect();
    for _ in 0..1025 {
        world.send_frame(r#"42["device:feed",NaN]"#);
    }
    assert_eq!(world.code(call), "protocol");
}

#[test]
fn an_unreadable_event_time_is_one_warning_per_feed() {
    let mut world = World::stable();
    let (first, second) = (world.series("a", 9, true), world.series("a", 1, false));
    let listener = world.feed("a");
    let sample = |world: &mut World, time: serde_json::Value| {
        world.story();
        let payload = json!({"feedId": "f1", "messageId": "1", "event_time": time, "value": 1});
        world.send_event("device:feed:reply", payload);
        world.client.mark_series_notified(first);
        world.story()
    };
    for time in [
        json!("2023-08-09T03:55:37.000Z"),
        json!(1_691_553_337),
        json!("1691553337000"),
    ] {
        assert_eq!(sample(&mut world, time), ["updated 2", "sample"]);
    }
    let story = sample(&mut world, json!("yesterday"));
    assert_eq!(story, ["warning protocol", "updated 2", "sample"]);
    assert_eq!(
        world.sole_warning(),
        "device:feed: the server broke the protocol: the event_time of a sample of table \"solar\", source \"a\" of device \"device\" \
         cannot be read: \"yesterday\"; the series holds NaN for it and for others like it"
    );
    assert_eq!(sample(&mut world, json!(null)), ["updated 2", "sample"]);
    let times = world.client.series(first).unwrap().times();
    assert_eq!(times[..3], [1_691_553_337_000.0; 3]);
    assert!(times[3..].iter().all(|time| time.is_nan()) && times.len() == 5);
    assert_eq!(world.client.series(second).unwrap().total(), 5);
    world.stop(listener);
    world.feed("b");
    let unread = json!({"feedId": "f2", "event_time": "yesterday", "value": 1});
    world.send_event("device:feed:reply", unread);
    assert_eq!(
        world.warnings().len(),
        1,
        "samples as objects contain the string itself"
    );
}
