//! Plays any sequence of operations and checks the invariants:
//!
//! - each call settles once, and none is pending after `close()`;
//! - in the end the feeds open at the server are those that the client holds;
//! - a held feed is the one that was requested; each series that is held or opening has columns, and
//!   no other does;
//! - a sample of a feed with a listener is delivered once, immediately;
//! - nothing is sent before the server's acceptance, and no command twice (the server checks that);
//! - `poll_output` always returns a timeout in the end, and the client's timer always advances;
//! - after a callback has closed the client, only what settles or ends something is emitted;
//! - a closed client leaves no table entries.

use crate::link::{Tokens, World, solar, with_id};
use crate::sequences::{Op, Setting};
use crate::server::Plan;
use ardexa_client::client::{
    AckHandle, CallId, CallOptions, Command, Config, ConnectionState, Error, Event, Input, Output,
    ReconnectConfig, SeriesOptions, Timeout,
};
use ardexa_client::device::Request;
use serde_json::json;

fn start(setting: &Setting) -> World {
    let reconnect = setting
        .reconnect
        .map(|(max_attempts, first_connect)| ReconnectConfig {
            max_attempts,
            first_connect,
            ..ReconnectConfig::default()
        });
    let config = Config {
        reconnect,
        token_may_change: setting.token_may_change,
        max_early_samples: 3,
        ..crate::link::config()
    };
    let mut world = World::seeded(config, setting.seed.into());
    world.server.revision = setting.revision;
    world
}

fn options(timeout: Option<Timeout>) -> CallOptions {
    CallOptions {
        timeout,
        request_id: None,
    }
}

/// Any of `things`.
fn pick<T: Copy>(things: &[T], at: usize) -> Option<T> {
    things.get(at % things.len().max(1)).copied()
}

fn play(world: &mut World, op: Op) {
    let pending = world.server.pending.len().max(1);
    match op {
        Op::Connect => {
            world.connect();
        }
        Op::ReconnectNow => world.command(Command::ReconnectNow),
        Op::Close => world.close(),
        Op::Request(kind, timeout) => {
            let request = match kind {
                0 => Request::cmd("d", "x"),
                1 => Request::do_upgrade("d"),
                2 => Request::test_config("d", "{}"),
                _ => Request::generic("device:other", "{}"),
            };
            world.request(request.unwrap(), options(timeout));
        }
        Op::EmitWithAck => {
            world.emit_with_ack("hello", None);
        }
        Op::Emit => {
            // Without a tick first it could be written to a dead socket, as in `Client::emit`.
            world.tick();
            let _ = world.client.emit("hello", &[], Vec::new());
            world.run();
        }
        Op::OpenFeed(source, timeout) => {
            world.open_feed(solar(&source.to_string()), options(timeout));
        }
        Op::OpenSeries(source, timeout) => {
            let series = SeriesOptions {
                capacity: 2,
                wants_updates: true,
            };
            world.subscribe(solar(&source.to_string()), options(timeout), Some(series));
        }
        Op::OpenOwn(source, timeout) => {
            let options = CallOptions {
                timeout,
                ..with_id("own")
            };
            world.open_feed(solar(&source.to_string()), options);
        }
        Op::StopFeed(at) => {
            let held: Vec<CallId> = world.held.keys().copied().collect();
            if let Some(call) = pick(&held, at) {
                world.stop(call);
            }
        }
        Op::StopAll => {
            world.stop_all();
        }
        Op::Abort(at) => {
            if let Some(call) = pick(&world.pending_calls(), at) {
                world.abort(call);
                assert_ne!(world.code(call), "pending");
            }
        }
        Op::AnswerServer(at) => {
            let handles: Vec<AckHandle> = world
                .events
                .iter()
                .filter_map(|event| match event {
                    Event::Any { ack, .. } => *ack,
                    _ => None,
                })
                .collect();
            if let Some(handle) = pick(&handles, at) {
                world.command(Command::Ack {
                    handle,
                    args: Vec::new(),
                    attachments: Vec::new(),
                });
            }
        }
        Op::Within(at, act) => world.within = Some((at, act)),
        Op::Observe(on) => world.client.observe_events(on),
        Op::Tokens(tokens) => world.tokens = tokens,
        Op::ProvideToken(at, good) => {
            if let Some(attempt) = pick(&world.token_requests, at) {
                let token = if good {
                    Ok("secret-late")
                } else {
                    Err(Error::invalid("token", "is not there"))
                };
                world.provide_token(attempt, token);
            }
        }
        Op::Plan(plan) => world.server.plans.push_back(plan),
        Op::Pinging(on) => world.server.pinging = on,
        Op::Answering(on) => world.server.answering = on,
        Op::Answer(at) => {
            world.server.answer(at % pending);
            world.run();
        }
        Op::Refuse(at) => {
            world.server.refuse(at % pending, json!({"message": "ü"}));
            world.run();
        }
        Op::Forget(at) => {
            world.server.pending.remove(at % pending);
        }
        Op::AcceptLate => {
            if let Some(at) = world.server.current() {
                world.server.accept_late(at);
                world.run();
            }
        }
        Op::DropTcp if world.server.current().is_some() => world.drop_tcp(),
        Op::Sample(at) if world.server.current().is_some() => {
            let mut ids = world.server.open_feeds();
            ids.push("unknown".to_owned());
            let id = ids[at % ids.len()].clone();
            sample(world, &id);
        }
        Op::FeedError(at) if world.server.current().is_some() => {
            let ids = world.server.open_feeds();
            if !ids.is_empty() {
                let id = &ids[at % ids.len()];
                world.send_event("device:feed:reply", json!({"feedId": id, "error": "gone"}));
            }
        }
        Op::Send(frame) if world.server.current().is_some() => world.send_frame(frame),
        Op::SendBinary(frame) if world.server.current().is_some() => world.send_binary(&frame),
        Op::DropTcp | Op::Sample(_) | Op::FeedError(_) | Op::Send(_) | Op::SendBinary(_) => {}
        Op::Late(at, frame) => {
            let all: Vec<_> = world
                .server
                .connections
                .iter()
                .map(|c| (c.attempt, c.alive))
                .collect();
            if let Some((attempt, false)) = pick(&all, at) {
                world.input(Input::Text { attempt, frame });
                world.run();
            }
        }
        Op::LateClose(at) => {
            let all: Vec<_> = world
                .server
                .connections
                .iter()
                .map(|c| (c.attempt, c.alive))
                .collect();
            if let Some((attempt, false)) = pick(&all, at) {
                world.input(Input::Opened { attempt });
                world.input(Input::Closed {
                    attempt,
                    failed: true,
                    detail: None,
                });
                world.run();
            }
        }
        Op::Advance(millis) => world.advance(millis),
        Op::Sleep(millis) => world.sleep(millis),
        Op::Tick => world.tick(),
        Op::Wake => world.wake(),
    }
    let connected = world.state() == ConnectionState::Connected;
    assert_eq!(connected, world.client.socket_id().is_some());
    let stats = world.client.stats();
    let connecting = matches!(
        world.state(),
        ConnectionState::Connecting | ConnectionState::Reconnecting
    );
    assert!(connecting || world.pending_calls().len() == stats.open_requests);
    assert!(
        connected || stats.open_requests == 0,
        "open requests without a connection"
    );
    let is_held = |call: &&CallId| world.held.contains_key(call) || world.calls[call].is_none();
    let series = world.series_calls.iter().filter(is_held).count();
    assert_eq!(series, stats.open_series, "open and pending series");
    check_feeds(world);
}

