//! How far a connection got before it failed: how it is reported, and what is tried next.

use crate::link::{World, config, first_connect, ms};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState};
use ardexa_client::socket::Protocol;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn a_server_without_a_handshake_is_not_a_socket_io_server() {
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
        world.server.plan = Plan::Send(Stage::Opened, frame.to_owned());
        let call = world.connect();
        assert_eq!(world.code(call), "unreachable", "{frame}");
        let message = world.error(call).to_string();
        assert!(
            message.starts_with("cloud.example is not a Socket.IO server ("),
            "{message}"
        );
        assert!(message.ends_with("; check the URL and `path`"), "{message}");
        assert_eq!(world.state(), ConnectionState::Closed);
    }
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Opened);
    let call = world.connect();
    world.send_binary(&[1, 2]);
    assert!(
        world
            .error(call)
            .to_string()
            .contains("its first frame is binary")
    );
}

#[test]
fn a_timeout_names_the_stage_reached() {
    for (stage, protocol, revision, code, message) in [
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
            Stage::ConnectReceived,
            Protocol::Auto,
            4,
            "timeout",
            "no reply to CONNECT after the server's handshake within",
        ),
        (
            Stage::HandshakeSent,
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
        assert!(error.contains(message), "{error}");
        assert_eq!(error.contains("`path`"), stage <= Stage::Opened, "{error}");
    }
}

#[test]
fn a_hang_up_names_the_stage_reached() {
    for (stage, limit, message) in [
        (Stage::Dialled, None, "cannot reach cloud.example"),
        (
            Stage::Opened,
            None,
            "the WebSocket opened, but no handshake arrived; check the URL and `path`",
        ),
        (
            Stage::HandshakeSent,
            None,
            "the handshake arrived, but CONNECT was not sent yet; if it is a Socket.IO 3 or 4 server, set `protocol` to 4",
        ),
        (
            Stage::ConnectReceived,
            Some(9),
            "the handshake arrived, but CONNECT was not answered; check the token",
        ),
    ] {
        let mut world = World::new();
        world.server.max_payload = limit;
        world.server.plan = Plan::Drop(stage);
        let call = world.connect();
        assert_eq!(world.code(call), "unreachable");
        let error = world.error(call).to_string();
        assert!(error.contains(message), "{error}");
        assert_eq!(
            error.contains("cannot reach"),
            stage == Stage::Dialled,
            "{error}"
        );
        assert_eq!(error.contains("`path`"), stage <= Stage::Opened, "{error}");
    }
}

#[test]
fn after_a_hang_up_the_next_attempt_sends_connect_immediately() {
    let mut world = World::new();
    // Socket.IO 3 with a `connectTimeout` of 100 ms.
    world.server.max_payload = None;
    world.server.connect_timeout = Some(ms(100));
    let first = world.connect();
    world.advance(200);
    let message = world.error(first).to_string();
    assert!(message.contains("`protocol` to 4"), "{message}");
    let second = world.connect();
    assert_eq!(world.code(second), "ok");
    assert_eq!(world.server.last().frames, ["40"]);
    // This is remembered across disconnects.
    world.advance(6000);
    world.drop_tcp();
    world.wait_for_retry();
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!(world.server.connections.len(), 3);
}

#[test]
fn both_connect_timings_alternate_while_neither_works() {
    let mut world = World::with(first_connect());
    world.server.max_payload = None;
    world.server.plans.extend([
        Plan::Drop(Stage::HandshakeSent),
        Plan::Drop(Stage::ConnectReceived),
        Plan::Drop(Stage::HandshakeSent),
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
fn a_server_that_rejects_the_old_revision_may_be_newer() {
    for (protocol, names_versions) in [
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
        let message = world.error(call).to_string();
        assert!(
            message.contains("before accepting the connection"),
            "{message}"
        );
        assert_eq!(
            message.contains("Socket.IO 3 or 4"),
            names_versions,
            "{message}"
        );
    }
}
