//! One feed: its state, its subscriptions, and the outcomes of its changes.

use super::super::ids::{CallId, FeedSlot};
use super::super::output::FeedGap;
use super::super::payload::Payload;
use crate::device::{FeedRequest, InvalidArgument, Request};
use crate::index::hash;
use crate::series::Columns;
use crate::sorted::SortedSet;
use std::collections::VecDeque;

#[derive(Debug)]
pub(super) enum FeedState {
    Lost,
    /// Being opened; if it has subscriptions, being resumed.
    Requested {
        request_id: String,
    },
    Open {
        feed_id: String,
    },
}

/// What makes two subscriptions share a feed: equal requests with equal extra fields.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct DedupKey {
    pub(in super::super) request: FeedRequest,
    /// Extra fields for the payload, as a JSON object.
    pub(in super::super) extra: Option<String>,
}

#[derive(Debug)]
pub(super) struct FeedEntry {
    pub(super) dedup_key: DedupKey,
    /// Increases in the order of creation.
    pub(super) created_seq: u64,
    pub(super) state: FeedState,
    pub(super) subscriptions: SortedSet<CallId>,
    /// The calls waiting for the feed's id.
    pub(super) waiting: SortedSet<CallId>,
    pub(super) pending_samples: VecDeque<Payload>,
    /// Pending samples dropped for lack of room.
    pub(super) dropped: u64,
    /// Whether a sample that is not JSON has been reported.
    pub(super) warned_unreadable: bool,
}

/// A feed that has received its id.
pub(in super::super) struct OpenedFeed {
    pub(in super::super) waiting: SortedSet<CallId>,
    pub(in super::super) pending_samples: VecDeque<Payload>,
    pub(in super::super) dropped: u64,
    /// Set if the feed was resumed after a break.
    pub(in super::super) gap: Option<FeedGap>,
}

/// A feed that has ended.
pub(in super::super) struct EndedFeed {
    pub(in super::super) feed: FeedSlot,
    pub(in super::super) waiting: SortedSet<CallId>,
    pub(in super::super) subscriptions: Vec<CallId>,
    /// The feed's id, if the server still holds the feed.
    pub(in super::super) feed_id: Option<String>,
    /// The id of its request, if the server has not replied yet.
    pub(in super::super) late_request_id: Option<String>,
    pub(in super::super) series: Vec<(CallId, Columns)>,
    pub(in super::super) samples: u64,
}

impl DedupKey {
    pub(in super::super) fn to_request(&self) -> Result<Request, InvalidArgument> {
        let request = Request::feed(&self.request);
        match &self.extra {
            Some(extra) => request.with_extra(extra),
            None => Ok(request),
        }
    }

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
    pub(super) fn new(dedup_key: DedupKey, created_seq: u64) -> Self {
        Self {
            dedup_key,
            created_seq,
            state: FeedState::Lost,
            subscriptions: SortedSet::default(),
            waiting: SortedSet::default(),
            pending_samples: VecDeque::new(),
            dropped: 0,
            warned_unreadable: false,
        }
    }

    pub(super) fn is_needed(&self) -> bool {
        !self.subscriptions.is_empty() || !self.waiting.is_empty()
    }

    /// The request id under which it is being opened or resumed.
    pub(super) fn request_id(&self) -> Option<&str> {
        match &self.state {
            FeedState::Requested { request_id } => Some(request_id),
            _ => None,
        }
    }

    /// What it is indexed by.
    pub(super) fn indexed_id(&self) -> Option<&str> {
        self.feed_id().or(self.request_id())
    }

    /// Its id, while it is open.
    pub(super) fn feed_id(&self) -> Option<&str> {
        match &self.state {
            FeedState::Open { feed_id } => Some(feed_id),
            _ => None,
        }
    }
}
