//! Delays between attempts.

use crate::link::{World, reconnect};
use crate::server::{Plan, Stage};
use ardexa_client::client::Event;
use core::time::Duration;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// The number and the delay of every attempt.
fn attempts_and_delays(world: &World) -> Vec<(u32, u64)> {
    let waits = world.events.iter().filter_map(|event| match event {
        Event::Reconnecting { attempt, delay_ms } => Some((*attempt, *delay_ms)),
        _ => None,
    });
    waits.collect()
}

#[test]
fn every_delay_is_random_up_to_its_bound() {
    let (mut low, mut high) = ([1.0f64; 12], [0.0f64; 12]);
    for seed in 0..300 {
        let mut world = World::seeded(reconnect(|r| r.max_attempts = 10), seed);
        world.connect();
        world.advance(6000);
        world.server.plan = Plan::Drop(Stage::Dialled);
        world.drop_tcp();
        world.settle_down();
        let waits = attempts_and_delays(&world);
        assert_eq!(waits.len(), 10);
        for ((n, delay), want) in waits.into_iter().zip(1u32..) {
            assert_eq!(n, want, "attempts count from 1");
            let bound = 30_000.min(500 << n);
            assert!(
                delay <= bound,
                "attempt {n}: delay {delay} ms above bound {bound} ms"
            );
            let share = delay as f64 / bound as f64;
            let n = n as usize;
            (low[n], high[n]) = (low[n].min(share), high[n].max(share));
        }
    }
    for n in 1..=10 {
        assert!(
            low[n] < 0.05 && high[n] > 0.95,
            "attempt {n}: {} to {}",
            low[n],
            high[n]
        );
    }
}

#[test]
fn delays_grow_while_the_server_accepts_and_drops() {
    for drop in [
        Plan::Drop(Stage::Accepted),
        Plan::Send(Stage::Accepted, "1".to_owned()),
    ] {
        let mut world = World::seeded(reconnect(|r| r.max_attempts = 12), 3);
        world.connect();
        world.advance(6000);
        world.server.plan = drop;
        world.drop_tcp();
        for _ in 0..11 {
            world.wait_for_retry();
        }
        let numbers: Vec<u32> = attempts_and_delays(&world)
            .into_iter()
            .map(|(n, _)| n)
            .collect();
        assert_eq!(numbers, (1..=12).collect::<Vec<u32>>());
        world.settle_down();
        let story = world.story();
        assert_eq!(story.last().unwrap(), "disconnect transport close, final");
    }
}

#[test]
fn a_flapping_server_gets_few_connections_a_minute() {
    let mut world = World::stable();
    world.server.plan = Plan::Drop(Stage::Accepted);
    world.drop_tcp();
    world.advance(600_000);
    let connections = world.server.connections.len();
    assert!(
        (20..80).contains(&connections),
        "{connections} in ten minutes"
    );
}

#[test]
fn the_attempt_count_resets_only_after_a_stable_connection() {
    let mut world = World::stable();
    world.drop_tcp();
    world.wait_for_retry();
    world.advance(4999);
    world.drop_tcp();
    world.wait_for_retry();
    world.advance(5000);
    world.drop_tcp();
    let numbers: Vec<u32> = attempts_and_delays(&world)
        .into_iter()
        .map(|(n, _)| n)
        .collect();
    assert_eq!(numbers, [1, 2, 1]);
}

#[test]
fn losing_the_first_connection_starts_at_attempt_one() {
    let mut world = World::connected();
    world.advance(4999);
    world.drop_tcp();
    assert_eq!(attempts_and_delays(&world)[0].0, 1);
}

#[test]
fn configured_bounds_are_used() {
    let mut world = World::with(reconnect(|r| {
        r.min_delay = Duration::ZERO;
        r.max_delay = Duration::from_secs(1);
        r.stable_after = Duration::ZERO;
    }));
    world.connect();
    world.tick();
    world.drop_tcp();
    assert_eq!(attempts_and_delays(&world), [(1, 0)]);
    world.wait_for_retry();
    world.tick();
    world.drop_tcp();
    assert_eq!(attempts_and_delays(&world).last(), Some(&(1, 0)));
}

#[test]
fn the_same_seed_gives_the_same_delays() {
    let delays = |seed| {
        let mut world = World::seeded(reconnect(|r| r.max_attempts = 8), seed);
        world.connect();
        world.server.plan = Plan::Drop(Stage::Dialled);
        world.drop_tcp();
        world.settle_down();
        world.delays()
    };
    assert_eq!(delays(1), delays(1));
    assert_ne!(delays(1), delays(2));
}
