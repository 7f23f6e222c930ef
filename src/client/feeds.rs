//! Subscriptions: sharing of equal requests, samples before the `:rpc`, resumption after a break.
//!
//! A feed lives as long as it has a subscription or a call that waits for it. Its `feedId` lives as
//! long as the connection: feeds belong to the socket, so after a reconnection each is requested
//! again, once, and gets a new id.
//!
//! ```text
//!           :rpc              connection lost          accepted again         :rpc
//! Opening ────────▶ Open ───────────────────────▶ Lost ─────────────▶ Resuming ────▶ Open
//! ```

use super::Timeout;
use super::calls::CallId;
use super::intake::{Intake, Series, SeriesOptions};
use crate::device::{Envelope, FeedRequest};
use crate::index::{Index, key_of};
use crate::series::Columns;
use crate::sorted::{InOrder, Member, Sorted, in_order};
use crate::time::Instant;
use std::collections::VecDeque;

/// A feed's place in the table. It is used again once the feed has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedKey(u32);

impl FeedKey {
    pub(super) const fn new(number: u32) -> Self {
        Self(number)
    }

    pub(super) const fn number(self) -> u32 {
        self.0
    }

    /// Its number: small, since places are used again.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The place of a number that [`FeedKey::index`] gave.
    #[must_use]
    pub fn from_index(index: usize) -> Self {
        Self(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn slot(self) -> u64 {
        self.0.into()
    }

    fn of_slot(slot: u64) -> Self {
        Self(u32::try_from(slot).unwrap_or(u32::MAX))
    }
}

/// What a feed missed while there was no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedGap {
    /// When the last sample before the break came.
    pub from: Option<Instant>,
    /// When the feed was back.
    pub to: Instant,
    /// The last sample's `messageId`.
    pub last_message_id: Option<String>,
}

/// Late answers to feed requests that nobody waits for any more are remembered up to this many, so
/// that the feed can be ended at the server.
const MAX_ORPHANS: usize = 1024;

#[derive(Debug)]
enum State {
    Opening { request_id: String },
    Open { feed_id: String },
    Lost,
    Resuming { request_id: String },
}

/// What makes two subscriptions share a feed.
type Sharing = (FeedRequest, Option<String>);

#[derive(Debug)]
pub(super) struct Feed {
    sharing: Sharing,
    serial: u64,
    state: State,
    timeout: Timeout,
    subscriptions: Sorted<CallId>,
    waiting: Sorted<CallId>,
    early: VecDeque<String>,
    early_dropped: u64,
    intake: Intake,
    /// Whether a subscription is no series, so that samples have to be told.
    has_listener: bool,
}

/// What became of a wish to subscribe.
pub(super) enum Subscribed {
    /// A new feed: request it.
    New(FeedKey),
    /// The feed is being opened already: wait.
    Joined(FeedKey),
    /// The feed is open.
    Ready(FeedKey, String),
}

/// A feed that has got its id.
pub(super) struct Opened {
    pub(super) feed: FeedKey,
    pub(super) waiting: Sorted<CallId>,
    pub(super) early: VecDeque<String>,
    pub(super) early_dropped: u64,
    /// Set where it is back after a break.
    pub(super) gap: Option<FeedGap>,
}

/// A feed that is no more.
pub(super) struct Ended {
    pub(super) feed: FeedKey,
    pub(super) waiting: Sorted<CallId>,
    pub(super) subscriptions: Vec<CallId>,
    /// The id of the feed that the server still holds.
    pub(super) feed_id: Option<String>,
    pub(super) series: Vec<Series>,
    pub(super) samples: u64,
}

/// All feeds.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    slots: Vec<Option<Feed>>,
    free: Vec<u32>,
    serial: u64,
    /// Slots, by what makes feeds shared, by `feedId`, by `requestId` and by subscription.
    sharing: Index,
    by_id: Index,
    by_request: Index,
    by_subscription: Index,
    orphans: VecDeque<String>,
}

impl Member for (u64, FeedKey) {
    fn to_bits(self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1.0)
    }

    #[expect(clippy::cast_possible_truncation, reason = "one half each")]
    fn from_bits(bits: u128) -> Self {
        ((bits >> 64) as u64, FeedKey(bits as u32))
    }
}

fn key_of_sharing((request, extra): &Sharing) -> u64 {
    let parts = [
        &request.device_id,
        &request.table,
        &request.source,
        request.field.as_ref().unwrap_or(&request.table),
        extra.as_ref().unwrap_or(&request.table),
    ];
    let keys = parts.into_iter().map(|part| key_of(part.as_bytes()));
    keys.fold(0, |all, key| all.rotate_left(7) ^ key)
}

