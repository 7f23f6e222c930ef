//! How feeds end: by their owner, by the server, by the connection; and how they are resumed.

use crate::cloud::{Cloud, Raw, at_once};
use crate::support::{
    assert_error, next_connect, next_event, next_warning, request, sample, sample_of, settled,
};
use ardexa_client::{ArdexaClient, Event, Feed, FeedRequest, ReconnectConfig};
use core::time::Duration;
use futures::StreamExt;
use futures::future::poll_immediate;
use serde_json::{Value, json};

/// Reads to the end.
async fn values(feed: &mut Feed) -> Vec<String> {
    let mut values = Vec::new();
    while let Some(sample) = feed.next().await {
        values.push(sample.value);
    }
    values
}

/// The frame that ends the feed `f` with an error.
const GONE: &str =
    r#"42["device:feed:reply",{"feedId":"f","error":{"message":"the source is gone"}}]"#;

api_test! {
    async fn stop_is_sent_once_and_no_sample_follows() {
        let (cloud, client) = Cloud::connected_with(json!({ "samplesPerSecond": 1000 })).await;
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        feed.next().await.unwrap();
        let id = feed.id();
        feed.stop();
        feed.stop();
        let seen = feed.received();
        settled(&client).await;
        assert_eq!(values(&mut feed).await, Vec::<String>::new());
        assert_eq!((feed.received(), feed.error()), (seen, None));
        drop(feed);
        settled(&client).await;
        assert_eq!(cloud.received("device:feed:stop").await, [json!([{ "feedId": id }])]);
        assert_eq!(client.stats().open_feeds, 0);
        client.close().await;
    }
}

api_test! {
    async fn stop_close_and_stop_all_feeds_end_a_reader_that_waits() {
        for how in ["stop", "stop_all_feeds", "close", "drop the client"] {
            let (_raw, client) = Raw::feeding(&[]).await;
            let mut feed = client.feed(request()).await.unwrap();
            assert!(poll_immediate(feed.next()).await.is_none());
            match how {
                "stop" => feed.stop(),
                "stop_all_feeds" => client.stop_all_feeds().await.unwrap(),
                "close" => client.close().await,
                _ => {
                    client.close().await;
                    drop(client);
                }
            }
            assert_eq!(feed.next().await, None, "{how}");
            assert_eq!(feed.next().await, None, "{how}, again");
            assert_eq!(feed.error(), None, "{how}");
        }
    }
}

api_test! {
    async fn stop_all_feeds_ends_every_feed_and_those_that_open() {
        let (cloud, client) = Cloud::connected().await;
        let mut field = client.feed(cloud.solar()).await.unwrap();
        let all = FeedRequest::new(cloud.device(), "solar", "inverter-01", None).unwrap();
        let mut series = client.series(all, 5).await.unwrap();
        let other = FeedRequest::new(cloud.device(), "solar", "inverter-02", None).unwrap();
        let opening = client.feed(other);
        // Sent one after the other; a fast server has answered the first one by then.
        let (opening, stopped) = futures::join!(opening, client.stop_all_feeds());
        stopped.unwrap();
        if let Err(error) = opening {
            assert_error(&error, "aborted", Some("device:feed"), "stopAllFeeds");
        }
        assert_eq!(client.stats().open_feeds, 0);
        values(&mut field).await;
        while series.updated().await {}
        assert_eq!((field.error(), series.error()), (None, None));
        settled(&client).await;
        cloud.until("feeds", 0).await;
        assert_eq!(cloud.received("device:feed:stopAll").await, [json!([])], "it takes no argument");
        let ids = [field.id(), series.id()];
        drop((field, series));
        settled(&client).await;
        let stops = cloud.received("device:feed:stop").await;
        assert!(stops.iter().all(|args| !ids.iter().any(|id| args[0]["feedId"] == **id)), "{stops:?}");
        client.close().await;
    }
}

api_test! {
    async fn stop_all_feeds_without_a_connection_resolves() {
        let (cloud, client) = Cloud::connected().await;
        client.close().await;
        client.stop_all_feeds().await.unwrap();
        ArdexaClient::new(cloud.options()).unwrap().stop_all_feeds().await.unwrap();
    }
}

api_test! {
    async fn close_ends_feeds_for_good() {
        let (cloud, client) = Cloud::connected().await;
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        feed.next().await.unwrap();
        client.close().await;
        values(&mut feed).await;
        let seen = feed.received();
        client.open().await.unwrap();
        settled(&client).await;
        assert_eq!(feed.next().await, None);
        assert_eq!((feed.received(), feed.error()), (seen, None));
        cloud.until("feeds", 0).await;
        feed.stop();
        client.close().await;
    }
}

