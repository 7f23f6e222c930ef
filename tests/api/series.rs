//! Live data as columns of numbers.

use crate::cloud::{Cloud, Raw};
use crate::support::{drain, next_connect, request, sample, settled};
use ardexa_client::{ArdexaClient, Event, FeedRequest, Series};
use futures::StreamExt;
use futures::future::poll_immediate;
use serde_json::json;

/// 9 August 2023, in milliseconds since 1970.
const START: f64 = 1_691_539_200_000.0;

/// The frame of the sample of a second.
fn at_second(second: usize, value: &str) -> String {
    sample(value).replace(
        "2023-08-09T03:55:37.000Z",
        &format!("2023-08-09T00:00:{second:02}.000Z"),
    )
}

/// A series of these values, a second apart.
async fn given(values: &[&str], capacity: usize) -> (Raw, ArdexaClient, Series) {
    let frames: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(n, value)| at_second(n, value))
        .collect();
    let (raw, client) = Raw::feeding(&frames).await;
    let mut series = client.series(request(), capacity).await.unwrap();
    updated_to(&mut series, values.len() as u64).await;
    (raw, client, series)
}

/// Waits until the series has received so many samples.
async fn updated_to(series: &mut Series, total: u64) {
    while series.total() < total {
        assert!(series.updated().await);
    }
}

/// NaN as `None`.
fn plain(values: Vec<f64>) -> Vec<Option<f64>> {
    values
        .into_iter()
        .map(|value| (!value.is_nan()).then_some(value))
        .collect()
}

api_test! {
    async fn one_value_each_is_one_column() {
        let values = ["1", "-2.5", "null", "true", "false", r#""7""#, r#""text""#, "1e300"];
        let (_raw, client, series) = given(&values, 100).await;
        assert_eq!((series.len(), series.total(), series.columns()), (8, 8, 1));
        assert!(!series.is_empty());
        assert_eq!(series.times(), (0..8).map(|n| START + f64::from(n) * 1000.0).collect::<Vec<_>>());
        assert_eq!(
            plain(series.values(0).unwrap()),
            [Some(1.0), Some(-2.5), None, Some(1.0), Some(0.0), None, None, Some(1e300)]
        );
        assert_eq!(series.last(0).unwrap(), Some((START + 7000.0, 1e300)));
        client.close().await;
    }
}

api_test! {
    async fn arrays_are_columns() {
        let (_raw, client, series) = given(&["[1,2,3]", "[4,null,6]", "[7]"], 100).await;
        assert_eq!((series.columns(), series.len()), (3, 3));
        assert_eq!(plain(series.values(0).unwrap()), [Some(1.0), Some(4.0), Some(7.0)]);
        assert_eq!(plain(series.values(1).unwrap()), [Some(2.0), None, None]);
        assert_eq!(plain(series.values(2).unwrap()), [Some(3.0), Some(6.0), None]);
        assert!(series.values(3).unwrap_err().to_string().starts_with("column: "));
        assert!(series.last(3).unwrap_err().to_string().starts_with("column: "));
        client.close().await;
    }
}

api_test! {
    async fn the_newest_are_kept() {
        let values: Vec<_> = (0..10).map(|n: u8| n.to_string()).collect();
        let values: Vec<_> = values.iter().map(String::as_str).collect();
        for (capacity, kept) in [(1, 1), (4, 4), (10, 10), (usize::MAX, 10)] {
            let (_raw, client, series) = given(&values, capacity).await;
            assert_eq!((series.len(), series.total()), (kept, 10));
            let newest: Vec<_> = (10 - kept..10).map(|n| n as f64).collect();
            assert_eq!(series.values(0).unwrap(), newest);
            assert_eq!(series.times().len(), kept);
            client.close().await;
        }
    }
}

api_test! {
    async fn min_max_returns_time_minimum_and_maximum_of_each_bucket() {
        let (_raw, client, series) = given(&["3", "1", "2", "9", "8", "7"], 100).await;
        assert_eq!(series.min_max(2, 0, None).unwrap(), [START, 1.0, 3.0, START + 2500.0, 7.0, 9.0]);
        let part = series.min_max(1, 0, Some(START + 1000.0..=START + 2000.0)).unwrap();
        assert_eq!(part[1..], [1.0, 2.0]);
        let outside = series.min_max(2, 0, Some(START + 60_000.0..=START + 70_000.0)).unwrap();
        assert_eq!(outside.len(), 6);
        assert!(outside[1].is_nan() && outside[5].is_nan());
        client.close().await;
    }
}

api_test! {
    async fn an_empty_series_reads_as_empty() {
        let (_raw, client) = Raw::feeding(&[]).await;
        let mut series = client.series(request(), 5).await.unwrap();
        assert!(poll_immediate(Box::pin(series.updated())).await.is_none());
        assert!(series.is_empty());
        assert_eq!((series.len(), series.total(), series.columns()), (0, 0, 0));
        assert_eq!((series.times(), series.gaps()), (vec![], vec![]));
        assert_eq!(series.error(), None);
        assert_eq!(series.id(), "f");
        client.close().await;
    }
}

api_test! {
    async fn one_update_is_reported_for_many_samples() {
        let (raw, client, mut series) = given(&["1"], 100).await;
        raw.send(&["2", "3", "4", "5"].map(sample)).await;
        settled(&client).await;
        assert!(series.updated().await);
        assert_eq!(series.total(), 5);
        assert!(poll_immediate(Box::pin(series.updated())).await.is_none());
        client.close().await;
    }
}

api_test! {
    async fn a_series_stays_readable_after_stop_stop_all_feeds_and_close() {
        for how in ["stop", "stop_all_feeds", "close", "loss"] {
            let raw_script = &["[1,2]", "[3,4]"];
            let (raw, client, mut series) = given(raw_script, 5).await;
            let (times, values, last) = (series.times(), series.values(1), series.last(1));
            match how {
                "stop" => series.stop(),
                "stop_all_feeds" => client.stop_all_feeds().await.unwrap(),
                "close" => client.close().await,
                _ => raw.send(&["41"]).await,
            }
            while series.updated().await {}
            series.stop();
            assert_eq!((series.times(), series.values(1), series.last(1)), (times, values, last), "{how}");
            assert_eq!((series.len(), series.total(), series.columns()), (2, 2, 2), "{how}");
            assert_eq!(series.error().map(|error| error.code()), (how == "loss").then_some("disconnected"));
            client.close().await;
            drop(client);
            assert_eq!(series.len(), 2, "{how}, without the client");
        }
    }
}

api_test! {
    async fn a_series_and_a_feed_share_the_servers_feed() {
        let (cloud, client) = Cloud::connected().await;
        let mut series = client.series(cloud.solar(), 10).await.unwrap();
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        assert_eq!(series.id(), feed.id());
        updated_to(&mut series, 3).await;
        cloud.until("feeds", 1).await;
        series.stop();
        feed.next().await.unwrap();
        let id = feed.id();
        feed.stop();
        settled(&client).await;
        assert_eq!(cloud.received("device:feed:stop").await, [json!([{ "feedId": id }])]);
        cloud.until("feeds", 0).await;
        client.close().await;
    }
}

api_test! {
    async fn two_series_of_one_feed_have_capacities_of_their_own() {
        let (raw, client) = Raw::feeding(&[]).await;
        let mut small = client.series(request(), 2).await.unwrap();
        let mut large = client.series(request(), 10).await.unwrap();
        let frames: Vec<_> = ["1", "2", "3"].iter().enumerate().map(|(n, value)| at_second(n, value)).collect();
        raw.send(&frames).await;
        updated_to(&mut small, 3).await;
        updated_to(&mut large, 3).await;
        assert_eq!(small.values(0).unwrap(), [2.0, 3.0]);
        assert_eq!(large.values(0).unwrap(), [1.0, 2.0, 3.0]);
        drop(small);
        raw.send(&[at_second(4, "4")]).await;
        updated_to(&mut large, 4).await;
        client.close().await;
    }
}

api_test! {
    async fn a_series_goes_on_after_a_reconnect_and_keeps_its_samples() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        let mut series = client.series(cloud.solar(), 10_000).await.unwrap();
        updated_to(&mut series, 3).await;
        let id = series.id();
        cloud.call("dropAll", json!([])).await;
        next_connect(&mut events).await;
        while series.gaps().is_empty() {
            assert!(series.updated().await);
        }
        assert_ne!(series.id(), id);
        let seen = series.total();
        updated_to(&mut series, seen + 2).await;
        assert_eq!(series.len() as u64, series.total());
        let gaps = series.gaps();
        assert!(gaps.len() == 1 && gaps[0].last_message_id.is_some(), "{gaps:?}");
        client.close().await;
        assert_eq!(series.gaps(), gaps);
    }
}

