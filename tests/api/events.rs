//! Event streams: each kind of event, warnings, several streams.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, drain, next_connect, next_event, next_warning, settled};
use ardexa_client::{ArdexaClient, Event};
use futures::StreamExt;
use serde_json::json;

api_test! {
    async fn device_events_are_those_of_the_api_page() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        let device = cloud.device();
        let cn = format!("CN={device},O=demo");
        cloud.call("setOnline", json!([device, false])).await;
        let Some(Event::StateChange(change)) = events.next().await else { panic!() };
        assert_eq!((change.cn.as_str(), change.vhost.as_str(), change.online), (cn.as_str(), "demo", false));
        let added = cloud.call("addDevice", json!([])).await;
        let Some(Event::DeviceNew(new)) = events.next().await else { panic!() };
        assert_eq!((json!(new.id), new.online), (added["id"].clone(), false));
        assert_eq!(new.cn, format!("CN={},O=demo", new.id));
        cloud.call("metaChange", json!([device])).await;
        let Some(Event::MetaChange(change)) = events.next().await else { panic!() };
        assert_eq!(change.id, device);
        client.close().await;
    }
}

api_test! {
    async fn a_common_name_of_another_form_has_no_device_id() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        for cn in ["", "device-7", "OU=x", "CN=,O=demo", "CN=a"] {
            let payload = json!({ "cn": cn, "vhost": "demo", "online": true, "more": [1] });
            cloud.call("broadcast", json!(["device:stateChange", payload])).await;
            let Some(Event::StateChange(change)) = events.next().await else { panic!() };
            assert_eq!((change.cn.as_str(), change.device_id()), (cn, None));
        }
        client.close().await;
    }
}

api_test! {
    async fn a_broadcast_of_the_wrong_shape_is_a_warning() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        for (event, payload) in [
            ("device:stateChange", json!({ "cn": 1 })),
            ("device:stateChange", json!({ "cn": "", "vhost": "", "online": "yes" })),
            ("device:new", json!("x")),
            ("device:metaChange", json!({})),
            ("device:metaChange", json!(null)),
        ] {
            cloud.call("broadcast", json!([event, payload])).await;
            let error = next_warning(&mut events).await;
            assert_error(&error, "protocol", Some(event), "the server broke the protocol: ");
            assert_eq!(error.kind.data(), Some(payload.to_string().as_str()));
        }
        cloud.call("metaChange", json!([cloud.device()])).await;
        assert!(matches!(events.next().await, Some(Event::MetaChange(_))));
        client.close().await;
    }
}

api_test! {
    async fn each_stream_has_every_event_since_it_was_made() {
        let (cloud, client) = Cloud::connected().await;
        let mut early = client.events();
        cloud.call("metaChange", json!([cloud.device()])).await;
        assert!(matches!(early.next().await, Some(Event::MetaChange(_))));
        let (mut late, dropped) = (client.events(), client.events());
        drop(dropped);
        cloud.call("setOnline", json!([cloud.device(), false])).await;
        let told_early = early.next().await.unwrap();
        assert!(matches!(told_early, Event::StateChange(_)));
        assert_eq!(late.next().await.unwrap(), told_early);
        client.close().await;
        assert_eq!(drain(&mut late), drain(&mut early));
    }
}

api_test! {
    async fn a_stream_outlives_connections_and_ends_with_the_client() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        next_connect(&mut events).await;
        client.close().await;
        client.open().await.unwrap();
        next_connect(&mut events).await;
        cloud.call("metaChange", json!([cloud.device()])).await;
        assert!(matches!(events.next().await, Some(Event::MetaChange(_))));
        let other = client.clone();
        drop(client);
        settled(&other).await;
        drop(other);
        assert!(matches!(events.next().await, Some(Event::Disconnect { .. })));
        assert_eq!(events.next().await, None);
        assert_eq!(events.next().await, None, "and stays at its end");
    }
}

api_test! {
    async fn an_unread_stream_keeps_the_newest_events() {
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let mut slow = client.events();
        let frames: Vec<_> = (0..1034).map(|n| format!(r#"42["device:metaChange",{{"id":"{n}"}}]"#)).collect();
        for frames in frames.chunks(50) {
            raw.send(frames).await;
        }
        settled(&client).await;
        assert_eq!(slow.dropped(), 10);
        let drained = drain(&mut slow);
        let ids: Vec<u32> = drained
            .iter()
            .map(|event| match event {
                Event::MetaChange(change) => change.id.parse().unwrap(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(ids, (10..1034).collect::<Vec<u32>>());
        client.close().await;
    }
}

api_test! {
    async fn a_failed_attempt_is_reported_before_the_next_one() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        let (_, port) = cloud.url.rsplit_once(':').unwrap();
        let port: u16 = port.parse().unwrap();
        cloud.call("close", json!([])).await;
        let mut numbers = Vec::new();
        while numbers.len() < 3 {
            match events.next().await.unwrap() {
                Event::ConnectError { error, attempt, will_retry: true } => {
                    assert_eq!(error.code(), "unreachable");
                    numbers.push(attempt);
                }
                Event::Reconnecting { attempt, .. } => assert_eq!(attempt as usize, numbers.len() + 1),
                Event::Disconnect { will_reconnect: true, .. } => assert_eq!(numbers.len(), 0),
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(numbers, [1, 2, 3]);
        let _cloud = Cloud::start(json!({ "port": port })).await;
        let event = next_event(&mut events, |event| matches!(event, Event::Connect { .. })).await;
        assert!(matches!(event, Event::Connect { reconnected: true, attempt: 4.., .. }), "{event:?}");
        client.close().await;
    }
}

api_test! {
    async fn the_errors_of_events_have_codes_and_data() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options_with("wrong-token")).unwrap();
        let mut events = client.events();
        client.open().await.unwrap_err();
        let event = events.next().await.unwrap();
        let Event::ConnectError { error, attempt: 1, will_retry: false } = event else { panic!("{event:?}") };
        assert_error(&error, "unauthorized", None, "Authentication failed");
        assert_eq!(error.kind.data(), Some(r#"{"code":401,"reason":"token invalid"}"#));
    }
}
