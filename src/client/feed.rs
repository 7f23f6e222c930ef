//! One feed: its key, its state, and what becomes of it.

use super::calls::CallId;
use super::intake::Series;
use crate::device::FeedRequest;
use crate::index::key_of;
use crate::series::Columns;
use crate::sorted::{Member, Sorted};
use crate::time::Instant;
use std::collections::VecDeque;

/// A feed's place in the table. It is used again once the feed has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FeedKey(pub(super) u32);

impl FeedKey {
    pub(super) const fn new(number: u32) -> Self {
        Self(number)
    }

    pub(super) const fn number(self) -> u32 {
        self.0
    }

    pub(super) fn slot(self) -> u64 {
        self.0.into()
    }

    pub(super) fn of_slot(slot: u64) -> Self {
        Self(u32::try_from(slot).unwrap_or(u32::MAX))
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
    /// Whether the last sample was one that the caller had read, see
    /// [`take_read_sample`](super::Client::take_read_sample): then its `messageId` is not known here.
    pub last_was_taken: bool,
}

#[derive(Debug)]
pub(super) enum State {
    Opening { request_id: String },
    Open { feed_id: String },
    Lost,
    Resuming { request_id: String },
}

/// What makes two subscriptions share a feed.
pub(super) type Sharing = (FeedRequest, Option<String>);

/// A sample that came before its feed's id: the payload, and what its placeholders stand for.
pub(super) type EarlySample = (String, Vec<Vec<u8>>);

#[derive(Debug)]
pub(super) struct Feed {
    pub(super) sharing: Sharing,
    pub(super) serial: u64,
    pub(super) state: State,
    pub(super) subscriptions: Sorted<CallId>,
    /// How many of the subscriptions are no series.
    pub(super) listeners: usize,
    pub(super) waiting: Sorted<CallId>,
    pub(super) early: VecDeque<EarlySample>,
    pub(super) early_dropped: u64,
    /// Whether a sample that is no JSON was told.
    pub(super) told_unreadable: bool,
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
    pub(super) early: VecDeque<EarlySample>,
    pub(super) early_dropped: u64,
    /// Set where it is back after a break.
    pub(super) gap: Option<FeedGap>,
    /// The feed that had this id before. It has none now, and is to be ended.
    pub(super) replaced: Option<FeedKey>,
}

/// A subscription that is no more.
pub(super) struct Unsubscribed {
    pub(super) feed: FeedKey,
    /// What it kept, where it was a series.
    pub(super) columns: Option<Columns>,
    /// Set where it was the last interest in the feed.
    pub(super) ended: Option<Ended>,
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

impl Member for (u64, FeedKey) {
    fn to_bits(self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1.0)
    }

    #[expect(clippy::cast_possible_truncation, reason = "one half each")]
    fn from_bits(bits: u128) -> Self {
        ((bits >> 64) as u64, FeedKey(bits as u32))
    }
}

pub(super) fn key_of_sharing((request, extra): &Sharing) -> u64 {
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
    pub(super) fn request_id(&self) -> Option<&str> {
        match &self.state {
            State::Opening { request_id } | State::Resuming { request_id } => Some(request_id),
            State::Open { .. } | State::Lost => None,
        }
    }

    /// Its id, while it is open.
    pub(super) fn feed_id(&self) -> Option<&str> {
        match &self.state {
            State::Open { feed_id } => Some(feed_id),
            _ => None,
        }
    }

    /// Nobody is left for whom it would come back: it is opened for those who wait.
    pub(super) fn is_opened_anew(&mut self) {
        if let State::Resuming { request_id } = &mut self.state {
            let request_id = core::mem::take(request_id);
            self.state = State::Opening { request_id };
        }
    }
}