api_test! {
    async fn an_error_of_the_servers_ends_one_feed_after_its_samples() {
        let (raw, client) = Raw::connected(json!({ "replies": { "device:feed": [
            [r#"42["device:feed:rpc",{"requestId":$id,"feedId":"f"}]"#],
            [r#"42["device:feed:rpc",{"requestId":$id,"feedId":"g"}]"#],
        ] } }))
        .await;
        let mut events = client.events();
        let mut feed = client.feed(request()).await.unwrap();
        let mut shared = client.series(request(), 5).await.unwrap();
        let mut other = client.feed(FeedRequest::new("d", "t", "other", None).unwrap()).await.unwrap();
        raw.send(&[sample("1"), GONE.to_owned(), sample("2"), sample_of("g", "3")]).await;
        assert_eq!(values(&mut feed).await, ["1"]);
        assert_error(&feed.error().unwrap(), "rejected", Some("device:feed"), "the source is gone");
        while shared.updated().await {}
        assert_eq!(shared.error(), feed.error());
        assert_eq!(shared.values(0).unwrap(), [1.0], "its samples stay");
        assert_error(&next_warning(&mut events).await, "rejected", Some("device:feed"), "the source is gone");
        assert_eq!(other.next().await.unwrap().value, "3");
        assert_eq!(client.stats().open_feeds, 1);
        client.close().await;
    }
}

api_test! {
    async fn a_feed_that_ends_unread_yields_its_samples_and_the_error() {
        let (raw, client) = Raw::feeding(&[]).await;
        let mut events = client.events();
        let mut feed = client.feed(request()).await.unwrap();
        raw.send(&[sample("1"), GONE.to_owned()]).await;
        next_warning(&mut events).await;
        assert_eq!(values(&mut feed).await, ["1"]);
        assert_eq!(feed.error().unwrap().code(), "rejected");
        client.close().await;
        assert_eq!(feed.error().unwrap().code(), "rejected", "and stays");
    }
}

api_test! {
    async fn a_feed_stopped_after_its_end_yields_nothing_more() {
        let (raw, client) = Raw::feeding(&[]).await;
        let mut events = client.events();
        let mut feed = client.feed(request()).await.unwrap();
        raw.send(&[sample("1"), GONE.to_owned()]).await;
        next_warning(&mut events).await;
        feed.stop();
        assert_eq!(values(&mut feed).await, Vec::<String>::new());
        client.close().await;
    }
}

api_test! {
    async fn the_end_of_the_connection_for_good_is_the_error_of_every_feed() {
        for (frame, words) in [(r#"41{"message":"maintenance"}"#, "maintenance"), ("", "")] {
            let raw = Raw::start(json!({ "replies": { "device:feed": [
                [r#"42["device:feed:rpc",{"requestId":$id,"feedId":"f"}]"#, sample("1")],
            ] } }))
            .await;
            let client = ArdexaClient::connect(raw.options().without_reconnect()).await.unwrap();
            let mut feed = client.feed(request()).await.unwrap();
            let mut series = client.series(request(), 5).await.unwrap();
            if frame.is_empty() {
                raw.call("cut", json!([])).await;
            } else {
                raw.send(&[frame]).await;
            }
            values(&mut feed).await;
            while series.updated().await {}
            for error in [feed.error().unwrap(), series.error().unwrap()] {
                assert_eq!(error.code(), "disconnected");
                assert!(error.to_string().contains(words), "{error}");
            }
            client.close().await;
        }
    }
}

api_test! {
    async fn attempts_that_end_in_vain_end_the_feeds() {
        let cloud = Cloud::start(json!({})).await;
        let reconnect = ReconnectConfig { max_attempts: 1, ..at_once() };
        let client = ArdexaClient::connect(cloud.options().reconnect(reconnect)).await.unwrap();
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        cloud.call("close", json!([])).await;
        values(&mut feed).await;
        assert!(feed.error().is_some());
        client.close().await;
    }
}

/// The ids that the feed has on each connection.
fn resuming(ids: &[&str]) -> Value {
    let rpc = |id: &&str| {
        json!([format!(
            r#"42["device:feed:rpc",{{"requestId":$id,"feedId":"{id}"}}]"#
        )])
    };
    json!({ "replies": { "device:feed": ids.iter().map(rpc).collect::<Vec<_>>() } })
}

api_test! {
    async fn a_resumed_feed_is_asked_for_once_with_its_extra_fields() {
        let (raw, client) = Raw::connected(resuming(&["one", "two"])).await;
        let mut events = client.events();
        let extra = json!({ "note": "kept" });
        let mut feed = client.feed(request()).extra(&extra).await.unwrap();
        let mut same = client.feed(request()).extra(&extra).await.unwrap();
        raw.send(&[sample_of("one", "1")]).await;
        assert_eq!(feed.next().await.unwrap().gap, None);
        same.next().await.unwrap();
        raw.call("cut", json!([])).await;
        next_connect(&mut events).await;
        raw.call("got", json!(["device:feed", 2])).await;
        raw.send(&[sample_of("two", "2"), sample_of("two", "3")]).await;
        for feed in [&mut feed, &mut same] {
            let resumed = feed.next().await.unwrap();
            let gap = resumed.gap.unwrap();
            assert_eq!((resumed.value.as_str(), resumed.feed_id.as_str()), ("2", "two"));
            assert_eq!(gap.last_message_id.as_deref(), Some("1"));
            assert!(gap.from_ms.unwrap() <= gap.to_ms, "{gap:?}");
            assert_eq!(feed.next().await.unwrap().gap, None, "drained once");
            assert_eq!((feed.id().as_str(), feed.received()), ("two", 3));
        }
        let frames = raw.call("frames", json!([])).await.to_string();
        assert_eq!(frames.matches("device:feed").count(), 2);
        assert_eq!(frames.matches(r#"\"note\":\"kept\""#).count(), 2);
        client.close().await;
    }
}

api_test! {
    async fn a_gap_before_the_first_sample_has_no_beginning() {
        let (raw, client) = Raw::connected(resuming(&["one", "two"])).await;
        let mut feed = client.feed(request()).await.unwrap();
        let mut series = client.series(request(), 5).await.unwrap();
        raw.call("cut", json!([])).await;
        raw.call("got", json!(["device:feed", 2])).await;
        raw.send(&[sample_of("two", "2")]).await;
        let gap = feed.next().await.unwrap().gap.unwrap();
        assert_eq!((gap.from_ms, gap.last_message_id.as_deref()), (None, None));
        assert!(gap.to_ms > 1_600_000_000_000, "{gap:?}");
        assert!(series.updated().await);
        assert_eq!(series.gaps(), [gap]);
        client.close().await;
    }
}

api_test! {
    async fn gaps_without_a_sample_between_them_are_one() {
        let (raw, client) = Raw::connected(resuming(&["one", "two", "three"])).await;
        let mut events = client.events();
        let mut feed = client.feed(request()).await.unwrap();
        let mut series = client.series(request(), 5).await.unwrap();
        raw.send(&[sample_of("one", "1")]).await;
        feed.next().await.unwrap();
        for count in [2, 3] {
            raw.call("cut", json!([])).await;
            next_connect(&mut events).await;
            raw.call("got", json!(["device:feed", count])).await;
            let id = if count == 2 { "two" } else { "three" };
            // The reply to the request comes before what follows it.
            raw.send(&[format!(r#"42["device:metaChange",{{"id":"{id}"}}]"#)]).await;
            next_event(&mut events, |event| matches!(event, Event::MetaChange(_))).await;
        }
        raw.send(&[sample_of("three", "2")]).await;
        let gap = feed.next().await.unwrap().gap.unwrap();
        while series.total() < 2 {
            assert!(series.updated().await);
        }
        let gaps = series.gaps();
        assert_eq!(gaps.len(), 2, "a series keeps them all");
        assert_eq!((gap.from_ms, gap.to_ms), (gaps[0].from_ms, gaps[1].to_ms));
        client.close().await;
    }
}

api_test! {
    async fn a_feed_that_is_refused_when_it_is_resumed_ends_with_that_error() {
        let (raw, client) = Raw::connected(json!({ "replies": { "device:feed": [
            [r#"42["device:feed:rpc",{"requestId":$id,"feedId":"one"}]"#],
            [r#"42["device:feed:rpc",{"requestId":$id,"error":"no longer"}]"#],
        ] } }))
        .await;
        let mut feed = client.feed(request()).await.unwrap();
        raw.call("cut", json!([])).await;
        assert_eq!(feed.next().await, None);
        assert_error(&feed.error().unwrap(), "rejected", Some("device:feed"), "no longer");
        assert_eq!(client.stats().open_feeds, 0);
        client.close().await;
    }
}

api_test! {
    async fn a_feed_stopped_while_disconnected_is_not_resumed() {
        let mut script = resuming(&["one"]);
        script["replies"]["test:echo"] = json!([["43$ack[]"]]);
        let raw = Raw::start(script).await;
        let hour = Duration::from_secs(3600);
        let slow = ReconnectConfig { min_delay: hour, max_delay: hour, ..ReconnectConfig::default() };
        let client = ArdexaClient::connect(raw.options().reconnect(slow)).await.unwrap();
        let mut events = client.events();
        let feed = client.feed(request()).await.unwrap();
        let series = client.series(request(), 5).await.unwrap();
        raw.call("cut", json!([])).await;
        next_event(&mut events, |event| matches!(event, Event::Reconnecting { .. })).await;
        feed.stop();
        drop(series);
        client.open().await.unwrap();
        settled(&client).await;
        let frames = raw.call("frames", json!([])).await.to_string();
        assert_eq!(frames.matches("device:feed").count(), 1, "{frames}");
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}
