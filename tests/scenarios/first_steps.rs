//! How far a connection came before it failed: what is told of it, and what is tried next.

use crate::link::{World, config, first_connect, ms};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState};
use ardexa_client::socket::Protocol;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_server_that_sends_something_else_than_a_handshake_is_no_socket_io_server() {
    for frame in [
        "x",
        "",
        "40",
        "{\"type\":\"connection_ack\"}",
        "{}\u{1e}",
        "CONNECTED\nversion:1.2\n\n\u{0}",
        "hello é",
    ] {
        let mut world = World::new();
        world.server.plan = Plan::Say(Stage::Opened, frame.to_owned());
        let call = world.connect();
        assert_eq!(world.code(call), "unreachable", "{frame}");
        let said = world.error(call).to_string();
        assert!(
            said.starts_with("cloud.example is not a Socket.IO server ("),
            "{said}"
        );
        assert!(said.ends_with("; check the URL and `path`"), "{said}");
        assert_eq!(world.state(), ConnectionState::Closed);
    }
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Opened);
    let call = world.connect();
    world.say_binary(&[1, 2]);
    assert!(
        world
            .error(call)
            .to_string()
            .contains("its first frame is binary")
    );
}

#[test]
fn a_timeout_tells_how_far_the_connection_came() {
    for (stage, protocol, revision, code, said) in [
        (
            Stage::Dialled,
            Protocol::Auto,
            4,
            "timeout",
            "no open WebSocket within 20000 ms",
        ),
        (
            Stage::Opened,
            Protocol::Auto,
            4,
            "timeout",
            "no handshake over the open WebSocket within",
        ),
        (
            Stage::Asked,
            Protocol::Auto,
            4,
            "timeout",
            "no answer to CONNECT after the server's handshake within",
        ),
        (
            Stage::Greeted,
            Protocol::V3,
            3,
            "timeout",
            "no acceptance by the server after its handshake within",
        ),
    ] {
        let mut world = World::with(Config {
            protocol,
            ..config()
        });
        world.server.revision = revision;
        world.server.plan = Plan::Stall(stage);
        let call = world.connect();
        world.advance(20_000);
        assert_eq!(world.code(call), code, "{stage:?}");
        let error = world.error(call).to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(error.contains("`path`"), stage <= Stage::Opened, "{error}");
    }
}

#[test]
fn a_hang_up_tells_how_far_the_connection_came() {
    for (stage, limit, said) in [
        (Stage::Dialled, None, "cannot reach cloud.example"),
        (
            Stage::Opened,
            None,
            "the WebSocket opened, and no handshake came; check the URL and `path`",
        ),
        (
            Stage::Greeted,
            None,
            "the handshake came, and CONNECT was not sent yet; if it is a server of Socket.IO 3 or 4, set `protocol` to 4",
        ),
        (
            Stage::Asked,
            Some(9),
            "the handshake came, and CONNECT was not answered; check the token",
        ),
    ] {
        let mut world = World::new();
        world.server.max_payload = limit;
        world.server.plan = Plan::Drop(stage);
        let call = world.connect();
        assert_eq!(world.code(call), "unreachable");
        let error = world.error(call).to_string();
        assert!(error.contains(said), "{error}");
        assert_eq!(
            error.contains("cannot reach"),
            stage == Stage::Dialled,
            "{error}"
        );
        assert_eq!(error.contains("`path`"), stage <= Stage::Opened, "{error}");
    }
}

#[test]
fn a_server_that_does_not_wait_for_a_late_connect_is_asked_at_once_the_next_time() {
    let mut world = World::new();
    // Socket.IO 3 with a `connectTimeout` of 100 ms.
    world.server.max_payload = None;
    world.server.connect_timeout = Some(ms(100));
    let first = world.connect();
    world.advance(200);
    let said = world.error(first).to_string();
    assert!(said.contains("`protocol` to 4"), "{said}");
    let second = world.connect();
    assert_eq!(world.code(second), "ok");
    assert_eq!(world.server.last().frames, ["40"]);
    // It is remembered over losses.
    world.advance(6000);
    world.drop_tcp();
    world.wait_for_retry();
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!(world.server.connections.len(), 3);
}

#[test]
fn the_other_way_is_tried_by_turns_while_neither_is_of_use() {
    let mut world = World::with(first_connect());
    world.server.max_payload = None;
    world.server.plans.extend([
        Plan::Drop(Stage::Greeted),
        Plan::Drop(Stage::Asked),
        Plan::Drop(Stage::Greeted),
    ]);
    let call = world.connect();
    world.settle_down();
    assert_eq!(world.code(call), "ok");
    let asked: Vec<usize> = world
        .server
        .connections
        .iter()
        .map(|c| c.frames.len())
        .collect();
    assert_eq!(asked, [0, 1, 0, 1]);
}

#[test]
fn a_server_that_hangs_up_on_the_old_revision_may_be_a_newer_one() {
    for (protocol, told) in [
        (Protocol::V3, true),
        (Protocol::V4, false),
        (Protocol::Auto, false),
    ] {
        let mut world = World::with(Config {
            protocol,
            ..config()
        });
        world.server.plan = Plan::Drop(Stage::Opened);
        let call = world.connect();
        let said = world.error(call).to_string();
        assert!(said.contains("before it had accepted us"), "{said}");
        assert_eq!(said.contains("Socket.IO 3 or 4"), told, "{said}");
    }
}
