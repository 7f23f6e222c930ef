//! Samples of every form, their queue, and those that cannot be read.

use crate::cloud::{Cloud, Raw};
use crate::support::{drain, next_event, request, sample, settled};
use ardexa_client::{ArdexaClient, DisconnectReason, Event};
use futures::StreamExt;
use serde_json::{Value, json};

/// A feed `f` and acknowledgements.
fn script() -> Value {
    let rpc = r#"42["device:feed:rpc",{"requestId":$id,"feedId":"f"}]"#;
    json!({ "replies": { "device:feed": [[rpc]], "test:echo": [["43$ack[]"]] } })
}

api_test! {
    async fn samples_of_any_form_come_through() {
        let long = format!("\"{}\"", "x".repeat(2000));
        let values = [
            r#""ü ☀ 𝒳""#, &long, r#"{"error":"inside"}"#, "[]", "null", "false", "1e300", r#""\"\\""#, "-0.5",
        ];
        let (raw, client) = Raw::connected(script()).await;
        let mut feed = client.feed(request()).await.unwrap();
        let frames: Vec<_> = values.iter().map(|value| sample(value)).collect();
        raw.send(&frames).await;
        raw.send(&[sample("1").replace(r#""f""#, r#""other""#)]).await;
        raw.send(&[
            r#"42["device:feed:reply",  { "value" : [1, 2] , "feedId" : "f" } ]"#,
            r#"42["device:feed:reply",{"value":"short","feedId":"f"}]"#,
        ])
        .await;
        for value in values {
            let sample = feed.next().await.unwrap();
            assert_eq!(sample.value, value);
            let fields = [&sample.table, &sample.source, &sample.device, &sample.message_id];
            assert_eq!(fields, ["t", "s", "d", "1"]);
            assert_eq!(sample.event_time, "2023-08-09T03:55:37.000Z");
            let parsed: Value = serde_json::from_str(value).unwrap();
            assert_eq!(sample.value_as::<Value>().unwrap(), parsed);
            assert_eq!(sample.number(), parsed.as_f64(), "{value}");
        }
        assert_eq!(feed.next().await.unwrap().value_as::<Vec<u8>>().unwrap(), [1, 2]);
        let short = feed.next().await.unwrap();
        assert_eq!((short.value.as_str(), short.event_time.as_str(), short.device.as_str()), (r#""short""#, "", ""));
        let error = short.value_as::<f64>().unwrap_err();
        assert_eq!(error.code(), "invalid-argument");
        settled(&client).await;
        assert_eq!(feed.received(), 11);
        client.close().await;
    }
}

api_test! {
    async fn a_sample_may_have_binary_data() {
        let frame = r#"451-["device:feed:reply",{"feedId":"f","value":{"_placeholder":true,"num":0}}]"#;
        let (raw, client) = Raw::connected(script()).await;
        let mut feed = client.feed(request()).await.unwrap();
        raw.call("send", json!([frame, [1, 2, 255]])).await;
        let sample = feed.next().await.unwrap();
        assert_eq!(sample.attachments, [[1, 2, 255]]);
        assert_eq!(sample.value, r#"{"_placeholder":true,"num":0}"#);
        client.close().await;
    }
}

/// Values as Python writes them, which are not JSON.
const WRONG: [&str; 4] = ["NaN", "Infinity", "-Infinity", "[1, NaN]"];

api_test! {
    async fn samples_that_are_not_json_are_left_out_with_one_warning() {
        let (raw, client) = Raw::connected(script()).await;
        let mut events = client.events();
        let mut feed = client.feed(request()).await.unwrap();
        let mut series = client.series(request(), 9).await.unwrap();
        for value in ["1", "2"] {
            let wrong = WRONG.map(sample);
            raw.send(&wrong).await;
            raw.send(&[sample(value)]).await;
            assert_eq!(feed.next().await.unwrap().value, value);
        }
        settled(&client).await;
        while series.total() < 2 {
            assert!(series.updated().await);
        }
        assert_eq!(series.values(0).unwrap(), [1.0, 2.0]);
        assert_eq!(feed.received(), 2);
        let mut drained = drain(&mut events).into_iter();
        let Some(Event::Warning(error)) = drained.next() else { panic!() };
        assert_eq!((error.code(), error.event.as_deref()), ("protocol", Some("device:feed:reply")));
        let words = r#"a sample of table "t", source "s" of device "d" is not JSON, at "NaN}]""#;
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(drained.collect::<Vec<_>>(), []);
        client.close().await;
    }
}

api_test! {
    async fn whatever_else_is_not_json_ends_the_connection() {
        let raw = Raw::start(json!({})).await;
        let client = ArdexaClient::connect(raw.options().without_reconnect()).await.unwrap();
        let mut events = client.events();
        raw.send(&[r#"42["device:cmd:reply",{"requestId":"r","returnCode":NaN}]"#]).await;
        let lost = next_event(&mut events, |event| matches!(event, Event::Disconnect { .. })).await;
        let Event::Disconnect { reason: DisconnectReason::ParseError, error, .. } = lost else { panic!("{lost:?}") };
        assert_eq!(error.unwrap().code(), "protocol");
    }
}

api_test! {
    async fn the_queue_drops_the_oldest_and_counts_them() {
        let (cloud, client) =
            Cloud::connected_with(json!({ "samplesBeforeRpc": 20, "samplesPerSecond": 0 })).await;
        for (queue, kept) in [(3, 3), (1, 1), (0, 1), (20, 20), (usize::MAX, 20)] {
            let mut feed = client.feed(cloud.solar()).queue(queue).await.unwrap();
            settled(&client).await;
            assert_eq!((feed.received(), feed.dropped()), (20, 20 - kept));
            let mut ids = Vec::new();
            for _ in 0..kept {
                ids.push(feed.next().await.unwrap().message_id.parse::<u64>().unwrap());
            }
            assert_eq!(ids, (ids[0]..ids[0] + kept).collect::<Vec<_>>());
            feed.stop();
            settled(&client).await;
        }
        client.close().await;
    }
}

api_test! {
    async fn the_queue_holds_1024_by_default() {
        let (raw, client) = Raw::connected(script()).await;
        let mut feed = client.feed(request()).await.unwrap();
        for chunk in 0..42 {
            let frames: Vec<_> = (0..25).map(|n| sample(&(chunk * 25 + n).to_string())).collect();
            raw.send(&frames).await;
        }
        settled(&client).await;
        assert_eq!((feed.received(), feed.dropped()), (1050, 26));
        assert_eq!(feed.next().await.unwrap().number(), Some(26.0));
        client.close().await;
    }
}

api_test! {
    async fn each_consumer_of_a_feed_reads_at_its_own_pace() {
        let (raw, client) = Raw::connected(script()).await;
        let mut fast = client.feed(request()).await.unwrap();
        let mut slow = client.feed(request()).queue(2).await.unwrap();
        for n in 1..=5 {
            raw.send(&[sample(&n.to_string())]).await;
            assert_eq!(fast.next().await.unwrap().number(), Some(f64::from(n)));
        }
        settled(&client).await;
        let mut late = client.feed(request()).await.unwrap();
        raw.send(&[sample("6")]).await;
        assert_eq!(late.next().await.unwrap().number(), Some(6.0), "what came before is not repeated");
        settled(&client).await;
        assert_eq!((fast.received(), slow.received(), late.received()), (6, 6, 1));
        assert_eq!((fast.dropped(), slow.dropped(), late.dropped()), (0, 4, 0));
        let mut rest = Vec::new();
        slow.stop();
        while let Some(sample) = slow.next().await {
            rest.push(sample);
        }
        assert_eq!(rest, [], "stop() forgets what is queued");
        client.close().await;
    }
}

api_test! {
    async fn queued_samples_are_readable_after_close() {
        let (raw, client) = Raw::connected(script()).await;
        let mut feed = client.feed(request()).await.unwrap();
        raw.send(&["1", "2", "3"].map(sample)).await;
        settled(&client).await;
        client.close().await;
        let mut values = Vec::new();
        while let Some(sample) = feed.next().await {
            values.push(sample.value);
        }
        assert_eq!(values, ["1", "2", "3"]);
    }
}

api_test! {
    async fn a_sample_of_an_unknown_feed_does_no_harm() {
        let (raw, client) = Raw::connected(script()).await;
        let mut events = client.events();
        raw.send(&[sample("1"), r#"42["device:feed:reply",{"value":1}]"#.to_owned()]).await;
        settled(&client).await;
        assert_eq!(drain(&mut events), []);
        assert_eq!(client.stats().connections, 1);
        client.close().await;
    }
}
