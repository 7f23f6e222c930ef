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
use super::feed::{Ended, Feed, FeedGap, FeedKey, Opened, State, Subscribed, key_of_sharing};
use super::feed_index::FeedIndex;
use super::intake::{Intake, SeriesOptions, Tape};
use crate::device::FeedRequest;
use crate::index::{Index, key_of};
use crate::series::{Columns, Scanner};
use crate::sorted::{InOrder, Sorted, in_order};
use crate::time::Instant;
use std::collections::VecDeque;

/// Late answers to feed requests that nobody waits for any more are remembered up to this many, so
/// that the feed can be ended at the server.
const MAX_ORPHANS: usize = 1024;

/// All feeds.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    slots: Vec<Option<Feed>>,
    /// By the same numbers: what samples need, and series.
    intakes: Vec<Intake>,
    tapes: Vec<Tape>,
    scanner: Scanner,
    free: Vec<u32>,
    serial: u64,
    by_id: FeedIndex,
    /// Slots, by what makes feeds shared, by `requestId` and by subscription.
    sharing: Index,
    by_request: Index,
    by_subscription: Index,
    orphans: VecDeque<String>,
}

impl Feeds {
    pub(super) fn by_subscription(&self, subscription: CallId) -> Option<FeedKey> {
        let found = self.by_subscription.get(subscription.value().into());
        found.map(FeedKey::of_slot)
    }

    fn slot(&self, slot: u64) -> Option<&Feed> {
        self.get(FeedKey::of_slot(slot))
    }

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

    fn intake(&self, feed: FeedKey) -> Option<&Intake> {
        self.intakes.get(feed.index())
    }

    fn tape_mut(&mut self, feed: FeedKey) -> Option<&mut Tape> {
        self.tapes.get_mut(feed.index())
    }

