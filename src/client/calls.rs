//! Open calls: everything that a caller waits for, how replies are matched to calls, and when calls
//! time out. Each call is settled exactly once.

use super::config::Timeout;
use super::deadlines::Deadlines;
use super::error::Error;
use super::ids::{CallId, FeedSlot};
use crate::device::{Envelope, ReplyKind, SettledBy};
use crate::index::{HashIndex, hash};
use crate::socket::AckId;
use crate::sorted::{InOrder, in_order};
use crate::time::Instant;
use core::time::Duration;
use slab::Slab;

/// What a call waits for.
#[derive(Debug)]
pub(super) enum PendingReply {
    /// The final reply to a request.
    Reply {
        event: String,
        request_id: String,
        correlation_id: Option<String>,
        kind: ReplyKind,
    },
    /// A Socket.IO acknowledgement.
    Ack { event: String, id: AckId },
    /// The `:rpc` that gives a feed its id.
    Feed { feed: FeedSlot },
}

/// Which of the two replies to a request has arrived.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Rpc,
    Reply,
}

#[derive(Debug)]
struct Call {
    id: CallId,
    pending: PendingReply,
    timeout: Timeout,
}

/// The open calls and their indexes.
#[derive(Debug, Default)]
pub(super) struct Calls {
    calls: Slab<Call>,
    /// Slab keys, by call id and by the ids that replies carry.
    by_id: HashIndex,
    by_request: HashIndex,
    by_correlation: HashIndex,
    by_ack: HashIndex,
    deadlines: Deadlines,
}

impl Calls {
    pub(super) const fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Entries in all tables: 0 if no call is open.
    pub(super) fn entries(&self) -> usize {
        self.len()
            + self.by_request.len()
            + self.by_correlation.len()
            + self.by_ack.len()
            + self.deadlines.entries()
    }

    /// Opens a call and starts its deadline.
    pub(super) fn open(
        &mut self,
        id: CallId,
        pending: PendingReply,
        timeout: Timeout,
        now: Instant,
    ) {
        self.start(id, timeout, now);
        let key = self.calls.vacant_key() as u64;
        match &pending {
            PendingReply::Reply { request_id, .. } => {
                self.by_request.insert(hash(request_id.as_bytes()), key);
            }
            PendingReply::Ack { id, .. } => self.by_ack.insert(id.value(), key),
            PendingReply::Feed { .. } => {}
        }
        self.by_id.insert(id.value().into(), key);
        self.calls.insert(Call {
            id,
            pending,
            timeout,
        });
    }

    /// Removes a call. The returned pending reply determines how to settle it.
    pub(super) fn close(&mut self, call: CallId) -> Option<PendingReply> {
        let key = self.key(call)?;
        let Call { pending, .. } = self.calls.try_remove(usize::try_from(key).ok()?)?;
        self.by_id.remove(call.value().into(), key);
        self.deadlines.clear(call.value());
        match &pending {
            PendingReply::Reply {
                request_id,
                correlation_id,
                ..
            } => {
                self.by_request.remove(hash(request_id.as_bytes()), key);
                if let Some(id) = correlation_id {
                    self.by_correlation.remove(hash(id.as_bytes()), key);
                }
            }
            PendingReply::Ack { id, .. } => {
                self.by_ack.remove(id.value(), key);
            }
            PendingReply::Feed { .. } => {}
        }
        Some(pending)
    }

    /// The open calls, oldest first.
    pub(super) fn ids(&self) -> InOrder<CallId> {
        in_order(self.calls.iter().map(|(_, call)| call.id))
    }

    pub(super) fn get(&self, call: CallId) -> Option<&PendingReply> {
        Some(&self.at(self.key(call)?)?.pending)
    }

    /// How long a call waits; `Never` if it is already settled.
    pub(super) fn timeout(&self, call: CallId) -> Timeout {
        let found = self.key(call).and_then(|key| self.at(key));
        found.map_or(Timeout::Never, |call| call.timeout)
    }

    fn start(&mut self, call: CallId, timeout: Timeout, now: Instant) {
        if let Timeout::After(span) = timeout {
            self.deadlines.set(call.value(), now + span);
        }
    }

    /// When the first call times out.
    #[inline]
    pub(super) fn next_timeout(&self) -> Option<Instant> {
        self.deadlines.first()
    }

    /// Removes the earliest deadline. The call stays open.
    pub(super) fn pop_timeout(&mut self) -> Option<CallId> {
        self.deadlines.pop().map(CallId::new)
    }

    /// Handles a clock jump: calls keep the time they had left.
    pub(super) fn postpone(&mut self, by: Duration) {
        self.deadlines.postpone(by);
    }

    fn key(&self, call: CallId) -> Option<u64> {
        self.by_id.get(call.value().into())
    }

    fn at(&self, key: u64) -> Option<&Call> {
        self.calls.get(usize::try_from(key).ok()?)
    }

