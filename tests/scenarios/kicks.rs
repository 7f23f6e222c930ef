//! The server ends the connection by its own wish: `41`.

use crate::link::{World, config, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState, Error, Event};
use ardexa_client::socket::DisconnectReason;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn disconnects(world: &World) -> Vec<(DisconnectReason, bool, Option<&Error>)> {
    let all = world.events.iter().filter_map(|event| match event {
        Event::Disconnect {
            reason,
            will_reconnect,
            error,
        } => Some((*reason, *will_reconnect, error.as_ref())),
        _ => None,
    });
    all.collect()
}

#[test]
fn a_kick_is_for_good_and_its_reason_stays() {
    let mut world = World::stable();
    let at = world.at();
    world.server.text(at, "41".to_owned());
    world.server.hang_up(at);
    world.run();
    world.told(&["close socket", "disconnect io server disconnect, for good"]);
    assert_eq!(world.state(), ConnectionState::Closed);
    world.wake();
    world.advance(600_000);
    world.told(&[]);
    assert_eq!(world.server.connections.len(), 1);
    let [(reason, will_reconnect, Some(error))] = disconnects(&world)[..] else {
        panic!("{:?}", world.events);
    };
    assert_eq!(
        (reason, will_reconnect),
        (DisconnectReason::ServerDisconnect, false)
    );
    assert_eq!(
        error.to_string(),
        "the server ended the connection; call connect() to try again"
    );
}

#[test]
fn a_kick_settles_open_requests_and_ends_feeds() {
    let mut world = World::stable();
    let held = world.feed("a");
    world.server.answering = false;
    let (call, opening) = (world.cmd(), world.feed("b"));
    world.story();
    world.say_frame("41");
    world.told(&[
        "close socket",
        "settle 3 disconnected",
        "settle 4 disconnected",
        "disconnect io server disconnect, for good",
        "ended disconnected",
    ]);
    assert_eq!(
        (world.code(call), world.code(opening)),
        ("disconnected", "disconnected")
    );
    assert_eq!(world.ended[0].subscriptions, [held]);
    assert!(world.ended[0].error.is_some());
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_feeds), (0, 0));
    let late = world.cmd();
    assert_eq!(world.code(late), "closed");
}

