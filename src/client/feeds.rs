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

use super::calls::CallId;
use super::feed::{
    Ended, Feed, FeedGap, FeedKey, Opened, State, Subscribed, Unsubscribed, key_of_sharing,
};
use super::feed_index::FeedIndex;
use super::intake::{Intake, SeriesOptions, Tape};
use super::late::{Last, LateAnswers};
use crate::device::FeedRequest;
use crate::index::{Index, key_of};
use crate::json::quoted;
use crate::series::{Columns, Scanner};
use crate::sorted::{InOrder, Sorted, in_order};
use crate::time::Instant;
use std::collections::VecDeque;

/// All feeds.
#[derive(Debug, Default)]
pub(super) struct Feeds {
    slots: Vec<Option<Feed>>,
    /// By the same numbers: what samples need, and series.
    pub(super) intakes: Vec<Intake>,
    pub(super) tapes: Vec<Tape>,
    pub(super) scanner: Scanner,
    free: Vec<u32>,
    serial: u64,
    pub(super) by_id: FeedIndex,
    /// Slots, by what makes feeds shared, by `requestId` and by subscription.
    sharing: Index,
    by_request: Index,
    by_subscription: Index,
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
            + self.series_count()
    }

    /// Series, those whose feed is being opened or resumed included.
    pub(super) fn series_count(&self) -> usize {
        self.tapes.iter().map(Tape::len).sum()
    }

    fn get(&self, feed: FeedKey) -> Option<&Feed> {
        self.slots.get(feed.index())?.as_ref()
    }

    pub(super) fn get_mut(&mut self, feed: FeedKey) -> Option<&mut Feed> {
        self.slots.get_mut(feed.index())?.as_mut()
    }

    pub(super) fn intake(&self, feed: FeedKey) -> Option<&Intake> {
        self.intakes.get(feed.index())
    }

    pub(super) fn tape_mut(&mut self, feed: FeedKey) -> Option<&mut Tape> {
        self.tapes.get_mut(feed.index())
    }

    /// Notes who is to get the samples of a feed, whenever that changes.
    fn update_consumers(&mut self, key: FeedKey) {
        let feed = self.slots.get(key.index()).and_then(Option::as_ref);
        let (intake, tape) = (
            self.intakes.get_mut(key.index()),
            self.tapes.get(key.index()),
        );
        if let (Some(feed), Some(intake), Some(tape)) = (feed, intake, tape) {
            intake.has_listener = feed.listeners > 0;
            intake.has_series = tape.has_series();
        }
    }

    /// Makes a call a subscription of an open feed.
    fn join(&mut self, key: FeedKey, call: CallId) {
        let tape = self.tapes.get(key.index());
        let is_series = tape.is_some_and(|tape| tape.is_series(call));
        if let Some(feed) = self.get_mut(key) {
            feed.subscriptions.insert(call);
            feed.listeners += usize::from(!is_series);
            self.by_subscription.insert(call.value().into(), key.slot());
        }
    }

    /// Subscribes a call to the feed of an equal request, or to a new one.
    pub(super) fn subscribe(
        &mut self,
        call: CallId,
        request: FeedRequest,
        extra: Option<String>,
        series: Option<(Columns, SeriesOptions)>,
    ) -> Subscribed {
        let sharing = (request, extra);
        let sharing_key = key_of_sharing(&sharing);
        let equal = |slot| self.slot(slot).is_some_and(|feed| feed.sharing == sharing);
        if let Some(slot) = self.sharing.find(sharing_key, equal) {
            let key = FeedKey::of_slot(slot);
            self.add_series(key, call, series);
            if let Some(feed_id) = self.get(key).and_then(Feed::feed_id).map(str::to_owned) {
                self.join(key, call);
                self.update_consumers(key);
                return Subscribed::Ready(key, feed_id);
            }
            if let Some(feed) = self.get_mut(key) {
                feed.waiting.insert(call);
            }
            return Subscribed::Joined(key);
        }
        self.serial += 1;
        let mut waiting = Sorted::default();
        waiting.insert(call);
        let feed = Feed {
            sharing,
            serial: self.serial,
            state: State::Lost,
            subscriptions: Sorted::default(),
            listeners: 0,
            waiting,
            early: VecDeque::new(),
            early_dropped: 0,
            told_unreadable: false,
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
        self.add_series(key, call, series);
        Subscribed::New(key)
    }

    fn add_series(&mut self, key: FeedKey, call: CallId, series: Option<(Columns, SeriesOptions)>) {
        if let (Some((columns, options)), Some(tape)) = (series, self.tape_mut(key)) {
            tape.add_series(call, columns, options);
            self.update_consumers(key);
        }
    }

    /// What to ask the server for.
    pub(super) fn request(&self, feed: FeedKey) -> Option<(&FeedRequest, Option<&str>)> {
        let (request, extra) = &self.get(feed)?.sharing;
        Some((request, extra.as_deref()))
    }

    /// Which feed it is, for messages.
    pub(super) fn describe(&self, feed: FeedKey) -> Option<String> {
        let (request, _) = &self.get(feed)?.sharing;
        let parts = [
            "table ",
            &quoted(&request.table),
            ", source ",
            &quoted(&request.source),
            " of device ",
            &quoted(&request.device_id),
        ];
        Some(parts.concat())
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
        let early = core::mem::take(&mut feed.early);
        let early_dropped = core::mem::take(&mut feed.early_dropped);
        for call in waiting.iter() {
            self.join(key, call);
        }
        self.update_consumers(key);
        let replaced = self.by_id(feed_id.as_bytes());
        if let Some(other) = replaced {
            self.by_id.remove(feed_id.as_bytes(), other.0);
            self.void_id(other);
            if let Some(other) = self.get_mut(other) {
                other.state = State::Lost;
            }
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
            replaced,
        })
    }

    /// A call no longer waits. Returns whether it was the last interest in the feed, which is gone
    /// then.
    pub(super) fn leave(&mut self, key: FeedKey, call: CallId, late: &mut LateAnswers) -> bool {
        let Some(feed) = self.get_mut(key) else {
            return false;
        };
        feed.waiting.remove(call);
        let gone = feed.waiting.is_empty() && feed.subscriptions.is_empty();
        if let Some(tape) = self.tape_mut(key) {
            tape.remove_series(call);
        }
        self.update_consumers(key);
        if gone {
            self.end(key, late);
        }
        gone
    }

    /// Ends a subscription, and its feed where it was the last interest in it.
    pub(super) fn unsubscribe(
        &mut self,
        subscription: CallId,
        late: &mut LateAnswers,
    ) -> Option<Unsubscribed> {
        let key = self.by_subscription(subscription)?;
        self.by_subscription
            .remove(subscription.value().into(), key.slot());
        let series = self.tape_mut(key)?.remove_series(subscription);
        let feed = self.get_mut(key)?;
        feed.subscriptions.remove(subscription);
        feed.listeners -= usize::from(series.is_none());
        let wanted = !feed.subscriptions.is_empty() || !feed.waiting.is_empty();
        if feed.subscriptions.is_empty() {
            feed.is_opened_anew();
        }
        self.update_consumers(key);
        Some(Unsubscribed {
            feed: key,
            columns: series.map(|series| series.columns),
            ended: if wanted { None } else { self.end(key, late) },
        })
    }

    /// Whether a feed is on its way back.
    pub(super) fn is_resuming(&self, key: FeedKey) -> bool {
        let state = self.get(key).map(|feed| &feed.state);
        matches!(state, Some(State::Resuming { .. }))
    }

    /// Ends a feed that does not come back. Calls that have joined it meanwhile go on waiting, each
    /// as long as it wants to: for them the feed is being opened.
    pub(super) fn end_resumption(&mut self, key: FeedKey, late: &mut LateAnswers) -> Option<Ended> {
        let feed = self.slots.get_mut(key.index())?.as_mut()?;
        if feed.waiting.is_empty() {
            return self.end(key, late);
        }
        feed.is_opened_anew();
        feed.listeners = 0;
        let ended = core::mem::take(&mut feed.subscriptions);
        let tape = self.tapes.get_mut(key.index())?;
        let mut series = Vec::new();
        for subscription in ended.iter() {
            self.by_subscription
                .remove(subscription.value().into(), key.slot());
            series.extend(tape.remove_series(subscription));
        }
        self.update_consumers(key);
        Some(Ended {
            feed: key,
            waiting: Sorted::default(),
            subscriptions: ended.iter().collect(),
            samples: self.samples_of(key),
            series,
            feed_id: None,
        })
    }

    /// Takes a feed out, whoever holds it.
    pub(super) fn end(&mut self, key: FeedKey, late: &mut LateAnswers) -> Option<Ended> {
        let (feed, intake, tape) = self.remove(key)?;
        for subscription in feed.subscriptions.iter() {
            self.by_subscription
                .remove(subscription.value().into(), key.slot());
        }
        if let Some(request_id) = feed.request_id() {
            late.add(request_id, Last::FeedRpc);
        }
        Some(Ended {
            feed: key,
            subscriptions: feed.subscriptions.iter().collect(),
            samples: intake.received(),
            series: tape.into_series(),
            feed_id: feed.feed_id().map(str::to_owned),
            waiting: feed.waiting,
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
            feed.early.clear();
            feed.early_dropped = 0;
            let waiting = core::mem::take(&mut feed.waiting);
            if feed.subscriptions.is_empty() {
                self.remove(key);
            } else if let Some(tape) = self.tape_mut(key) {
                // Those who waited are told, and get no series.
                for call in waiting.iter() {
                    tape.remove_series(call);
                }
                self.update_consumers(key);
            }
        }
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
}
