//! What a caller does at an odd moment: within its token function, while the server hangs, and with
//! what it never looks at again.

use crate::cloud::{Cloud, Raw};
use crate::support::{request, send, settled};
use ardexa_client::{ArdexaClient, ConnectionState, TokenSource};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use futures::future::{join_all, select_all};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use std::sync::{Arc, Mutex};

/// A token function that uses its own client the first time, and the client.
#[cfg_attr(
    target_arch = "wasm32",
    allow(clippy::arc_with_non_send_sync, reason = "natively a client is both")
)]
fn with_own_client(cloud: &Cloud, act: fn(&ArdexaClient)) -> (ArdexaClient, Arc<AtomicUsize>) {
    let held = Arc::new(Mutex::new(None::<ArdexaClient>));
    let calls = Arc::new(AtomicUsize::new(0));
    let (own, count, token) = (held.clone(), calls.clone(), cloud.token.clone());
    let source = TokenSource::function(move || {
        if count.fetch_add(1, Ordering::Relaxed) == 0 {
            let client = own.lock().unwrap().take().unwrap();
            act(&client);
        }
        let token = token.clone();
        async move { Ok::<_, String>(token) }
    });
    let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
    *held.lock().unwrap() = Some(client.clone());
    (client, calls)
}

api_test! {
    async fn a_token_function_may_read_its_client() {
        let cloud = Cloud::start(json!({})).await;
        let (client, calls) = with_own_client(&cloud, |client| {
            assert_eq!(client.state(), ConnectionState::Connecting);
            assert_eq!((client.id(), client.stats().connections), (None, 0));
            assert_eq!(client.emit("x", [1]).unwrap_err().code(), "not-connected");
            client.reconnect_now();
            drop(client.events());
        });
        client.open().await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        client.close().await;
    }
}

api_test! {
    async fn a_token_function_may_close_and_open_its_client() {
        let cloud = Cloud::start(json!({})).await;
        let (client, calls) = with_own_client(&cloud, |client| {
            let _ = client.close().now_or_never();
            let _ = client.open().now_or_never();
        });
        assert_eq!(client.open().await.unwrap_err().code(), "closed");
        client.open().await.unwrap();
        assert_eq!((client.stats().connections, calls.load(Ordering::Relaxed)), (1, 2));
        client.close().await;
    }
}

api_test! {
    async fn close_does_not_wait_for_a_token() {
        let cloud = Cloud::start(json!({})).await;
        let never = TokenSource::function(futures::future::pending::<Result<String, String>>);
        let client = ArdexaClient::new(cloud.options_with(never)).unwrap();
        let mut open = client.open();
        send(&mut open).await;
        client.close().await;
        assert_eq!(open.await.unwrap_err().code(), "closed");
    }
}

api_test! {
    async fn close_does_not_wait_for_a_server_that_stops_reading() {
        let (_raw, client) = Raw::not_reading(50).await;
        client.close().await;
        assert_eq!(client.state(), ConnectionState::Closed);
    }
}

api_test! {
    async fn discarded_calls_leave_nothing_open() {
        let done = r#"42["device:sendArdpkg:rpc",{"requestId":$id,"complete":true}]"#;
        let (_raw, client) = Raw::connected(json!({ "replies": {
            "device:sendArdpkg": [[done]],
            "test:echo": [["43$ack[]"]],
        } }))
        .await;
        for _ in 0..5 {
            for _ in 0..100 {
                let _ = client.send_ardpkg("d").now_or_never();
            }
            settled(&client).await;
            assert_eq!(client.stats().open_requests, 0);
        }
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}

api_test! {
    async fn the_losers_of_a_race_are_aborted() {
        let (cloud, client) = Cloud::connected().await;
        let calls = ["slow", "true", "slow"].map(|cmd| client.cmd(cloud.device(), cmd));
        let (reply, index, rest) = select_all(calls).await;
        assert_eq!((reply.unwrap().return_code, index), (0, 1));
        assert_eq!(client.stats().open_requests, 2);
        drop(rest);
        assert_eq!(client.stats().open_requests, 0);
        client.close().await;
    }
}

api_test! {
    async fn handles_outlive_their_client() {
        let (_raw, client) = Raw::feeding(&[crate::support::sample("1")]).await;
        let mut feed = client.feed(request()).await.unwrap();
        let mut events = client.events();
        let cmd = client.cmd("d", "ls");
        drop(client);
        assert_eq!(feed.next().await.unwrap().value, "1");
        // Its call was not sent before, and keeps the client alive.
        let timeout = cmd.timeout(Duration::from_millis(5)).await.unwrap_err();
        assert_eq!(timeout.code(), "timeout");
        feed.stop();
        drop(feed);
        while events.next().await.is_some() {}
    }
}

api_test! {
    async fn many_clients_in_one_program() {
        let cloud = Cloud::start(json!({})).await;
        let clients = join_all((0..10).map(|_| ArdexaClient::connect(cloud.options()))).await;
        let clients: Vec<_> = clients.into_iter().map(Result::unwrap).collect();
        cloud.until("connected", 10).await;
        let replies = join_all(clients.iter().map(|client| client.cmd(cloud.device(), "true"))).await;
        assert!(replies.iter().all(Result::is_ok));
        drop(clients);
        cloud.until("connected", 0).await;
    }
}
