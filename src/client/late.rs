//! Requests that were given up, and whose reply may still come on this connection.
//!
//! A feed that the server opens after all is ended, however many they are, and an id is not used
//! again until its reply has come: it would go to the wrong request. An id is kept as its hash
//! alone. Of two ids with the same hash one would be refused for the other's sake, which is not
//! going to happen.

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

    /// Whether a reply to a request of this id may still come.
    pub(super) fn contains(&self, request_id: &str) -> bool {
        self.0.get(hash(request_id.as_bytes())).is_some()
    }

    /// Takes a request out if this was its last reply. Returns whether it was.
    pub(super) fn take(&mut self, request_id: &str, last: LastReply) -> bool {
        self.0.remove(hash(request_id.as_bytes()), last as u64)
    }

    /// Takes a request out, whatever its last reply would have been: it failed.
    pub(super) fn forget(&mut self, request_id: &str) {
        for last in [LastReply::FeedRpc, LastReply::Rpc, LastReply::Reply] {
            self.take(request_id, last);
        }
    }

    /// The connection is gone, and with it every reply.
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
