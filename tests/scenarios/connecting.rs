//! The first connection.

use crate::link::{World, config, first_connect, refusal};
use crate::server::{Plan, Stage};
use ardexa_client::client::{Config, ConnectionState};
use ardexa_client::socket::{Limits, Protocol};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn connects() {
    let mut world = World::new();
    assert_eq!(world.state(), ConnectionState::Idle);
    let call = world.connect();
    world.expect_story(&["ask", "open", "send 40", "connect 1", "settle 1 ok"]);
    assert_eq!(world.code(call), "ok");
    assert_eq!(world.state(), ConnectionState::Connected);
    assert_eq!(world.client.socket_id(), Some("socket-0"));
    assert_eq!(
        world.server.last().url,
        "wss://cloud.example/socket.io-client/?token=secret-1&orgName=my%20org&EIO=4&transport=websocket"
    );
}

#[test]
fn connects_to_a_socket_io_2_server() {
    for protocol in [Protocol::Auto, Protocol::V3] {
        let mut world = World::with(Config {
            protocol,
            ..config()
        });
        world.server.revision = 3;
        let call = world.connect();
        assert_eq!(world.code(call), "ok", "{protocol:?}");
        assert_eq!(world.client.socket_id(), Some("engine-0"));
        let revision = if protocol == Protocol::V3 {
            "EIO=3"
        } else {
            "EIO=4"
        };
        assert!(world.server.last().url.contains(revision));
        let call = world.cmd();
        assert_eq!(world.code(call), "ok");
        world.advance(300_000);
        assert_eq!(world.state(), ConnectionState::Connected);
        let pings = world.server.last().frames.iter().filter(|f| *f == "2");
        assert_eq!(pings.count(), 12);
    }
}

#[test]
fn a_socket_io_2_server_is_rejected_if_protocol_4_is_required() {
    let mut world = World::with(Config {
        protocol: Protocol::V4,
        ..config()
    });
    world.server.revision = 3;
    let call = world.connect();
    assert_eq!(world.code(call), "protocol");
    assert!(world.error(call).to_string().contains("Socket.IO 2"));
}

#[test]
fn concurrent_calls_share_one_attempt() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Opened);
    let first = world.connect();
    let second = world.connect();
    let at = world.at();
    assert_eq!(world.server.connections.len(), 1);
    world.server.text(
        at,
        r#"0{"sid":"e","pingInterval":25000,"pingTimeout":20000,"maxPayload":9}"#.to_owned(),
    );
    world.server.connections[at].stage = Stage::HandshakeSent;
    world.server.connections[at].halted = false;
    world.run();
    assert_eq!((world.code(first), world.code(second)), ("ok", "ok"));
    let third = world.connect();
    assert_eq!(world.code(third), "ok");
    assert_eq!(world.server.connections.len(), 1);
}