api_test! {
    async fn an_event_time_is_iso_8601_or_a_number() {
        let (raw, client) = Raw::connected(json!({ "replies": {
            "device:feed": [[r#"42["device:feed:rpc",{"requestId":$id,"feedId":"f"}]"#]],
            "test:echo": [["43$ack[]"]],
        } }))
        .await;
        let mut events = client.events();
        let mut series = client.series(request(), 99).await.unwrap();
        let at = |time: &str| sample("1").replace(r#""2023-08-09T03:55:37.000Z""#, time);
        let times = [
            r#""2023-08-09T03:55:37.000Z""#, r#""2023-08-09T03:55:37,000Z""#, r#""2023-08-09T05:55:37+02""#,
            r#""2023-08-09T05:55:37+0200""#, "1691553337", "1691553337.0", "1691553337000", r#""1691553337""#,
            r#""1691553337000""#, r#""1691553337.000""#,
        ];
        raw.send(&times.map(at)).await;
        raw.send(&[r#"42["device:feed:reply",{"feedId":"f","value":1}]"#]).await;
        updated_to(&mut series, 11).await;
        let mut read = series.times();
        assert!(read.pop().unwrap().is_nan(), "a missing time");
        assert_eq!(read, [1_691_553_337_000.0; 10]);
        settled(&client).await;
        assert_eq!(drain(&mut events), []);
        let wrong = [
            r#""yesterday""#, r#""20230809""#, r#""20230809T035537Z""#, "null", "1e20", "1691553337000000",
        ];
        raw.send(&wrong.map(at)).await;
        updated_to(&mut series, 17).await;
        assert!(series.times()[10..].iter().all(|time| time.is_nan()));
        settled(&client).await;
        let drained = drain(&mut events);
        let [Event::Warning(error)] = drained.as_slice() else { panic!("{drained:?}") };
        let words = r#"event_time of a sample of table "t", source "s" of device "d" cannot be read: "yesterday""#;
        assert!(error.code() == "protocol" && error.to_string().contains(words), "{error}");
        client.close().await;
    }
}

api_test! {
    async fn a_dropped_series_stops_its_feed() {
        let (cloud, client) = Cloud::connected().await;
        let all = FeedRequest::new(cloud.device(), "solar", "inverter-01", None).unwrap();
        let mut series = client.series(all, 5).await.unwrap();
        updated_to(&mut series, 1).await;
        assert!(series.columns() > 1);
        assert_eq!(client.stats().open_series, 1);
        drop(series);
        cloud.until("feeds", 0).await;
        assert_eq!((client.stats().open_series, client.stats().open_feeds), (0, 0));
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        feed.next().await.unwrap();
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}
