//! Each request and its reply: what goes out, what comes back, in which order.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, drain, next_event, send, settled};
use ardexa_client::{CmdReply, Event};
use core::time::Duration;
use futures::future::join_all;
use serde_json::{Value, json};
use std::collections::HashSet;

api_test! {
    async fn cmd_follows_the_api_page() {
        let (cloud, client) = Cloud::connected().await;
        let device = cloud.device();
        let reply = client.cmd(device, "uptime").await.unwrap();
        assert!(reply.stdout.contains(" up "), "{reply:?}");
        assert_eq!((reply.stderr.as_str(), reply.return_code), ("", 0));
        let id = reply.request_id.unwrap();
        for uuid in [&id, &reply.correlation_id] {
            let dashes: Vec<_> = uuid.match_indices('-').map(|(at, _)| at).collect();
            assert_eq!((uuid.len(), dashes), (36, vec![8, 13, 18, 23]), "{uuid}");
        }
        assert_eq!(
            cloud.received("device:cmd").await,
            [json!([{ "requestId": id, "deviceId": device, "cmd": "uptime" }])]
        );
        client.close().await;
    }
}

api_test! {
    async fn an_exit_code_is_a_reply_and_text_arrives_unchanged() {
        let (cloud, client) = Cloud::connected().await;
        for (cmd, return_code, stdout, stderr) in [
            ("exit 7", 7, "", ""),
            ("complain about it", 0, "", "about it\n"),
            ("echo \"ü ☀ 𝒳 \\ \u{2028}\"", 0, "ü ☀ 𝒳 \\ \u{2028}\n", ""),
        ] {
            let reply = client.cmd(cloud.device(), cmd).await.unwrap();
            assert_eq!((reply.stdout.as_str(), reply.stderr.as_str()), (stdout, stderr), "{cmd}");
            assert!(return_code == 0 || reply.return_code == return_code, "{cmd}: {reply:?}");
        }
        assert_eq!(client.cmd(cloud.device(), "no-such-command").await.unwrap().return_code, 127);
        client.close().await;
    }
}

api_test! {
    async fn concurrent_requests_each_get_their_own_reply() {
        let (cloud, client) = Cloud::connected_with(json!({ "latencyMs": 1 })).await;
        let calls = (0..200).map(|n| client.cmd(cloud.device(), &format!("echo word-{n}")));
        let replies: Vec<CmdReply> = join_all(calls).await.into_iter().map(Result::unwrap).collect();
        for (n, reply) in replies.iter().enumerate() {
            assert_eq!(reply.stdout, format!("word-{n}\n"));
        }
        let ids: HashSet<_> = replies.iter().map(|reply| reply.request_id.clone()).collect();
        assert_eq!(ids.len(), 200);
        assert_eq!(client.stats().open_requests, 0);
        client.close().await;
    }
}

api_test! {
    async fn a_reply_may_come_before_its_rpc() {
        let (cloud, client) = Cloud::connected_with(json!({ "replyBeforeRpc": true })).await;
        let mut events = client.events();
        for n in 0..3 {
            let reply = client.cmd(cloud.device(), &format!("echo {n}")).await.unwrap();
            assert_eq!(reply.stdout, format!("{n}\n"));
        }
        settled(&client).await;
        assert_eq!(drain(&mut events), []);
        client.close().await;
    }
}

api_test! {
    async fn a_reply_is_matched_by_its_correlation_id_too() {
        let (_raw, client) = Raw::connected(json!({ "replies": { "device:cmd": [[
            r#"42["device:cmd:rpc",{"requestId":$id,"correlationId":"c"}]"#,
            r#"42["device:cmd:reply",{"correlationId":"c","stdout":"ü","stderr":"","returnCode":3}]"#,
        ]] } }))
        .await;
        let reply = client.cmd("d", "ls").await.unwrap();
        assert_eq!((reply.stdout.as_str(), reply.return_code, reply.request_id), ("ü", 3, None));
        client.close().await;
    }
}

api_test! {
    async fn requests_that_complete_send_a_device_and_an_id() {
        let (cloud, client) = Cloud::connected().await;
        let device = cloud.device();
        for (event, call) in [
            ("device:sendArdexactl", client.send_ardexactl(device)),
            ("device:sendArdpkg", client.send_ardpkg(device)),
            ("device:refreshMeta", client.refresh_meta(device)),
        ] {
            let reply = call.await.unwrap();
            assert!(reply.complete);
            let sent = json!([{ "requestId": reply.request_id, "deviceId": device }]);
            assert_eq!(cloud.received(event).await, [sent]);
        }
        client.close().await;
    }
}

