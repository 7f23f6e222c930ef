//! The server ends the connection by its own wish: `41`.

use crate::link::World;
use crate::server::{Plan, Stage};
use ardexa_client::client::{ConnectionState, Error, Event};
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
        "the server ended the connection; connect() tries again"
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
