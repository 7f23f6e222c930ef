//! Samples: to the listeners of their feed, into the columns of its series; and the hot path, which
//! does both without reading more of a frame than it must.

use super::feed::FeedKey;
use super::{Attempt, CallId, Client, Output, Phase};
use crate::bytes::{find_special, same};
use crate::series::Columns;
use crate::socket::Session;
use crate::time::Instant;
use core::ops::Range;

/// A frame that the hot path has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenSample {
    /// The feed that it is a sample of.
    pub feed: FeedKey,
    /// Where in the frame the payload's JSON text is.
    pub payload: Range<usize>,
    /// Whether the feed has a subscription that is no series. Its payload has not been checked to
    /// be JSON: where it turns out not to be, call [`Client::give_back`]. The caller keeps its
    /// `messageId`, for [`FeedGap::last_was_taken`](super::FeedGap::last_was_taken).
    pub has_listener: bool,
}

impl Client {
    /// The hot path: takes a text frame if it is a plain sample of an open feed, and does for it
    /// what [`handle_input`](Self::handle_input) would do. `None` for everything that is out of
    /// the ordinary; nothing has happened then, and the frame goes to `handle_input`.
    ///
    /// It tells the listeners nothing: where [`TakenSample::has_listener`] is set, that is left to
    /// the caller. Drain [`poll_output`](Self::poll_output) afterwards if
    /// [`has_output`](Self::has_output) says so.
    pub fn take_sample(
        &mut self,
        attempt: Attempt,
        frame: &[u8],
        now: Instant,
    ) -> Option<TakenSample> {
        if !self.may_bypass(attempt, now) || self.sample_prefix.is_empty() {
            return None;
        }
        let (begin, rest) = frame.split_at_checked(self.sample_prefix.len())?;
        if !same(begin, &self.sample_prefix) {
            return None;
        }
        // What has no escapes in it, and no quote.
        let feed_id = rest.get(..find_special(rest, 0)?)?;
        let b'"' = *rest.get(feed_id.len())? else {
            return None;
        };
        let start = begin.len() - FEED_ID.len();
        let payload = frame.get(start..)?.strip_suffix(b"]")?;
        let feed = self.feeds.by_id(feed_id)?;
        let has_listener = self.feeds.take(feed, payload, feed_id, now)?;
        self.session.as_mut()?.touch(now);
        self.count_in(frame.len(), now);
        self.stats.samples += 1;
        self.tell_updates(feed);
        let payload = start..start + payload.len();
        Some(TakenSample {
            feed,
            payload,
            has_listener,
        })
    }

    /// Whether a frame may go the short way: nothing else is to be done, or to be told, with it.
    pub(super) fn may_bypass(&self, attempt: Attempt, now: Instant) -> bool {
        self.phase == Phase::Connected
            && attempt == self.attempt
            && self.session.as_ref().is_some_and(Session::may_bypass)
            && !self.observing
            && self.outputs.is_empty()
            && self.timers.next_timeout().is_none_or(|due| due > now)
    }

    /// Takes back the last [`take_sample`](Self::take_sample): the payload was not JSON, or not
    /// what it looked like. The frame goes to [`handle_input`](Self::handle_input) next.
    pub fn give_back(&mut self, taken: &TakenSample, frame_bytes: usize) {
        self.feeds.give_back(taken.feed);
        self.stats.samples -= 1;
        self.stats.frames_in -= 1;
        self.stats.bytes_in -= frame_bytes as u64;
    }

    /// Whether [`poll_output`](Self::poll_output) has more than a time-out to tell.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty()
    }

    /// Samples that a feed has had since it was first opened.
    #[must_use]
    pub fn samples_of(&self, feed: FeedKey) -> u64 {
        self.feeds.samples_of(feed)
    }

    /// The columns of an open series.
    #[must_use]
    pub fn series(&self, series: CallId) -> Option<&Columns> {
        self.feeds.series(series)
    }

    /// Notes that the caller has told of a series' new samples; the next ones are told again.
    pub fn series_told(&mut self, series: CallId) {
        self.feeds.series_told(series);
    }

    /// The general path for a sample of an open feed.
    pub(super) fn deliver_sample(&mut self, feed: FeedKey, payload: String, now: Instant) {
        let has_listener = self.feeds.note(feed, payload.as_bytes(), now);
        self.stats.samples += 1;
        self.tell_updates(feed);
        if has_listener {
            self.outputs.push_back(Output::Sample { feed, payload });
        }
    }

    fn tell_updates(&mut self, feed: FeedKey) {
        for series in self.feeds.updated(feed) {
            self.outputs.push_back(Output::SeriesUpdated { series });
        }
    }

    /// Learns how the frames of samples begin, so that the hot path knows them.
    #[cold]
    pub(super) fn learn_sample_event(&mut self, name: &str) {
        if name
            .bytes()
            .any(|byte| byte == b'"' || byte == b'\\' || byte < b' ')
        {
            return;
        }
        let prefix = &mut self.sample_prefix;
        prefix.clear();
        prefix.extend_from_slice(b"42[\"");
        prefix.extend_from_slice(name.as_bytes());
        prefix.extend_from_slice(b"\",");
        prefix.extend_from_slice(FEED_ID);
    }
}

/// How a payload begins that begins with its `feedId`, as the API page's do.
const FEED_ID: &[u8] = b"{\"feedId\":\"";
