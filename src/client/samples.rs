//! Samples: to the listeners of their feed, into the columns of its series; and the fast paths, by
//! which a driver does both without handing a frame over.

use super::{Attempt, CallId, Client, FeedSlot, Output};
use crate::bytes::{bytes_eq, find_special};
use crate::socket::Session;
use crate::time::Instant;
use core::ops::Range;

/// A frame that [`Client::try_fast_sample`] has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastSample {
    /// The feed that it is a sample of.
    pub feed: FeedSlot,
    /// Where in the frame the payload is, a JSON text.
    pub payload: Range<usize>,
    /// Whether the feed has a subscription besides its series, which the caller is to tell.
    pub has_listener: bool,
}

impl Client {
    /// The fast path for columns: takes a text frame if it is a plain sample of an open feed with a
    /// series, and does for it what [`handle_input`](Self::handle_input) would do. `None` for
    /// everything that is out of the ordinary; nothing has happened then, and the frame goes to
    /// `handle_input`.
    ///
    /// It tells the listeners nothing: if [`FastSample::has_listener`] is set, that is left to the
    /// caller. Drain [`poll_output`](Self::poll_output) afterwards if
    /// [`has_output`](Self::has_output) says so.
    pub fn try_fast_sample(
        &mut self,
        attempt: Attempt,
        frame: &[u8],
        now: Instant,
    ) -> Option<FastSample> {
        if !self.may_bypass(attempt, now) || self.sample_prefix.is_empty() {
            return None;
        }
        let (begin, rest) = frame.split_at_checked(self.sample_prefix.len())?;
        if !bytes_eq(begin, self.sample_prefix.as_bytes()) {
            return None;
        }
        // What has no escapes in it, and no quote.
        let feed_id = rest.get(..find_special(rest, 0)?)?;
        let b'"' = *rest.get(feed_id.len())? else {
            return None;
        };
        let start = begin.len() - FEED_ID.len();
        let payload = frame.get(start..)?.strip_suffix(b"]")?;
        let feed = self.feeds.by_feed_id(feed_id)?;
        let has_listener = self.feeds.try_record(feed, payload, feed_id, now)?;
        self.note_bypassed(frame.len(), now);
        self.traffic.samples += 1;
        self.tell_updates(feed, payload);
        let payload = start..start + payload.len();
        Some(FastSample {
            feed,
            payload,
            has_listener,
        })
    }

    /// The fast path for objects: records a sample that the caller has parsed by itself. The frame
    /// was [`Output::SamplePrefix`], a payload and one `]`; the payload is a JSON object whose
    /// `feedId` is that of the feed and which is no refusal
    /// ([`Envelope::server_error`](crate::device::Envelope::server_error)).
    ///
    /// Does for it what [`handle_input`](Self::handle_input) would do, but tells the listeners
    /// nothing: that is left to the caller, who keeps its `messageId` too, for
    /// [`FeedGap::last_was_parsed_by_driver`](super::FeedGap::last_was_parsed_by_driver). Returns
    /// whether it was recorded; if not, nothing has happened, and the frame goes to `handle_input`.
    pub fn record_parsed_sample(
        &mut self,
        attempt: Attempt,
        feed: FeedSlot,
        frame_bytes: usize,
        now: Instant,
    ) -> bool {
        if !self.may_bypass(attempt, now) || !self.feeds.record_parsed(feed, now) {
            return false;
        }
        self.note_bypassed(frame_bytes, now);
        self.traffic.samples += 1;
        true
    }

    /// Whether a frame may take a fast path: no output, no deadline and no suspicion is pending.
    pub(super) fn may_bypass(&self, attempt: Attempt, now: Instant) -> bool {
        let connected = self.connection.phase.connected();
        connected.is_some_and(|it| it.session.may_bypass() && !it.suspicion.is_on())
            && attempt == self.connection.attempt()
            && !self.observing
            && !self.has_output()
            && self.next_timeout().is_none_or(|due| due > now)
    }

    /// Counts a frame that took a fast path.
    pub(super) fn note_bypassed(&mut self, bytes: usize, now: Instant) {
        let session = self.connection.phase.session_mut();
        if let Some(session) = session {
            Session::note_activity(session, now);
        }
        self.traffic.count_in(bytes, now);
    }

    /// Call this after handling [`Output::SeriesUpdated`]; the next sample raises it again.
    pub fn mark_series_told(&mut self, series: CallId) {
        self.feeds.mark_told(series);
    }

    /// The general path for a sample of an open feed.
    pub(super) fn deliver_sample(
        &mut self,
        feed: FeedSlot,
        payload: String,
        attachments: Vec<Vec<u8>>,
        now: Instant,
    ) {
        let has_listener = self.feeds.record(feed, payload.as_bytes(), now);
        self.traffic.samples += 1;
        self.tell_updates(feed, payload.as_bytes());
        if has_listener {
            self.outputs.push(Output::Sample {
                feed,
                payload,
                attachments,
            });
        }
    }

    fn tell_updates(&mut self, feed: FeedSlot, payload: &[u8]) {
        if self.feeds.take_untimed(feed) {
            self.warn_untimed(feed, payload);
        }
        for series in self.feeds.take_updated(feed) {
            self.outputs.push(Output::SeriesUpdated { series });
        }
    }

    /// Learns how the frames of samples begin, so that the fast paths know them.
    #[cold]
    pub(super) fn learn_sample_prefix(&mut self, name: &str) {
        let session = self.connection.phase.session();
        let Some(prefix) = session.and_then(|session| session.event_prefix(name)) else {
            return;
        };
        if self.sample_prefix.strip_suffix(FEED_ID) != Some(prefix.as_str()) {
            self.sample_prefix = [&prefix, FEED_ID].concat();
            self.outputs.push(Output::SamplePrefix(prefix));
        }
    }
}

/// How a payload begins that begins with its `feedId`, as the API page's do.
const FEED_ID: &str = "{\"feedId\":\"";
