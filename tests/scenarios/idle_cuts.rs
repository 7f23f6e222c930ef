//! A proxy that cuts idle connections.

use crate::link::{World, ms};
use ardexa_client::client::{ConnectionState, Input};
use serde_json::json;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A proxy cuts the connection after each of these durations of silence.
fn cut_when_silent(world: &mut World, millis: &[u64]) {
    for &millis in millis {
        assert_eq!(world.state(), ConnectionState::Connected);
        // Part of the silence has passed while the connection settled.
        let last_frame = world.client.stats().last_frame.unwrap();
        let silence = world.now.saturating_since(last_frame);
        world.advance(millis - u64::try_from(silence.as_millis()).unwrap());
        world.drop_tcp();
        world.settle_down();
    }
}

#[test]
fn an_idle_timeout_is_named_after_three_cuts() {
    let mut world = World::new();
    world.server.ping_interval = ms(90_000);
    world.connect();
    cut_when_silent(&mut world, &[60_000, 60_100]);
    assert!(world.warnings().is_empty(), "two cuts may be chance");
    cut_when_silent(&mut world, &[59_900, 60_000, 60_000]);
    let [warning] = world.warnings()[..] else {
        panic!("{:?}", world.warnings());
    };
    assert_eq!(warning.code(), "disconnected");
    assert!(
        warning.to_string().starts_with(
            "the connection was closed three times after about 60 s of silence, probably by an idle timeout on the way; "
        ),
        "{warning}"
    );
    assert!(warning.to_string().ends_with("90 s"), "{warning}");
    // In chronological order.
    let story = world.story();
    let warned_at = story.iter().position(|line| line == "warning disconnected");
    let before = &story[..warned_at.unwrap()];
    let losses = before
        .iter()
        .filter(|line| *line == "disconnect transport close");
    assert_eq!(losses.count(), 3, "{story:?}");
}

#[test]
fn other_cuts_are_not_reported_as_an_idle_timeout() {
    // Random durations.
    let mut world = World::new();
    world.server.ping_interval = ms(90_000);
    world.connect();
    cut_when_silent(
        &mut world,
        &[10_000, 20_000, 40_000, 20_000, 10_000, 40_000],
    );
    assert!(world.warnings().is_empty());

    // Equal durations, but with traffic.
    let mut world = World::new();
    world.server.ping_interval = ms(90_000);
    world.connect();
    for (quiet, rest) in [
        (5000, 55_000),
        (20_000, 40_000),
        (45_000, 15_000),
        (30_000, 30_000),
    ] {
        world.advance(quiet);
        world.send_event("other", json!(1));
        world.advance(rest);
        world.drop_tcp();
        world.settle_down();
    }
    assert!(world.warnings().is_empty());

    // The server is silent, which is not a cut; and the page goes to sleep.
    let mut world = World::connected();
    world.server.pinging = false;
    for _ in 0..4 {
        world.advance(45_000);
        world.settle_down();
    }
    assert!(world.server.connections.len() > 4);
    assert!(world.warnings().is_empty());
    let mut world = World::connected();
    for _ in 0..4 {
        world.advance(10_000);
        world.input(Input::Suspend);
        world.wake();
        world.settle_down();
    }
    assert!(world.server.connections.len() > 4);
    assert!(world.warnings().is_empty());
}
