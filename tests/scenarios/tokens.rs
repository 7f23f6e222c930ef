//! The token: requested for every attempt, late, wrong, and never revealed.

use crate::link::{Tokens, World, config, first_connect, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState, Error, Event};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn changeable_token() -> Config {
    Config {
        token_may_change: true,
        ..config()
    }
}

fn no_token() -> Error {
    Error::invalid("token", "must not be empty")
}

#[test]
fn a_token_is_requested_before_every_attempt() {
    let mut world = World::stable();
    world.server.plans.extend([
        Plan::Drop(Stage::Dialled),
        Plan::Drop(Stage::ConnectReceived),
    ]);
    world.drop_tcp();
    world.settle_down();
    for (connection, n) in world.server.connections.iter().zip(1..) {
        assert!(connection.url.contains(&format!("token=secret-{n}&")));
    }
}

#[test]
fn a_token_that_never_arrives_times_out() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    world.advance(20_000);
    assert_eq!(world.code(call), "timeout");
    assert!(world.error(call).to_string().contains("token"));
    let attempt = world.token_requests[0];
    world.provide_token(attempt, Ok("secret"));
    assert!(
        world.server.connections.is_empty(),
        "it arrived after the attempt had ended"
    );
}

#[test]
fn a_token_of_an_old_attempt_is_dropped() {
    let mut world = World::stable();
    world.tokens = Tokens::Silent;
    world.drop_tcp();
    world.wait_for_retry();
    world.advance(20_000);
    world.wait_for_retry();
    let [old, new] = world.token_requests[..] else {
        panic!("{:?}", world.token_requests);
    };
    world.provide_token(old, Ok("secret-old"));
    assert_eq!(world.server.connections.len(), 1);
    world.provide_token(new, Ok("secret-new"));
    world.settle_down();
    assert!(world.server.last().url.contains("secret-new"));
}

#[test]
fn a_token_after_close_is_ignored() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    world.connect();
    world.close();
    let attempt = world.token_requests[0];
    for token in [Ok("secret"), Err(no_token())] {
        world.provide_token(attempt, token);
        assert_eq!(world.state(), ConnectionState::Closed);
    }
    assert!(world.server.connections.is_empty());
}

#[test]
fn a_token_given_twice_counts_once() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    let attempt = world.token_requests[0];
    world.provide_token(attempt, Ok("secret-1"));
    world.provide_token(attempt, Ok("secret-2"));
    world.provide_token(attempt, Err(no_token()));
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn a_token_error_rejects_a_first_connection() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    let attempt = world.token_requests[0];
    world.provide_token(attempt, Err(no_token()));
    world.expect_story(&[
        "ask",
        "connect_error 1 invalid-argument, final",
        "settle 1 invalid-argument",
    ]);
    assert_eq!(world.error(call), &no_token());
}

#[test]
fn a_token_error_while_reconnecting_is_retried() {
    for config in [config(), first_connect()] {
        let mut world = World::connected_with(config);
        world.advance(6000);
        world.tokens = Tokens::Silent;
        world.drop_tcp();
        world.wait_for_retry();
        world.story();
        let attempt = world.token_requests[0];
        world.provide_token(attempt, Err(no_token()));
        world.expect_story(&["connect_error 1 invalid-argument", "reconnecting 2"]);
        world.tokens = Tokens::Prompt;
        world.settle_down();
        assert_eq!(world.state(), ConnectionState::Connected);
    }
}