api_test! {
    async fn refresh_meta_is_followed_by_a_restart_and_new_metadata() {
        let (cloud, client) = Cloud::connected().await;
        let mut events = client.events();
        client.refresh_meta(cloud.device()).await.unwrap();
        for wanted in [false, true] {
            let event = next_event(&mut events, |_| true).await;
            let Event::StateChange(change) = event else { panic!("{event:?}") };
            assert_eq!((change.device_id(), change.online), (Some(cloud.device()), wanted));
        }
        let event = next_event(&mut events, |_| true).await;
        assert!(matches!(event, Event::MetaChange(change) if change.id == cloud.device()));
        client.close().await;
    }
}

api_test! {
    async fn a_configuration_goes_out_byte_for_byte() {
        let success = |event: &str| json!([[format!(r#"42["{event}:rpc",{{"requestId":$id,"result":"success"}}]"#)]]);
        let events = ["device:testConfig", "device:applyConfig", "device:applyYamlConfig"];
        let replies: serde_json::Map<_, _> = events.iter().map(|event| ((*event).to_owned(), success(event))).collect();
        let (raw, client) = Raw::connected(json!({ "replies": replies })).await;
        let config = r#"{"z":1, "a":{"y":[],"x":{"ü ☀":null}},"debug":1.50,"":1e21,"10":1,"2":2}"#;
        let yaml = "# tabs and quotes\r\nname: \"ü\\t\"\n\nrun: []\n---\u{0}\u{2029}";
        let as_json = json!(yaml).to_string();
        for (event, call, text) in [
            (events[0], client.test_config("d", config), config),
            (events[1], client.apply_config("d", config), config),
            (events[2], client.apply_yaml_config("d", yaml), as_json.as_str()),
        ] {
            let reply = call.request_id("one").await.unwrap();
            assert_eq!((reply.result.as_str(), reply.request_id.as_str()), ("success", "one"));
            let frame = format!(r#"42["{event}",{{"requestId":"one","deviceId":"d","config":{text}}}]"#);
            assert_eq!(raw.last_frame().await, frame);
        }
        client.close().await;
    }
}

api_test! {
    async fn a_configuration_that_fails_says_so_in_the_agents_words() {
        let (cloud, client) = Cloud::connected().await;
        let run = json!({ "command": "ls", "frequency": 0, "table": "t", "source": "s", "expect": "log" });
        let config = json!({ "run": [run] }).to_string();
        for (event, call) in [
            ("device:testConfig", client.test_config(cloud.device(), &config)),
            ("device:applyConfig", client.apply_config(cloud.device(), &config)),
        ] {
            let error = call.await.unwrap_err();
            assert_error(&error, "rejected", Some(event), "Failed to parse 'frequency'");
            let data: Value = serde_json::from_str(error.kind.data().unwrap()).unwrap();
            assert!(data["message"].as_str().unwrap().ends_with("Bad frequency LC: 2\n"), "{data}");
        }
        client.close().await;
    }
}

api_test! {
    async fn requests_go_out_in_the_order_of_their_first_polls() {
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let mut cmd = client.cmd("d", "slow");
        let mut generic = client.request("device:x", json!({}));
        let mut ack = client.emit_with_ack("test:none", [1]);
        let mut complete = client.send_ardpkg("d");
        send(&mut complete).await;
        send(&mut ack).await;
        client.emit("test:plain", [1]).unwrap();
        send(&mut generic).await;
        send(&mut cmd).await;
        settled(&client).await;
        let received = raw.call("frames", json!([])).await;
        let names: Vec<_> = received.as_array().unwrap()[1..].iter().map(|frame| {
            let frame = frame.as_str().unwrap();
            frame.split('"').nth(1).unwrap().to_owned()
        }).collect();
        assert_eq!(names, ["device:sendArdpkg", "test:none", "test:plain", "device:x", "device:cmd", "test:echo"]);
        client.close().await;
    }
}

api_test! {
    async fn late_and_duplicated_replies_do_no_harm() {
        let reply = |stdout: &str| {
            format!(r#"42["device:cmd:reply",{{"requestId":$id,"stdout":"{stdout}","stderr":"","returnCode":0}}]"#)
        };
        let (raw, client) = Raw::connected(json!({ "replies": {
            "device:cmd": [[reply("first"), reply("second"), reply("third")], []],
            "test:echo": [["43$ack[]"]],
        } }))
        .await;
        let mut events = client.events();
        assert_eq!(client.cmd("d", "ls").await.unwrap().stdout, "first");
        let late = client.cmd("d", "ls").request_id("late").timeout(Duration::from_millis(5));
        assert_eq!(late.await.unwrap_err().code(), "timeout");
        raw.send(&[reply("late").replace("$id", r#""late""#), reply("late").replace("$id", r#""late""#)]).await;
        settled(&client).await;
        let unexpected: Vec<_> = drain(&mut events).into_iter().filter(|event| !matches!(event, Event::Warning(_))).collect();
        assert_eq!(unexpected, []);
        assert_eq!(client.stats().open_requests, 0);
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}
