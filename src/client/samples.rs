//! Samples: to the listeners of their feed, into the columns of its series; and the hot path, which
//! does both without reading more of a frame than it must.

use super::feeds::FeedKey;
use super::{Attempt, CallId, Client, Output, Phase};
use crate::series::Columns;
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
    /// be JSON: where it turns out not to be, call [`Client::give_back`].
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
        let session = self.session.as_mut()?;
        let plain = self.phase == Phase::Connected
            && attempt == self.attempt
            && session.may_bypass()
            && !self.observing
            && self.outputs.is_empty()
            && self.timers.next_timeout().is_none_or(|due| due > now);
        if !plain || self.sample_prefix.is_empty() {
            return None;
        }
        let payload = frame
            .strip_prefix(self.sample_prefix.as_slice())?
            .strip_suffix(b"]")?;
        let feed_id = leading_feed_id(payload)?;
        let feed = self.feeds.by_id(feed_id)?;
        let has_listener = self.feeds.take(feed, payload, feed_id, now)?;
        session.touch(now);
        self.count_in(frame.len(), now);
        self.stats.samples += 1;
        self.tell_updates(feed);
        let start = self.sample_prefix.len();
        let payload = start..start + payload.len();
        Some(TakenSample {
            feed,
            payload,
            has_listener,
        })
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
    }
}

/// The `feedId` of a payload that begins with it, as the API page's does, and as plain text.
fn leading_feed_id(payload: &[u8]) -> Option<&[u8]> {
    let rest = payload.strip_prefix(b"{\"feedId\":\"")?;
    let end = rest.iter().position(|&byte| byte == b'"')?;
    let (id, _) = rest.split_at_checked(end)?;
    (!id.contains(&b'\\')).then_some(id)
}