impl Feed {
    /// The id under which it is being opened or resumed.
    fn request_id(&self) -> Option<&str> {
        match &self.state {
            State::Opening { request_id } | State::Resuming { request_id } => Some(request_id),
            State::Open { .. } | State::Lost => None,
        }
    }

    fn count_listeners(&mut self) {
        let mut ids = self.subscriptions.iter();
        self.has_listener = ids.any(|id| !self.intake.is_series(id));
    }
}

impl Feeds {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Entries in all tables: 0 where there is no feed and nothing to remember.
    pub(super) fn entries(&self) -> usize {
        self.len()
            + self.sharing.len()
            + self.by_id.len()
            + self.by_request.len()
            + self.by_subscription.len()
            + self.orphans.len()
    }

    fn get(&self, feed: FeedKey) -> Option<&Feed> {
        self.slots.get(feed.index())?.as_ref()
    }

    fn get_mut(&mut self, feed: FeedKey) -> Option<&mut Feed> {
        self.slots.get_mut(feed.index())?.as_mut()
    }

    /// Subscribes a call to the feed of an equal request, or to a new one.
    pub(super) fn subscribe(
        &mut self,
        call: CallId,
        request: FeedRequest,
        extra: Option<String>,
        timeout: Timeout,
    ) -> Subscribed {
        let sharing = (request, extra);
        let sharing_key = key_of_sharing(&sharing);
        let equal = |slot| self.slot(slot).is_some_and(|feed| feed.sharing == sharing);
        if let Some(slot) = self.sharing.find(sharing_key, equal)
            && let key = FeedKey::of_slot(slot)
            && let Some(feed) = self.get_mut(key)
        {
            if let State::Open { feed_id } = &feed.state {
                let feed_id = feed_id.clone();
                feed.subscriptions.insert(call);
                feed.count_listeners();
                self.by_subscription.insert(call.value().into(), key.slot());
                return Subscribed::Ready(key, feed_id);
            }
            feed.waiting.insert(call);
            return Subscribed::Joined(key);
        }
        self.serial += 1;
        let mut waiting = Sorted::default();
        waiting.insert(call);
        let feed = Feed {
            sharing,
            serial: self.serial,
            state: State::Lost,
            timeout,
            subscriptions: Sorted::default(),
            waiting,
            early: VecDeque::new(),
            early_dropped: 0,
            intake: Intake::default(),
            has_listener: false,
        };
        let key = match self.free.pop() {
            Some(index) => FeedKey(index),
            None => {
                self.slots.push(None);
                FeedKey(u32::try_from(self.slots.len() - 1).unwrap_or(u32::MAX))
            }
        };
        if let Some(slot) = self.slots.get_mut(key.index()) {
            *slot = Some(feed);
        }
        self.sharing.insert(sharing_key, key.slot());
        Subscribed::New(key)
    }

    /// What to ask the server for.
    pub(super) fn request(&self, feed: FeedKey) -> Option<(&FeedRequest, Option<&str>, Timeout)> {
        let feed = self.get(feed)?;
        let (request, extra) = &feed.sharing;
        Some((request, extra.as_deref(), feed.timeout))
    }

    /// Notes that a feed was requested under this id.
    pub(super) fn requested(&mut self, key: FeedKey, request_id: String) {
        let Some(feed) = self.get_mut(key) else {
            return;
        };
        let request_key = key_of(request_id.as_bytes());
        feed.state = if feed.subscriptions.is_empty() {
            State::Opening { request_id }
        } else {
            State::Resuming { request_id }
        };
        self.by_request.insert(request_key, key.slot());
    }

    pub(super) fn by_request(&self, id: &str) -> Option<FeedKey> {
        let requested = |slot| self.slot(slot).and_then(Feed::request_id) == Some(id);
        let found = self.by_request.find(key_of(id.as_bytes()), requested);
        found.map(FeedKey::of_slot)
    }

    /// The id under which a feed is being opened or resumed.
    pub(super) fn request_id(&self, feed: FeedKey) -> Option<String> {
        self.get(feed)?.request_id().map(str::to_owned)
    }

    /// The one feed that is being opened or resumed, where there is exactly one.
    pub(super) fn sole_requested(&self) -> Option<(FeedKey, &str)> {
        let mut requested = self.by_request.values();
        match (requested.next(), requested.next()) {
            (Some(slot), None) => Some((FeedKey::of_slot(slot), self.slot(slot)?.request_id()?)),
            _ => None,
        }
    }

