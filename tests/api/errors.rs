//! Errors: every code, its message, its fields; connections that cannot be made.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, request, send};
use ardexa_client::{ArdexaClient, Error, ErrorKind, TokenSource};
use core::time::Duration;
use serde_json::{Value, json};
use std::error::Error as _;

/// The error of a connection to a server with this script.
async fn refused_by(script: Value) -> Error {
    let is_silent = script["accept"] == json!([null]);
    let raw = Raw::start(script).await;
    let mut options = raw.options().without_reconnect();
    if is_silent {
        options = options.connect_timeout(Duration::from_secs(1));
    }
    ArdexaClient::connect(options).await.unwrap_err()
}

/// What each message says to do, or what is known of the outcome.
fn advice(code: &str) -> &'static [&'static str] {
    match code {
        "aborted" => &["may still run", "nothing was sent"],
        "closed" => &["call connect()"],
        "disconnected" => &[
            "check before sending it again",
            "call connect() to try again",
        ],
        "invalid-argument" => &[": must", ": is", ": cannot"],
        "not-connected" => &["nothing was sent; wait for connect()"],
        "protocol" => &["the server broke the protocol: "],
        "rejected" => &["device:"],
        "timeout" => &["timeoutMs sets how long", "connectTimeoutMs sets how long"],
        "too-large" => &["nothing was sent; send it in smaller parts"],
        "unauthorized" => &[
            "check the token and the workgroup",
            "the token function failed",
        ],
        _ => &[
            "check the URL",
            "check the token",
            "check the host",
            "nothing listens",
            "`path`",
        ],
    }
}

#[track_caller]
fn assert_advises(error: &Error, code: &str) {
    assert_eq!(error.code(), code, "{error}");
    let message = error.to_string();
    assert!(
        advice(code).iter().any(|words| message.contains(words)),
        "{code}: {message}"
    );
    assert!(
        !message.ends_with('.') && !message.contains("Some("),
        "{message}"
    );
    assert!(error.source().is_none(), "the message has it all");
    assert_eq!(error.clone(), *error);
    assert!(format!("{error:?}").contains("Failure"), "{error:?}");
}

api_test! {
    async fn every_code_has_a_message_with_advice() {
        let mut seen = Vec::new();
        let mut see = |error: Error, code: &'static str| {
            assert_advises(&error, code);
            seen.push(code);
        };
        let (cloud, client) = Cloud::connected_with(json!({ "maxPayload": 1000 })).await;
        let device = cloud.device();
        see(client.cmd("", "ls").await.unwrap_err(), "invalid-argument");
        see(client.cmd("none", "ls").await.unwrap_err(), "rejected");
        see(client.cmd(device, &"x".repeat(1000)).await.unwrap_err(), "too-large");
        see(client.cmd(device, "slow").timeout(Duration::from_millis(5)).await.unwrap_err(), "timeout");
        let (mut slow, mut closed) = (client.cmd(device, "slow"), client.cmd(device, "slow"));
        send(&mut slow).await;
        cloud.call("kick", json!([])).await;
        see(slow.await.unwrap_err(), "disconnected");
        client.open().await.unwrap();
        send(&mut closed).await;
        client.close().await;
        see(closed.await.unwrap_err(), "closed");
        see(client.cmd(device, "ls").await.unwrap_err(), "closed");
        let idle = ArdexaClient::new(cloud.options()).unwrap();
        see(idle.cmd(device, "ls").await.unwrap_err(), "not-connected");
        see(ArdexaClient::connect(cloud.options_with("wrong")).await.unwrap_err(), "unauthorized");
        let failing = TokenSource::function(|| async { Err::<String, _>("no token today") });
        see(ArdexaClient::connect(cloud.options_with(failing)).await.unwrap_err(), "unauthorized");
        see(refused_by(json!({ "open": "0nonsense" })).await, "protocol");
        see(refused_by(json!({ "refuse": 403 })).await, "unreachable");
        let (_raw, opening) = Raw::connected(json!({})).await;
        let mut feed = opening.feed(request());
        send(&mut feed).await;
        opening.stop_all_feeds().await.unwrap();
        see(feed.await.unwrap_err(), "aborted");
        opening.close().await;
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(
            seen,
            [
                "aborted", "closed", "disconnected", "invalid-argument", "not-connected", "protocol", "rejected",
                "timeout", "too-large", "unauthorized", "unreachable",
            ]
        );
    }
}

api_test! {
    async fn a_handshake_that_fails_has_its_code() {
        for (script, code) in [
            (json!({ "open": "0nonsense" }), "protocol"),
            (json!({ "accept": ["41"] }), "protocol"),
            (json!({ "accept": ["40nonsense"] }), "protocol"),
            (json!({ "accept": ["44"] }), "unauthorized"),
            (json!({ "accept": ["44\"just words\""] }), "unauthorized"),
            (json!({ "accept": [null] }), "timeout"),
            (json!({ "open": null, "accept": [null] }), "timeout"),
            (json!({ "refuse": 403 }), "unreachable"),
            (json!({ "refuse": 404 }), "unreachable"),
            (json!({ "refuse": 502 }), "unreachable"),
            (json!({ "close": "" }), "unreachable"),
        ] {
            let error = refused_by(script.clone()).await;
            assert_eq!(error.code(), code, "{script}: {error}");
            assert_advises(&error, code);
            assert_eq!((&error.event, &error.request_id), (&None, &None));
        }
        assert!(refused_by(json!({ "accept": ["44\"just words\""] })).await.to_string().contains("just words"));
    }
}

