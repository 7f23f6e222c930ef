//! Plays a sequence of everything that can happen, in any order, and checks what must hold whatever
//! it was:
//!
//! - each call is settled once, and none is left when everything is closed;
//! - in the end the feeds open at the server are those that the client holds;
//! - a feed that is held is that which was asked for, and there is a series for each that is held or
//!   waited for, and no other;
//! - a sample of a feed that is held by a listener is delivered, once and at once;
//! - nothing is sent before the server's acceptance, and no command twice (the server looks at that);
//! - `poll_output` always comes to an end, and the client's timer always moves on;
//! - nothing is told after a callback that has closed the client, but what that settles and ends;
//! - nothing of a closed client stays behind in its tables.

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

/// One of `things`, which one does not matter.
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
            // Without a tick first it could be written into a dead socket, as in `Client::emit`.
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
        Op::GiveToken(at, good) => {
            if let Some(attempt) = pick(&world.asked, at) {
                let token = if good {
                    Ok("secret-late")
                } else {
                    Err(Error::invalid("token", "is not there"))
                };
                world.give_token(attempt, token);
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
                world.say("device:feed:reply", json!({"feedId": id, "error": "gone"}));
            }
        }
        Op::Say(frame) if world.server.current().is_some() => world.say_frame(frame),
        Op::SayBinary(frame) if world.server.current().is_some() => world.say_binary(&frame),
        Op::DropTcp | Op::Sample(_) | Op::FeedError(_) | Op::Say(_) | Op::SayBinary(_) => {}
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
    assert_eq!(series, stats.open_series, "series that somebody waits for");
    each_feed_is_its_own(world);
}

/// A feed that is held is at the server what was asked for, and a series has columns.
fn each_feed_is_its_own(world: &World) {
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

/// A sample of a feed that is held is delivered, once and at once; one of no feed is not.
fn sample(world: &mut World, id: &str) {
    // A callback that stops the feed would rightly lose it.
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
    assert!(delivered <= usize::from(held), "a sample of no feed");
    // Half a packet with attachments before it breaks the protocol, and the connection.
    if held && connection.as_deref() == world.client.socket_id() {
        assert_eq!(delivered, 1, "a sample was lost");
    }
}

/// The server behaves, and time passes: everything comes to rest.
fn come_to_rest(world: &mut World) {
    world.within = None;
    world.tokens = Tokens::Prompt;
    world.server.plans.clear();
    world.server.plan = Plan::Accept;
    world.server.pinging = true;
    world.server.answering = true;
    world.tick();
    world.answer_all();
    world.settle_down();
    // Longer than every deadline but `Never`.
    world.advance(400_000);
    world.settle_down();
}

pub(crate) fn check(setting: &Setting, ops: Vec<Op>) {
    let mut world = start(setting);
    world.connect();
    // A feed that is to wait for ever for an answer does, where the server has forgotten it.
    let forgetful = ops.iter().any(|op| matches!(op, Op::Forget(_)));
    for op in ops {
        play(&mut world, op);
    }
    come_to_rest(&mut world);
    let mut open = world.server.open_feeds();
    open.sort();
    assert_eq!(
        open,
        world.held_ids(),
        "feeds at the server, and feeds held"
    );
    let stats = world.client.stats();
    let held = world.held_keys().len();
    if !forgetful {
        assert_eq!(held, open.len(), "a feed that waits to be resumed for ever");
    }
    let opening = stats.open_feeds - held;
    assert!(
        opening <= world.pending_calls().len(),
        "a feed that nobody waits for"
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

    // And it can begin anew.
    let call = world.connect();
    assert_eq!(world.code(call), "ok");
}
