//! Connecting, losing the connection, reconnecting, closing: states, events and their order.

use crate::cloud::{Cloud, Raw, at_once};
use crate::support::{drain, next_connect, next_event, send};
use ardexa_client::socket::Protocol;
use ardexa_client::{
    ArdexaClient, ConnectionState, DisconnectReason, Event, Options, ReconnectConfig,
};
use core::time::Duration;
use futures::future::join_all;
use futures::{FutureExt, StreamExt};
use serde_json::json;

/// Longer than any test.
const HOUR: Duration = Duration::from_secs(3600);

fn is_reconnecting(event: &Event) -> bool {
    matches!(event, Event::Reconnecting { .. })
}

fn is_disconnect(event: &Event) -> bool {
    matches!(event, Event::Disconnect { .. })
}

api_test! {
    async fn a_new_client_is_idle_and_opens_nothing() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        assert_eq!(client.state(), ConnectionState::Idle);
        assert_eq!(client.id(), None);
        client.reconnect_now();
        assert_eq!(client.state(), ConnectionState::Idle);
        let stats = client.stats();
        assert_eq!((stats.frames_in, stats.frames_out, stats.bytes_in, stats.bytes_out), (0, 0, 0, 0));
        assert_eq!((stats.samples, stats.connections, stats.open_requests), (0, 0, 0));
        assert!(stats.last_frame.is_none());
        drop(client.open());
        assert_eq!(client.state(), ConnectionState::Idle, "open() is sent when first polled");
        cloud.until("connections", 0).await;
    }
}

api_test! {
    async fn open_resolves_once_the_server_has_accepted() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        client.open().await.unwrap();
        assert_eq!(client.state(), ConnectionState::Connected);
        assert!(client.id().is_some_and(|id| !id.is_empty()));
        let stats = client.stats();
        // The handshake and the acceptance; CONNECT.
        assert!(stats.frames_in >= 2 && stats.frames_out >= 1, "{stats:?}");
        assert!(stats.bytes_in > 0 && stats.bytes_out > 0 && stats.last_frame.is_some());
        client.close().await;
        assert_eq!(client.stats().connections, 1, "counters outlive the connection");
    }
}

api_test! {
    async fn several_calls_of_open_share_one_attempt() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        for result in join_all([client.open(), client.open(), client.open()]).await {
            result.unwrap();
        }
        client.open().await.unwrap();
        assert_eq!(client.stats().connections, 1);
        cloud.until("connections", 1).await;
        client.close().await;
    }
}

api_test! {
    async fn a_dropped_open_still_connects() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        let mut events = client.events();
        let _ = client.open().now_or_never();
        next_connect(&mut events).await;
        assert_eq!(client.state(), ConnectionState::Connected);
        client.close().await;
    }
}

api_test! {
    async fn the_handshake_is_that_of_the_api_page() {
        let raw = Raw::start(json!({})).await;
        let client = ArdexaClient::connect(Options::new(&raw.url, "my org/ü", "a+b/c=")).await.unwrap();
        assert_eq!(
            raw.call("urls", json!([])).await,
            json!(["/socket.io-client/?token=a%2Bb%2Fc%3D&orgName=my%20org%2F%C3%BC&EIO=4&transport=websocket"])
        );
        assert_eq!(raw.call("frames", json!([])).await, json!(["40"]));
        client.close().await;
    }
}

api_test! {
    async fn a_path_gets_its_slashes_and_a_protocol_can_be_demanded() {
        let raw = Raw::start(json!({ "greet": ["40"] })).await;
        let options = Options::new(&raw.url, "w", "t").path("other/place").protocol(Protocol::V3);
        let client = ArdexaClient::connect(options).await.unwrap();
        assert_eq!(
            raw.call("urls", json!([])).await,
            json!(["/other/place/?token=t&orgName=w&EIO=3&transport=websocket"])
        );
        client.close().await;
    }
}

api_test! {
    async fn older_servers_are_detected() {
        for generation in [2, 3] {
            let (cloud, client) = Cloud::connected_with(json!({ "generation": generation })).await;
            assert_eq!(client.cmd(cloud.device(), "echo ü").await.unwrap().stdout, "ü\n");
            client.close().await;
        }
    }
}

api_test! {
    async fn close_ends_the_connection_once_and_says_why() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        client.close().await;
        assert_eq!((client.state(), client.id()), (ConnectionState::Closed, None));
        client.close().await;
        client.reconnect_now();
        assert_eq!(client.state(), ConnectionState::Closed);
        let reason = DisconnectReason::ClientDisconnect;
        assert_eq!(
            drain(&mut events),
            [Event::Disconnect { reason, will_reconnect: false, error: None }]
        );
        cloud.until("connected", 0).await;
    }
}