/// Checks that a held feed is the one requested from the server, and that a series has columns.
fn check_feeds(world: &World) {
    for (call, feed) in &world.held {
        let is_series = world.series_calls.contains(call);
        assert_eq!(world.client.series(*call).is_some(), is_series);
        let Some(id) = &world.feed_ids[feed] else {
            continue;
        };
        let alive = world.server.connections.iter().filter(|c| c.alive);
        let mut at_server = alive.filter_map(|c| c.feeds.get(id));
        let source = at_server.next().map(|request| &request["source"]);
        let asked = &world.sources[call];
        assert!(
            source.is_none_or(|source| source == asked),
            "{source:?} for {asked}"
        );
    }
}

/// Checks that a sample of a held feed is delivered once, immediately, and any other is not.
fn sample(world: &mut World, id: &str) {
    // A callback that stops the feed would rightly lose the sample.
    world.within = None;
    let before = world.samples.len();
    let connection = world.client.socket_id().map(ToOwned::to_owned);
    let listeners = world
        .held
        .iter()
        .filter(|(call, _)| !world.series_calls.contains(call));
    let mut held = listeners.map(|(_, key)| key);
    let held = held.any(|key| world.feed_ids[key].as_deref() == Some(id));
    world.sample(id, 1);
    let delivered = world.samples.len() - before;
    assert!(
        delivered <= usize::from(held),
        "a sample of an unknown feed"
    );
    // A packet whose attachments are still missing breaks the protocol here, and the connection.
    if held && connection.as_deref() == world.client.socket_id() {
        assert_eq!(delivered, 1, "a sample was lost");
    }
}

/// The server behaves and time passes until nothing is pending.
fn settle(world: &mut World) {
    world.within = None;
    world.tokens = Tokens::Prompt;
    world.server.plans.clear();
    world.server.plan = Plan::Accept;
    world.server.pinging = true;
    world.server.answering = true;
    world.tick();
    world.answer_all();
    world.settle_down();
    // Longer than every timeout but `Never`.
    world.advance(400_000);
    world.settle_down();
}

pub(crate) fn check(setting: &Setting, ops: Vec<Op>) {
    let mut world = start(setting);
    world.connect();
    // A feed without a timeout waits indefinitely if the server forgot the request.
    let forgetful = ops.iter().any(|op| matches!(op, Op::Forget(_)));
    for op in ops {
        play(&mut world, op);
    }
    settle(&mut world);
    let mut open = world.server.open_feeds();
    open.sort();
    assert_eq!(open, world.held_ids(), "feeds at the server and feeds held");
    let stats = world.client.stats();
    let held = world.held_keys().len();
    if !forgetful {
        assert_eq!(held, open.len(), "a feed is never resumed");
    }
    let opening = stats.open_feeds - held;
    assert!(
        opening <= world.pending_calls().len(),
        "an opening feed without a pending call"
    );

    world.close();
    world.tick();
    assert!(
        world.pending_calls().is_empty(),
        "{:?}",
        world.pending_calls()
    );
    assert!(world.held.is_empty(), "a feed outlived the client");
    let stats = world.client.stats();
    assert_eq!(
        (stats.open_requests, stats.open_feeds, stats.table_entries),
        (0, 0, 0)
    );
    assert!(matches!(world.client.poll_output(), Output::Timeout(None)));
    assert!(
        world.server.connections.iter().all(|c| !c.alive),
        "a socket was left open"
    );

    // And it can start again.
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
}