    /// Notes the id that the server gave to a feed.
    pub(super) fn opened(
        &mut self,
        request_id: &str,
        feed_id: &str,
        now: Instant,
    ) -> Option<Opened> {
        let key = self.by_request(request_id)?;
        self.by_request
            .remove(key_of(request_id.as_bytes()), key.slot());
        let feed = self.get_mut(key)?;
        let resumed = matches!(feed.state, State::Resuming { .. });
        feed.state = State::Open {
            feed_id: feed_id.to_owned(),
        };
        let waiting = core::mem::take(&mut feed.waiting);
        for call in waiting.iter() {
            feed.subscriptions.insert(call);
        }
        feed.count_listeners();
        let opened = Opened {
            feed: key,
            early: core::mem::take(&mut feed.early),
            early_dropped: core::mem::take(&mut feed.early_dropped),
            gap: resumed.then(|| FeedGap {
                from: feed.intake.last().1,
                to: now,
                last_message_id: last_message_id(feed.intake.last().0),
            }),
            waiting,
        };
        for call in opened.waiting.iter() {
            self.by_subscription.insert(call.value().into(), key.slot());
        }
        // Where the server gives one id to two, the later has it.
        let id_key = key_of(feed_id.as_bytes());
        let same = |slot| slot != key.slot() && self.has_id(slot, feed_id.as_bytes());
        if let Some(before) = self.by_id.find(id_key, same) {
            self.by_id.remove(id_key, before);
        }
        self.by_id.insert(id_key, key.slot());
        Some(opened)
    }

    /// Whether the answer to this request finds nobody waiting any more. Says it once.
    pub(super) fn take_orphan(&mut self, request_id: &str) -> bool {
        let found = self.orphans.iter().position(|id| id == request_id);
        found.and_then(|at| self.orphans.remove(at)).is_some()
    }

    /// A call no longer waits. Answers whether it was the last interest in the feed, which is gone
    /// then.
    pub(super) fn leave(&mut self, key: FeedKey, call: CallId) -> bool {
        let Some(feed) = self.get_mut(key) else {
            return false;
        };
        feed.waiting.remove(call);
        feed.intake.remove_series(call);
        let gone = feed.waiting.is_empty() && feed.subscriptions.is_empty();
        if gone {
            self.remove(key);
        }
        gone
    }

    /// Takes out the columns of a subscription that is to end.
    pub(super) fn remove_series(&mut self, id: CallId) -> Option<Columns> {
        let key = self.by_subscription(id)?;
        Some(self.get_mut(key)?.intake.remove_series(id)?.columns)
    }

    /// Ends a subscription; answers the feed where it was the last interest in it.
    pub(super) fn unsubscribe(&mut self, subscription: CallId) -> Option<Ended> {
        let key = self.by_subscription(subscription)?;
        self.by_subscription
            .remove(subscription.value().into(), key.slot());
        let feed = self.get_mut(key)?;
        feed.subscriptions.remove(subscription);
        feed.count_listeners();
        if !feed.subscriptions.is_empty() || !feed.waiting.is_empty() {
            return None;
        }
        self.end(key)
    }

    /// Takes a feed out, whoever holds it.
    pub(super) fn end(&mut self, key: FeedKey) -> Option<Ended> {
        let feed = self.remove(key)?;
        for subscription in feed.subscriptions.iter() {
            self.by_subscription
                .remove(subscription.value().into(), key.slot());
        }
        Some(Ended {
            feed: key,
            waiting: feed.waiting,
            subscriptions: feed.subscriptions.iter().collect(),
            samples: feed.intake.received(),
            series: feed.intake.into_series(),
            feed_id: match feed.state {
                State::Open { feed_id } => Some(feed_id),
                _ => None,
            },
        })
    }

    /// Every feed, oldest first.
    pub(super) fn keys(&self) -> impl Iterator<Item = FeedKey> + use<> {
        let held = (0u32..).zip(&self.slots);
        let keys = held.filter_map(|(slot, feed)| Some((feed.as_ref()?.serial, FeedKey(slot))));
        let keys: InOrder<(u64, FeedKey)> = in_order(keys);
        keys.map(|(_, key)| key)
    }

    /// The connection is lost: ids are void; what has no subscription yet is gone.
    pub(super) fn connection_lost(&mut self) {
        self.by_id.clear();
        self.by_request.clear();
        for key in self.keys() {
            let Some(feed) = self.get_mut(key) else {
                continue;
            };
            feed.state = State::Lost;
            feed.waiting.clear();
            feed.early.clear();
            feed.early_dropped = 0;
            if feed.subscriptions.is_empty() {
                self.remove(key);
            }
        }
    }

