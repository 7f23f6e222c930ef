//! Wrong arguments: an error that names the argument, and nothing is sent.

use crate::cloud::{Cloud, Raw};
use crate::support::request;
use ardexa_client::socket::Protocol;
use ardexa_client::{ArdexaClient, ConnectionState, Error, FeedRequest, Options};
use core::time::Duration;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Texts that no argument may be.
const BLANK: [&str; 3] = ["", " ", "\n\t"];
const RESERVED: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

/// What serde cannot serialize.
struct Unsendable;

impl Serialize for Unsendable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("on purpose"))
    }
}

/// Asserts that the error names the argument, with or without the event before it.
#[track_caller]
fn assert_named(error: &Error, argument: &str) {
    assert_eq!(error.code(), "invalid-argument", "{error}");
    let message = error.to_string();
    let event = error
        .event
        .as_deref()
        .map(|event| [event, ": "].concat())
        .unwrap_or_default();
    let named = [event.as_str(), argument, ": "].concat();
    assert!(message.starts_with(&named), "{named}, not {message}");
    assert!(message.len() > named.len() + 5, "{message}");
}

api_test! {
    async fn the_arguments_of_each_request_are_named() {
        let (raw, client) = Raw::connected(json!({})).await;
        let before = client.stats();
        for wrong in BLANK {
            assert_named(&client.cmd(wrong, "ls").await.unwrap_err(), "deviceId");
            assert_named(&client.cmd("d", wrong).await.unwrap_err(), "cmd");
            assert_named(&client.test_config(wrong, "{}").await.unwrap_err(), "deviceId");
            assert_named(&client.apply_config(wrong, "{}").await.unwrap_err(), "deviceId");
            assert_named(&client.apply_yaml_config(wrong, "a: 1").await.unwrap_err(), "deviceId");
            assert_named(&client.apply_yaml_config("d", wrong).await.unwrap_err(), "config");
            assert_named(&client.refresh_meta(wrong).await.unwrap_err(), "deviceId");
            assert_named(&client.send_ardexactl(wrong).await.unwrap_err(), "deviceId");
            assert_named(&client.send_ardpkg(wrong).await.unwrap_err(), "deviceId");
            assert_named(&client.do_upgrade(wrong).await.unwrap_err(), "deviceId");
        }
        for config in ["", "[]", "1", "\"x\"", "null", "{", "{}x", "{\"a\":}", "{\"a\":NaN}"] {
            assert_named(&client.test_config("d", config).await.unwrap_err(), "config");
            assert_named(&client.apply_config("d", config).await.unwrap_err(), "config");
        }
        assert_eq!(client.stats(), before);
        assert_eq!(raw.call("frames", json!([])).await, json!(["40"]));
        client.close().await;
    }
}

api_test! {
    async fn the_first_wrong_argument_is_named_whatever_the_state() {
        let raw = Raw::start(json!({})).await;
        let client = ArdexaClient::new(raw.options()).unwrap();
        assert_named(&client.cmd("", "").request_id("").await.unwrap_err(), "deviceId");
        assert_named(&client.cmd("d", "").extra(1).await.unwrap_err(), "cmd");
        assert_named(&client.cmd("d", "x").extra(1).request_id("").await.unwrap_err(), "extra");
        assert_named(&client.emit("x", 1).unwrap_err(), "args");
        assert_named(&client.request("", json!({})).await.unwrap_err(), "event");
        client.close().await;
        assert_named(&client.cmd("", "").await.unwrap_err(), "deviceId");
        assert_eq!(client.state(), ConnectionState::Closed);
    }
}

