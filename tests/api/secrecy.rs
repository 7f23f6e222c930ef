//! The token appears nowhere: not in errors, events or anything that prints.

use crate::cloud::{Cloud, Raw};
use crate::support::{drain, next_event, next_warning, settled};
use ardexa_client::{ArdexaClient, Event, Options, TokenSource};
use core::fmt::Debug;
use futures::StreamExt;
use serde_json::json;

/// With what has to be percent-encoded, and what JSON escapes.
const TOKEN: &str = r#"s3cr€t+to/ken=="\ü&more"#;
const ENCODED: &str = "s3cr%E2%82%ACt%2Bto%2Fken%3D%3D%22%5C%C3%BC%26more";
/// Pieces of its written forms.
const FORMS: [&str; 6] = ["s3cr", "ken==", "ken%3D%3D", "ken%3d%3d", ENCODED, TOKEN];

#[track_caller]
fn assert_secret(shown: &impl Debug) {
    let shown = format!("{shown:?} {shown:#?}");
    for form in FORMS {
        assert!(!shown.contains(form), "shows {form}: {shown}");
    }
}

#[track_caller]
fn assert_error_secret(error: &ardexa_client::Error) {
    assert_secret(error);
    assert_secret(&error.to_string());
    assert_secret(&error.kind.data());
}

api_test! {
    async fn a_connected_client_does_not_show_the_token() {
        let cloud = Cloud::start(json!({ "token": TOKEN })).await;
        assert_secret(&cloud.options());
        assert_secret(&TokenSource::from(TOKEN));
        let token = || async { Ok::<_, String>(TOKEN.to_owned()) };
        assert_secret(&TokenSource::function(token));
        for source in [TokenSource::from(TOKEN), TokenSource::function(token)] {
            let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
            let mut events = client.events();
            client.open().await.unwrap();
            let mut feed = client.feed(cloud.solar()).await.unwrap();
            let series = client.series(cloud.solar(), 5).await.unwrap();
            let sample = feed.next().await;
            assert_secret(&(&client, &feed, &series, &sample, client.stats(), &events));
            let (call, upgrade) = (client.cmd(cloud.device(), "true"), client.do_upgrade(cloud.device()));
            assert_secret(&(&call, &upgrade));
            assert_secret(&call.await.unwrap());
            cloud.call("dropAll", json!([])).await;
            next_event(&mut events, |event| {
                assert_secret(event);
                matches!(event, Event::Connect { reconnected: true, .. })
            })
            .await;
            client.close().await;
        }
    }
}

api_test! {
    async fn a_connection_that_fails_does_not_show_the_token() {
        let escaped: String = TOKEN.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let quoted = json!(TOKEN).to_string();
        let refusal = json!({
            "message": format!("bad token {TOKEN}"),
            "data": { "token": TOKEN, "url": format!("?token={ENCODED}") },
        });
        for script in [
            json!({ "accept": [format!("44{refusal}")] }),
            json!({ "accept": [format!(r#"44{{"message":"no","data":"{escaped}"}}"#)] }),
            json!({ "accept": [format!("44{quoted}")] }),
            json!({ "accept": [format!("40{TOKEN}")] }),
            json!({ "open": format!(r#"0{{"sid":{quoted}"#) }),
            json!({ "open": format!("9{TOKEN}") }),
            json!({ "open": format!("9{}{TOKEN}", "x".repeat(60)) }),
            json!({ "open": null, "close": TOKEN }),
            json!({ "refuse": 403 }),
        ] {
            let raw = Raw::start(script).await;
            let client = ArdexaClient::new(raw.options_with(TOKEN).without_reconnect()).unwrap();
            let mut events = client.events();
            assert_error_secret(&client.open().await.unwrap_err());
            assert_secret(&(&client, drain(&mut events)));
            let urls = raw.call("urls", json!([])).await.to_string();
            assert!(urls.contains(ENCODED), "the server had it: {urls}");
        }
    }
}

api_test! {
    async fn a_server_that_repeats_the_token_does_not_show_it() {
        let reply = |fields: serde_json::Value| {
            let frame = json!(["device:cmd:reply", fields]).to_string().replace(r#""ID""#, "$id");
            json!([format!("42{frame}")])
        };
        let replies = json!([
            reply(json!({ "requestId": "ID", "error": format!("no: {TOKEN}") })),
            reply(json!({ "requestId": "ID", "error": { "message": TOKEN, "url": ENCODED } })),
            reply(json!({ "requestId": "ID", "error": { TOKEN: [TOKEN] } })),
            reply(json!({ "requestId": "ID", "stdout": TOKEN })),
        ]);
        let ack = json!([["43$ack[]"]]);
        let raw = Raw::start(json!({ "replies": { "device:cmd": replies, "test:echo": ack } })).await;
        let client = ArdexaClient::connect(raw.options_with(TOKEN).without_reconnect()).await.unwrap();
        let mut events = client.events();
        for code in ["rejected", "rejected", "rejected", "protocol"] {
            let error = client.cmd("d", "ls").await.unwrap_err();
            assert_eq!(error.code(), code);
            assert_error_secret(&error);
        }
        for payload in [
            json!(["device:cmd:rpc", { "error": TOKEN }]),
            json!(["device:cmd:rpc", TOKEN]),
            json!(["device:stateChange", { "cn": TOKEN }]),
            json!(["device:metaChange", TOKEN]),
        ] {
            raw.send(&[format!("42{payload}")]).await;
            assert_error_secret(&next_warning(&mut events).await);
        }
        settled(&client).await;
        raw.send(&[format!("nonsense {TOKEN}")]).await;
        let lost = next_event(&mut events, |event| matches!(event, Event::Disconnect { .. })).await;
        assert_secret(&lost);
    }
}

api_test! {
    async fn an_invalid_option_does_not_show_the_token() {
        for (url, workgroup, path) in [
            ("nonsense".to_owned(), "w", "/"),
            ("http://cloud.example".to_owned(), "w", "/"),
            ("https://a.b".to_owned(), "", "/"),
            ("https://a.b".to_owned(), "w", "/?"),
            (format!("https://a.b?token={TOKEN}"), "w", "/"),
            (format!("https://{ENCODED}@a.b"), "w", "/"),
            (format!("https://a.b/{TOKEN}"), "w", "/"),
            (TOKEN.to_owned(), "w", "/"),
        ] {
            let error = ArdexaClient::new(Options::new(url, workgroup, TOKEN).path(path)).unwrap_err();
            assert_eq!(error.code(), "invalid-argument");
            assert_error_secret(&error);
        }
    }
}

api_test! {
    async fn tokens_of_earlier_attempts_do_not_show_either() {
        let both = format!("{TOKEN}-one and {TOKEN}-two");
        let raw = Raw::start(json!({ "accept": [format!("44{}", json!({ "message": both }))] })).await;
        let calls = std::sync::atomic::AtomicUsize::new(0);
        let source = TokenSource::function(move || {
            let is_first = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            let token = [TOKEN, if is_first { "-one" } else { "-two" }].concat();
            async move { Ok::<_, String>(token) }
        });
        let options = raw.options_with(source).without_reconnect();
        let error = ArdexaClient::connect(options).await.unwrap_err();
        assert_eq!(error.code(), "unauthorized");
        assert_error_secret(&error);
    }
}
