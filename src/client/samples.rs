//! Samples: delivery to the listeners of their feed and into the columns of its series; and the
//! fast paths, by which a driver does both without passing on a frame.

use super::{Attempt, CallId, Client, FeedSlot, Output, Payload};
use crate::bytes::{bytes_eq, find_special};
use crate::time::Instant;
use core::ops::Range;

/// A frame consumed by [`Client::try_fast_sample`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FastSample {
    /// The feed that the sample belongs to.
    pub feed: FeedSlot,
    /// The range of the payload, a JSON text, in the frame.
    pub payload: Range<usize>,
    /// Whether the feed has a subscription besides its series, which the caller must notify.
    pub has_listener: bool,
}

impl Client {
    /// The fast path for columns: takes a text frame if it is a plain sample of an open feed with a
    /// series, and does what [`handle_input`](Self::handle_input) would do. Returns `None` for any
    /// other frame, with nothing changed: pass it to `handle_input`.
    ///
    /// It does not notify the listeners: if [`FastSample::has_listener`] is set, the caller must.
    /// Drain [`poll_output`](Self::poll_output) afterwards if [`has_output`](Self::has_output)
    /// returns `true`.
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
        // The part without escapes or quotes.
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
        self.notify_series(feed, payload);
        let payload = start..start + payload.len();
        Some(FastSample {
            feed,
            payload,
            has_listener,
        })
    }

    /// The fast path for objects: records a sample that the caller has parsed itself. The frame
    /// consists of [`Output::SamplePrefix`], a payload and one `]`; the payload is a JSON object
    /// that has the feed's `feedId` and is not a refusal
    /// ([`Envelope::server_error`](crate::device::Envelope::server_error)).
    ///
    /// Does what [`handle_input`](Self::handle_input) would do, except for notifying the listeners.
    /// The caller does that, and keeps the sample's `messageId` for
    /// [`FeedGap::last_was_parsed_by_driver`](super::FeedGap::last_was_parsed_by_driver). Returns
    /// whether the sample was recorded; if not, nothing has changed: pass the frame to
    /// `handle_input`.
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

    /// Whether a frame may take a fast path: no output, due deadline or suspicion is pending.
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
        if let Some(session) = self.connection.phase.session_mut() {
            session.note_activity(now);
        }
        self.traffic.count_in(bytes, now);
    }

    /// Call this after handling [`Output::SeriesUpdated`]; the next sample raises it again.
    pub fn mark_series_notified(&mut self, series: CallId) {
        self.feeds.mark_notified(series);
    }

    /// The general path for a sample of an open feed.
    pub(super) fn deliver_sample(&mut self, feed: FeedSlot, payload: Payload, now: Instant) {
        let has_listener = self.feeds.record(feed, payload.json.as_bytes(), now);
        self.traffic.samples += 1;
        self.notify_series(feed, payload.json.as_bytes());
        if has_listener {
            self.outputs.push(Output::Sample { feed, payload });
        }
    }

    fn notify_series(&mut self, feed: FeedSlot, payload: &[u8]) {
        if self.feeds.take_untimed(feed) {
            self.warn_untimed(feed, payload);
        }
        for series in self.feeds.take_updated(feed) {
            self.outputs.push(Output::SeriesUpdated { series });
        }
    }

    /// Learns how the frames of samples begin, for the fast paths.
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

/// The start of a payload whose first field is `feedId`, as on the API page.
const FEED_ID: &str = "{\"feedId\":\"";
