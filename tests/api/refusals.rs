//! What the server refuses, and replies that break the protocol.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, next_warning, request, send, settled};
use ardexa_client::{ArdexaClient, Error};
use futures::StreamExt;
use serde_json::{Value, json};

/// Every request of the API for one device, by event, up to its error.
async fn errors_of_each_request(client: &ArdexaClient, device: &str) -> Vec<(&'static str, Error)> {
    vec![
        (
            "device:cmd",
            client.cmd(device, "ls").request_id("id").await.unwrap_err(),
        ),
        (
            "device:testConfig",
            client
                .test_config(device, "{}")
                .request_id("id")
                .await
                .unwrap_err(),
        ),
        (
            "device:applyConfig",
            client
                .apply_config(device, "{}")
                .request_id("id")
                .await
                .unwrap_err(),
        ),
        (
            "device:applyYamlConfig",
            client
                .apply_yaml_config(device, "a: 1")
                .request_id("id")
                .await
                .unwrap_err(),
        ),
        (
            "device:refreshMeta",
            client
                .refresh_meta(device)
                .request_id("id")
                .await
                .unwrap_err(),
        ),
        (
            "device:sendArdexactl",
            client
                .send_ardexactl(device)
                .request_id("id")
                .await
                .unwrap_err(),
        ),
        (
            "device:sendArdpkg",
            client
                .send_ardpkg(device)
                .request_id("id")
                .await
                .unwrap_err(),
        ),
        (
            "device:doUpgrade",
            client.do_upgrade(device).await.unwrap_err(),
        ),
    ]
}

api_test! {
    async fn each_request_can_be_refused_with_a_string_or_an_object() {
        for (form, data) in [("string", r#""Unknown device""#), ("object", r#"{"message":"Unknown device"}"#)] {
            let (_cloud, client) = Cloud::connected_with(json!({ "errorForm": form })).await;
            for (event, error) in errors_of_each_request(&client, "no-such-device").await {
                assert_eq!(error.to_string(), format!("{event}: Unknown device"));
                assert_error(&error, "rejected", Some(event), "");
                assert_eq!(error.kind.data(), Some(data));
                assert!(event == "device:doUpgrade" || error.request_id.as_deref() == Some("id"), "{error:?}");
            }
            assert_eq!(client.stats().open_requests, 0);
            client.close().await;
        }
    }
}

api_test! {
    async fn a_token_without_the_privilege_is_refused_by_each_request() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::connect(cloud.options_with(cloud.read_only_token.as_str())).await.unwrap();
        for (event, error) in errors_of_each_request(&client, cloud.device()).await {
            assert_error(&error, "rejected", Some(event), "privilege");
        }
        assert_eq!(client.feed(cloud.solar()).await.unwrap_err().code(), "rejected");
        client.close().await;
    }
}

api_test! {
    async fn a_device_that_is_offline_is_named() {
        let (cloud, client) = Cloud::connected_with(json!({ "offlineFeed": "error" })).await;
        cloud.call("setOnline", json!([cloud.device(), false])).await;
        for call in [client.send_ardexactl(cloud.device()), client.send_ardpkg(cloud.device())] {
            let error = call.await.unwrap_err();
            assert_error(&error, "rejected", error.event.as_deref(), "offline");
        }
        let error = client.feed(cloud.solar()).await.unwrap_err();
        assert_error(&error, "rejected", Some("device:feed"), "offline");
        client.close().await;
    }
}

