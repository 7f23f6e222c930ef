//! What a call is given: its request ID, extra fields, timeouts.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, request, send, settled};
use ardexa_client::{ArdexaClient, Error};
use core::time::Duration;
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::HashSet;

const SHORT: Duration = Duration::from_millis(20);

fn reply_to(id: &str) -> String {
    let fields = json!({ "requestId": id, "stdout": "at last", "stderr": "", "returnCode": 0 });
    format!("42{}", json!(["device:cmd:reply", fields]))
}

api_test! {
    async fn a_custom_request_id_is_sent_and_returned() {
        let (cloud, client) = Cloud::connected().await;
        let long = "x".repeat(1000);
        for id in ["mine-1", "ü ☀ \"\\", &long] {
            let reply = client.cmd(cloud.device(), "true").request_id(id).await.unwrap();
            assert_eq!(reply.request_id.as_deref(), Some(id));
            assert_eq!(cloud.received("device:cmd").await.last().unwrap()[0]["requestId"], id);
        }
        client.close().await;
    }
}

api_test! {
    async fn without_one_each_request_has_a_new_id() {
        let (cloud, client) = Cloud::connected().await;
        let calls = (0..50).map(|_| client.send_ardpkg(cloud.device()));
        futures::future::join_all(calls).await.into_iter().for_each(|reply| drop(reply.unwrap()));
        let sent = cloud.received("device:sendArdpkg").await;
        let ids: HashSet<_> = sent.iter().map(|args| args[0]["requestId"].to_string()).collect();
        assert_eq!(ids.len(), 50);
        client.close().await;
    }
}

api_test! {
    async fn a_request_id_is_refused_while_a_reply_to_it_may_come() {
        let (raw, client) = Raw::connected(json!({ "replies": { "test:echo": [["43$ack[]"]] } })).await;
        let mut first = client.cmd("d", "slow").request_id("same").timeout(Duration::from_millis(500));
        send(&mut first).await;
        for error in [
            client.cmd("d", "true").request_id("same").await.unwrap_err(),
            client.request("device:x", json!({ "requestId": "same" })).await.unwrap_err(),
            client.feed(request()).request_id("same").await.unwrap_err(),
        ] {
            assert_eq!((error.code(), error.request_id.as_deref()), ("invalid-argument", Some("same")));
            assert!(error.to_string().contains("requestId: is in use"), "{error}");
        }
        assert_error(&first.await.unwrap_err(), "timeout", Some("device:cmd"), "");
        let error = client.cmd("d", "true").request_id("same").await.unwrap_err();
        assert_error(&error, "invalid-argument", Some("device:cmd"), "may still be answered");
        raw.send(&[reply_to("same")]).await;
        settled(&client).await;
        let mut again = client.cmd("d", "true").request_id("same");
        send(&mut again).await;
        raw.send(&[reply_to("same")]).await;
        assert_eq!(again.await.unwrap().stdout, "at last");
        client.close().await;
    }
}

#[derive(Serialize)]
struct Note {
    note: &'static str,
    list: [u8; 2],
}

api_test! {
    async fn extra_fields_come_after_the_requests_own() {
        let done = r#"42["device:cmd:reply",{"requestId":$id,"stdout":"","stderr":"","returnCode":0}]"#;
        let (raw, client) = Raw::connected(json!({ "replies": { "device:cmd": [[done]] } })).await;
        let call = client.cmd("d", "true").request_id("r").extra(Note { note: "ü", list: [1, 2] });
        call.await.unwrap();
        let frame = r#"42["device:cmd",{"requestId":"r","deviceId":"d","cmd":"true","note":"ü","list":[1,2]}]"#;
        assert_eq!(raw.last_frame().await, frame);
        client.cmd("d", "true").request_id("r").extra(json!({})).await.unwrap();
        let frame = r#"42["device:cmd",{"requestId":"r","deviceId":"d","cmd":"true"}]"#;
        assert_eq!(raw.last_frame().await, frame);
        client.close().await;
    }
}

