//! The token: asked for anew for every attempt, late, wrong, and never told.

use crate::link::{Tokens, World, config, first_connect, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState, Error, Event};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn changing() -> Config {
    Config {
        token_may_change: true,
        ..config()
    }
}

fn no_token() -> Error {
    Error::invalid("token", "must not be empty")
}

#[test]
fn is_asked_for_before_every_attempt() {
    let mut world = World::stable();
    world
        .server
        .plans
        .extend([Plan::Drop(Stage::Dialled), Plan::Drop(Stage::Asked)]);
    world.drop_tcp();
    world.settle_down();
    for (connection, n) in world.server.connections.iter().zip(1..) {
        assert!(connection.url.contains(&format!("token=secret-{n}&")));
    }
}

#[test]
fn that_never_comes_times_out() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    world.advance(20_000);
    assert_eq!(world.code(call), "timeout");
    assert!(world.error(call).to_string().contains("token"));
    let attempt = world.asked[0];
    world.give_token(attempt, Ok("secret"));
    assert!(
        world.server.connections.is_empty(),
        "it came after the attempt was over"
    );
}

#[test]
fn of_an_old_attempt_is_dropped() {
    let mut world = World::stable();
    world.tokens = Tokens::Silent;
    world.drop_tcp();
    world.wait_for_retry();
    world.advance(20_000);
    world.wait_for_retry();
    let [old, new] = world.asked[..] else {
        panic!("{:?}", world.asked);
    };
    world.give_token(old, Ok("secret-old"));
    assert_eq!(world.server.connections.len(), 1);
    world.give_token(new, Ok("secret-new"));
    world.settle_down();
    assert!(world.server.last().url.contains("secret-new"));
}

#[test]
fn that_comes_after_close_finds_nobody() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    world.connect();
    world.close();
    let attempt = world.asked[0];
    for token in [Ok("secret"), Err(no_token())] {
        world.give_token(attempt, token);
        assert_eq!(world.state(), ConnectionState::Closed);
    }
    assert!(world.server.connections.is_empty());
}

#[test]
fn given_twice_counts_once() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    let attempt = world.asked[0];
    world.give_token(attempt, Ok("secret-1"));
    world.give_token(attempt, Ok("secret-2"));
    world.give_token(attempt, Err(no_token()));
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn that_fails_rejects_a_first_connection() {
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let call = world.connect();
    let attempt = world.asked[0];
    world.give_token(attempt, Err(no_token()));
    world.told(&[
        "ask",
        "connect_error 1 invalid-argument, for good",
        "settle 1 invalid-argument",
    ]);
    assert_eq!(world.error(call), &no_token());
}

#[test]
fn that_fails_while_reconnecting_is_asked_for_again() {
    for config in [config(), first_connect()] {
        let mut world = World::connected_with(config);
        world.advance(6000);
        world.tokens = Tokens::Silent;
        world.drop_tcp();
        world.wait_for_retry();
        world.story();
        let attempt = world.asked[0];
        world.give_token(attempt, Err(no_token()));
        world.told(&["connect_error 1 invalid-argument", "reconnecting 2"]);
        world.tokens = Tokens::Prompt;
        world.settle_down();
        assert_eq!(world.state(), ConnectionState::Connected);
    }
}

#[test]
fn that_may_change_gets_one_fresh_try_after_a_refusal() {
    let mut world = World::with(changing());
    world
        .server
        .plans
        .push_back(refusal(r#"44{"message":"expired"}"#));
    let call = world.connect();
    world.told(&[
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
fn that_is_refused_twice_is_refused() {
    let mut world = World::with(changing());
    world.server.plan = refusal(r#"44{"message":"expired"}"#);
    let call = world.connect();
    assert_eq!(world.code(call), "unauthorized");
    assert_eq!(world.server.connections.len(), 2);
    world.advance(600_000);
    assert_eq!(world.server.connections.len(), 2);
    // The next connect() has a fresh try of its own.
    world.connect();
    assert_eq!(world.server.connections.len(), 4);
}

#[test]
fn gets_its_fresh_try_after_each_accepted_connection() {
    let mut world = World::connected_with(changing());
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
fn gets_a_fresh_try_for_each_refusal_that_follows_something_else() {
    let mut world = World::connected_with(changing());
    world.advance(6000);
    // The authentication service restarts: refused, refused on the way back, unreachable, and so on.
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
    let told = world.events.iter().filter_map(|event| match event {
        Event::ConnectError {
            error, will_retry, ..
        } => Some((error.code(), *will_retry)),
        _ => None,
    });
    let expected = [("unauthorized", true), ("unreachable", true)];
    assert_eq!(told.collect::<Vec<_>>(), expected.repeat(3));
    // Two in a row are the cloud's last word, now as before.
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
fn that_cannot_change_gets_none() {
    let mut world = World::new();
    world.server.plan = refusal("44");
    let call = world.connect();
    assert_eq!(world.code(call), "unauthorized");
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn gets_its_fresh_try_without_reconnection_too() {
    let mut world = World::with(Config {
        reconnect: None,
        ..changing()
    });
    world.server.plans.push_back(refusal("44"));
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
}

#[test]
fn is_taken_out_of_what_the_server_and_the_platform_say() {
    // Every output that a caller could print is looked at by the link itself.
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
    world.say(
        "device:cmd:rpc",
        serde_json::json!({"error": {"message": "secret-1?"}}),
    );
    world.say("device:new", serde_json::json!({"token": "secret-1"}));
    assert_eq!(world.warnings().len(), 2);
    assert_eq!(world.client.redact("a secret-1 b"), "a [token] b");
}

#[test]
fn is_taken_out_of_the_beginning_of_a_bad_frame() {
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
        let attempt = world.asked[0];
        world.give_token(attempt, Ok(token));
        world.say_frame(&frame);
        assert_eq!(world.state(), ConnectionState::Reconnecting);
        let told = format!("{:?}", world.events);
        assert!(
            !told.contains("secret-e") && !told.contains("eyJ"),
            "{told}"
        );
        assert!(told.contains(kept), "{kept}: {told}");
    }
}

#[test]
fn is_taken_out_of_a_bad_frame_that_escapes_it_wherever_that_is_cut() {
    let token = r#"secr"et\\an"d\more \" of it"#;
    let escaped = serde_json::to_string(token).unwrap();
    for padding in 0..80 {
        let mut world = World::new();
        world.tokens = Tokens::Silent;
        world.connect();
        let attempt = world.asked[0];
        world.give_token(attempt, Ok(token));
        world.say_frame(&format!(r#"49{{"{}":{escaped}}}"#, "x".repeat(padding)));
        assert_eq!(world.state(), ConnectionState::Reconnecting);
        let told: Vec<_> = world
            .events
            .iter()
            .map(|event| format!("{event:?}"))
            .collect();
        assert!(!told.concat().contains("secr"), "{padding}: {told:?}");
    }
}
