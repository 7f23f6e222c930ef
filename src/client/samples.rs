//! Samples: to the listeners of their feed, into the columns of its series; and the hot paths, by
//! which a driver does both without handing a frame over.

use super::feed::FeedKey;
use super::intake::Tape;
use super::{Attempt, CallId, Client, Output, Phase};
use crate::bytes::{find_special, same};
use crate::socket::Session;
use crate::time::Instant;
use core::ops::Range;

/// A frame that [`Client::take_sample`] has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TakenSample {
    /// The feed that it is a sample of.
    pub feed: FeedKey,
    /// Where in the frame the payload is, a JSON text.
    pub payload: Range<usize>,
    /// Whether the feed has a subscription besides its series, which the caller is to tell.
    pub has_listener: bool,
}

impl Client {
    /// The hot path for columns: takes a text frame if it is a plain sample of an open feed with a
    /// series, and does for it what [`handle_input`](Self::handle_input) would do. `None` for
    /// everything that is out of the ordinary; nothing has happened then, and the frame goes to
    /// `handle_input`.
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
        if !self.may_bypass(attempt, now) || self.sample_head.is_empty() {
            return None;
        }
        let (begin, rest) = frame.split_at_checked(self.sample_head.len())?;
        if !same(begin, self.sample_head.as_bytes()) {
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
        self.tell_updates(feed, payload);
        let payload = start..start + payload.len();
        Some(TakenSample {
            feed,
            payload,
            has_listener,
        })
    }

    /// The hot path for objects: takes a sample that the caller has read by itself. The frame was
    /// [`Output::SampleHead`], a payload and one `]`; the payload is a JSON object whose `feedId` is
    /// that of the feed and which is no error ([`Envelope::server_error`](crate::device::Envelope::server_error)).
    ///
    /// Does for it what [`handle_input`](Self::handle_input) would do, but tells the listeners
    /// nothing: that is left to the caller, who keeps its `messageId` too, for
    /// [`FeedGap::last_was_taken`](super::FeedGap::last_was_taken). Answers whether it was taken;
    /// if not, nothing has happened, and the frame goes to `handle_input`.
    pub fn take_read_sample(
        &mut self,
        attempt: Attempt,
        feed: FeedKey,
        frame_bytes: usize,
        now: Instant,
    ) -> bool {
        if !self.may_bypass(attempt, now) || !self.feeds.take_read(feed, now) {
            return false;
        }
        if let Some(session) = &mut self.session {
            session.touch(now);
        }
        self.count_in(frame_bytes, now);
        self.stats.samples += 1;
        true
    }

    /// Whether a frame may go the short way: nothing else is to be done, or to be told, with it.
    pub(super) fn may_bypass(&self, attempt: Attempt, now: Instant) -> bool {
        self.phase == Phase::Connected
            && !self.suspicion.is_on()
            && attempt == self.attempt
            && self.session.as_ref().is_some_and(Session::may_bypass)
            && !self.observing
            && !self.has_output()
            && self.timers.next_timeout().is_none_or(|due| due > now)
    }

    /// Whether [`poll_output`](Self::poll_output) has more than a time-out to tell.
    #[must_use]
    pub fn has_output(&self) -> bool {
        !self.outputs.is_empty() || self.has_connected_calls()
    }

    /// Notes that the caller has told of a series' new samples; the next ones are told again.
    pub fn series_told(&mut self, series: CallId) {
        self.feeds.series_told(series);
    }

    /// The general path for a sample of an open feed.
    pub(super) fn deliver_sample(
        &mut self,
        feed: FeedKey,
        payload: String,
        attachments: Vec<Vec<u8>>,
        now: Instant,
    ) {
        let has_listener = self.feeds.note(feed, payload.as_bytes(), now);
        self.stats.samples += 1;
        self.tell_updates(feed, payload.as_bytes());
        if has_listener {
            self.outputs.push_back(Output::Sample {
                feed,
                payload,
                attachments,
            });
        }
    }

    fn tell_updates(&mut self, feed: FeedKey, payload: &[u8]) {
        if self.feeds.tape_mut(feed).is_some_and(Tape::take_untimed) {
            self.warn_untimed(feed, payload);
        }
        for series in self.feeds.updated(feed) {
            self.outputs.push_back(Output::SeriesUpdated { series });
        }
    }

    /// Learns how the frames of samples begin, so that the hot paths know them.
    #[cold]
    pub(super) fn learn_sample_event(&mut self, name: &str) {
        if name
            .bytes()
            .any(|byte| byte == b'"' || byte == b'\\' || byte < b' ')
        {
            return;
        }
        let head = ["42[\"", name, "\","].concat();
        if self.sample_head.strip_suffix(FEED_ID) != Some(head.as_str()) {
            self.sample_head = [&head, FEED_ID].concat();
            self.outputs.push_back(Output::SampleHead(head));
        }
    }
}

/// How a payload begins that begins with its `feedId`, as the API page's do.
const FEED_ID: &str = "{\"feedId\":\"";
