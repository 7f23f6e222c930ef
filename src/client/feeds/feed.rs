//! One feed: its state, who shares it, and what becomes of it.

use super::super::ids::{CallId, FeedSlot};
use super::super::output::FeedGap;
use super::series_set::SeriesEntry;
use crate::device::FeedRequest;
use crate::index::hash;
use crate::series::Columns;
use crate::sorted::{Member, SortedSet};
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) enum FeedState {
    Opening { request_id: String },
    Open { feed_id: String },
    Lost,
    Resuming { request_id: String },
}

/// What makes two subscriptions share a feed: an equal request, with equal further fields.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct DedupKey {
    pub(super) request: FeedRequest,
    pub(super) extra: Option<String>,
}

/// A sample that came before its feed's id: the payload, and what its placeholders stand for.
pub(in super::super) type PendingSample = (String, Vec<Vec<u8>>);

#[derive(Debug)]
pub(super) struct FeedEntry {
    pub(super) dedup_key: DedupKey,
    /// In the order in which feeds were made.
    pub(super) created_seq: u64,
    pub(super) state: FeedState,
    pub(super) subscriptions: SortedSet<CallId>,
    /// How many of the subscriptions are not series.
    pub(super) listeners: usize,
    /// The calls that wait for the feed's id.
    pub(super) waiting: SortedSet<CallId>,
    pub(super) pending_samples: VecDeque<PendingSample>,
    /// Pending samples that had no room.
    pub(super) dropped: u64,
    /// Whether a sample that is not JSON was told.
    pub(super) told_unreadable: bool,
}

/// What became of a wish to subscribe.
pub(in super::super) enum Subscribed {
    /// A new feed: request it.
    New(FeedSlot),
    /// The feed is being opened already: wait.
    Joined(FeedSlot),
    /// The feed is open.
    Ready(FeedSlot, String),
}

/// A feed that has got its id.
pub(in super::super) struct OpenedFeed {
    pub(in super::super) feed: FeedSlot,
    pub(in super::super) waiting: SortedSet<CallId>,
    pub(in super::super) pending_samples: VecDeque<PendingSample>,
    pub(in super::super) dropped: u64,
    /// Set if it is back after a break.
    pub(in super::super) gap: Option<FeedGap>,
    /// The feed that had this id before. It lost the id; the caller ends it.
    pub(in super::super) replaced: Option<FeedSlot>,
}

/// A subscription that has ended.
pub(in super::super) struct Unsubscribed {
    pub(in super::super) feed: FeedSlot,
    /// What it kept, if it was a series.
    pub(in super::super) columns: Option<Columns>,
    /// Set if it was the last interest in the feed.
    pub(in super::super) ended: Option<EndedFeed>,
}

/// A feed that has ended.
pub(in super::super) struct EndedFeed {
    pub(in super::super) feed: FeedSlot,
    pub(in super::super) waiting: SortedSet<CallId>,
    pub(in super::super) subscriptions: Vec<CallId>,
    /// The id of the feed that the server still holds.
    pub(in super::super) feed_id: Option<String>,
    /// The id of the request that the server has not answered yet.
    pub(in super::super) late_request_id: Option<String>,
    pub(in super::super) series: Vec<SeriesEntry>,
    pub(in super::super) samples: u64,
}

impl DedupKey {
    pub(super) fn hash(&self) -> u64 {
        let Self { request, extra } = self;
        let parts = [
            &request.device_id,
            &request.table,
            &request.source,
            request.field.as_ref().unwrap_or(&request.table),
            extra.as_ref().unwrap_or(&request.table),
        ];
        let hashes = parts.into_iter().map(|part| hash(part.as_bytes()));
        hashes.fold(0, |all, hash| all.rotate_left(7) ^ hash)
    }
}

impl FeedEntry {
    pub(super) fn new(dedup_key: DedupKey, created_seq: u64, call: CallId) -> Self {
        let mut waiting = SortedSet::default();
        waiting.insert(call);
        Self {
            dedup_key,
            created_seq,
            state: FeedState::Lost,
            subscriptions: SortedSet::default(),
            listeners: 0,
            waiting,
            pending_samples: VecDeque::new(),
            dropped: 0,
            told_unreadable: false,
        }
    }

    pub(super) fn is_wanted(&self) -> bool {
        !self.subscriptions.is_empty() || !self.waiting.is_empty()
    }

    /// The id under which it is being opened or resumed.
    pub(super) fn request_id(&self) -> Option<&str> {
        match &self.state {
            FeedState::Opening { request_id } | FeedState::Resuming { request_id } => {
                Some(request_id)
            }
            FeedState::Open { .. } | FeedState::Lost => None,
        }
    }

    /// Its id, while it is open.
    pub(super) fn feed_id(&self) -> Option<&str> {
        match &self.state {
            FeedState::Open { feed_id } => Some(feed_id),
            _ => None,
        }
    }
}

/// In the order in which feeds were made.
impl Member for (u64, FeedSlot) {
    fn to_bits(self) -> u128 {
        u128::from(self.0) << 64 | u128::from(self.1.0)
    }

    #[expect(clippy::cast_possible_truncation, reason = "one half each")]
    fn from_bits(bits: u128) -> Self {
        ((bits >> 64) as u64, FeedSlot(bits as u32))
    }
}
