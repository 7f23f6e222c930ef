//! Large numbers of everything, so large that a quadratic algorithm would take minutes.

use crate::link::{World, after, solar};
use ardexa_client::client::CallId;
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const MANY: u32 = 10_000;

fn many<T>(mut make: impl FnMut(u32) -> T) -> Vec<T> {
    (0..MANY).map(&mut make).collect()
}

/// Connected for some time, to a server that holds its replies.
fn quiet() -> World {
    let mut world = World::stable();
    world.server.answering = false;
    world
}

/// Asserts that only the heartbeat deadline is left.
fn assert_idle(world: &World) {
    let stats = world.client.stats();
    let open = (stats.open_feeds, stats.open_series, stats.open_requests);
    assert_eq!((open, stats.table_entries), ((0, 0, 0), 1));
    assert!(world.server.open_feeds().is_empty());
}

#[test]
fn series_of_one_feed_are_stopped_in_any_order() {
    let orders: [fn(&mut Vec<CallId>); 3] = [
        |_| {},
        |calls| calls.reverse(),
        |calls| calls.sort_by_key(|call| call.value().wrapping_mul(0x9e37_79b9)),
    ];
    for order in orders {
        let mut world = quiet();
        let mut calls = many(|_| world.series("a", 2, true));
        world.answer_all();
        assert_eq!(world.server.count("device:feed"), 1);
        world.sample("f1", 1);
        order(&mut calls);
        for (done, &call) in calls.iter().enumerate() {
            if done % 1000 == 0 {
                world.sample("f1", 2);
                world.client.mark_series_notified(call);
            }
            world.stop(call);
        }
        assert_eq!(world.columns.len(), calls.len());
        assert_idle(&world);
    }
}

#[test]
fn listeners_and_series_of_one_feed_are_stopped_alternately() {
    let mut world = quiet();
    let calls = many(|n| match n % 2 {
        0 => world.feed("a"),
        _ => world.series("a", 2, false),
    });
    world.answer_all();
    for call in calls {
        let samples = world.samples.len();
        world.stop(call);
        if call.value() % 1000 == 0 {
            world.sample("f1", 1);
            // The last one is a series.
            let has_listener = world.client.stats().open_series < world.held.len();
            assert_eq!(world.samples.len() - samples, usize::from(has_listener));
        }
    }
    assert_idle(&world);
}

#[test]
fn series_time_out_while_their_feed_is_opening() {
    let mut world = quiet();
    many(|_| world.series("a", 2, true));
    world.advance(30_000);
    world.answer_all();
    assert_idle(&world);
}

#[test]
fn feeds_are_opened_resumed_and_stopped() {
    let mut world = quiet();
    let calls = many(|n| world.feed(&n.to_string()));
    world.answer_all();
    world.advance(6000);
    world.drop_tcp();
    world.settle_down();
    world.advance(6000);
    world.answer_all();
    assert_eq!(world.resumed.len(), calls.len());
    for call in calls {
        world.stop(call);
    }
    assert_idle(&world);
}

#[test]
fn feeds_fail_to_resume() {
    let mut world = World::stable();
    many(|n| world.feed(&n.to_string()));
    world.server.answering = false;
    world.drop_tcp();
    world.settle_down();
    world.advance(120_000);
    assert_eq!(world.ended.len(), MANY as usize);
    world.answer_all();
    assert_idle(&world);
}

#[test]
fn requests_time_out_and_are_answered_late() {
    let mut world = quiet();
    many(|n| {
        let request = ardexa_client::device::Request::cmd("d", "x").unwrap();
        world.request(request, after(u64::from(n % 7)));
    });
    world.advance(7);
    assert_eq!(world.client.stats().open_requests, 0);
    world.answer_all();
    assert_idle(&world);
}

#[test]
fn replies_to_an_unknown_request_while_many_are_open() {
    let mut world = quiet();
    many(|_| world.cmd());
    for _ in 0..MANY {
        world.send_event("device:cmd:rpc", json!({"correlationId": "unknown"}));
    }
    assert_eq!(world.client.stats().open_requests, MANY as usize);
}

#[test]
fn calls_to_connect_are_aborted_one_by_one() {
    use crate::link::Tokens;
    let mut world = World::new();
    world.tokens = Tokens::Silent;
    let calls = many(|_| world.connect());
    for call in calls {
        world.abort(call);
        assert_eq!(world.code(call), "aborted");
    }
    world.close();
    assert_eq!(world.client.stats().table_entries, 0);
}

#[test]
fn feeds_of_one_source_are_aborted_one_by_one() {
    let mut world = quiet();
    let calls = many(|_| world.open_feed(solar("a"), after(30_000)));
    for call in calls {
        world.abort(call);
    }
    world.answer_all();
    assert_idle(&world);
}

#[test]
fn series_end_all_at_once() {
    let open = || {
        let mut world = quiet();
        for n in 0..MANY {
            world.series(&n.to_string(), 2, true);
        }
        world.answer_all();
        world
    };
    let mut stopped = open();
    stopped.stop_all();
    let mut closed = open();
    closed.close();
    assert_eq!(stopped.columns.len(), MANY as usize);
    assert_eq!(closed.columns.len(), MANY as usize);
    assert_eq!(closed.client.stats().table_entries, 0);
}
