//! Requests of any name, events out, acknowledgements, binary data.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, drain, send, settled};
use ardexa_client::{ArdexaClient, Event};
use core::time::Duration;
use futures::future::join_all;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize)]
struct Later {
    x: u8,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LaterReply {
    request_id: String,
    any: (u8, String),
}

api_test! {
    async fn a_request_of_any_name_resolves_with_its_rpc() {
        let rpc = r#"42["device:later:rpc",{"requestId":$id,"any":[1,"ü"]}]"#;
        let (raw, client) = Raw::connected(json!({ "replies": { "device:later": [[rpc]] } })).await;
        let reply = client.request("device:later", Later { x: 1 }).request_id("r").await.unwrap();
        assert_eq!(
            reply.read_as::<LaterReply>().unwrap(),
            LaterReply { request_id: "r".to_owned(), any: (1, "ü".to_owned()) }
        );
        assert_eq!(reply.json, r#"{"requestId":"r","any":[1,"ü"]}"#);
        assert_eq!(raw.last_frame().await, r#"42["device:later",{"requestId":"r","x":1}]"#);
        let wrong = reply.read_as::<Vec<u8>>().unwrap_err();
        assert_error(&wrong, "protocol", None, "unexpected payload");
        assert_eq!(wrong.kind.data(), Some(reply.json.as_str()));
        client.close().await;
    }
}

api_test! {
    async fn a_request_whose_payload_has_an_id_uses_it() {
        let (cloud, client) = Cloud::connected().await;
        let payload = json!({ "deviceId": cloud.device(), "requestId": "payload's" });
        let reply = client.request("device:sendArdpkg", &payload).await.unwrap();
        assert_eq!(reply.read_as::<Value>().unwrap(), json!({ "requestId": "payload's", "complete": true }));
        assert_eq!(cloud.received("device:sendArdpkg").await, [json!([payload])]);
        client.request("device:sendArdpkg", &payload).request_id("payload's").await.unwrap();
        client.close().await;
    }
}

api_test! {
    async fn a_generic_request_is_refused_like_any_other() {
        let (_cloud, client) = Cloud::connected().await;
        let error = client.request("device:refreshMeta", json!({ "deviceId": "none" })).await.unwrap_err();
        assert_error(&error, "rejected", Some("device:refreshMeta"), "Unknown device");
        assert_eq!(error.kind.data(), Some(r#"{"message":"Unknown device"}"#));
        client.close().await;
    }
}

api_test! {
    async fn a_reply_with_binary_data_has_its_attachments() {
        let rpc = r#"452-["device:photo:rpc",{"requestId":$id,"images":[{"_placeholder":true,"num":0},null,{"_placeholder":true,"num":1}]}]"#;
        let ack = r#"461-$ack[{"_placeholder":true,"num":0},"ü"]"#;
        let (_raw, client) = Raw::connected(json!({ "replies": {
            "device:photo": [[rpc, [1, 2, 255], []]],
            "ask": [[ack, [7]]],
        } }))
        .await;
        let reply = client.request("device:photo", json!({})).await.unwrap();
        assert_eq!(reply.attachments, [vec![1, 2, 255], vec![]]);
        assert!(reply.json.contains(r#"{"_placeholder":true,"num":1}"#), "{}", reply.json);
        let reply = client.emit_with_ack("ask", [1]).await.unwrap();
        assert_eq!(reply.attachments, [[7]]);
        client.close().await;
    }
}

api_test! {
    async fn arguments_go_out_in_order_as_serde_has_them() {
        let (cloud, client) = Cloud::connected().await;
        let none: [u8; 0] = [];
        client.emit("bare", none).unwrap();
        client.emit("many", (1, "two", None::<u8>, json!([3, { "four": "ü" }]), true, f64::NAN)).unwrap();
        client.emit("list", vec![Some(1.5), None]).unwrap();
        client.emit("odd", [json!({ "_placeholder": true, "num": 0 })]).unwrap();
        let nested = vec![json!("x".repeat(100_000))];
        client.emit("large", &nested).unwrap();
        settled(&client).await;
        for (event, args) in [
            ("bare", json!([])),
            ("many", json!([1, "two", null, [3, { "four": "ü" }], true, null])),
            ("list", json!([1.5, null])),
            ("odd", json!([{ "_placeholder": true, "num": 0 }])),
            ("large", json!(nested)),
        ] {
            assert_eq!(cloud.received(event).await, [args], "{event}");
        }
        client.close().await;
    }
}

api_test! {
    async fn an_emit_without_a_connection_is_an_error_and_sends_nothing() {
        let cloud = Cloud::start(json!({})).await;
        let client = ArdexaClient::new(cloud.options()).unwrap();
        assert_error(&client.emit("early", [1]).unwrap_err(), "not-connected", Some("early"), "nothing was sent");
        let error = client.emit_with_ack("early", [1]).await.unwrap_err();
        assert_error(&error, "not-connected", Some("early"), "(idle)");
        client.open().await.unwrap();
        client.close().await;
        assert_error(&client.emit("late", [1]).unwrap_err(), "closed", Some("late"), "");
        let error = client.emit_with_ack("late", [1]).await.unwrap_err();
        assert_error(&error, "closed", Some("late"), "");
        assert_eq!(cloud.call("stats", json!([])).await["received"], json!({}));
    }
}

api_test! {
    async fn an_acknowledgement_resolves_with_its_arguments() {
        let (_cloud, client) = Cloud::connected().await;
        let reply = client.emit_with_ack("test:echo", (1, json!({ "two": [2] }), "ü")).await.unwrap();
        assert_eq!(reply.json, r#"[1,{"two":[2]},"ü"]"#);
        let none: [u8; 0] = [];
        assert_eq!(client.emit_with_ack("test:echo", none).await.unwrap().json, "[]");
        client.close().await;
    }
}

api_test! {
    async fn acknowledgements_may_come_in_another_order() {
        let (raw, client) = Raw::connected(json!({})).await;
        let mut calls: Vec<_> = (0..30).map(|n| client.emit_with_ack("ask", [n])).collect();
        for call in &mut calls {
            send(call).await;
        }
        raw.call("got", json!(["ask", 30])).await;
        let frames = raw.call("frames", json!([])).await;
        let acks: Vec<String> = frames.as_array().unwrap()[1..]
            .iter()
            .rev()
            .map(|frame| {
                let (id, args) = frame.as_str().unwrap()[2..].split_once('[').unwrap();
                let (_, n) = args.split_once(',').unwrap();
                format!("43{id}[{n}")
            })
            .collect();
        raw.send(&acks).await;
        let replies = join_all(calls).await;
        for (n, reply) in replies.into_iter().enumerate() {
            assert_eq!(reply.unwrap().json, format!("[{n}]"));
        }
        client.close().await;
    }
}

api_test! {
    async fn a_late_acknowledgement_is_ignored() {
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let mut events = client.events();
        let call = client.emit_with_ack("ask", [1]).timeout(Duration::from_millis(5));
        assert_error(&call.await.unwrap_err(), "timeout", Some("ask"), "acknowledgement");
        raw.call("got", json!(["ask", 1])).await;
        let frame = raw.last_frame().await;
        let (id, _) = frame[2..].split_once('[').unwrap();
        raw.send(&[format!("43{id}[\"too late\"]")]).await;
        settled(&client).await;
        assert_eq!(drain(&mut events), []);
        client.close().await;
    }
}

api_test! {
    async fn a_dropped_acknowledgement_leaves_nothing_open() {
        let (_raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let mut call = client.emit_with_ack("ask", [1]);
        send(&mut call).await;
        assert_eq!(client.stats().open_requests, 1);
        drop(call);
        assert_eq!(client.stats().open_requests, 0);
        settled(&client).await;
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}

api_test! {
    async fn a_lost_connection_fails_pending_calls() {
        for closes in [true, false] {
            let (raw, client) = Raw::connected(json!({})).await;
            let mut ack = client.emit_with_ack("ask", [1]);
            let mut request = client.request("device:x", json!({})).request_id("r");
            send(&mut ack).await;
            send(&mut request).await;
            let code = if closes {
                client.close().await;
                "closed"
            } else {
                raw.call("cut", json!([])).await;
                "disconnected"
            };
            assert_error(&ack.await.unwrap_err(), code, Some("ask"), "");
            let error = request.await.unwrap_err();
            assert_error(&error, code, Some("device:x"), "");
            assert_eq!(error.request_id.as_deref(), Some("r"));
            client.close().await;
        }
    }
}

api_test! {
    async fn unknown_events_are_not_delivered() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        for name in ["__proto__", "constructor", "error", "message", "open", "ü ☀", ""] {
            cloud.call("broadcast", json!([name, name])).await;
        }
        cloud.call("broadcast", json!(["some:other", 1, "two", null, { "three": [3] }])).await;
        settled(&client).await;
        assert_eq!(drain(&mut events), Vec::<Event>::new());
        client.close().await;
    }
}