#[test]
fn a_changeable_token_gets_one_retry_after_a_refusal() {
    let mut world = World::with(changeable_token());
    world
        .server
        .plans
        .push_back(refusal(r#"44{"message":"expired"}"#));
    let call = world.connect();
    world.expect_story(&[
        "ask",
        "open",
        "send 40",
        "close socket",
        "connect_error 1 unauthorized",
        "ask",
        "open",
        "send 40",
        "connect 2",
        "settle 1 ok",
    ]);
    assert_eq!(world.code(call), "ok");
    assert!(world.server.last().url.contains("secret-2"));
}

#[test]
fn a_token_refused_twice_is_unauthorized() {
    let mut world = World::with(changeable_token());
    world.server.plan = refusal(r#"44{"message":"expired"}"#);
    let call = world.connect();
    assert_eq!(world.code(call), "unauthorized");
    assert_eq!(world.server.connections.len(), 2);
    world.advance(600_000);
    assert_eq!(world.server.connections.len(), 2);
    // The next connect() has its own token retry.
    world.connect();
    assert_eq!(world.server.connections.len(), 4);
}

#[test]
fn the_token_retry_is_available_again_after_acceptance() {
    let mut world = World::connected_with(changeable_token());
    for _ in 0..3 {
        world.advance(6000);
        world.server.plans.push_back(refusal("44"));
        world.drop_tcp();
        world.settle_down();
        assert_eq!(world.state(), ConnectionState::Connected);
    }
    assert_eq!(world.server.connections.len(), 1 + 3 * 2);
}

#[test]
fn a_refusal_after_another_failure_gets_its_own_token_retry() {
    let mut world = World::connected_with(changeable_token());
    world.advance(6000);
    // The authentication service restarts: refused, refused on reconnecting, unreachable, and so
    // on.
    for _ in 0..3 {
        world
            .server
            .plans
            .extend([refusal("44"), Plan::Drop(Stage::Dialled)]);
    }
    world.drop_tcp();
    world.settle_down();
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!(world.server.connections.len(), 1 + 3 * 2 + 1);
    let errors = world.events.iter().filter_map(|event| match event {
        Event::ConnectError {
            error, will_retry, ..
        } => Some((error.code(), *will_retry)),
        _ => None,
    });
    let expected = [("unauthorized", true), ("unreachable", true)];
    assert_eq!(errors.collect::<Vec<_>>(), expected.repeat(3));
    // Two refusals in a row are final, as before.
    world.advance(6000);
    world
        .server
        .plans
        .extend([Plan::Drop(Stage::Dialled), refusal("44"), refusal("44")]);
    world.drop_tcp();
    world.settle_down();
    assert_eq!(world.state(), ConnectionState::Closed);
}

#[test]
fn a_fixed_token_gets_no_retry() {
    let mut world = World::new();
    world.server.plan = refusal("44");
    let call = world.connect();
    assert_eq!(world.code(call), "unauthorized");
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn the_token_retry_does_not_need_reconnection() {
    let mut world = World::with(Config {
        reconnect: None,
        ..changeable_token()
    });
    world.server.plans.push_back(refusal("44"));
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn the_token_is_redacted_from_server_and_platform_messages() {
    // `link.rs` itself checks every output that a caller could print.
    let mut world = World::new();
    world.server.plan = refusal(r#"44{"message":"secret-1 is bad","data":{"token":"secret-1"}}"#);
    let call = world.connect();
    let error = world.error(call);
    assert!(error.to_string().contains("[token] is bad"), "{error}");
    assert_eq!(error.kind.data(), Some(r#"{"token":"[token]"}"#));

    let mut world = World::new();
    world.server.plan = Plan::Drop(Stage::Dialled);
    let call = world.connect();
    let error = world.error(call).to_string();
    assert!(error.contains("token=[token]&orgName"), "{error}");

    let mut world = World::connected();
    world.send_event(
        "device:cmd:rpc",
        serde_json::json!({"error": {"message": "secret-1?"}}),
    );
    world.send_event("device:new", serde_json::json!({"token": "secret-1"}));
    assert_eq!(world.warnings().len(), 2);
    assert_eq!(world.client.redact("a secret-1 b"), "a [token] b");
}

#[test]
fn the_token_is_redacted_from_the_excerpt_of_a_bad_frame() {
    let token = "secret-eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDB9.eyJleHAiOjEwMDB9.eyJleHAiOjEwMDB9";
    for (frame, kept) in [
        (format!("42[\"a\",{token}"), ",[token]"),
        (token.to_owned(), ""),
        (format!("4{token}{token}"), ""),
        (format!("42[\"a\"]{}{token}", "x".repeat(50)), "x[token]…"),
    ] {
        let mut world = World::new();
        world.tokens = Tokens::Silent;
        world.connect();
        let attempt = world.token_requests[0];
        world.provide_token(attempt, Ok(token));
        world.send_frame(&frame);
        assert_eq!(world.state(), ConnectionState::Reconnecting);
        let printed = format!("{:?}", world.events);
        assert!(
            !printed.contains("secret-e") && !printed.contains("eyJ"),
            "{printed}"
        );
        assert!(printed.contains(kept), "{kept}: {printed}");
    }
}

#[test]
fn an_escaped_token_is_redacted_from_an_excerpt_cut_anywhere() {
    let token = r#"secr"et\\an"d\more \" of it"#;
    let escaped = serde_json::to_string(token).unwrap();
    for padding in 0..80 {
        let mut world = World::new();
        world.tokens = Tokens::Silent;
        world.connect();
        let attempt = world.token_requests[0];
        world.provide_token(attempt, Ok(token));
        world.send_frame(&format!(r#"49{{"{}":{escaped}}}"#, "x".repeat(padding)));
        assert_eq!(world.state(), ConnectionState::Reconnecting);
        let printed: Vec<_> = world
            .events
            .iter()
            .map(|event| format!("{event:?}"))
            .collect();
        assert!(!printed.concat().contains("secr"), "{padding}: {printed:?}");
    }
}
