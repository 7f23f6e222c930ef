//! Open calls: everything that a caller waits for. Each is settled exactly once.

use super::Timeout;
use super::error::Error;
use super::feeds::FeedKey;
use super::io::{Output, Reply};
use super::map::HashMap;
use super::timer::{Timer, TimerTable};
use crate::device::ReplyKind;
use crate::socket::AckId;
use crate::sorted::Sorted;
use crate::time::Instant;
use core::time::Duration;
use std::collections::BinaryHeap;

/// The caller's name for something that it waits for. The caller makes them, each once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(u32);

impl CallId {
    /// The call number `id`.
    #[must_use]
    pub const fn new(id: u32) -> Self {
        Self(id)
    }

    /// Its number.
    #[must_use]
    pub const fn value(self) -> u32 {
        self.0
    }
}

/// What a call waits for.
#[derive(Debug)]
pub(super) enum Waiting {
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
    Feed { feed: FeedKey },
}

#[derive(Debug)]
struct Call {
    waiting: Waiting,
    timeout: Timeout,
}

/// The open calls, and the ways to find them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    open: HashMap<CallId, Call>,
    by_request: HashMap<String, CallId>,
    by_correlation: HashMap<String, CallId>,
    by_ack: HashMap<AckId, CallId>,
    by_event: HashMap<String, Sorted<CallId>>,
}

impl Calls {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    /// Entries in all tables: 0 where no call is open.
    pub(super) fn entries(&self) -> usize {
        self.len()
            + self.by_request.len()
            + self.by_correlation.len()
            + self.by_ack.len()
            + self.by_event.len()
    }

    pub(super) fn has_request(&self, request_id: &str) -> bool {
        self.by_request.contains_key(request_id)
    }

    /// Opens a call and starts its deadline.
    pub(super) fn open(
        &mut self,
        call: CallId,
        waiting: Waiting,
        timeout: Timeout,
        timers: &mut TimerTable,
        now: Instant,
    ) {
        match &waiting {
            Waiting::Reply {
                event, request_id, ..
            } => {
                self.by_request.insert(request_id.clone(), call);
                if let Some(of_event) = self.by_event.get_mut(event) {
                    of_event.insert(call);
                } else {
                    let mut of_event = Sorted::default();
                    of_event.insert(call);
                    self.by_event.insert(event.clone(), of_event);
                }
            }
            Waiting::Ack { id, .. } => {
                self.by_ack.insert(*id, call);
            }
            Waiting::Feed { .. } => {}
        }
        start(call, timeout, timers, now);
        self.open.insert(call, Call { waiting, timeout });
    }

    /// Starts a call's deadline anew: it has shown a sign of life.
    pub(super) fn extend(&self, call: CallId, timers: &mut TimerTable, now: Instant) {
        if let Some(found) = self.open.get(&call) {
            start(call, found.timeout, timers, now);
        }
    }

    pub(super) fn get(&self, call: CallId) -> Option<&Waiting> {
        self.open.get(&call).map(|call| &call.waiting)
    }

    /// How long a call waits.
    pub(super) fn timeout(&self, call: CallId) -> Timeout {
        self.open
            .get(&call)
            .map_or(Timeout::Never, |call| call.timeout)
    }

    pub(super) fn by_request(&self, request_id: &str) -> Option<CallId> {
        self.by_request.get(request_id).copied()
    }

    pub(super) fn by_correlation(&self, correlation_id: &str) -> Option<CallId> {
        self.by_correlation.get(correlation_id).copied()
    }

    /// Whether the server has given the request an id of its own.
    pub(super) fn is_correlated(&self, call: CallId) -> bool {
        matches!(
            self.get(call),
            Some(Waiting::Reply {
                correlation_id: Some(_),
                ..
            })
        )
    }

    pub(super) fn by_ack(&self, id: AckId) -> Option<CallId> {
        self.by_ack.get(&id).copied()
    }

    /// The open call of an event, where there is exactly one.
    pub(super) fn sole_of_event(&self, base: &str) -> Option<CallId> {
        let mut of_event = self.by_event.get(base)?.iter();
        match (of_event.next(), of_event.next()) {
            (Some(call), None) => Some(call),
            _ => None,
        }
    }

    /// Notes the id that the server gave to a request.
    pub(super) fn correlate(&mut self, call: CallId, id: &str) {
        if let Some(Call {
            waiting: Waiting::Reply { correlation_id, .. },
            ..
        }) = self.open.get_mut(&call)
        {
            if let Some(before) = correlation_id.replace(id.to_owned())
                && self.by_correlation.get(&before) == Some(&call)
            {
                self.by_correlation.remove(&before);
            }
            self.by_correlation.insert(id.to_owned(), call);
        }
    }

    /// Takes a call out; what it waited for tells how to settle it.
    pub(super) fn close(&mut self, call: CallId, timers: &mut TimerTable) -> Option<Waiting> {
        let Call { waiting, .. } = self.open.remove(&call)?;
        timers.clear(Timer::Call(call));
        match &waiting {
            Waiting::Reply {
                event,
                request_id,
                correlation_id,
                ..
            } => {
                self.by_request.remove(request_id);
                if let Some(of_event) = self.by_event.get_mut(event) {
                    of_event.remove(&call);
                    if of_event.is_empty() {
                        self.by_event.remove(event);
                    }
                }
                // A server may have given the same id to a later request.
                if let Some(id) = correlation_id
                    && self.by_correlation.get(id) == Some(&call)
                {
                    self.by_correlation.remove(id);
                }
            }
            Waiting::Ack { id, .. } => {
                self.by_ack.remove(id);
            }
            Waiting::Feed { .. } => {}
        }
        Some(waiting)
    }

    /// The open calls, oldest first.
    pub(super) fn ids(&self) -> Vec<CallId> {
        // Less code than a sort.
        let ids: BinaryHeap<CallId> = self.open.keys().copied().collect();
        ids.into_sorted_vec()
    }
}

fn start(call: CallId, timeout: Timeout, timers: &mut TimerTable, now: Instant) {
    match timeout {
        Timeout::After(span) => timers.set(Timer::Call(call), now + span),
        Timeout::Never => {}
    }
}

impl Waiting {
    /// Says in an error which call it was.
    pub(super) fn name(&self, error: Error) -> Error {
        match self {
            Self::Reply {
                event, request_id, ..
            } => error.of(event, Some(request_id)),
            Self::Ack { event, .. } => error.of(event, None),
            Self::Feed { .. } => error.of("device:feed", None),
        }
    }

    /// What did not come, for the message of a time-out.
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

impl Timeout {
    /// For messages; `Never` never gets into one.
    pub(super) const fn span(self) -> Duration {
        match self {
            Self::After(span) => span,
            Self::Never => Duration::MAX,
        }
    }
}

/// A call's end, as the caller is told.
pub(super) const fn settled(call: CallId, result: Result<Reply, Error>) -> Output {
    Output::Settle { call, result }
}
