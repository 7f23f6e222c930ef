//! Opening feeds: what is sent, what is shared, what comes before the reply, what is given up.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, request, sample, sample_of, send, settled};
use ardexa_client::{ArdexaClient, FeedRequest};
use core::time::Duration;
use futures::StreamExt;
use serde_json::{Value, json};

api_test! {
    async fn a_feed_opens_and_yields_the_documented_samples() {
        let (cloud, client) = Cloud::connected().await;
        let mut feed = client.feed(cloud.solar()).request_id("r").await.unwrap();
        let sent = json!([{
            "requestId": "r", "deviceId": cloud.device(), "table": "solar", "source": "inverter-01",
            "field": "AC Power",
        }]);
        assert_eq!(cloud.received("device:feed").await, [sent]);
        let mut ids = Vec::new();
        for _ in 0..5 {
            let sample = feed.next().await.unwrap();
            assert_eq!((&sample.feed_id, sample.device.as_str()), (&feed.id(), cloud.device()));
            assert_eq!((sample.table.as_str(), sample.source.as_str()), ("solar", "inverter-01"));
            assert!(sample.event_time.ends_with('Z') && sample.attachments.is_empty(), "{sample:?}");
            assert_eq!(sample.number(), sample.value_as::<Option<f64>>().unwrap());
            ids.push(sample.message_id.parse::<u64>().unwrap());
        }
        assert_eq!(ids, (ids[0]..ids[0] + 5).collect::<Vec<_>>());
        assert!(feed.received() >= 5 && client.stats().samples >= 5);
        assert_eq!((feed.dropped(), client.stats().open_feeds), (0, 1));
        client.close().await;
    }
}

api_test! {
    async fn without_a_field_a_value_is_the_array_of_all() {
        let (cloud, client) = Cloud::connected().await;
        let all = FeedRequest::new(cloud.device(), "solar", "inverter-01", None).unwrap();
        let mut feed = client.feed(all).await.unwrap();
        let sample = feed.next().await.unwrap();
        assert!(sample.value_as::<Vec<Value>>().unwrap().len() > 1, "{sample:?}");
        assert_eq!(sample.number(), None);
        assert!(cloud.received("device:feed").await[0][0].get("field").is_none());
        client.close().await;
    }
}

api_test! {
    async fn samples_before_the_reply_are_the_first() {
        let (cloud, client) =
            Cloud::connected_with(json!({ "samplesBeforeRpc": 5, "samplesPerSecond": 0 })).await;
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        let mut ids = Vec::new();
        for _ in 0..5 {
            ids.push(feed.next().await.unwrap().message_id.parse::<u64>().unwrap());
        }
        assert_eq!(ids, (ids[0]..ids[0] + 5).collect::<Vec<_>>());
        assert_eq!((feed.received(), feed.dropped()), (5, 0));
        client.close().await;
    }
}