api_test! {
    async fn extra_fields_go_with_every_request() {
        let (cloud, client) = Cloud::connected().await;
        let note = || json!({ "note": { "x": 1 } });
        let [a, b, c, d, e, f, ..] = cloud.devices.as_slice() else { panic!() };
        client.cmd(a, "true").extra(note()).await.unwrap();
        client.test_config(a, "{}").extra(note()).await.unwrap();
        client.send_ardexactl(a).extra(note()).await.unwrap();
        client.send_ardpkg(a).extra(note()).await.unwrap();
        // Each to another device, since some restart its agent.
        client.apply_config(b, "{}").extra(note()).await.unwrap();
        client.apply_yaml_config(c, "{}").extra(note()).await.unwrap();
        client.refresh_meta(d).extra(note()).await.unwrap();
        client.request("device:refreshMeta", json!({ "deviceId": e })).extra(note()).await.unwrap();
        let feed = client.feed(cloud.solar()).extra(note()).await.unwrap();
        let series = client.series(cloud.solar(), 5).extra(note()).await.unwrap();
        assert_eq!(feed.id(), series.id());
        assert!(!f.is_empty());
        for event in ["cmd", "testConfig", "sendArdexactl", "sendArdpkg", "applyConfig", "applyYamlConfig",
            "refreshMeta", "feed"] {
            for args in cloud.received(&format!("device:{event}")).await {
                assert_eq!(args[0]["note"], json!({ "x": 1 }), "{event}");
            }
        }
        client.close().await;
    }
}

api_test! {
    async fn extra_cannot_replace_a_field_of_the_request() {
        let (raw, client) = Raw::connected(json!({})).await;
        let sent = client.stats().frames_out;
        let with = |name: &str| json!({ "fine": 1, name: "" });
        let mut errors: Vec<(&str, Error)> = Vec::new();
        for name in ["deviceId", "requestId", "cmd"] {
            errors.push((name, client.cmd("d", "ls").extra(with(name)).await.unwrap_err()));
        }
        for name in ["deviceId", "requestId", "config"] {
            errors.push((name, client.test_config("d", "{}").extra(with(name)).await.unwrap_err()));
            errors.push((name, client.apply_yaml_config("d", "{}").extra(with(name)).await.unwrap_err()));
        }
        for name in ["deviceId", "requestId"] {
            errors.push((name, client.refresh_meta("d").extra(with(name)).await.unwrap_err()));
            errors.push((name, client.send_ardpkg("d").extra(with(name)).await.unwrap_err()));
        }
        for name in ["deviceId", "requestId", "table", "source", "field"] {
            errors.push((name, client.feed(request()).extra(with(name)).await.unwrap_err()));
            errors.push((name, client.series(request(), 5).extra(with(name)).await.unwrap_err()));
        }
        errors.push(("a", client.request("x", json!({ "a": 1 })).extra(with("a")).await.unwrap_err()));
        for (name, error) in errors {
            assert_eq!(error.code(), "invalid-argument", "{error}");
            let named = format!("extra.{name}: must not replace");
            assert!(error.to_string().contains(&named), "{named}, not {error}");
        }
        for extra in [json!(1), json!([]), json!("x"), Value::Null] {
            let error = client.cmd("d", "ls").extra(&extra).await.unwrap_err();
            assert!(error.to_string().starts_with("extra: must be an object"), "{error}");
        }
        assert_eq!((client.stats().frames_out, client.stats().open_requests), (sent, 0));
        assert_eq!(raw.call("frames", json!([])).await, json!(["40"]));
        client.close().await;
    }
}

/// A server that never answers requests, and a client with a timeout of its own.
async fn silent() -> (Raw, ArdexaClient) {
    let raw = Raw::start(json!({})).await;
    let client = ArdexaClient::connect(raw.options().timeout(SHORT))
        .await
        .unwrap();
    (raw, client)
}

