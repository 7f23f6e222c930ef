//! Each request, its reply and its rejection.

use crate::cloud::Cloud;
use ardexa_client::ArdexaClient;
use core::time::Duration;
use futures::StreamExt;
use serde_json::{Value, json};
use std::collections::BTreeSet;

api_test! {
    async fn each_request_gets_its_reply() {
        let (cloud, client) = Cloud::connected().await;
        let device = cloud.device();
        let reply = client.cmd(device, "echo 'ü'; exit 3").await.unwrap();
        assert_eq!((reply.stdout.as_str(), reply.return_code), ("ü\n", 3));
        // Each to another device, since some of them restart the agent.
        assert!(client.refresh_meta(&cloud.devices[1]).await.unwrap().complete);
        assert!(client.send_ardexactl(&cloud.devices[2]).await.unwrap().complete);
        assert!(client.send_ardpkg(&cloud.devices[3]).await.unwrap().complete);
        let reply = client.request("device:refreshMeta", json!({ "deviceId": device }));
        let reply = reply.await.unwrap().read_as::<Value>().unwrap();
        assert_eq!(reply["complete"], true);
        client.close().await;
    }
}

api_test! {
    async fn the_request_ids_of_two_clients_differ() {
        let mut ids = Vec::new();
        for _ in 0..2 {
            let (cloud, client) = Cloud::connected().await;
            for _ in 0..2 {
                client.cmd(cloud.device(), "true").await.unwrap();
            }
            let sent = cloud.received("device:cmd").await;
            ids.extend(sent.iter().map(|args| args[0]["requestId"].to_string()));
            client.close().await;
        }
        assert_eq!(ids.len(), 4, "{ids:?}");
        let distinct = ids.iter().collect::<BTreeSet<_>>();
        assert_eq!(distinct.len(), 4, "{ids:?}");
    }
}

api_test! {
    async fn configurations_are_sent_byte_for_byte() {
        let (cloud, client) = Cloud::connected().await;
        // Each to another device, since some of them restart the agent.
        let [first, second, third, fourth, ..] = cloud.devices.as_slice() else { panic!() };
        let config = r#"{"z":1,"a":2}"#;
        assert_eq!(client.test_config(first, config).await.unwrap().result, "success");
        assert_eq!(client.apply_config(second, config).await.unwrap().result, "success");
        assert_eq!(client.apply_yaml_config(third, "a: 1\n").await.unwrap().result, "success");
        let refused = client.apply_yaml_config(fourth, "- a list\n").await.unwrap_err();
        assert_eq!(refused.code(), "rejected");
        assert!(refused.to_string().contains("not a map"), "{refused}");
        let sent = &cloud.received("device:testConfig").await[0][0]["config"];
        assert_eq!(*sent, json!({ "z": 1, "a": 2 }));
        client.close().await;
    }
}

api_test! {
    async fn an_upgrade_is_a_stream_of_steps_or_a_future_of_the_last() {
        let (cloud, client) = Cloud::connected().await;
        let mut steps = Vec::new();
        let mut upgrade = client.do_upgrade(cloud.device());
        while let Some(step) = upgrade.next().await {
            steps.push(step.unwrap());
        }
        assert!(steps.len() > 2, "{steps:?}");
        let (last, before) = steps.split_last().unwrap();
        assert!(last.complete && before.iter().all(|step| !step.complete));
        assert!(client.do_upgrade(&cloud.devices[1]).await.unwrap().complete);
        let mut refused = client.do_upgrade("none");
        assert_eq!(refused.next().await.unwrap().unwrap_err().code(), "rejected");
        assert!(refused.next().await.is_none());
        client.close().await;
    }
}

api_test! {
    async fn events_are_sent_and_acknowledged() {
        let (cloud, client) = Cloud::connected().await;
        client.emit("test:greet", ("ü", 1, [true])).unwrap();
        let reply = client.emit_with_ack("test:echo", ["a", "b"]).await.unwrap();
        assert_eq!(reply.read_as::<Vec<String>>().unwrap(), ["a", "b"]);
        assert_eq!(cloud.received("test:greet").await, [json!(["ü", 1, [true]])]);
        let never = client.emit_with_ack("test:none", ()).timeout(Duration::from_millis(5));
        assert_eq!(never.await.unwrap_err().code(), "invalid-argument");
        let none: [u8; 0] = [];
        let never = client.emit_with_ack("test:none", none).timeout(Duration::from_millis(5));
        assert_eq!(never.await.unwrap_err().code(), "timeout");
        client.close().await;
    }
}

api_test! {
    async fn call_options_apply_to_their_call() {
        let (cloud, client) = Cloud::connected().await;
        let call = client.cmd(cloud.device(), "uptime").request_id("mine").extra(json!({ "more": "ü" }));
        assert_eq!(call.await.unwrap().request_id.as_deref(), Some("mine"));
        assert_eq!(cloud.received("device:cmd").await[0][0]["more"], "ü");
        let late = client.cmd(cloud.device(), "slow").timeout(Duration::from_millis(5));
        assert_eq!(late.await.unwrap_err().code(), "timeout");
        client.close().await;
    }
}

api_test! {
    async fn invalid_requests_are_named_and_not_sent() {
        let (cloud, client) = Cloud::connected().await;
        let sent = client.stats().frames_out;
        let device = cloud.device();
        let bad = [
            (client.cmd("", "uptime").await.map(drop), "deviceId: "),
            (client.cmd(device, " ").await.map(drop), "cmd: "),
            (client.test_config(device, "[]").await.map(drop), "config: "),
            (client.request("", json!({})).await.map(drop), "event: "),
            (client.request("x", 1).await.map(drop), "payload: "),
            (client.emit("x", 1), "args: "),
            (client.cmd(device, "x").extra(json!({ "cmd": "y" })).await.map(drop), "extra.cmd: "),
            (client.cmd(device, "x").request_id("").await.map(drop), "device:cmd: requestId: "),
            (client.stop_all_feeds().request_id("x").await.map(drop), "request_id: "),
        ];
        for (result, named) in bad {
            let error = result.unwrap_err();
            assert_eq!(error.code(), "invalid-argument", "{error}");
            assert!(error.to_string().starts_with(named), "{error}");
        }
        assert_eq!(client.stats().frames_out, sent);
        let error = client.cmd("none", "uptime").await.unwrap_err();
        assert_eq!((error.code(), error.event.as_deref()), ("rejected", Some("device:cmd")));
        client.close().await;
        assert_eq!(client.cmd(device, "uptime").await.unwrap_err().code(), "closed");
        let idle = ArdexaClient::new(cloud.options()).unwrap();
        assert_eq!(idle.cmd(device, "uptime").await.unwrap_err().code(), "not-connected");
        assert_eq!(idle.emit("x", [1]).unwrap_err().code(), "not-connected");
    }
}
