//! Dropped futures, and closing while calls are pending: nothing stays open.

use crate::cloud::Cloud;
use ardexa_client::ArdexaClient;
use futures::future::{poll_immediate, select};
use futures::{StreamExt, pin_mut};
use serde_json::json;

api_test! {
    async fn nothing_is_sent_before_the_first_poll() {
        let (cloud, client) = Cloud::connected().await;
        let sent = client.stats().frames_out;
        drop(client.cmd(cloud.device(), "uptime"));
        drop(client.feed(cloud.solar()));
        drop(client.do_upgrade(cloud.device()));
        assert_eq!(client.stats().frames_out, sent);
        client.close().await;
    }
}

api_test! {
    async fn dropping_a_future_leaves_nothing_open() {
        let (cloud, client) = Cloud::connected().await;
        let mut slow = client.cmd(cloud.device(), "slow");
        assert!(poll_immediate(&mut slow).await.is_none());
        assert_eq!(client.stats().open_requests, 1);
        drop(slow);
        let mut feed = client.feed(cloud.solar());
        assert!(poll_immediate(&mut feed).await.is_none());
        drop(feed);
        let mut series = client.series(cloud.solar(), 5);
        assert!(poll_immediate(&mut series).await.is_none());
        drop(series);
        assert_eq!(client.stats().open_requests, 0);
        client.cmd(cloud.device(), "uptime").await.unwrap();
        cloud.until("feeds", 0).await;
        assert_eq!(client.stats().open_feeds, 0);
        assert_eq!(client.stats().open_series, 0);
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}

api_test! {
    async fn a_feed_whose_future_is_dropped_after_its_reply_is_stopped() {
        let (cloud, client) = Cloud::connected().await;
        let mut open = client.feed(cloud.solar());
        assert!(poll_immediate(&mut open).await.is_none());
        // Its reply arrives before this one's and is ignored.
        client.cmd(cloud.device(), "uptime").await.unwrap();
        assert_eq!(client.stats().open_requests, 0);
        drop(open);
        cloud.until("feeds", 0).await;
        client.close().await;
    }
}

api_test! {
    async fn close_settles_all_pending_futures() {
        // An upgrade that does not end by itself.
        let cloud = Cloud::start(json!({ "upgradeStepMs": 60_000 })).await;
        let client = ArdexaClient::connect(cloud.options()).await.unwrap();
        let slow = client.cmd(cloud.device(), "slow");
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        let mut upgrade = client.do_upgrade(cloud.device());
        assert!(poll_immediate(upgrade.next()).await.is_none());
        let close = async {
            client.close().await;
        };
        pin_mut!(close);
        let error = match select(slow, close).await {
            futures::future::Either::Left((settled, _)) => settled.unwrap_err(),
            futures::future::Either::Right(((), slow)) => slow.await.unwrap_err(),
        };
        assert_eq!(error.code(), "closed");
        while feed.next().await.is_some() {}
        let mut last = None;
        while let Some(step) = upgrade.next().await {
            last = Some(step);
        }
        assert_eq!(last.unwrap().unwrap_err().code(), "closed");
        assert_eq!(client.stats().table_entries, 0);
    }
}

api_test! {
    async fn a_call_that_was_sent_is_not_sent_again() {
        let (cloud, client) = Cloud::connected().await;
        let mut slow = client.cmd(cloud.device(), "slow");
        assert!(poll_immediate(&mut slow).await.is_none());
        client.cmd(cloud.device(), "uptime").await.unwrap();
        cloud.call("dropAll", json!([])).await;
        assert_eq!(slow.await.unwrap_err().code(), "disconnected");
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        assert_eq!(cloud.received("device:cmd").await.len(), 3);
        client.close().await;
    }
}
