//! The server ends the connection with a DISCONNECT packet, `41`.

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
fn a_server_disconnect_is_final_and_keeps_its_reason() {
    let mut world = World::stable();
    let at = world.at();
    world.server.text(at, "41".to_owned());
    world.server.hang_up(at);
    world.run();
    world.expect_story(&["close socket", "disconnect io server disconnect, final"]);
    assert_eq!(world.state(), ConnectionState::Closed);
    world.wake();
    world.advance(600_000);
    world.expect_story(&[]);
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
fn a_server_disconnect_rejects_requests_and_ends_feeds() {
    let mut world = World::stable();
    let held = world.feed("a");
    world.server.answering = false;
    let (call, opening) = (world.cmd(), world.feed("b"));
    world.story();
    world.send_frame("41");
    world.expect_story(&[
        "close socket",
        "settle 3 disconnected",
        "settle 4 disconnected",
        "disconnect io server disconnect, final",
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
fn a_server_disconnect_right_after_acceptance_names_the_likely_cause() {
    let mut world = World::new();
    world.server.plan = Plan::Send(Stage::Accepted, "41".to_owned());
    let call = world.connect();
    world.expect_story(&[
        "ask",
        "open",
        "send 40",
        "connect 1",
        "settle 1 ok",
        "close socket",
        "disconnect io server disconnect, final",
    ]);
    assert_eq!(world.code(call), "ok");
    let (_, _, error) = disconnects(&world)[0];
    let message = error.unwrap().to_string();
    assert!(message.contains("token"), "{message}");
    world.advance(600_000);
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn right_after_acceptance_means_within_two_seconds() {
    for (waited, token_suspected) in [(1_999, true), (2_000, false)] {
        let mut world = World::connected();
        world.advance(waited);
        world.send_frame("41");
        let (_, _, error) = disconnects(&world)[0];
        let message = error.unwrap().to_string();
        assert_eq!(
            message.contains("token"),
            token_suspected,
            "{waited} ms: {message}"
        );
    }
}

/// How python-socketio with `always_connect=True` refuses a token.
const REFUSED: &str = r#"41{"message":"jwt expired","data":{"code":401}}"#;

fn changeable_token() -> Config {
    Config {
        token_may_change: true,
        ..config()
    }
}

#[test]
fn a_server_disconnect_reports_its_payload() {
    let mut world = World::stable();
    let held = world.feed("a");
    world.server.answering = false;
    let call = world.cmd();
    world.send_frame(REFUSED);
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
        "device:cmd: the connection was lost after sending (io server disconnect: jwt expired): whether the device acted is unknown; check before sending it again"
    );
    let ended = world.ended[0].error.as_ref().unwrap();
    assert_eq!(world.ended[0].subscriptions, [held]);
    for error in [error, lost, ended] {
        assert_eq!(error.code(), "disconnected");
        assert_eq!(error.kind.data(), Some(r#"{"code":401}"#));
    }
}

#[test]
fn a_server_disconnects_payload_does_not_leak_the_token() {
    let mut world = World::stable();
    world.send_frame(r#"41{"message":"secret-1 ü","data":["secret-1"]}"#);
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
        world.server.plan = Plan::Send(Stage::ConnectReceived, frame.to_owned());
        let call = world.connect();
        assert_eq!(world.code(call), code);
        assert!(world.error(call).kind.data().unwrap().contains("[token]"));
    }
}

#[test]
fn a_server_disconnect_with_a_payload_before_acceptance_is_a_refusal() {
    let mut world = World::new();
    world.server.plan = Plan::Send(Stage::ConnectReceived, REFUSED.to_owned());
    let call = world.connect();
    assert_eq!(world.code(call), "unauthorized");
    let error = world.error(call);
    assert!(error.to_string().contains("jwt expired"), "{error}");
    assert_eq!(error.kind.data(), Some(r#"{"code":401}"#));
}

#[test]
fn a_server_disconnect_right_after_acceptance_gets_one_token_retry() {
    for frame in ["41", REFUSED] {
        for config in [
            changeable_token(),
            Config {
                reconnect: None,
                ..changeable_token()
            },
        ] {
            let mut world = World::with(config);
            world
                .server
                .plans
                .push_back(Plan::Send(Stage::Accepted, frame.to_owned()));
            let call = world.connect();
            world.expect_story(&[
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
            let message = error.unwrap().to_string();
            assert!(
                message.ends_with("; retrying once with a fresh token"),
                "{message}"
            );
        }
    }
}

#[test]
fn a_server_disconnect_right_after_the_token_retry_is_final() {
    let mut world = World::with(changeable_token());
    world.server.plan = Plan::Send(Stage::Accepted, REFUSED.to_owned());
    world.connect();
    world.advance(600_000);
    assert_eq!(world.state(), ConnectionState::Closed);
    let ends: Vec<_> = disconnects(&world).iter().map(|end| end.1).collect();
    assert_eq!(ends, [true, false]);
    assert_eq!(world.server.connections.len(), 2);
    // A refusal of one kind followed by one of the other counts as two refusals as well.
    for plans in [
        [refusal("44"), Plan::Send(Stage::Accepted, "41".to_owned())],
        [Plan::Send(Stage::Accepted, "41".to_owned()), refusal("44")],
    ] {
        let mut world = World::with(changeable_token());
        world.server.plans.extend(plans);
        world.connect();
        assert_eq!(world.state(), ConnectionState::Closed);
        assert_eq!(world.server.connections.len(), 2);
    }
}

#[test]
fn a_token_retry_keeps_the_feeds_and_rejects_the_calls() {
    let mut world = World::connected_with(changeable_token());
    world.feed("a");
    world.server.answering = false;
    let call = world.cmd();
    world.server.answering = true;
    world.send_frame("41");
    assert_eq!(world.code(call), "disconnected");
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!((world.resumed.len(), world.ended.len()), (1, 0));
    assert_eq!(world.server.open_feeds(), world.held_ids());
}

#[test]
fn the_token_is_not_blamed_once_it_has_worked() {
    let hints = |world: &World| -> Vec<bool> {
        let errors = disconnects(world).into_iter().filter_map(|end| end.2);
        errors
            .map(|error| error.to_string().contains("the token may be invalid"))
            .collect()
    };
    // This connection has received a reply.
    let mut world = World::connected();
    let call = world.cmd();
    assert_eq!(world.code(call), "ok");
    world.send_frame("41");
    assert_eq!(hints(&world), [false]);
    // The connection before was stable.
    let mut world = World::connected();
    world.advance(2_000);
    world.drop_tcp();
    world.wait_for_retry();
    world.send_frame("41");
    assert_eq!(hints(&world), [false]);
    // A rejected request does not show that the token works.
    let mut world = World::quiet();
    world.cmd();
    world.server.refuse(0, serde_json::json!("not allowed"));
    world.run();
    world.send_frame("41");
    assert_eq!(hints(&world), [true]);
    // The fresh token is refused like the one before.
    let mut world = World::connected_with(changeable_token());
    world.advance(2_000);
    world.drop_tcp();
    world.server.plan = Plan::Send(Stage::Accepted, "41".to_owned());
    world.wait_for_retry();
    assert_eq!(hints(&world), [false, true]);
    // After another connect() there is another token.
    world.server.plan = Plan::Accept;
    world.connect();
    world.send_frame("41");
    assert_eq!(hints(&world), [false, true, true]);
}

#[test]
fn a_server_disconnect_of_a_stable_connection_is_final_for_any_token() {
    let mut world = World::connected_with(changeable_token());
    world.advance(2_000);
    world.send_frame(REFUSED);
    assert_eq!(world.state(), ConnectionState::Closed);
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn connect_works_after_a_server_disconnect() {
    let mut world = World::stable();
    world.send_frame("41");
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.state(), ConnectionState::Connected);
    assert!(world.story().contains(&"connect 1".to_owned()));
}

#[test]
fn an_expired_token_is_named_as_the_likely_reason() {
    use ardexa_client::time::Instant;
    // The token's payload is {"exp":1000}.
    let token = "eyJhbGciOiJub25lIn0.eyJleHAiOjEwMDB9.x";
    for (minutes, age) in [(180, "3 hours"), (5, "5 minutes")] {
        let mut world = World::new();
        world.tokens = crate::link::Tokens::Silent;
        world.now = Instant::from_millis(1_000_000 + minutes * 60_000);
        world.connect();
        let attempt = world.token_requests[0];
        world.provide_token(attempt, Ok(token));
        world.advance(10_000);
        world.send_frame("41");
        let (_, _, error) = disconnects(&world)[0];
        let message = error.unwrap().to_string();
        let expected = format!("the token expired {age} ago");
        assert!(message.contains(&expected), "{message}");
        assert!(!message.contains("eyJ"));
    }
}
