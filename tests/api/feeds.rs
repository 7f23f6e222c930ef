//! Feeds and series: samples, gaps, ends.

use crate::cloud::Cloud;
use ardexa_client::{Event, FeedRequest};
use futures::StreamExt;
use serde_json::json;

api_test! {
    async fn a_feed_yields_samples_until_dropped() {
        let (cloud, client) = Cloud::connected().await;
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        let mut numbers = 0;
        for _ in 0..3 {
            let sample = feed.next().await.unwrap();
            assert_eq!((sample.source.as_str(), sample.feed_id.clone()), ("inverter-01", feed.id()));
            assert!(sample.gap.is_none());
            numbers += usize::from(sample.number().is_some());
        }
        assert!(numbers > 0, "a reading may be missing, but not all of them");
        assert!(feed.received() >= 3 && feed.dropped() == 0);
        drop(feed);
        cloud.until("feeds", 0).await;
        assert_eq!(client.stats().open_feeds, 0);
        client.close().await;
    }
}

api_test! {
    async fn a_stopped_feed_yields_no_more_samples() {
        let (cloud, client) = Cloud::connected().await;
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        feed.next().await.unwrap();
        feed.stop();
        feed.stop();
        assert_eq!(feed.next().await, None);
        assert_eq!(feed.error(), None);
        cloud.until("feeds", 0).await;
        client.close().await;
    }
}

api_test! {
    async fn equal_requests_share_one_feed() {
        let (cloud, client) = Cloud::connected().await;
        let mut first = client.feed(cloud.solar()).await.unwrap();
        let mut second = client.feed(cloud.solar()).await.unwrap();
        let mut series = client.series(cloud.solar(), 10).await.unwrap();
        assert_eq!(first.id(), second.id());
        first.next().await.unwrap();
        drop(first);
        second.next().await.unwrap();
        assert!(series.updated().await);
        assert_eq!(cloud.received("device:feed").await.len(), 1);
        drop(second);
        drop(series);
        cloud.until("feeds", 0).await;
        client.close().await;
    }
}

api_test! {
    async fn a_resumed_feed_reports_its_gap() {
        let (cloud, client) = Cloud::connected().await;
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        let mut series = client.series(cloud.solar(), 100).await.unwrap();
        let first = feed.next().await.unwrap();
        cloud.call("dropAll", json!([])).await;
        let gap = loop {
            let sample = feed.next().await.unwrap();
            if let Some(gap) = sample.gap {
                assert_ne!(sample.feed_id, first.feed_id);
                break gap;
            }
        };
        assert!(gap.from_ms.is_some_and(|from| from <= gap.to_ms));
        assert!(gap.last_message_id.is_some());
        assert_eq!(series.gaps().len(), 1);
        assert!(series.updated().await);
        assert_eq!(client.stats().connections, 2);
        client.close().await;
        while series.updated().await {}
        while feed.next().await.is_some() {}
        assert_eq!(feed.error(), None);
    }
}

api_test! {
    async fn a_slow_reader_loses_the_oldest_samples() {
        let (cloud, client) = Cloud::connected().await;
        let mut feed = client.feed(cloud.solar()).queue(2).await.unwrap();
        let mut events = client.events();
        let mut fast = client.feed(cloud.solar()).await.unwrap();
        for _ in 0..5 {
            fast.next().await.unwrap();
        }
        assert!(feed.dropped() >= 2);
        let ids: Vec<u64> = [feed.next().await, feed.next().await]
            .into_iter()
            .map(|sample| sample.unwrap().message_id.parse().unwrap())
            .collect();
        assert!(ids[0] < ids[1]);
        client.close().await;
        assert!(matches!(events.next().await, Some(Event::Disconnect { .. })));
    }
}

api_test! {
    async fn a_series_keeps_columns() {
        let (cloud, client) = Cloud::connected().await;
        let mut series = client.series(cloud.solar(), 3).await.unwrap();
        while series.total() < 5 {
            assert!(series.updated().await);
        }
        assert_eq!((series.len(), series.columns()), (3, 1));
        let times = series.times();
        assert!(times.is_sorted() && times.len() == 3);
        let (time, value) = series.last(0).unwrap().unwrap();
        assert_eq!(time, times[2]);
        let values = series.values(0).unwrap();
        // A reading may be missing.
        assert_eq!((values.len(), values[2].to_bits()), (3, value.to_bits()));
        assert_eq!(series.min_max(2, 0, None).unwrap().len(), 6);
        assert_eq!(series.values(7).unwrap_err().code(), "invalid-argument");
        series.stop();
        cloud.until("feeds", 0).await;
        assert_eq!(series.len(), 3, "the series keeps its samples");
        assert!(!series.updated().await);
        let none = client.series(cloud.solar(), 0).await.unwrap_err();
        assert!(none.to_string().contains("capacity: "), "{none}");
        client.close().await;
    }
}

api_test! {
    async fn failing_to_open_or_resume_a_feed_is_an_error() {
        let (cloud, client) = Cloud::connected().await;
        let none = FeedRequest::new(cloud.device(), "none", "none", None).unwrap();
        assert_eq!(client.feed(none).await.unwrap_err().code(), "rejected");
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        cloud.call("kick", json!([])).await;
        while feed.next().await.is_some() {}
        assert_eq!(feed.error().unwrap().code(), "disconnected");
        assert_eq!(client.stats().table_entries, 0);
    }
}