    /// Notes who is to get the samples of a feed, whenever that changes.
    fn count_listeners(&mut self, key: FeedKey) {
        let feed = self.slots.get(key.index()).and_then(Option::as_ref);
        let (intake, tape) = (
            self.intakes.get_mut(key.index()),
            self.tapes.get(key.index()),
        );
        if let (Some(feed), Some(intake), Some(tape)) = (feed, intake, tape) {
            let mut ids = feed.subscriptions.iter();
            intake.has_listener = ids.any(|id| !tape.is_series(id));
            intake.has_series = tape.has_series();
        }
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
                self.count_listeners(key);
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
        };
        let key = match self.free.pop() {
            Some(index) => FeedKey(index),
            None => {
                self.slots.push(None);
                self.intakes.push(Intake::default());
                self.tapes.push(Tape::default());
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
        let early = core::mem::take(&mut feed.early);
        let early_dropped = core::mem::take(&mut feed.early_dropped);
        self.count_listeners(key);
        for call in waiting.iter() {
            self.by_subscription.insert(call.value().into(), key.slot());
        }
        if let Some(other) = self.by_id(feed_id.as_bytes()) {
            self.by_id.remove(feed_id.as_bytes(), other.0);
            self.void_id(other);
        }
        self.by_id.insert(feed_id.as_bytes(), key.0);
        let intake = self.intakes.get_mut(key.index())?;
        intake.set_feed_id(feed_id);
        let (last, tape) = (intake.last(), self.tapes.get(key.index())?);
        Some(Opened {
            feed: key,
            early,
            early_dropped,
            gap: resumed.then(|| FeedGap {
                from: last.at(),
                to: now,
                last_message_id: tape.last_message_id().filter(|_| !last.was_taken()),
                last_was_taken: last.was_taken(),
            }),
            waiting,
        })
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
        let gone = feed.waiting.is_empty() && feed.subscriptions.is_empty();
        if let Some(tape) = self.tape_mut(key) {
            tape.remove_series(call);
        }
        self.count_listeners(key);
        if gone {
            self.remove(key);
        }
        gone
    }

    /// Takes out the columns of a subscription that is to end.
    pub(super) fn remove_series(&mut self, id: CallId) -> Option<Columns> {
        let key = self.by_subscription(id)?;
        let tape = self.tape_mut(key)?;
        let series = tape.remove_series(id)?;
        let has_series = tape.has_series();
        // It is not counted as a listener until it has ended.
        if let Some(intake) = self.intakes.get_mut(key.index()) {
            intake.has_series = has_series;
        }
        Some(series.columns)
    }

    /// Ends a subscription; answers the feed where it was the last interest in it.
    pub(super) fn unsubscribe(&mut self, subscription: CallId) -> Option<Ended> {
        let key = self.by_subscription(subscription)?;
        self.by_subscription
            .remove(subscription.value().into(), key.slot());
        let feed = self.get_mut(key)?;
        feed.subscriptions.remove(subscription);
        let wanted = !feed.subscriptions.is_empty() || !feed.waiting.is_empty();
        self.count_listeners(key);
        if wanted {
            return None;
        }
        self.end(key)
    }

    /// Takes a feed out, whoever holds it.
    pub(super) fn end(&mut self, key: FeedKey) -> Option<Ended> {
        let (feed, intake, tape) = self.remove(key)?;
        for subscription in feed.subscriptions.iter() {
            self.by_subscription
                .remove(subscription.value().into(), key.slot());
        }
        Some(Ended {
            feed: key,
            waiting: feed.waiting,
            subscriptions: feed.subscriptions.iter().collect(),
            samples: intake.received(),
            series: tape.into_series(),
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
            self.void_id(key);
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

    fn remove(&mut self, key: FeedKey) -> Option<(Feed, Intake, Tape)> {
        let feed = self.slots.get_mut(key.index())?.take()?;
        let intake = core::mem::take(self.intakes.get_mut(key.index())?);
        let tape = core::mem::take(self.tapes.get_mut(key.index())?);
        self.free.push(key.0);
        self.sharing
            .remove(key_of_sharing(&feed.sharing), key.slot());
        match &feed.state {
            State::Open { feed_id } => self.by_id.remove(feed_id.as_bytes(), key.0),
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
        Some((feed, intake, tape))
    }

    /// No sample is this feed's until it has an id again.
    fn void_id(&mut self, key: FeedKey) {
        if let Some(intake) = self.intakes.get_mut(key.index()) {
            intake.set_feed_id("");
        }
    }

    /// The open feed of this id.
    #[inline]
    pub(super) fn by_id(&self, feed_id: &[u8]) -> Option<FeedKey> {
        let is = |feed| {
            let intake = self.intake(FeedKey(feed));
            intake.is_some_and(|intake| intake.has_feed_id(feed_id))
        };
        self.by_id.find(feed_id, is).map(FeedKey)
    }

    /// Takes an open feed's sample; answers whether there is somebody to tell.
    pub(super) fn note(&mut self, key: FeedKey, payload: &[u8], now: Instant) -> bool {
        let (Some(intake), Some(tape)) = (
            self.intakes.get_mut(key.index()),
            self.tapes.get_mut(key.index()),
        ) else {
            return false;
        };
        intake.note(tape, payload, &mut self.scanner, now);
        intake.has_listener
    }

    /// The same for the hot path: `None` where the payload is out of the ordinary.
    #[inline]
    pub(super) fn take(
        &mut self,
        key: FeedKey,
        payload: &[u8],
        feed_id: &[u8],
        now: Instant,
    ) -> Option<bool> {
        let intake = self.intakes.get_mut(key.index())?;
        let tape = self.tapes.get_mut(key.index())?;
        intake.take(tape, payload, feed_id, &mut self.scanner, now)?;
        Some(intake.has_listener)
    }

    /// Takes a sample that the caller has read. Answers whether it was taken.
    pub(super) fn take_read(&mut self, key: FeedKey, now: Instant) -> bool {
        let intake = self.intakes.get_mut(key.index());
        intake.is_some_and(|intake| intake.take_read(now))
    }

    pub(super) fn samples_of(&self, key: FeedKey) -> u64 {
        self.intake(key).map_or(0, Intake::received)
    }

    /// The series to tell of, each once.
    #[inline]
    pub(super) fn updated(&mut self, key: FeedKey) -> Vec<CallId> {
        if !self.intake(key).is_some_and(|intake| intake.has_series) {
            return Vec::new();
        }
        self.tape_mut(key).map(Tape::updated).unwrap_or_default()
    }

    pub(super) fn series(&self, id: CallId) -> Option<&Columns> {
        let key = self.by_subscription(id)?;
        self.tapes.get(key.index())?.series(id)
    }

    pub(super) fn series_told(&mut self, id: CallId) {
        let key = self.by_subscription(id);
        if let Some(tape) = key.and_then(|key| self.tape_mut(key)) {
            tape.told(id);
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
        if let Some(tape) = self.tape_mut(key) {
            tape.add_series(id, columns, options);
            self.count_listeners(key);
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