api_test! {
    async fn open_may_follow_close_immediately() {
        let (cloud, client) = Cloud::connected().await;
        let first = client.id();
        let close = client.close();
        close.await;
        client.open().await.unwrap();
        assert_eq!(client.state(), ConnectionState::Connected);
        assert_ne!(client.id(), first);
        cloud.until("connected", 1).await;
        cloud.until("connections", 2).await;
        client.close().await;
    }
}

api_test! {
    async fn close_while_connecting_settles_open_and_tells_no_event() {
        let raw = Raw::start(json!({ "accept": [null] })).await;
        let client = ArdexaClient::new(raw.options()).unwrap();
        let mut events = client.events();
        let mut open = client.open();
        send(&mut open).await;
        assert_eq!(client.state(), ConnectionState::Connecting);
        client.close().await;
        let error = open.await.unwrap_err();
        assert_eq!(error.code(), "closed");
        assert!(error.to_string().contains("connect()"), "{error}");
        assert_eq!(client.state(), ConnectionState::Closed);
        assert_eq!(drain(&mut events), []);
    }
}

api_test! {
    async fn close_before_open_does_nothing() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        let mut events = client.events();
        client.close().await;
        assert_eq!(client.state(), ConnectionState::Closed);
        assert_eq!(drain(&mut events), []);
        client.open().await.unwrap();
        assert_eq!(client.state(), ConnectionState::Connected);
        client.close().await;
    }
}

api_test! {
    async fn a_loss_is_reported_in_order() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        let Some(Event::Disconnect { reason, will_reconnect: true, .. }) = events.next().await else { panic!() };
        assert!(
            matches!(reason, DisconnectReason::TransportClose | DisconnectReason::TransportError),
            "{reason}"
        );
        let Some(Event::Reconnecting { attempt: 1, delay }) = events.next().await else { panic!() };
        assert!(delay <= at_once().max_delay);
        let Some(Event::Connect { id, attempt: 1, reconnected: true }) = events.next().await else { panic!() };
        assert_eq!(client.id(), Some(id));
        client.close().await;
    }
}

api_test! {
    async fn without_reconnect_a_loss_closes_the_client() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::connect(cloud.options().without_reconnect()).await.unwrap();
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        let event = next_event(&mut events, is_disconnect).await;
        assert!(matches!(event, Event::Disconnect { will_reconnect: false, .. }), "{event:?}");
        assert_eq!(client.state(), ConnectionState::Closed);
        client.open().await.unwrap();
        client.close().await;
    }
}

api_test! {
    async fn reconnect_now_and_open_end_the_wait() {
        let slow = ReconnectConfig { min_delay: HOUR, max_delay: HOUR, ..ReconnectConfig::default() };
        for opens in [true, false] {
            let cloud = Cloud::start(json!({})).await;
            let client = ArdexaClient::connect(cloud.options().reconnect(slow.clone())).await.unwrap();
            let mut events = client.events();
            cloud.call("dropAll", json!([])).await;
            next_event(&mut events, is_reconnecting).await;
            assert_eq!(client.state(), ConnectionState::Reconnecting);
            let error = client.cmd(cloud.device(), "uptime").await.unwrap_err();
            assert_eq!(error.code(), "not-connected");
            assert!(error.to_string().contains("(reconnecting)"), "{error}");
            if opens {
                client.open().await.unwrap();
            } else {
                client.reconnect_now();
            }
            next_connect(&mut events).await;
            client.reconnect_now();
            assert_eq!(client.state(), ConnectionState::Connected);
            client.close().await;
        }
    }
}

api_test! {
    async fn close_ends_the_wait_for_a_reconnect() {
        let slow = ReconnectConfig { min_delay: HOUR, max_delay: HOUR, ..ReconnectConfig::default() };
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::connect(cloud.options().reconnect(slow)).await.unwrap();
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        next_event(&mut events, is_reconnecting).await;
        client.close().await;
        assert_eq!(client.state(), ConnectionState::Closed);
        assert_eq!(drain(&mut events), []);
    }
}

api_test! {
    async fn the_first_failure_is_final_unless_first_connect_says_otherwise() {
        let cloud = Cloud::start(json!({})).await;
        cloud.call("close", json!([])).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        assert_eq!(client.open().await.unwrap_err().code(), "unreachable");
        assert_eq!(client.state(), ConnectionState::Closed);

        let reconnect = ReconnectConfig { first_connect: true, max_attempts: 3, ..at_once() };
        let client = ArdexaClient::new(cloud.options().reconnect(reconnect)).unwrap();
        let mut events = client.events();
        assert_eq!(client.open().await.unwrap_err().code(), "unreachable");
        let mut failures = Vec::new();
        while failures.last().is_none_or(|(_, will_retry)| *will_retry) {
            if let Event::ConnectError { attempt, will_retry, error } = events.next().await.unwrap() {
                assert_eq!(error.code(), "unreachable");
                failures.push((attempt, will_retry));
            }
        }
        assert_eq!(failures, [(1, true), (2, true), (3, false)]);
        assert_eq!(client.state(), ConnectionState::Closed);
    }
}

