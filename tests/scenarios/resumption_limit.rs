//! The timeout of a resumption, and callers that join it meanwhile.

use crate::link::{World, after, config, ms, solar};
use ardexa_client::client::{CallOptions, Config, Reply, Timeout};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn resumption_has_its_own_timeout_regardless_of_the_calls() {
    for timeout in [
        Timeout::After(ms(200)),
        Timeout::After(ms(600_000)),
        Timeout::Never,
    ] {
        for (waited, is_back) in [(600, true), (119_999, true), (120_000, false)] {
            let mut world = World::connected();
            let options = CallOptions {
                timeout: Some(timeout),
                request_id: None,
            };
            world.open_feed(solar("a"), options);
            world.server.answering = false;
            world.drop_tcp();
            world.wait_for_retry();
            world.advance(waited);
            world.answer_all();
            assert_eq!(
                world.resumed.len(),
                usize::from(is_back),
                "{timeout:?} {waited}"
            );
            assert_eq!(world.ended.len(), usize::from(!is_back));
        }
    }
}

#[test]
fn a_caller_that_joins_a_resumption_keeps_its_own_timeout() {
    let mut world = World::connected_with(Config {
        resume_timeout: ms(5_000),
        ..config()
    });
    let first = world.open_feed(solar("a"), after(200));
    let kept = world.series("a", 9, false);
    world.server.answering = false;
    world.drop_tcp();
    world.wait_for_retry();
    let second = world.open_feed(solar("a"), after(30_000));
    let third = world.series("a", 9, false);
    world.advance(4_999);
    assert!(world.ended.is_empty());
    world.story();
    world.advance(1);
    world.expect_story(&["warning timeout", "series 3 ended", "ended timeout"]);
    assert_eq!(world.ended[0].subscriptions, [first, kept]);
    assert_eq!(world.code(second), "pending");
    world.advance(20_000);
    world.answer_all();
    assert_eq!((world.code(second), world.code(third)), ("ok", "ok"));
    assert!(world.resumed.is_empty(), "for new callers it is an opening");
    let id = world.feed_id(second);
    world.sample(&id, 1);
    assert_eq!(world.message_ids(), [1]);
    assert_eq!(world.client.series(third).unwrap().len(), 1);
    for call in [second, third] {
        world.stop(call);
    }
    assert!(world.server.open_feeds().is_empty());
    assert_eq!(world.client.stats().open_series, 0);
}

#[test]
fn a_series_that_joined_a_resumption_leaves_nothing_behind_on_a_drop() {
    let mut world = World::connected();
    let call = world.feed("a");
    world.advance(6000);
    let before = world.client.stats().table_entries;
    for _ in 0..100 {
        world.server.answering = false;
        world.drop_tcp();
        world.wait_for_retry();
        let series = world.series("a", 20_000, true);
        world.drop_tcp();
        assert_eq!(world.code(series), "disconnected");
        assert_eq!(world.client.stats().open_series, 0);
        world.server.answering = true;
        world.settle_down();
        world.advance(6000);
    }
    assert_eq!(world.client.stats().table_entries, before);
    // Parsed samples take the hot path again.
    let Reply::Feed { feed, .. } = *world.reply(call) else {
        panic!("{:?}", world.reply(call));
    };
    let attempt = world.server.last().attempt;
    assert!(
        world
            .client
            .record_parsed_sample(attempt, feed, 100, world.now)
    );
}
