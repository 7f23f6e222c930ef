//! Panics in the caller's code: consumers, token functions, wakers.

use crate::cloud::Cloud;
use ardexa_client::{ArdexaClient, TokenSource};
use futures::executor::block_on;
use futures::task::{ArcWake, Context};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

#[test]
fn a_panicking_consumer_does_not_affect_others() {
    let (cloud, client) = block_on(Cloud::connected());
    let mut feed = block_on(client.feed(cloud.solar())).unwrap();
    let mut other = block_on(client.feed(cloud.solar())).unwrap();
    let consumer = thread::spawn(move || {
        block_on(async {
            feed.next().await.unwrap();
            panic!("on purpose");
        })
    });
    assert!(consumer.join().is_err());
    block_on(async {
        for _ in 0..3 {
            other.next().await.unwrap();
        }
        client.cmd(cloud.device(), "uptime").await.unwrap();
        drop(other);
        cloud.until("feeds", 0).await;
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    });
}

#[test]
fn a_panicking_token_function_only_fails_the_attempt() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let (calls, token) = (AtomicU32::new(0), cloud.token.clone());
        let source = TokenSource::function(move || {
            let is_first = calls.fetch_add(1, Ordering::Relaxed) == 0;
            assert!(!is_first, "on purpose");
            let token = token.clone();
            async move { Ok::<_, String>(token) }
        });
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        assert_eq!(client.open().await.unwrap_err().code(), "unauthorized");
        client.open().await.unwrap();
        client.close().await;
    });
}

/// Panics when something wakes it.
struct Panics;

impl ArcWake for Panics {
    fn wake_by_ref(_waker: &Arc<Self>) {
        panic!("on purpose");
    }
}

#[test]
fn a_panicking_waker_does_not_stop_the_client() {
    let (cloud, client) = block_on(Cloud::connected());
    let mut call = client.cmd(cloud.device(), "slow");
    let waker = futures::task::waker(Arc::new(Panics));
    assert!(
        call.poll_unpin(&mut Context::from_waker(&waker))
            .is_pending()
    );
    // Settles the call on this thread.
    assert!(thread::scope(|scope| scope.spawn(|| block_on(client.close())).join()).is_err());
    block_on(async {
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}