api_test! {
    async fn too_many_samples_before_the_reply_are_counted() {
        let early: Vec<String> = (0..1030).map(|n| {
            let frame = sample_of("f", &n.to_string());
            frame.replace(r#""feedId""#, r#""requestId":$id,"feedId""#)
        }).collect();
        let mut frames = early.clone();
        frames.push(r#"42["device:feed:rpc",{"requestId":$id,"feedId":"f"}]"#.to_owned());
        // The script goes out in a URL, which is too short for them all.
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let mut open = client.feed(request()).request_id("r");
        send(&mut open).await;
        for frames in frames.chunks(25) {
            let frames: Vec<_> = frames.iter().map(|frame| frame.replace("$id", r#""r""#)).collect();
            raw.send(&frames).await;
        }
        let mut feed = open.await.unwrap();
        settled(&client).await;
        assert_eq!(feed.dropped(), 6);
        assert_eq!(feed.next().await.unwrap().value, "6");
        client.close().await;
    }
}

api_test! {
    async fn the_data_event_may_have_any_name_of_the_family() {
        for name in ["device:feed", "device:feed:data", "device:feed:reply", "device:feed:x:y"] {
            let (cloud, client) = Cloud::connected_with(json!({ "feedEvent": name })).await;
            let mut feed = client.feed(cloud.solar()).await.unwrap();
            for _ in 0..3 {
                feed.next().await.unwrap();
            }
            client.close().await;
        }
    }
}

api_test! {
    async fn equal_requests_share_one_feed_until_the_last_one_ends() {
        let (cloud, client) = Cloud::connected().await;
        let (a, b) = futures::join!(client.feed(cloud.solar()), client.feed(cloud.solar()));
        let (mut a, mut b) = (a.unwrap(), b.unwrap());
        let mut c = client.feed(cloud.solar()).await.unwrap();
        assert_eq!((a.id(), b.id()), (c.id(), c.id()));
        for feed in [&mut a, &mut b, &mut c] {
            feed.next().await.unwrap();
        }
        a.stop();
        drop(b);
        let seen = c.received();
        while c.received() < seen + 3 {
            c.next().await.unwrap();
        }
        assert_eq!(cloud.received("device:feed:stop").await, Vec::<Value>::new());
        let id = c.id();
        c.stop();
        settled(&client).await;
        assert_eq!(cloud.received("device:feed:stop").await, [json!([{ "feedId": id }])]);
        assert_eq!(cloud.received("device:feed").await.len(), 1);
        cloud.until("feeds", 0).await;
        client.close().await;
    }
}

api_test! {
    async fn requests_that_differ_are_feeds_of_their_own() {
        let (cloud, client) = Cloud::connected().await;
        let all = || FeedRequest::new(cloud.device(), "solar", "inverter-01", None).unwrap();
        let plain = client.feed(all()).await.unwrap();
        let field = client.feed(cloud.solar()).await.unwrap();
        let extra = client.feed(all()).extra(json!({ "samplesPerSecond": 7 })).await.unwrap();
        cloud.until("feeds", 3).await;
        // On the wire these are the first one.
        let same = client.feed(all()).extra(json!({})).await.unwrap();
        let series = client.series(all(), 5).await.unwrap();
        settled(&client).await;
        cloud.until("feeds", 3).await;
        assert_eq!((same.id(), series.id()), (plain.id(), plain.id()));
        assert!(field.id() != plain.id() && extra.id() != plain.id() && field.id() != extra.id());
        client.close().await;
    }
}

api_test! {
    async fn a_feed_without_a_connection_is_an_error() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        let error = client.feed(cloud.solar()).await.unwrap_err();
        assert_error(&error, "not-connected", Some("device:feed"), "(idle)");
        assert_eq!(client.series(cloud.solar(), 5).await.unwrap_err().code(), "not-connected");
        client.open().await.unwrap();
        client.close().await;
        let error = client.feed(cloud.solar()).await.unwrap_err();
        assert_error(&error, "closed", Some("device:feed"), "");
        assert_eq!(client.series(cloud.solar(), 5).await.unwrap_err().code(), "closed");
    }
}

api_test! {
    async fn a_feed_that_opens_too_late_is_stopped_at_the_server() {
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let call = client.feed(request()).request_id("r").timeout(Duration::from_millis(5));
        let error = call.await.unwrap_err();
        assert_error(&error, "timeout", Some("device:feed"), "no feedId");
        assert_eq!(client.stats().open_feeds, 0);
        raw.send(&[r#"42["device:feed:rpc",{"requestId":"r","feedId":"f"}]"#]).await;
        raw.call("got", json!(["device:feed:stop", 1])).await;
        assert_eq!(raw.last_frame().await, r#"42["device:feed:stop",{"feedId":"f"}]"#);
        client.close().await;
    }
}

api_test! {
    async fn a_feed_that_is_dropped_while_it_opens_is_stopped_at_the_server() {
        let (raw, client) = Raw::connected(json!({})).await;
        let mut open = client.feed(request()).request_id("r");
        send(&mut open).await;
        raw.call("got", json!(["device:feed", 1])).await;
        drop(open);
        raw.send(&[r#"42["device:feed:rpc",{"requestId":"r","feedId":"f"}]"#]).await;
        raw.call("got", json!(["device:feed:stop", 1])).await;
        assert_eq!((client.stats().open_requests, client.stats().open_feeds), (0, 0));
        client.close().await;
    }
}

api_test! {
    async fn of_two_that_open_one_feed_the_other_keeps_it() {
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let (mut one, mut other) = (client.feed(request()).request_id("r"), client.feed(request()));
        send(&mut one).await;
        send(&mut other).await;
        drop(one);
        let rpc = r#"42["device:feed:rpc",{"requestId":"r","feedId":"f"}]"#;
        raw.send(&[rpc, &sample("1")]).await;
        let mut feed = other.await.unwrap();
        assert_eq!(feed.next().await.unwrap().value, "1");
        settled(&client).await;
        let frames = raw.call("frames", json!([])).await;
        let names: Vec<_> = frames.as_array().unwrap()[1..]
            .iter()
            .map(|frame| frame.as_str().unwrap().split('"').nth(1).unwrap())
            .collect();
        assert_eq!(names, ["device:feed", "test:echo"]);
        client.close().await;
    }
}

api_test! {
    async fn close_settles_a_feed_that_opens() {
        let (_raw, client) = Raw::connected(json!({})).await;
        let (mut feed, mut series) = (client.feed(request()), client.series(request(), 5));
        send(&mut feed).await;
        send(&mut series).await;
        client.close().await;
        assert_error(&feed.await.unwrap_err(), "closed", Some("device:feed"), "");
        assert_error(&series.await.unwrap_err(), "closed", Some("device:feed"), "");
        assert_eq!(client.stats().table_entries, 0);
    }
}