api_test! {
    async fn an_error_of_any_form_is_a_refusal_on_rpc_and_on_reply() {
        let forms = [
            (json!("a text"), "a text"),
            (json!({ "message": "words" }), "words"),
            (json!({ "code": 7 }), r#"{"code":7}"#),
            (json!(["a"]), r#"["a"]"#),
            (json!(17), "17"),
            (json!(true), "true"),
            (json!({ "message": "ü\n" }), "ü"),
        ];
        let frames = forms.iter().flat_map(|(error, _)| {
            ["rpc", "reply"].map(|end| json!([format!(r#"42["device:cmd:{end}",{{"requestId":$id,"error":{error}}}]"#)]))
        });
        let (_raw, client) = Raw::connected(json!({ "replies": { "device:cmd": frames.collect::<Vec<_>>() } })).await;
        for (data, words) in &forms {
            for _ in ["rpc", "reply"] {
                let error = client.cmd("d", "ls").await.unwrap_err();
                assert_eq!(error.code(), "rejected");
                assert_eq!(error.to_string(), format!("device:cmd: {words}"));
                let drained: Value = serde_json::from_str(error.kind.data().unwrap()).unwrap();
                assert_eq!(drained, *data);
            }
        }
        client.close().await;
    }
}

api_test! {
    async fn an_error_without_an_id_goes_to_the_one_open_request_of_its_event() {
        let (cloud, client) = Cloud::connected_with(json!({ "echoRequestIdInErrors": false })).await;
        let mut slow = client.cmd(cloud.device(), "slow");
        send(&mut slow).await;
        let error = client.refresh_meta("none").await.unwrap_err();
        assert_error(&error, "rejected", Some("device:refreshMeta"), "Unknown device");
        assert_eq!(client.stats().open_requests, 1);
        client.close().await;
        assert_eq!(slow.await.unwrap_err().code(), "closed");
    }
}

api_test! {
    async fn an_error_without_an_id_and_two_open_requests_is_a_warning() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        let (mut one, mut two) = (client.cmd(cloud.device(), "slow"), client.cmd(cloud.device(), "slow"));
        send(&mut one).await;
        send(&mut two).await;
        cloud.call("broadcast", json!(["device:cmd:rpc", { "error": "Permission denied" }])).await;
        let error = next_warning(&mut events).await;
        assert_error(&error, "rejected", Some("device:cmd"), "Permission denied");
        assert_eq!(error.kind.data(), Some(r#""Permission denied""#));
        assert_eq!(client.stats().open_requests, 2);
        client.close().await;
        assert_eq!(one.await.unwrap_err().code(), "closed");
        assert_eq!(two.await.unwrap_err().code(), "closed");
    }
}

api_test! {
    async fn an_error_without_a_request_is_a_warning() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        let stray = json!(["device:cmd:rpc", { "requestId": "nobody's", "error": "stray" }]);
        cloud.call("broadcast", stray).await;
        assert_error(&next_warning(&mut events).await, "rejected", Some("device:cmd"), "stray");
        client.cmd(cloud.device(), "true").await.unwrap();
        client.close().await;
    }
}

api_test! {
    async fn a_reply_of_the_wrong_shape_breaks_the_protocol() {
        let cases = [
            ("device:cmd:reply", json!({ "stdout": "", "stderr": "" }), "returnCode"),
            ("device:cmd:reply", json!({ "stdout": 1, "stderr": "", "returnCode": 0 }), "stdout"),
            ("device:cmd:reply", json!({ "stdout": "", "returnCode": 0 }), "stderr"),
            ("device:cmd:reply", json!({ "stdout": "", "stderr": "", "returnCode": "0" }), "returnCode"),
            ("device:testConfig:rpc", json!({ "result": 1 }), "result"),
            ("device:testConfig:rpc", json!({}), "result"),
            ("device:refreshMeta:rpc", json!({ "complete": "yes" }), "complete"),
            ("device:refreshMeta:rpc", json!({}), "complete"),
            ("device:doUpgrade:reply", json!({ "status": "a" }), "complete"),
            ("device:doUpgrade:reply", json!({ "status": 1, "complete": true }), "status"),
            ("device:feed:rpc", json!({}), "feedId"),
            ("device:feed:rpc", json!({ "feedId": 7 }), "feedId"),
        ];
        for (reply, fields, named) in cases {
            let (event, _) = reply.rsplit_once(':').unwrap();
            let fields = fields.to_string();
            let fields = fields.strip_prefix('{').unwrap();
            let comma = if fields == "}" { "" } else { "," };
            let frame = format!(r#"42["{reply}",{{"requestId":$id{comma}{fields}]"#);
            let (_raw, client) = Raw::connected(json!({ "replies": { event: [[frame]] } })).await;
            let error = match event {
                "device:cmd" => client.cmd("d", "ls").await.unwrap_err(),
                "device:testConfig" => client.test_config("d", "{}").await.unwrap_err(),
                "device:refreshMeta" => client.refresh_meta("d").await.unwrap_err(),
                "device:doUpgrade" => client.do_upgrade("d").await.unwrap_err(),
                _ => client.feed(request()).await.unwrap_err(),
            };
            assert_error(&error, "protocol", Some(event), named);
            assert!(error.request_id.is_some() && error.kind.data().is_some(), "{error:?}");
            let stats = client.stats();
            assert_eq!((stats.open_requests, stats.open_feeds, stats.connections), (0, 0, 1));
            client.close().await;
        }
    }
}

api_test! {
    async fn a_feed_is_refused_in_the_servers_words() {
        let (cloud, client) = Cloud::connected().await;
        let device = cloud.device();
        for (device, table, source, field, words) in [
            (device, "none", "inverter-01", None, "Unknown table: none"),
            (device, "solar", "none", None, "Unknown source: none"),
            (device, "solar", "inverter-01", Some("none"), "Unknown field"),
            ("none", "solar", "inverter-01", None, "Unknown device"),
        ] {
            let wrong = ardexa_client::FeedRequest::new(device, table, source, field).unwrap();
            let error = client.feed(wrong.clone()).request_id("r").await.unwrap_err();
            assert_eq!(error.to_string(), format!("device:feed: {words}"));
            assert_eq!((error.code(), error.request_id.as_deref()), ("rejected", Some("r")));
            assert_eq!(error.kind.data(), Some(json!({ "message": words }).to_string().as_str()));
            let error = client.series(wrong, 5).await.unwrap_err();
            assert_error(&error, "rejected", Some("device:feed"), words);
        }
        settled(&client).await;
        assert_eq!(client.stats().open_feeds, 0);
        let mut feed = client.feed(cloud.solar()).await.unwrap();
        feed.next().await.unwrap();
        client.close().await;
    }
}
