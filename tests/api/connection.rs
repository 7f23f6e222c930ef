//! Connecting, the client's state, events, closing.

use crate::cloud::Cloud;
use ardexa_client::{ArdexaClient, ConnectionState, Event, Options, TokenSource};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;
use futures::StreamExt;
use serde_json::json;
use std::sync::Arc;

api_test! {
    async fn a_client_connects_and_closes() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        assert_eq!(client.state(), ConnectionState::Idle);
        let mut events = client.events();
        client.open().await.unwrap();
        assert_eq!(client.state(), ConnectionState::Connected);
        let id = client.id().unwrap();
        let connect = Event::Connect { id, attempt: 1, reconnected: false };
        assert_eq!(events.next().await, Some(connect));
        client.close().await;
        client.close().await;
        assert_eq!(client.state(), ConnectionState::Closed);
        let disconnect = events.next().await.unwrap();
        assert!(matches!(disconnect, Event::Disconnect { will_reconnect: false, .. }), "{disconnect:?}");
        assert_eq!(client.id(), None);
        assert_eq!(client.stats().table_entries, 0);
        cloud.until("connected", 0).await;
        client.open().await.unwrap();
        assert_eq!(client.stats().connections, 2);
        drop(client);
        assert!(matches!(events.next().await, Some(Event::Connect { .. })));
        assert!(matches!(events.next().await, Some(Event::Disconnect { .. })));
        assert_eq!(events.next().await, None);
    }
}

api_test! {
    async fn the_last_handle_closes_the_connection() {
        let (cloud, client) = Cloud::connected().await;
        let other = client.clone();
        let feed = client.feed(cloud.solar()).await.unwrap();
        drop(client);
        other.cmd(cloud.device(), "uptime").await.unwrap();
        drop(other);
        cloud.until("connected", 1).await;
        drop(feed);
        cloud.until("connected", 0).await;
    }
}

api_test! {
    async fn a_lost_connection_reconnects() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        assert!(matches!(events.next().await, Some(Event::Disconnect { will_reconnect: true, .. })));
        assert!(matches!(events.next().await, Some(Event::Reconnecting { .. })));
        loop {
            if let Event::Connect { reconnected, .. } = events.next().await.unwrap() {
                assert!(reconnected);
                break;
            }
        }
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    }
}

api_test! {
    async fn device_presence_is_reported() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        let device = cloud.device();
        cloud.call("setOnline", json!([device, false])).await;
        cloud.call("metaChange", json!([device])).await;
        cloud.call("addDevice", json!([])).await;
        let Some(Event::StateChange(change)) = events.next().await else { panic!() };
        assert_eq!((change.device_id(), change.online), (Some(device), false));
        let Some(Event::MetaChange(change)) = events.next().await else { panic!() };
        assert_eq!(change.id, device);
        let Some(Event::DeviceNew(new)) = events.next().await else { panic!() };
        assert!(!cloud.devices.contains(&new.id));
        client.close().await;
    }
}

api_test! {
    async fn the_token_function_is_called_for_each_attempt() {
        let cloud = Cloud::start(json!({})).await;
        let asked = Arc::new(AtomicU32::new(0));
        let (token, count) = (cloud.token.clone(), asked.clone());
        let source = TokenSource::function(move || {
            let token = token.clone();
            count.fetch_add(1, Ordering::Relaxed);
            async move { Ok::<_, String>(token) }
        });
        let client = ArdexaClient::connect(cloud.options_with(source)).await.unwrap();
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        while !matches!(events.next().await, Some(Event::Connect { .. })) {}
        assert_eq!(asked.load(Ordering::Relaxed), 2);
        client.close().await;
    }
}

api_test! {
    async fn a_failing_token_function_reports_its_reason() {
        let cloud = Cloud::start(json!({})).await;
        let source = TokenSource::function(|| async { Err::<String, _>("the vault is locked") });
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        let error = client.open().await.unwrap_err();
        assert_eq!(error.code(), "unauthorized");
        assert_eq!(client.token_failure().as_deref(), Some("the vault is locked"));
        let blank = TokenSource::function(|| async { Ok::<_, String>("a b".to_owned()) });
        let error = ArdexaClient::connect(cloud.options_with(blank)).await.unwrap_err();
        assert_eq!(error.code(), "invalid-argument");
        assert!(error.to_string().contains("white space"), "{error}");
    }
}

api_test! {
    async fn a_failed_connection_is_an_error_with_a_code() {
        let cloud = Cloud::start(json!({})).await;
        let error = ArdexaClient::connect(cloud.options_with("wrong")).await.unwrap_err();
        assert_eq!(error.code(), "unauthorized");
        let error = ArdexaClient::connect(Options::new("http://127.0.0.1:9", "w", "secret-token"));
        let error = error.await.unwrap_err();
        assert_eq!(error.code(), "unreachable");
        assert!(!format!("{error} {error:?}").contains("secret-token"));
        let error = ArdexaClient::connect(Options::new("nowhere", "w", "token")).await.unwrap_err();
        assert_eq!(error.code(), "invalid-argument");
        let never = TokenSource::function(futures::future::pending::<Result<String, String>>);
        let options = cloud.options_with(never).connect_timeout(Duration::from_millis(5));
        assert_eq!(ArdexaClient::connect(options).await.unwrap_err().code(), "timeout");
    }
}