api_test! {
    async fn a_connect_timeout_names_what_it_waited_for() {
        let waits = [
            (json!({ "accept": [null] }), "reply to CONNECT after the server's handshake within 1000 ms"),
            (json!({ "open": null, "accept": [null] }), "handshake over the open WebSocket within 1000 ms"),
        ];
        for (script, words) in waits {
            assert_error(&refused_by(script).await, "timeout", None, words);
        }
    }
}

api_test! {
    async fn a_refusal_is_handed_on_as_the_server_wrote_it() {
        let cloud = Cloud::start(json!({})).await;
        for (workgroup, token, data, words) in [
            ("demo", "wrong-token", r#"{"code":401,"reason":"token invalid"}"#, "Authentication failed"),
            ("other", cloud.token.as_str(), r#"{"code":403,"reason":"unknown workgroup"}"#, "Not permitted"),
        ] {
            let options = ardexa_client::Options::new(&cloud.url, workgroup, token);
            let error = ArdexaClient::connect(options).await.unwrap_err();
            assert_error(&error, "unauthorized", None, words);
            assert_eq!(error.kind.data(), Some(data));
            assert!(matches!(&*error.kind, ErrorKind::Unauthorized { .. }), "{error:?}");
        }
    }
}

api_test! {
    async fn a_server_may_refuse_by_a_disconnect_or_by_http() {
        for (refusal, codes) in [
            ("connect_error", ["unauthorized"].as_slice()),
            ("disconnect", &["disconnected", "unauthorized"]),
            ("http", &["unreachable", "unauthorized"]),
        ] {
            let cloud = Cloud::start(json!({ "refusal": refusal })).await;
            let options = cloud.options_with("wrong-token").without_reconnect();
            let client = ArdexaClient::new(options).unwrap();
            let mut events = client.events();
            // By a disconnect, the server accepts first.
            let error = match client.open().await {
                Err(error) => error,
                Ok(()) => {
                    let event = crate::support::next_event(&mut events, |event| {
                        matches!(event, ardexa_client::Event::Disconnect { .. })
                    });
                    let ardexa_client::Event::Disconnect { error, .. } = event.await else { panic!() };
                    error.unwrap()
                }
            };
            assert!(codes.contains(&error.code()), "{refusal}: {error}");
        }
    }
}

api_test! {
    async fn a_request_before_the_connection_names_the_state() {
        let raw = Raw::start(json!({ "accept": [null] })).await;
        let client = ArdexaClient::new(raw.options()).unwrap();
        let error = client.cmd("d", "ls").request_id("r").await.unwrap_err();
        assert_error(&error, "not-connected", Some("device:cmd"), "(idle)");
        assert_eq!(error.request_id.as_deref(), Some("r"));
        let mut open = client.open();
        send(&mut open).await;
        let error = client.cmd("d", "ls").await.unwrap_err();
        assert_error(&error, "not-connected", Some("device:cmd"), "(connecting)");
        client.close().await;
        assert_eq!(open.await.unwrap_err().code(), "closed");
        let error = client.cmd("d", "ls").await.unwrap_err();
        assert_error(&error, "closed", Some("device:cmd"), "");
    }
}

api_test! {
    async fn calls_that_a_loss_ends_share_its_reason_and_keep_their_names() {
        let (raw, client) = Raw::connected(json!({})).await;
        let mut cmd = client.cmd("d", "slow").request_id("one");
        let mut meta = client.refresh_meta("d").request_id("two");
        send(&mut cmd).await;
        send(&mut meta).await;
        raw.send(&["nonsense"]).await;
        let (cmd, meta) = (cmd.await.unwrap_err(), meta.await.unwrap_err());
        assert_error(&cmd, "disconnected", Some("device:cmd"), "whether the device acted is unknown");
        assert_error(&meta, "disconnected", Some("device:refreshMeta"), "parse error");
        assert_eq!((cmd.request_id.as_deref(), meta.request_id.as_deref()), (Some("one"), Some("two")));
        assert_eq!(cmd.kind, meta.kind);
        client.close().await;
    }
}

api_test! {
    async fn an_error_is_an_ordinary_one() {
        let (_raw, client) = Raw::connected(json!({})).await;
        let error = client.cmd("", "ls").await.unwrap_err();
        let boxed: Box<dyn std::error::Error + Send + Sync> = Box::new(error.clone());
        assert_eq!(boxed.to_string(), error.to_string());
        assert_eq!(boxed.downcast_ref::<Error>(), Some(&error));
        let ErrorKind::InvalidArgument { argument, .. } = &*error.kind else { panic!() };
        assert_eq!(argument, "deviceId");
        let own = Error::invalid("mine", "must be mine");
        assert_eq!((own.code(), own.to_string().as_str()), ("invalid-argument", "mine: must be mine"));
        client.close().await;
    }
}