api_test! {
    async fn the_arguments_of_a_generic_request_are_named() {
        let (raw, client) = Raw::connected(json!({})).await;
        let before = client.stats();
        assert_named(&client.request("", json!({})).await.unwrap_err(), "event");
        for name in RESERVED {
            let error = client.request(name, json!({})).await.unwrap_err();
            assert_named(&error, "event");
            assert!(error.to_string().contains(name), "{error}");
        }
        for payload in [json!(1), json!([]), json!("x"), Value::Null] {
            assert_named(&client.request("x", payload).await.unwrap_err(), "payload");
        }
        assert_named(&client.request("x", Unsendable).await.unwrap_err(), "payload");
        let map: BTreeMap<[u8; 2], u8> = [([1, 2], 3)].into();
        assert_named(&client.request("x", map).await.unwrap_err(), "payload");
        for id in [json!(7), json!(""), Value::Null] {
            let error = client.request("x", json!({ "requestId": id })).await.unwrap_err();
            assert_named(&error, "payload.requestId");
        }
        let two = client.request("x", json!({ "requestId": "a" })).request_id("b").await.unwrap_err();
        assert!(two.to_string().contains("requestId: differs from the one in the payload"), "{two}");
        assert_named(&client.cmd("d", "ls").extra(Unsendable).await.unwrap_err(), "extra");
        assert_eq!(client.stats(), before);
        assert_eq!(raw.call("frames", json!([])).await, json!(["40"]));
        client.close().await;
    }
}

api_test! {
    async fn the_arguments_of_events_are_named() {
        let (raw, client) = Raw::connected(json!({})).await;
        let before = client.stats();
        for name in RESERVED {
            assert_named(&client.emit(name, [1]).unwrap_err(), "event");
            let error = client.emit_with_ack(name, [1]).await.unwrap_err();
            assert_named(&error, "event");
            assert!(error.to_string().contains(name), "{error}");
        }
        for args in [json!(1), json!("x"), json!({}), Value::Null] {
            assert_named(&client.emit("x", &args).unwrap_err(), "args");
            assert_named(&client.emit_with_ack("x", args).await.unwrap_err(), "args");
        }
        assert_named(&client.emit("x", [Unsendable]).unwrap_err(), "args");
        assert_named(&client.emit_with_ack("x", (1, Unsendable)).await.unwrap_err(), "args");
        for error in [
            client.emit_with_ack("x", [1]).request_id("r").await.unwrap_err(),
            client.stop_all_feeds().request_id("r").await.unwrap_err(),
            client.open().request_id("r").await.unwrap_err(),
        ] {
            assert_named(&error, "request_id");
        }
        for error in [
            client.emit_with_ack("x", [1]).extra(json!({})).await.unwrap_err(),
            client.stop_all_feeds().extra(json!({})).await.unwrap_err(),
            client.open().extra(json!({})).await.unwrap_err(),
        ] {
            assert_named(&error, "extra");
        }
        assert_eq!(client.stats(), before);
        assert_eq!(raw.call("frames", json!([])).await, json!(["40"]));
        client.close().await;
    }
}

api_test! {
    async fn the_arguments_of_feeds_and_series_are_named() {
        let (raw, client) = Raw::feeding(&[]).await;
        for wrong in BLANK {
            for (request, named) in [
                (FeedRequest::new(wrong, "t", "s", None), "deviceId"),
                (FeedRequest::new("d", wrong, "s", None), "table"),
                (FeedRequest::new("d", "t", wrong, None), "source"),
                (FeedRequest::new("d", "t", "s", Some(wrong)), "field"),
            ] {
                assert_named(&request.unwrap_err().into(), named);
            }
        }
        let before = client.stats();
        assert_named(&client.series(request(), 0).await.unwrap_err(), "capacity");
        assert_named(&client.feed(request()).request_id("").await.unwrap_err(), "requestId");
        assert_eq!(client.stats(), before);
        let mut series = client.series(request(), 5).await.unwrap();
        raw.send(&[crate::support::sample("1")]).await;
        assert!(series.updated().await);
        for column in [1, 7, usize::MAX] {
            assert_named(&series.values(column).unwrap_err(), "column");
            assert_named(&series.last(column).unwrap_err(), "column");
            assert_named(&series.min_max(1, column, None).unwrap_err(), "column");
        }
        for buckets in [0, (1 << 20) + 1, usize::MAX] {
            assert_named(&series.min_max(buckets, 0, None).unwrap_err(), "buckets");
        }
        for (times, named) in [
            (f64::NAN..=1.0, "fromMs"),
            (f64::NEG_INFINITY..=1.0, "fromMs"),
            (2.0..=1.0, "fromMs"),
            (1.0..=f64::NAN, "toMs"),
            (1.0..=f64::INFINITY, "toMs"),
        ] {
            assert_named(&series.min_max(1, 0, Some(times)).unwrap_err(), named);
        }
        client.close().await;
    }
}

