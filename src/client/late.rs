//! Requests that were given up but may still receive a reply on this connection.
//!
//! If the server opens such a feed after all, the feed is ended, with no limit on their number. A
//! request id is not reused until its reply has arrived: the reply would go to the wrong request.
//! Only the hash of an id is kept. If two ids had the same hash, one would be refused because of
//! the other, which is too unlikely to matter.

use crate::device::{ReplyKind, SettledBy};
use crate::index::{HashIndex, hash};

/// The requests, by their ids.
#[derive(Debug, Default)]
pub(super) struct LateReplies(HashIndex);

/// Which reply is the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LastReply {
    /// The `:rpc` that opens a feed.
    FeedRpc,
    Rpc,
    Reply,
}

impl LastReply {
    pub(super) const fn of(kind: ReplyKind) -> Self {
        match kind.settled_by() {
            SettledBy::Reply => Self::Reply,
            SettledBy::Rpc | SettledBy::Sending => Self::Rpc,
        }
    }
}

impl LateReplies {
    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// Adds a request that was given up.
    pub(super) fn add(&mut self, request_id: &str, last: LastReply) {
        if !self.contains(request_id) {
            self.0.insert(hash(request_id.as_bytes()), last as u64);
        }
    }

    /// Whether a reply to the request with this id may still arrive.
    pub(super) fn contains(&self, request_id: &str) -> bool {
        self.0.get(hash(request_id.as_bytes())).is_some()
    }

    /// Removes a request if this was its last reply. Returns whether it was.
    pub(super) fn take(&mut self, request_id: &str, last: LastReply) -> bool {
        self.0.remove(hash(request_id.as_bytes()), last as u64)
    }

    /// Removes a failed request, whichever reply would have been its last.
    pub(super) fn forget(&mut self, request_id: &str) {
        for last in [LastReply::FeedRpc, LastReply::Rpc, LastReply::Reply] {
            self.take(request_id, last);
        }
    }

    /// The connection is gone, so no more replies can arrive.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_id_is_late_until_its_last_reply() {
        let mut late = LateReplies::default();
        for last in [LastReply::FeedRpc, LastReply::Rpc, LastReply::Reply] {
            late.add("é", last);
            late.add("é", LastReply::Rpc);
            assert_eq!((late.len(), late.contains("é")), (1, true));
            for other in [LastReply::FeedRpc, LastReply::Rpc, LastReply::Reply] {
                assert!(other == last || !late.take("é", other));
            }
            assert!(!late.take("other", last));
            assert!(late.take("é", last) && !late.contains("é"));
        }
        late.add("é", LastReply::Reply);
        late.forget("é");
        late.add("a", LastReply::Rpc);
        late.clear();
        assert_eq!(late.len(), 0);
    }
}
