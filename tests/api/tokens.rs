//! Token sources: strings, functions, failures, and tokens that were copied badly.

use crate::cloud::{Cloud, Raw, at_once};
use crate::support::{next_event, send};
use ardexa_client::{ArdexaClient, ConnectionState, Event, Options, ReconnectConfig, TokenSource};
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use serde_json::json;
use std::sync::{Arc, Mutex};

/// A function that gives these tokens one after the other, and then the last one; and how often it
/// was called.
fn giving(tokens: &[&str]) -> (TokenSource, Arc<AtomicUsize>) {
    let tokens: Vec<_> = tokens.iter().map(|token| (*token).to_owned()).collect();
    let calls = Arc::new(AtomicUsize::new(0));
    let count = calls.clone();
    let source = TokenSource::function(move || {
        let call = count.fetch_add(1, Ordering::Relaxed);
        let token = tokens[call.min(tokens.len() - 1)].clone();
        async move { Ok::<_, String>(token) }
    });
    (source, calls)
}

fn is_connect_error(event: &Event) -> bool {
    matches!(event, Event::ConnectError { .. })
}

/// A token function that waits for its token, and the sender of the token.
fn pending_token() -> (futures::channel::oneshot::Sender<String>, TokenSource) {
    let (give, given) = futures::channel::oneshot::channel::<String>();
    let given = Arc::new(Mutex::new(Some(given)));
    let source = TokenSource::function(move || {
        let given = given.lock().unwrap().take().unwrap();
        async move { given.await.map_err(|_| "cancelled") }
    });
    (give, source)
}

api_test! {
    async fn a_refused_token_is_asked_for_once_more() {
        let cloud = Cloud::start(json!({})).await;
        let (source, calls) = giving(&["stale-token", &cloud.token]);
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        let mut events = client.events();
        client.open().await.unwrap();
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        let event = next_event(&mut events, |_| true).await;
        let Event::ConnectError { error, will_retry: true, .. } = event else { panic!("{event:?}") };
        assert_eq!(error.code(), "unauthorized");
        client.close().await;
    }
}