api_test! {
    async fn with_first_connect_open_waits_for_the_server() {
        let cloud = Cloud::start(json!({})).await;
        let reconnect = ReconnectConfig { first_connect: true, ..at_once() };
        cloud.call("close", json!([])).await;
        let client = ArdexaClient::new(cloud.options().reconnect(reconnect)).unwrap();
        let mut events = client.events();
        let mut open = client.open();
        send(&mut open).await;
        next_event(&mut events, |event| {
            matches!(event, Event::ConnectError { attempt: 2, will_retry: true, .. })
        })
        .await;
        let (_, port) = cloud.url.rsplit_once(':').unwrap();
        let port: u16 = port.parse().unwrap();
        let _cloud = Cloud::start(json!({ "port": port })).await;
        open.await.unwrap();
        next_connect(&mut events).await;
        assert_eq!(client.state(), ConnectionState::Connected);
        client.close().await;
    }
}

api_test! {
    async fn the_wait_grows_up_to_its_limit() {
        let cloud = Cloud::start(json!({})).await;
        let (min_delay, max_delay) = (Duration::from_millis(1), Duration::from_millis(6));
        let reconnect = ReconnectConfig { min_delay, max_delay, max_attempts: 5, ..at_once() };
        let client = ArdexaClient::connect(cloud.options().reconnect(reconnect)).await.unwrap();
        let mut events = client.events();
        cloud.call("close", json!([])).await;
        let mut attempts = Vec::new();
        loop {
            match events.next().await.unwrap() {
                Event::Reconnecting { attempt, delay } => {
                    assert!(delay <= max_delay.min(min_delay * 2_u32.pow(attempt)), "{attempt}: {delay:?}");
                    attempts.push(attempt);
                }
                Event::ConnectError { will_retry: false, .. } => break,
                _ => {}
            }
        }
        assert_eq!(attempts, [1, 2, 3, 4, 5]);
        assert_eq!(client.state(), ConnectionState::Closed);
    }
}

api_test! {
    async fn max_attempts_ends_the_attempts() {
        let cloud = Cloud::start(json!({})).await;
        let reconnect = ReconnectConfig { max_attempts: 2, stable_after: HOUR, ..at_once() };
        let client = ArdexaClient::connect(cloud.options().reconnect(reconnect)).await.unwrap();
        let mut events = client.events();
        cloud.call("close", json!([])).await;
        let last = |event: &Event| matches!(event, Event::ConnectError { will_retry: false, .. });
        let Event::ConnectError { error, .. } = next_event(&mut events, last).await else { panic!() };
        assert_eq!(error.code(), "unreachable");
        assert_eq!(client.state(), ConnectionState::Closed);
    }
}

api_test! {
    async fn the_servers_disconnect_is_final() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        cloud.call("kick", json!([])).await;
        let event = next_event(&mut events, is_disconnect).await;
        let Event::Disconnect { reason, will_reconnect, error } = event else { panic!() };
        assert_eq!((reason, will_reconnect), (DisconnectReason::ServerDisconnect, false));
        assert_eq!(error.unwrap().code(), "disconnected");
        assert_eq!(client.state(), ConnectionState::Closed);
        client.open().await.unwrap();
        client.close().await;
    }
}

api_test! {
    async fn an_invalid_frame_ends_the_connection() {
        let raw = Raw::start(json!({})).await;
        let client = ArdexaClient::connect(raw.options().without_reconnect()).await.unwrap();
        let mut events = client.events();
        raw.send(&["nonsense"]).await;
        let event = next_event(&mut events, is_disconnect).await;
        let Event::Disconnect { reason, error, .. } = event else { panic!() };
        assert_eq!(reason, DisconnectReason::ParseError);
        assert_eq!(error.unwrap().code(), "protocol");
    }
}

api_test! {
    async fn two_clients_are_independent() {
        let (cloud, one) = Cloud::connected().await;
        let other = ArdexaClient::connect(cloud.options()).await.unwrap();
        let mut events = other.events();
        let mut feed = other.feed(cloud.solar()).await.unwrap();
        let mut slow = one.cmd(cloud.device(), "slow");
        send(&mut slow).await;
        one.close().await;
        assert_eq!(slow.await.unwrap_err().code(), "closed");
        cloud.until("connected", 1).await;
        feed.next().await.unwrap();
        other.cmd(cloud.device(), "true").await.unwrap();
        assert_eq!(drain(&mut events), []);
        other.close().await;
    }
}

api_test! {
    async fn close_closes_the_web_socket_by_its_handshake() {
        let (raw, client) = Raw::connected(json!({})).await;
        client.close().await;
        // What RFC 6455, 7.1.5 says for a Close frame without a code; a cut connection has 1006.
        assert_eq!(raw.call("closeCode", json!([])).await, 1005);
    }
}