#[test]
fn a_kick_right_after_the_acceptance_says_what_it_may_be() {
    let mut world = World::new();
    world.server.plan = Plan::Say(Stage::Accepted, "41".to_owned());
    let call = world.connect();
    world.told(&[
        "ask",
        "open",
        "send 40",
        "connect 1",
        "settle 1 ok",
        "close socket",
        "disconnect io server disconnect, for good",
    ]);
    assert_eq!(world.code(call), "ok");
    let (_, _, error) = disconnects(&world)[0];
    let said = error.unwrap().to_string();
    assert!(said.contains("token"), "{said}");
    world.advance(600_000);
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn only_within_two_seconds_is_right_after_the_acceptance() {
    for (waited, of_the_token) in [(1_999, true), (2_000, false)] {
        let mut world = World::connected();
        world.advance(waited);
        world.say_frame("41");
        let (_, _, error) = disconnects(&world)[0];
        let said = error.unwrap().to_string();
        assert_eq!(said.contains("token"), of_the_token, "{waited} ms: {said}");
    }
}

/// How python-socketio with `always_connect=True` refuses a token.
const REFUSED: &str = r#"41{"message":"jwt expired","data":{"code":401}}"#;

fn changing() -> Config {
    Config {
        token_may_change: true,
        ..config()
    }
}

#[test]
fn a_kick_with_a_payload_tells_the_servers_words_and_data() {
    let mut world = World::stable();
    let held = world.feed("a");
    world.server.answering = false;
    let call = world.cmd();
    world.say_frame(REFUSED);
    assert_eq!(world.state(), ConnectionState::Closed);
    let [(reason, false, Some(error))] = disconnects(&world)[..] else {
        panic!("{:?}", world.events);
    };
    assert_eq!(reason, DisconnectReason::ServerDisconnect);
    assert_eq!(
        error.to_string(),
        "the server ended the connection: jwt expired; call connect() to try again"
    );
    let lost = world.error(call);
    assert_eq!(
        lost.to_string(),
        "device:cmd: the connection was lost after sending (io server disconnect: jwt expired): whether the device acted is unknown; look before you send it again"
    );
    let ended = world.ended[0].error.as_ref().unwrap();
    assert_eq!(world.ended[0].subscriptions, [held]);
    for error in [error, lost, ended] {
        assert_eq!(error.code(), "disconnected");
        assert_eq!(error.kind.data(), Some(r#"{"code":401}"#));
    }
}

#[test]
fn a_kick_with_a_payload_does_not_tell_the_token() {
    let mut world = World::stable();
    world.say_frame(r#"41{"message":"secret-1 ü","data":["secret-1"]}"#);
    let (_, _, error) = disconnects(&world)[0];
    let error = error.unwrap();
    assert!(error.to_string().contains("[token] ü"), "{error}");
    assert_eq!(error.kind.data(), Some(r#"["[token]"]"#));
    for (frame, code) in [
        (r#"41{"token":"secret-1"}"#, "protocol"),
        (
            r#"41{"message":"secret-1","data":"secret-1"}"#,
            "unauthorized",
        ),
    ] {
        let mut world = World::new();
        world.server.plan = Plan::Say(Stage::Asked, frame.to_owned());
        let call = world.connect();
        assert_eq!(world.code(call), code);
        assert!(world.error(call).kind.data().unwrap().contains("[token]"));
    }
}

#[test]
fn a_kick_with_a_payload_before_the_acceptance_is_a_refusal() {
    let mut world = World::new();
    world.server.plan = Plan::Say(Stage::Asked, REFUSED.to_owned());
    let call = world.connect();
    assert_eq!(world.code(call), "unauthorized");
    let error = world.error(call);
    assert!(error.to_string().contains("jwt expired"), "{error}");
    assert_eq!(error.kind.data(), Some(r#"{"code":401}"#));
}

#[test]
fn a_kick_right_after_the_acceptance_gets_the_one_fresh_try_of_a_refusal() {
    for frame in ["41", REFUSED] {
        for config in [
            changing(),
            Config {
                reconnect: None,
                ..changing()
            },
        ] {
            let mut world = World::with(config);
            world
                .server
                .plans
                .push_back(Plan::Say(Stage::Accepted, frame.to_owned()));
            let call = world.connect();
            world.told(&[
                "ask",
                "open",
                "send 40",
                "connect 1",
                "settle 1 ok",
                "close socket",
                "disconnect io server disconnect",
                "ask",
                "open",
                "send 40",
                "reconnect 1",
            ]);
            assert_eq!(world.code(call), "ok");
            assert!(world.server.last().url.contains("secret-2"));
            let (_, _, error) = disconnects(&world)[0];
            let said = error.unwrap().to_string();
            assert!(said.ends_with("; a fresh token is tried once"), "{said}");
        }
    }
}

#[test]
fn a_kick_right_after_the_fresh_try_is_final() {
    let mut world = World::with(changing());
    world.server.plan = Plan::Say(Stage::Accepted, REFUSED.to_owned());
    world.connect();
    world.advance(600_000);
    assert_eq!(world.state(), ConnectionState::Closed);
    let ends: Vec<_> = disconnects(&world).iter().map(|end| end.1).collect();
    assert_eq!(ends, [true, false]);
    assert_eq!(world.server.connections.len(), 2);
    // A refusal by the one way and then by the other is two refusals too.
    for plans in [
        [refusal("44"), Plan::Say(Stage::Accepted, "41".to_owned())],
        [Plan::Say(Stage::Accepted, "41".to_owned()), refusal("44")],
    ] {
        let mut world = World::with(changing());
        world.server.plans.extend(plans);
        world.connect();
        assert_eq!(world.state(), ConnectionState::Closed);
        assert_eq!(world.server.connections.len(), 2);
    }
}

#[test]
fn a_kick_that_gets_a_fresh_try_keeps_the_feeds_and_settles_the_calls() {
    let mut world = World::connected_with(changing());
    world.feed("a");
    world.server.answering = false;
    let call = world.cmd();
    world.server.answering = true;
    world.say_frame("41");
    assert_eq!(world.code(call), "disconnected");
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!((world.resumed.len(), world.ended.len()), (1, 0));
    assert_eq!(world.server.open_feeds(), world.held_ids());
}

#[test]
fn a_kick_right_after_the_acceptance_says_nothing_of_a_token_that_has_worked() {
    let hints = |world: &World| -> Vec<bool> {
        let errors = disconnects(world).into_iter().filter_map(|end| end.2);
        errors
            .map(|error| error.to_string().contains("may not like the token"))
            .collect()
    };
    // This connection has brought an answer.
    let mut world = World::connected();
    let call = world.cmd();
    assert_eq!(world.code(call), "ok");
    world.say_frame("41");
    assert_eq!(hints(&world), [false]);
    // The one before it has held.
    let mut world = World::connected();
    world.advance(2_000);
    world.drop_tcp();
    world.wait_for_retry();
    world.say_frame("41");
    assert_eq!(hints(&world), [false]);
    // A refused request is no sign that the token works.
    let mut world = World::quiet();
    world.cmd();
    world.server.refuse(0, serde_json::json!("not allowed"));
    world.run();
    world.say_frame("41");
    assert_eq!(hints(&world), [true]);
    // The fresh token is liked no more than the one before.
    let mut world = World::connected_with(changing());
    world.advance(2_000);
    world.drop_tcp();
    world.server.plan = Plan::Say(Stage::Accepted, "41".to_owned());
    world.wait_for_retry();
    assert_eq!(hints(&world), [false, true]);
    // Another run has another token.
    world.server.plan = Plan::Accept;
    world.connect();
    world.say_frame("41");
    assert_eq!(hints(&world), [false, true, true]);
}

#[test]
fn a_kick_of_a_connection_that_has_held_is_final_whatever_the_token() {
    let mut world = World::connected_with(changing());
    world.advance(2_000);
    world.say_frame(REFUSED);
    assert_eq!(world.state(), ConnectionState::Closed);
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn connect_may_follow_a_kick() {
    let mut world = World::stable();
    world.say_frame("41");
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.state(), ConnectionState::Connected);
    assert!(world.story().contains(&"connect 1".to_owned()));
}

#[test]
fn an_expired_token_is_told_as_the_likely_reason() {
    use ardexa_client::time::Instant;
    // The payload of the token is {"exp":1000}.
    let token = "eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDB9.x";
    for (minutes, words) in [(180, "3 hours"), (5, "5 minutes")] {
        let mut world = World::new();
        world.tokens = crate::link::Tokens::Silent;
        world.now = Instant::from_millis(1_000_000 + minutes * 60_000);
        world.connect();
        let attempt = world.asked[0];
        world.give_token(attempt, Ok(token));
        world.advance(10_000);
        world.say_frame("41");
        let (_, _, error) = disconnects(&world)[0];
        let said = error.unwrap().to_string();
        let expected = format!("the token expired {words} ago");
        assert!(said.contains(&expected), "{said}");
        assert!(!said.contains("eyJ"));
    }
}