api_test! {
    async fn the_clients_timeout_is_that_of_every_call() {
        let (_raw, client) = silent().await;
        let results = futures::join!(
            client.cmd("d", "ls"),
            client.test_config("d", "{}"),
            client.apply_config("d", "{}"),
            client.apply_yaml_config("d", "a: 1"),
            client.refresh_meta("d"),
            client.send_ardexactl("d"),
            client.send_ardpkg("d"),
        );
        let mut errors = vec![
            ("device:cmd", results.0.unwrap_err()),
            ("device:testConfig", results.1.unwrap_err()),
            ("device:applyConfig", results.2.unwrap_err()),
            ("device:applyYamlConfig", results.3.unwrap_err()),
            ("device:refreshMeta", results.4.unwrap_err()),
            ("device:sendArdexactl", results.5.unwrap_err()),
            ("device:sendArdpkg", results.6.unwrap_err()),
        ];
        let results = futures::join!(
            async { client.do_upgrade("d").await },
            client.feed(request()),
            client.series(request(), 5),
            client.request("device:x", json!({})),
            client.emit_with_ack("device:y", [1]),
        );
        errors.push(("device:doUpgrade", results.0.unwrap_err()));
        errors.push(("device:feed", results.1.unwrap_err()));
        errors.push(("device:feed", results.2.unwrap_err()));
        errors.push(("device:x", results.3.unwrap_err()));
        errors.push(("device:y", results.4.unwrap_err()));
        for (event, error) in errors {
            assert_error(&error, "timeout", Some(event), "within 20 ms");
        }
        assert_eq!((client.stats().open_requests, client.stats().open_feeds), (0, 0));
        client.close().await;
    }
}

api_test! {
    async fn a_calls_own_timeout_wins_over_the_clients() {
        let (raw, client) = silent().await;
        let mut endless = client.cmd("d", "slow").request_id("endless").without_timeout();
        let mut month = client.cmd("d", "slow").timeout(Duration::from_secs(31 * 86_400));
        let mut huge = client.cmd("d", "slow").timeout(Duration::MAX);
        let mut ack = client.emit_with_ack("x", [1]).without_timeout();
        send(&mut endless).await;
        send(&mut month).await;
        send(&mut huge).await;
        send(&mut ack).await;
        assert_eq!(client.cmd("d", "slow").await.unwrap_err().code(), "timeout");
        let error = client.cmd("d", "slow").timeout(Duration::from_millis(3)).await.unwrap_err();
        assert_error(&error, "timeout", Some("device:cmd"), "no reply within 3 ms");
        assert_eq!(client.stats().open_requests, 4);
        raw.send(&[reply_to("endless")]).await;
        assert_eq!(endless.await.unwrap().stdout, "at last");
        client.close().await;
        for error in [month.await.unwrap_err(), huge.await.unwrap_err()] {
            assert_eq!(error.code(), "closed");
        }
        assert_error(&ack.await.unwrap_err(), "closed", Some("x"), "");
    }
}

api_test! {
    async fn a_client_without_a_timeout_waits_for_a_call_that_has_one() {
        let raw = Raw::start(json!({})).await;
        let client = ArdexaClient::connect(raw.options().without_timeout()).await.unwrap();
        let mut endless = client.cmd("d", "slow").request_id("endless");
        send(&mut endless).await;
        let error = client.refresh_meta("d").timeout(Duration::from_micros(500)).await.unwrap_err();
        assert_eq!(error.code(), "timeout");
        raw.send(&[reply_to("endless")]).await;
        assert_eq!(endless.await.unwrap().stdout, "at last");
        client.close().await;
    }
}

api_test! {
    async fn a_dropped_call_is_aborted_and_its_late_reply_ignored() {
        let (raw, client) = Raw::connected(json!({})).await;
        let mut events = client.events();
        let mut call = client.cmd("d", "slow").request_id("late");
        send(&mut call).await;
        assert_eq!(client.stats().open_requests, 1);
        drop(call);
        assert_eq!(client.stats().open_requests, 0);
        raw.send(&[reply_to("late")]).await;
        let mut next = client.cmd("d", "slow").request_id("next");
        send(&mut next).await;
        raw.send(&[reply_to("next")]).await;
        next.await.unwrap();
        assert_eq!(crate::support::drain(&mut events), []);
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}