#[test]
fn a_refusal_rejects_with_the_servers_message() {
    let cases = [
        (
            r#"44{"message":"bad token ü","data":{"code":7}}"#,
            "bad token ü",
            Some(r#"{"code":7}"#),
        ),
        (r#"44{"message":"no data"}"#, "no data", None),
        ("44", "gave no reason", None),
        (r#"44"Invalid namespace""#, "Invalid namespace", None),
        (
            r#"44{"content":"retry later"}"#,
            "in `data`",
            Some(r#"{"content":"retry later"}"#),
        ),
    ];
    for (frame, message, data) in cases {
        for config in [config(), first_connect()] {
            let mut world = World::with(config);
            world.server.plan = refusal(frame);
            let call = world.connect();
            world.expect_story(&[
                "ask",
                "open",
                "send 40",
                "close socket",
                "connect_error 1 unauthorized, final",
                "settle 1 unauthorized",
            ]);
            let error = world.error(call);
            assert!(error.to_string().contains(message), "{error}");
            assert_eq!(error.kind.data(), data);
            assert_eq!(world.state(), ConnectionState::Closed);
            world.advance(600_000);
            assert_eq!(world.server.connections.len(), 1);
        }
    }
}

#[test]
fn a_drop_at_any_stage_of_the_handshake_rejects() {
    for stage in [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
    ] {
        let mut world = World::new();
        world.server.plan = Plan::Drop(stage);
        let call = world.connect();
        assert_eq!(world.code(call), "unreachable", "{stage:?}");
        let story = world.story();
        assert_eq!(
            story[story.len() - 3..],
            [
                "close socket",
                "connect_error 1 unreachable, final",
                "settle 1 unreachable"
            ]
        );
        assert!(world.error(call).to_string().contains("cloud.example"));
        assert_eq!(world.state(), ConnectionState::Closed);
        world.advance(600_000);
        assert_eq!(world.server.connections.len(), 1, "{stage:?}");
    }
}

#[test]
fn an_engine_close_packet_before_acceptance_is_a_drop() {
    for stage in [Stage::Opened, Stage::HandshakeSent, Stage::ConnectReceived] {
        let mut world = World::new();
        world.server.plan = Plan::Send(stage, "1".to_owned());
        let call = world.connect();
        assert_eq!(world.code(call), "unreachable", "{stage:?}");
    }
}

#[test]
fn a_silent_server_times_out_at_the_attempts_deadline() {
    for stage in [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
    ] {
        let mut world = World::new();
        world.server.plan = Plan::Stall(stage);
        let call = world.connect();
        world.advance(19_999);
        assert_eq!(world.code(call), "pending", "{stage:?}");
        world.advance(1);
        assert_eq!(world.code(call), "timeout", "{stage:?}");
        assert!(world.error(call).to_string().contains("20000 ms"));
        assert!(
            !world.server.last().alive,
            "the socket was left open at {stage:?}"
        );
    }
}

#[test]
fn a_heartbeat_timeout_before_acceptance_is_reported_as_such() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    (world.server.ping_interval, world.server.ping_timeout) = (
        core::time::Duration::from_secs(3),
        core::time::Duration::from_secs(2),
    );
    let call = world.connect();
    world.advance(5000);
    assert_eq!(world.code(call), "unreachable");
    assert!(
        world
            .error(call)
            .to_string()
            .contains("fell silent before accepting the connection"),
        "{}",
        world.error(call)
    );
}

#[test]
fn a_malformed_frame_before_acceptance_rejects() {
    for (stage, frame) in [
        (Stage::Opened, "0{\"sid\":\"ü\"}"),
        (Stage::Opened, "0[]"),
        (Stage::ConnectReceived, "9"),
        (Stage::ConnectReceived, "40{}"),
        (Stage::ConnectReceived, "40[]"),
        (Stage::ConnectReceived, "42[\"connect\"]"),
        (Stage::ConnectReceived, "4é1234"),
        (Stage::ConnectReceived, "41"),
    ] {
        let mut world = World::new();
        world.server.plan = Plan::Send(stage, frame.to_owned());
        let call = world.connect();
        assert_eq!(world.code(call), "protocol", "{frame}");
        assert_eq!(world.state(), ConnectionState::Closed);
    }
}

#[test]
fn a_failed_first_connection_is_retried_if_configured() {
    let mut world = World::with(first_connect());
    world.server.plans.extend([
        Plan::Drop(Stage::Dialled),
        Plan::Drop(Stage::ConnectReceived),
    ]);
    let call = world.connect();
    world.expect_story(&[
        "ask",
        "open",
        "close socket",
        "connect_error 1 unreachable",
        "reconnecting 2",
    ]);
    assert_eq!(world.state(), ConnectionState::Connecting);
    world.settle_down();
    assert_eq!(world.code(call), "ok");
    let story = world.story();
    assert_eq!(story[story.len() - 2..], ["connect 3", "settle 1 ok"]);
}

#[test]
fn a_retried_first_connection_settles_on_refusal_and_on_close() {
    let mut world = World::with(first_connect());
    world
        .server
        .plans
        .extend([Plan::Drop(Stage::Dialled), refusal("44")]);
    let call = world.connect();
    assert_eq!(world.code(call), "pending");
    world.settle_down();
    assert_eq!(world.code(call), "unauthorized");

    let mut world = World::with(first_connect());
    world.server.plan = Plan::Drop(Stage::Dialled);
    let call = world.connect();
    world.advance(100_000);
    assert_eq!(world.code(call), "pending");
    world.close();
    assert_eq!(world.code(call), "closed");
}

#[test]
fn connect_works_after_a_failure() {
    let mut world = World::new();
    world.server.plans.extend([Plan::Drop(Stage::Dialled)]);
    let first = world.connect();
    let second = world.connect();
    assert_eq!(
        (world.code(first), world.code(second)),
        ("unreachable", "ok")
    );
    let story = world.story();
    assert!(
        story.contains(&"connect 1".to_owned()),
        "attempts are counted from 1 again: {story:?}"
    );
}

#[test]
fn the_first_frame_may_precede_the_sockets_open_event() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::Dialled);
    let call = world.connect();
    let at = world.at();
    world.server.connections[at].stage = Stage::HandshakeSent;
    world.server.connections[at].halted = false;
    world.send_frame(
        r#"0{"sid":"e","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#,
    );
    assert_eq!(world.server.connections[at].frames, ["40"]);
    assert_eq!(world.code(call), "ok");
}

#[test]
fn an_acceptance_is_taken_up_to_the_deadline() {
    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    let call = world.connect();
    world.advance(19_000);
    world.server.accept_late(0);
    world.run();
    assert_eq!(world.code(call), "ok");

    let mut world = World::new();
    world.server.plan = Plan::Stall(Stage::ConnectReceived);
    let call = world.connect();
    // Both are in flight when the deadline passes.
    world.server.accept_late(0);
    world.sleep(20_000);
    world.run();
    assert_eq!(world.code(call), "timeout");
    assert_eq!(world.state(), ConnectionState::Closed);
}

#[test]
fn configured_limits_are_enforced() {
    let limits = Limits {
        max_early_frames: 2,
        ..Limits::default()
    };
    for (frames, is_an_error) in [(2, false), (3, true)] {
        let mut world = World::with(Config {
            limits: limits.clone(),
            ..config()
        });
        world.server.early = vec![r#"42["x"]"#.to_owned(); frames];
        let call = world.connect();
        let expected = if is_an_error { "protocol" } else { "ok" };
        assert_eq!(world.code(call), expected, "{frames} frames");
    }
}