const URL: &str = "https://cloud.example";

api_test! {
    async fn a_wrong_option_is_named_and_opens_nothing() {
        for (options, named) in [
            (Options::new("", "w", "t"), "url"),
            (Options::new("/x", "w", "t"), "url"),
            (Options::new("cloud.example", "w", "t"), "url"),
            (Options::new("ftp://a.b", "w", "t"), "url"),
            (Options::new("https://a.b/?x=1", "w", "t"), "url"),
            (Options::new("https://a.b/path", "w", "t"), "url"),
            (Options::new("https://a.b:0", "w", "t"), "url"),
            (Options::new(URL, "", "t"), "workgroup"),
            (Options::new(URL, "w", ""), "token"),
            (Options::new(URL, "w", "t").path("/x?y=1"), "path"),
            (Options::new(URL, "w", "t").path("/x#y"), "path"),
            (Options::new(URL, "w", "t").path("/x y"), "path"),
            (Options::new(URL, "w", "t").connect_timeout(Duration::ZERO), "connect_timeout"),
        ] {
            assert_named(&ArdexaClient::new(options).unwrap_err(), named);
        }
        let raw = Raw::start(json!({})).await;
        let error = ArdexaClient::connect(raw.options().path("?")).await.unwrap_err();
        assert_named(&error, "path");
        assert_eq!(raw.call("urls", json!([])).await, json!([]));
    }
}

api_test! {
    async fn good_options_are_taken() {
        for options in [
            Options::new(URL, " ", "t"),
            Options::new(URL, "w", "t").path(""),
            Options::new(URL, "w", "t").path("/"),
            Options::new(URL, "w", "t").protocol(Protocol::V3),
            Options::new(URL, "w", "t").protocol(Protocol::V4),
            Options::new(URL, "w", "t").without_timeout().without_reconnect(),
            Options::new(URL, "w", "t").timeout(Duration::MAX).connect_timeout(Duration::MAX),
            Options::new("http://localhost:1", "w", "t"),
            Options::new("http://127.0.0.1", "w", "t"),
            Options::new("ws://[::1]:8080", "w", "t"),
            Options::new("wss://cloud.example", "w", "t"),
        ] {
            assert_eq!(ArdexaClient::new(options).unwrap().state(), ConnectionState::Idle);
        }
    }
}

api_test! {
    async fn an_unencrypted_address_of_another_machine_has_to_be_allowed() {
        for url in [
            "http://cloud.example",
            "ws://10.0.0.1",
            "http://localhost.example",
            "http://[fe80::1]",
            "http://127.0.0.1.example",
        ] {
            let error = ArdexaClient::new(Options::new(url, "w", "t")).unwrap_err();
            assert_named(&error, "url");
            assert!(error.to_string().contains("not encrypted"), "{error}");
            let allowed = Options::new(url, "w", "t").allow_insecure();
            assert_eq!(ArdexaClient::new(allowed).unwrap().state(), ConnectionState::Idle);
        }
    }
}

api_test! {
    async fn an_oversized_packet_is_not_sent() {
        let (cloud, client) = Cloud::connected_with(json!({ "maxPayload": 1000 })).await;
        let before = client.stats();
        let large = "x".repeat(1000);
        let table = FeedRequest::new("d", &large, "s", None).unwrap();
        for (event, error) in [
            ("device:cmd", client.cmd(cloud.device(), &large).request_id("r").await.unwrap_err()),
            ("device:feed", client.feed(table.clone()).await.unwrap_err()),
            ("device:feed", client.series(table, 5).await.unwrap_err()),
            ("device:doUpgrade", client.do_upgrade(&large).await.unwrap_err()),
            ("x", client.request("x", json!({ "a": large })).await.unwrap_err()),
            ("x", client.emit_with_ack("x", [&large]).await.unwrap_err()),
            ("x", client.emit("x", [&large]).unwrap_err()),
        ] {
            crate::support::assert_error(&error, "too-large", Some(event), "accepts 1000");
        }
        let after = client.stats();
        assert_eq!(after.frames_out, before.frames_out);
        assert_eq!((after.open_requests, after.open_feeds, after.table_entries), (0, 0, before.table_entries));
        client.cmd(cloud.device(), "true").await.unwrap();
        client.close().await;
    }
}