    /// Finds the call that a reply belongs to: by `requestId`, else by `correlationId`, else, for
    /// an error with neither, the only open call of that event.
    pub(super) fn match_reply(
        &self,
        base: &str,
        stage: Stage,
        envelope: &Envelope<'_>,
        is_error: bool,
    ) -> Option<CallId> {
        let sole = || self.sole_of_event(base).filter(|_| is_error);
        let call = match (&envelope.request_id, &envelope.correlation_id) {
            (Some(id), _) => self.by_request(id),
            // The first reply to a request may carry only the id that it assigns. A later reply
            // with an unknown id belongs to a settled request.
            (None, Some(id)) => self.by_correlation(id).or_else(|| {
                sole().filter(|&call| stage == Stage::Rpc && !self.is_correlated(call))
            }),
            (None, None) => sole(),
        }?;
        match self.get(call)? {
            PendingReply::Reply { event, .. } if event == base => Some(call),
            _ => None,
        }
    }

    /// Applies a successful reply to a call. Returns its kind and whether it is the final one;
    /// `None` if it only says that more replies follow.
    pub(super) fn advance(
        &mut self,
        call: CallId,
        stage: Stage,
        envelope: &Envelope<'_>,
        now: Instant,
    ) -> Option<(ReplyKind, bool)> {
        if let (Stage::Rpc, Some(id)) = (stage, &envelope.correlation_id) {
            self.correlate(call, id);
        }
        let &PendingReply::Reply { kind, .. } = self.get(call)? else {
            return None;
        };
        let is_final = match (kind, stage) {
            // Steps arrive as either; an `:rpc` without a status only confirms receipt.
            (ReplyKind::Upgrade, Stage::Rpc) if !envelope.status => return None,
            (ReplyKind::Upgrade, _) => envelope.complete == Some(true),
            (ReplyKind::Complete, _) if envelope.complete == Some(false) => return None,
            (kind, Stage::Rpc) if kind.settled_by() == SettledBy::Rpc => true,
            (kind, Stage::Reply) if kind.settled_by() == SettledBy::Reply => true,
            _ => return None,
        };
        if !is_final {
            self.start(call, self.timeout(call), now);
        }
        Some((kind, is_final))
    }

    pub(super) fn by_request(&self, id: &str) -> Option<CallId> {
        let waits = |key| match self.at(key).map(|call| &call.pending) {
            Some(PendingReply::Reply { request_id, .. }) => request_id == id,
            _ => false,
        };
        let key = self.by_request.find(hash(id.as_bytes()), waits)?;
        Some(self.at(key)?.id)
    }

    fn by_correlation(&self, id: &str) -> Option<CallId> {
        let waits = |key| match self.at(key).map(|call| &call.pending) {
            Some(PendingReply::Reply { correlation_id, .. }) => {
                correlation_id.as_deref() == Some(id)
            }
            _ => false,
        };
        let key = self.by_correlation.find(hash(id.as_bytes()), waits)?;
        Some(self.at(key)?.id)
    }

    pub(super) fn by_ack(&self, id: AckId) -> Option<CallId> {
        Some(self.at(self.by_ack.get(id.value())?)?.id)
    }

    /// Whether the server has assigned the request its own id.
    fn is_correlated(&self, call: CallId) -> bool {
        match self.get(call) {
            Some(PendingReply::Reply { correlation_id, .. }) => correlation_id.is_some(),
            _ => false,
        }
    }

    /// The open call of an event, if there is exactly one. Used only to match errors.
    fn sole_of_event(&self, base: &str) -> Option<CallId> {
        let of_event = |call: &&Call| matches!(&call.pending, PendingReply::Reply { event, .. } if event == base);
        let mut calls = self.calls.iter().map(|(_, call)| call).filter(of_event);
        match (calls.next(), calls.next()) {
            (Some(call), None) => Some(call.id),
            _ => None,
        }
    }

    /// Records the id that the server assigned to a request. If two share an id, the later is
    /// found.
    fn correlate(&mut self, call: CallId, id: &str) {
        let Some(key) = self.key(call) else {
            return;
        };
        let id_hash = hash(id.as_bytes());
        if let Some(before) = self.by_correlation(id).and_then(|call| self.key(call)) {
            self.by_correlation.remove(id_hash, before);
        }
        let call = usize::try_from(key)
            .ok()
            .and_then(|key| self.calls.get_mut(key));
        if let Some(PendingReply::Reply { correlation_id, .. }) = call.map(|call| &mut call.pending)
        {
            if let Some(before) = correlation_id.replace(id.to_owned()) {
                self.by_correlation.remove(hash(before.as_bytes()), key);
            }
            self.by_correlation.insert(id_hash, key);
        }
    }
}

impl PendingReply {
    /// Adds the call's event and request id to an error.
    pub(super) fn name(&self, error: Error) -> Error {
        match self {
            Self::Reply {
                event, request_id, ..
            } => error.of(event, Some(request_id)),
            Self::Ack { event, .. } => error.of(event, None),
            Self::Feed { .. } => error.of("device:feed", None),
        }
    }

    /// What was missing, for the message of a timeout.
    pub(super) const fn awaited(&self) -> &'static str {
        match self {
            Self::Reply {
                kind: ReplyKind::Upgrade,
                ..
            } => "further step",
            Self::Reply { .. } => "reply",
            Self::Ack { .. } => "acknowledgement",
            Self::Feed { .. } => "feedId",
        }
    }
}