api_test! {
    async fn a_function_whose_tokens_are_refused_is_asked_twice_and_no_more() {
        let cloud = Cloud::start(json!({})).await;
        let (source, calls) = giving(&["wrong-token"]);
        let error = ArdexaClient::connect(cloud.options_with(source)).await.unwrap_err();
        assert_eq!(error.code(), "unauthorized");
        assert_eq!(error.kind.data(), Some(r#"{"code":401,"reason":"token invalid"}"#));
        assert_eq!(calls.load(Ordering::Relaxed), 2);
        cloud.until("refused", 2).await;
    }
}

api_test! {
    async fn a_fixed_token_that_is_refused_is_not_tried_again() {
        let cloud = Cloud::start(json!({})).await;
        let error = ArdexaClient::connect(cloud.options_with("wrong-token")).await.unwrap_err();
        assert_eq!(error.code(), "unauthorized");
        cloud.until("refused", 1).await;
    }
}

api_test! {
    async fn a_token_function_may_take_its_time() {
        let cloud = Cloud::start(json!({})).await;
        let (give, source) = pending_token();
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        let mut open = client.open();
        send(&mut open).await;
        assert_eq!(client.state(), ConnectionState::Connecting);
        give.send(cloud.token.clone()).unwrap();
        open.await.unwrap();
        client.close().await;
    }
}

api_test! {
    async fn a_token_that_resolves_after_close_opens_nothing() {
        let cloud = Cloud::start(json!({})).await;
        let (give, source) = pending_token();
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        let mut open = client.open();
        send(&mut open).await;
        client.close().await;
        assert_eq!(open.await.unwrap_err().code(), "closed");
        // It may have been dropped by then.
        let _ = give.send(cloud.token.clone());
        let other = ArdexaClient::connect(cloud.options()).await.unwrap();
        assert_eq!(client.state(), ConnectionState::Closed);
        cloud.until("connections", 1).await;
        other.close().await;
    }
}

api_test! {
    async fn a_token_function_failing_at_a_reconnect_is_reported() {
        let cloud = Cloud::start(json!({})).await;
        let calls = AtomicUsize::new(0);
        let token = cloud.token.clone();
        let source = TokenSource::function(move || {
            let is_first = calls.fetch_add(1, Ordering::Relaxed) == 0;
            let result = if is_first { Ok(token.clone()) } else { Err("the vault is shut") };
            async move { result }
        });
        let reconnect = ReconnectConfig { max_attempts: 2, ..at_once() };
        let client = ArdexaClient::connect(cloud.options_with(source).reconnect(reconnect)).await.unwrap();
        let mut events = client.events();
        assert_eq!(client.token_failure(), None);
        cloud.call("dropAll", json!([])).await;
        let Event::ConnectError { error, .. } = next_event(&mut events, is_connect_error).await else { panic!() };
        assert_eq!(error.code(), "unauthorized");
        assert!(error.to_string().contains("the token function failed"), "{error}");
        assert_eq!(client.token_failure().as_deref(), Some("the vault is shut"));
        client.close().await;
    }
}

api_test! {
    async fn an_unusable_token_at_a_reconnect_is_reported() {
        let cloud = Cloud::start(json!({})).await;
        let (source, _) = giving(&[&cloud.token, "with a-newline\n"]);
        let reconnect = ReconnectConfig { max_attempts: 1, ..at_once() };
        let client = ArdexaClient::connect(cloud.options_with(source).reconnect(reconnect)).await.unwrap();
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        let Event::ConnectError { error, .. } = next_event(&mut events, is_connect_error).await else { panic!() };
        assert_eq!(error.code(), "invalid-argument");
        assert!(!error.to_string().contains("with a-newline"), "{error}");
        client.close().await;
    }
}

api_test! {
    async fn a_token_function_that_never_answers_is_a_timeout() {
        let raw = Raw::start(json!({})).await;
        let never = TokenSource::function(futures::future::pending::<Result<String, String>>);
        let options = raw.options_with(never).connect_timeout(Duration::from_millis(20));
        let error = ArdexaClient::connect(options).await.unwrap_err();
        assert_eq!(error.code(), "timeout");
        assert!(error.to_string().contains("token function within 20 ms"), "{error}");
        assert_eq!(raw.call("urls", json!([])).await, json!([]));
    }
}

const TOKEN: &str = "s3cretTokenOfTheTest.abc-123_xyz";

/// What was done to the token, and what the message says of it.
fn mangled() -> Vec<(String, &'static str)> {
    vec![
        (format!(" {TOKEN}"), "white space"),
        (format!("\t{TOKEN}"), "white space"),
        (format!("\n{TOKEN}"), "white space"),
        (format!("{TOKEN} "), "white space"),
        (format!("{TOKEN}\u{a0}"), "white space"),
        (format!("{TOKEN}\u{3000}"), "white space"),
        (format!("{TOKEN}\n"), "line break"),
        (format!("{TOKEN}\r\n"), "line break"),
        (format!("{TOKEN}\n\n"), "line break"),
        (format!(" {TOKEN} "), "white space"),
        (format!("{TOKEN} {TOKEN}"), "white space"),
        (format!("{TOKEN}\n{TOKEN}"), "white space"),
        (format!("Bearer\t{TOKEN}"), "white space"),
        (format!("Bearer {TOKEN}"), "white space"),
        (format!("\u{feff}{TOKEN}"), "byte order mark"),
        (format!("\u{feff}{TOKEN}\n"), "byte order mark"),
        (format!("\"{TOKEN}\""), "quot"),
        (format!("'{TOKEN}'"), "quot"),
        (format!("\"{TOKEN}\"\n"), ""),
        (" \n\t".to_owned(), ""),
        (String::new(), "empty"),
    ]
}

/// Asserts that the error names what is wrong and shows no piece of the token.
fn assert_says(error: &ardexa_client::Error, token: &str, words: &str) {
    assert_eq!(error.code(), "invalid-argument", "{token:?}: {error}");
    let message = error.to_string();
    assert!(message.starts_with("token: "), "{token:?}: {message}");
    let plain = message.to_lowercase().replace("byte-order", "byte order");
    assert!(plain.contains(words), "{token:?}: {message}");
    let shown = format!("{message} {error:?}");
    for piece in TOKEN.as_bytes().windows(6) {
        let piece = core::str::from_utf8(piece).unwrap();
        assert!(!shown.contains(piece), "{token:?}: {shown}");
    }
}

api_test! {
    async fn a_badly_copied_token_is_named_when_the_client_is_created() {
        for (token, words) in mangled() {
            let options = || Options::new("http://127.0.0.1:9", "w", token.as_str());
            assert_says(&ArdexaClient::new(options()).unwrap_err(), &token, words);
            assert_says(&ArdexaClient::connect(options()).await.unwrap_err(), &token, words);
        }
    }
}

api_test! {
    async fn a_badly_copied_token_from_a_function_opens_nothing() {
        let raw = Raw::start(json!({})).await;
        for (token, words) in mangled() {
            let (source, calls) = giving(&[&token]);
            let client = ArdexaClient::new(raw.options_with(source)).unwrap();
            let mut events = client.events();
            assert_says(&client.open().await.unwrap_err(), &token, words);
            let event = next_event(&mut events, is_connect_error).await;
            let Event::ConnectError { error, will_retry: false, .. } = event else { panic!("{event:?}") };
            assert_says(&error, &token, words);
            assert_eq!(client.state(), ConnectionState::Closed);
            assert_eq!(calls.load(Ordering::Relaxed), 1);
        }
        assert_eq!(raw.call("urls", json!([])).await, json!([]));
    }
}

api_test! {
    async fn tokens_that_look_odd_are_sent_as_they_are() {
        for token in ["a", "ü€☀", "a\"b'c", "a=b+c/d==", "a.b.c", "%20", "\u{1F600}", "\\n", "&token=x#y?z"] {
            let cloud = Cloud::start(json!({ "token": token })).await;
            for source in [TokenSource::from(token), giving(&[token]).0] {
                let client = ArdexaClient::connect(cloud.options_with(source)).await.unwrap();
                client.close().await;
            }
        }
    }
}

api_test! {
    async fn an_expired_token_is_named_as_such() {
        let cloud = Cloud::start(json!({})).await;
        // {"iat":1600000000,"exp":1600003600}
        let token = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE2MDAwMDAwMDAsImV4cCI6MTYwMDAwMzYwMH0.c2lnbmF0dXJl";
        let error = ArdexaClient::connect(cloud.options_with(token)).await.unwrap_err();
        assert_eq!(error.code(), "unauthorized");
        assert!(error.to_string().contains("the token expired"), "{error}");
    }
}
