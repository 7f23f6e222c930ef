//! Open calls: everything that a caller waits for. Each is settled exactly once.

use super::Timeout;
use super::error::Error;
use super::feed::FeedKey;
use super::io::{Output, Reply};
use super::timer::{Timer, TimerTable};
use crate::device::ReplyKind;
use crate::index::{Index, key_of};
use crate::socket::AckId;
use crate::sorted::{InOrder, Member, in_order};
use crate::time::Instant;
use core::time::Duration;

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

impl Member for CallId {
    fn to_bits(self) -> u128 {
        self.0.into()
    }

    #[expect(clippy::cast_possible_truncation, reason = "from an id's bits")]
    fn from_bits(bits: u128) -> Self {
        Self(bits as u32)
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
    id: CallId,
    waiting: Waiting,
    timeout: Timeout,
}

/// The open calls, and the ways to find them.
#[derive(Debug, Default)]
pub(super) struct Calls {
    places: Vec<Option<Call>>,
    free: Vec<usize>,
    /// Places, by the number of the call.
    by_id: Index,
    by_request: Index,
    by_correlation: Index,
    by_ack: Index,
}

impl Calls {
    pub(super) const fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Entries in all tables: 0 where no call is open.
    pub(super) const fn entries(&self) -> usize {
        self.len() + self.by_request.len() + self.by_correlation.len() + self.by_ack.len()
    }

    pub(super) fn has_request(&self, request_id: &str) -> bool {
        self.by_request(request_id).is_some()
    }

    /// Opens a call and starts its deadline.
    pub(super) fn open(
        &mut self,
        id: CallId,
        waiting: Waiting,
        timeout: Timeout,
        timers: &mut TimerTable,
        now: Instant,
    ) {
        start(id, timeout, timers, now);
        let place = self.free.pop().unwrap_or(self.places.len());
        match &waiting {
            Waiting::Reply { request_id, .. } => {
                let key = key_of(request_id.as_bytes());
                self.by_request.insert(key, place as u64);
            }
            Waiting::Ack { id, .. } => self.by_ack.insert(id.value(), place as u64),
            Waiting::Feed { .. } => {}
        }
        self.by_id.insert(id.0.into(), place as u64);
        if place == self.places.len() {
            self.places.push(None);
        }
        if let Some(free) = self.places.get_mut(place) {
            *free = Some(Call {
                id,
                waiting,
                timeout,
            });
        }
    }

    /// Starts a call's deadline anew: it has shown a sign of life.
    pub(super) fn extend(&self, call: CallId, timers: &mut TimerTable, now: Instant) {
        start(call, self.timeout(call), timers, now);
    }

    fn place(&self, call: CallId) -> Option<u64> {
        self.by_id.get(call.0.into())
    }

    fn at(&self, place: u64) -> Option<&Call> {
        self.places.get(usize::try_from(place).ok()?)?.as_ref()
    }

    fn at_mut(&mut self, place: u64) -> Option<&mut Call> {
        self.places.get_mut(usize::try_from(place).ok()?)?.as_mut()
    }

    pub(super) fn get(&self, call: CallId) -> Option<&Waiting> {
        Some(&self.at(self.place(call)?)?.waiting)
    }

    /// How long a call waits; one that is settled waits no more.
    pub(super) fn timeout(&self, call: CallId) -> Timeout {
        let found = self.place(call).and_then(|place| self.at(place));
        found.map_or(Timeout::Never, |call| call.timeout)
    }

    pub(super) fn by_request(&self, id: &str) -> Option<CallId> {
        let waits = |place| match self.at(place).map(|call| &call.waiting) {
            Some(Waiting::Reply { request_id, .. }) => request_id == id,
            _ => false,
        };
        let place = self.by_request.find(key_of(id.as_bytes()), waits)?;
        Some(self.at(place)?.id)
    }

    pub(super) fn by_correlation(&self, id: &str) -> Option<CallId> {
        let waits = |place| match self.at(place).map(|call| &call.waiting) {
            Some(Waiting::Reply { correlation_id, .. }) => correlation_id.as_deref() == Some(id),
            _ => false,
        };
        let place = self.by_correlation.find(key_of(id.as_bytes()), waits)?;
        Some(self.at(place)?.id)
    }

    /// The id of a request.
    pub(super) fn request_id(&self, call: CallId) -> Option<&str> {
        match self.get(call)? {
            Waiting::Reply { request_id, .. } => Some(request_id),
            Waiting::Ack { .. } | Waiting::Feed { .. } => None,
        }
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
        Some(self.at(self.by_ack.get(id.value())?)?.id)
    }

    /// The open call of an event, where there is exactly one. Only an error without any id asks.
    pub(super) fn sole_of_event(&self, base: &str) -> Option<CallId> {
        let of_event =
            |call: &&Call| matches!(&call.waiting, Waiting::Reply { event, .. } if event == base);
        let mut calls = self.places.iter().flatten().filter(of_event);
        match (calls.next(), calls.next()) {
            (Some(call), None) => Some(call.id),
            _ => None,
        }
    }

    /// Notes the id that the server gave to a request. Where two have the same, the later is found.
    pub(super) fn correlate(&mut self, call: CallId, id: &str) {
        let Some(place) = self.place(call) else {
            return;
        };
        let key = key_of(id.as_bytes());
        if let Some(before) = self.by_correlation(id).and_then(|call| self.place(call)) {
            self.by_correlation.remove(key, before);
        }
        if let Some(Call {
            waiting: Waiting::Reply { correlation_id, .. },
            ..
        }) = self.at_mut(place)
        {
            if let Some(before) = correlation_id.replace(id.to_owned()) {
                self.by_correlation.remove(key_of(before.as_bytes()), place);
            }
            self.by_correlation.insert(key, place);
        }
    }

    /// Takes a call out; what it waited for tells how to settle it.
    pub(super) fn close(&mut self, call: CallId, timers: &mut TimerTable) -> Option<Waiting> {
        let place = self.place(call)?;
        let index = usize::try_from(place).ok()?;
        let Call { waiting, .. } = self.places.get_mut(index)?.take()?;
        self.free.push(index);
        self.by_id.remove(call.0.into(), place);
        timers.clear(Timer::Call(call));
        match &waiting {
            Waiting::Reply {
                request_id,
                correlation_id,
                ..
            } => {
                self.by_request.remove(key_of(request_id.as_bytes()), place);
                if let Some(id) = correlation_id {
                    self.by_correlation.remove(key_of(id.as_bytes()), place);
                }
            }
            Waiting::Ack { id, .. } => {
                self.by_ack.remove(id.value(), place);
            }
            Waiting::Feed { .. } => {}
        }
        Some(waiting)
    }

    /// The open calls, oldest first.
    pub(super) fn ids(&self) -> InOrder<CallId> {
        in_order(self.places.iter().flatten().map(|call| call.id))
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