    /// The connection is gone, and with it every answer that is still to come.
    pub(super) fn forget_orphans(&mut self) {
        self.orphans.clear();
    }

    fn remove(&mut self, key: FeedKey) -> Option<Feed> {
        let feed = self.slots.get_mut(key.index())?.take()?;
        self.free.push(key.0);
        self.sharing
            .remove(key_of_sharing(&feed.sharing), key.slot());
        match &feed.state {
            State::Open { feed_id } => {
                self.by_id.remove(key_of(feed_id.as_bytes()), key.slot());
            }
            State::Opening { request_id } | State::Resuming { request_id } => {
                self.by_request
                    .remove(key_of(request_id.as_bytes()), key.slot());
                if self.orphans.len() == MAX_ORPHANS {
                    self.orphans.pop_front();
                }
                self.orphans.push_back(request_id.clone());
            }
            State::Lost => {}
        }
        Some(feed)
    }

    /// The open feed of this id.
    pub(super) fn by_id(&self, feed_id: &[u8]) -> Option<FeedKey> {
        let found = self
            .by_id
            .find(key_of(feed_id), |slot| self.has_id(slot, feed_id));
        found.map(FeedKey::of_slot)
    }

    fn has_id(&self, slot: u64, id: &[u8]) -> bool {
        let state = self.slot(slot).map(|feed| &feed.state);
        matches!(state, Some(State::Open { feed_id }) if feed_id.as_bytes() == id)
    }

    fn by_subscription(&self, subscription: CallId) -> Option<FeedKey> {
        let found = self.by_subscription.get(subscription.value().into());
        found.map(FeedKey::of_slot)
    }

    fn slot(&self, slot: u64) -> Option<&Feed> {
        self.get(FeedKey::of_slot(slot))
    }

    /// Takes an open feed's sample; answers whether there is somebody to tell.
    pub(super) fn note(&mut self, key: FeedKey, payload: &[u8], now: Instant) -> bool {
        let Some(feed) = self.get_mut(key) else {
            return false;
        };
        feed.intake.note(payload, now);
        feed.has_listener
    }

    /// The same for the hot path: `None` where the payload is out of the ordinary.
    pub(super) fn take(
        &mut self,
        key: FeedKey,
        payload: &[u8],
        feed_id: &[u8],
        now: Instant,
    ) -> Option<bool> {
        let feed = self.get_mut(key)?;
        feed.intake.take(payload, feed_id, now)?;
        Some(feed.has_listener)
    }

    /// Undoes the last [`take`](Self::take).
    pub(super) fn give_back(&mut self, key: FeedKey) {
        if let Some(feed) = self.get_mut(key) {
            feed.intake.give_back();
        }
    }

    pub(super) fn samples_of(&self, key: FeedKey) -> u64 {
        self.get(key).map_or(0, |feed| feed.intake.received())
    }

    /// The series to tell of, each once.
    pub(super) fn updated(&mut self, key: FeedKey) -> Vec<CallId> {
        self.get_mut(key)
            .map(|feed| feed.intake.updated())
            .unwrap_or_default()
    }

    pub(super) fn series(&self, id: CallId) -> Option<&Columns> {
        self.get(self.by_subscription(id)?)?.intake.series(id)
    }

    pub(super) fn series_told(&mut self, id: CallId) {
        if let Some(feed) = self.by_subscription(id).and_then(|key| self.get_mut(key)) {
            feed.intake.told(id);
        }
    }

    /// Makes a call that subscribes a series.
    pub(super) fn add_series(
        &mut self,
        key: FeedKey,
        id: CallId,
        columns: Columns,
        options: SeriesOptions,
    ) {
        if let Some(feed) = self.get_mut(key) {
            feed.intake.add_series(id, columns, options);
            feed.count_listeners();
        }
    }

    /// Keeps a sample that came before its feed's id.
    pub(super) fn keep_early(&mut self, key: FeedKey, payload: &str, most: usize) {
        if let Some(feed) = self.get_mut(key) {
            feed.early.push_back(payload.to_owned());
            if feed.early.len() > most {
                feed.early.pop_front();
                feed.early_dropped += 1;
            }
        }
    }
}

fn last_message_id(sample: &[u8]) -> Option<String> {
    let envelope = Envelope::parse(core::str::from_utf8(sample).ok()?)?;
    envelope.message_id.map(|id| id.into_owned())
}
