//! Three days of an unstable connection, in virtual time: it is dropped, goes silent, is refused or
//! stalls at every stage, and the machine sleeps now and then. Invariants:
//!
//! - the samples that reach a live connection are delivered once, in order, and no others;
//! - every break is reported as one gap per feed, which names the last sample before it;
//! - each call settles (`link.rs` asserts that none settles twice), and no command is sent twice
//!   (the server checks that);
//! - the client's tables do not grow.

use crate::link::{World, after, ms, reconnect};
use crate::server::{Plan, Stage};
use ardexa_client::client::{ConnectionState, Event, FeedSlot};
use std::collections::BTreeMap;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const SOURCES: [&str; 3] = ["a", "b", "c"];
const SPAN_MS: u64 = 3 * 24 * 3_600_000;

/// A small generator (xorshift): every run plays the same days.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

/// The samples sent to the client on live connections, and those that it delivered.
#[derive(Default)]
struct Truth {
    next: u32,
    sent: BTreeMap<FeedSlot, Vec<u64>>,
    last: BTreeMap<FeedSlot, u64>,
    breaks: usize,
}

impl Truth {
    /// Sends a sample of each feed that is open on the live connection.
    fn samples(&mut self, world: &mut World) {
        let open = world.server.open_feeds();
        for (key, id) in world.feed_ids.clone() {
            let Some(id) = id.filter(|id| open.contains(id)) else {
                continue;
            };
            self.next += 1;
            world.sample(&id, self.next);
            self.sent.entry(key).or_default().push(self.next.into());
            self.last.insert(key, self.next.into());
        }
    }

    /// Checks that the samples delivered since the last check are those that were sent.
    fn check_samples(&mut self, world: &mut World) {
        let ids = world.message_ids();
        let mut delivered: BTreeMap<FeedSlot, Vec<u64>> = BTreeMap::new();
        for ((key, _), id) in world.samples.drain(..).zip(ids) {
            delivered.entry(key).or_default().push(id);
        }
        assert_eq!(delivered, core::mem::take(&mut self.sent));
    }

    /// Since the last check the connection broke once, or several times without a feed in between.
    fn check_gaps(&mut self, world: &mut World) {
        let gaps = core::mem::take(&mut world.resumed);
        assert_eq!(gaps.len(), SOURCES.len(), "one gap of each feed");
        for (key, id, gap) in gaps {
            assert_eq!(world.feed_ids[&key].as_deref(), Some(id.as_str()));
            let last = self.last.get(&key).map(u64::to_string);
            assert_eq!(gap.last_message_id, last);
            assert_eq!(gap.from.is_some(), last.is_some());
        }
        self.breaks += 1;
    }
}

/// Something that ends the connection sooner or later.
fn disrupt(world: &mut World, truth: &mut Truth, chance: &mut Chance) {
    let at = world.at();
    let feed = world.server.open_feeds().pop();
    match chance.below(6) {
        0 => world.drop_tcp(),
        1 => {
            // Whatever is in flight when the connection ends is lost.
            world.server.hang_up(at);
            let late = feed.map_or_else(String::new, |id| {
                format!(r#"42["device:feed:reply",{{"feedId":"{id}","messageId":"0","value":1}}]"#)
            });
            world.server.text(at, late);
            world.run();
        }
        2 => {
            world.server.pinging = false;
            world.advance(46_000);
            world.server.pinging = true;
        }
        3 => world.send_frame("42["),
        4 => {
            world.sleep(60_000 + chance.below(3_600_000));
            world.wake();
        }
        _ => {
            truth.samples(world);
            world.send_frame("1");
        }
    }
    world.tick();
}

/// The outcome of the next attempts.
fn plan(chance: &mut Chance) -> Plan {
    let stages = [
        Stage::Dialled,
        Stage::Opened,
        Stage::HandshakeSent,
        Stage::ConnectReceived,
        Stage::Accepted,
    ];
    let stage = stages[usize::try_from(chance.below(5)).unwrap()];
    match chance.below(3) {
        0 => Plan::Drop(stage),
        1 if stage < Stage::Accepted => Plan::Stall(stage),
        _ => Plan::Accept,
    }
}

#[test]
fn three_days_of_flapping_neither_lose_nor_repeat_anything() {
    let mut world = World::connected_with(reconnect(|r| r.first_connect = true));
    let mut truth = Truth::default();
    let mut chance = Chance(20_261_125);
    for source in SOURCES {
        world.feed(source);
    }
    world.advance(400_000);
    let entries = world.client.stats().table_entries;
    let end = world.now + ms(SPAN_MS);
    let mut calls = Vec::new();
    while world.now < end {
        for _ in 0..chance.below(4) {
            truth.samples(&mut world);
            world.advance(chance.below(5_000));
        }
        // Some are answered, some are open when the connection ends, some time out.
        world.server.answering = chance.below(2) == 0;
        calls.push(world.cmd());
        let request = ardexa_client::device::Request::refresh_meta("d").unwrap();
        calls.push(world.request(request, after(1 + chance.below(3_000))));
        for _ in 0..chance.below(3) {
            world.server.plans.push_back(plan(&mut chance));
        }
        disrupt(&mut world, &mut truth, &mut chance);
        // A call while disconnected is rejected, not queued.
        if world.state() != ConnectionState::Connected {
            let refused = world.cmd();
            assert_eq!(world.code(refused), "not-connected");
        }
        world.server.answering = true;
        world.settle_down();
        assert_eq!(world.state(), ConnectionState::Connected);
        // The disconnect may be noticed only now, and a plan may drop the connection once more.
        while world.server.current().is_none() {
            world.advance(1000);
            world.settle_down();
        }
        // Feeds that resumed while the server held its replies.
        world.answer_all();
        truth.check_samples(&mut world);
        truth.check_gaps(&mut world);
        assert_eq!(world.server.open_feeds().len(), SOURCES.len());
        world.story.clear();
    }

    world.advance(400_000);
    for call in calls {
        assert_ne!(world.code(call), "pending");
    }
    let stats = world.client.stats();
    assert_eq!((stats.open_requests, stats.open_feeds), (0, SOURCES.len()));
    assert_eq!(stats.table_entries, entries, "the tables grow");
    let losses = world.events.iter();
    let losses = losses.filter(|event| matches!(event, Event::Disconnect { .. }));
    assert!(truth.breaks > 500 && losses.count() >= truth.breaks);
}
