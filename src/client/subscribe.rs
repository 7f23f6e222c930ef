//! The caller's feed commands: opening, stopping, and requesting again.

use super::calls::PendingReply;
use super::error::{AWAITED_RESUMPTION, Error, ErrorKind};
use super::feeds::{DedupKey, EndedFeed};
use super::input::{Command, SeriesOptions};
use super::late::LastReply;
use super::{CallId, CallOptions, Client, FeedSlot, Output, Reply};
use crate::device::{FeedRequest, Request};
use crate::series::Columns;
use crate::time::Instant;

impl Client {
    pub(super) fn open_feed(
        &mut self,
        call: CallId,
        request: FeedRequest,
        extra: Option<String>,
        options: CallOptions,
        series: Option<SeriesOptions>,
        now: Instant,
    ) {
        // This changes nothing on the wire, so it must not keep equal requests apart.
        let extra = extra.filter(|extra| extra != "{}");
        let key = DedupKey { request, extra };
        let checked = key.to_request().map_err(Error::from).and_then(|wire| {
            let columns = series.map(|series| Columns::new(series.capacity));
            let columns = columns.transpose()?;
            self.usable()
                .map_err(|error| error.of(wire.event(), None))?;
            Ok((wire, columns))
        });
        let (wire, columns) = match checked {
            Ok(checked) => checked,
            Err(error) => return self.outputs.settle(call, Err(error)),
        };
        let feed = self.feeds.subscribe(call, key, columns.zip(series));
        if let Some(feed_id) = self.feeds.feed_id(feed) {
            let reply = Reply::Feed {
                feed,
                feed_id,
                dropped: 0,
                samples_before: self.feeds.samples_of(feed),
            };
            return self.outputs.settle(call, Ok(reply));
        }
        let timeout = self
            .config
            .timeout_of(options.timeout, wire.default_timeout());
        self.calls
            .open(call, PendingReply::Feed { feed }, timeout, now);
        if self.feeds.request_id(feed).is_some() {
            return;
        }
        let request_id = options.request_id.unwrap_or_else(|| self.random.uuid());
        let sent = self
            .check_request_id(&request_id)
            .and_then(|()| self.send_request(&wire, &request_id, Vec::new()));
        match sent {
            Ok(()) => self.feed_requested(feed, request_id, now),
            Err(error) => self.give_up(call, error.of(wire.event(), Some(&request_id))),
        }
    }

    pub(super) fn stop_feed(&mut self, subscription: CallId) {
        let Some((columns, ended)) = self.feeds.unsubscribe(subscription) else {
            return self.outputs.withdraw_end(subscription);
        };
        if let Some(columns) = columns {
            let series = subscription;
            self.outputs.push(Output::SeriesEnded { series, columns });
        }
        let Some(ended) = ended else {
            return;
        };
        self.note_late(&ended);
        self.outputs.withdraw_feed(ended.feed);
        if let Some(feed_id) = ended.feed_id {
            self.send_feed_stop(&feed_id);
        }
    }

    /// Ends a feed at the server, which does not reply. Without a connection it has already ended.
    pub(super) fn send_feed_stop(&mut self, feed_id: &str) {
        if let Ok(stop) = Request::feed_stop(feed_id) {
            let _ = self.send_request(&stop, "", Vec::new());
        }
    }

    pub(super) fn stop_all_feeds(&mut self, call: CallId) {
        for opening in self.calls.ids() {
            if let Some(PendingReply::Feed { .. }) = self.calls.get(opening) {
                let why = "stopAllFeeds() was called while the feed was being opened";
                self.abort(opening, Some(why.to_owned()));
            }
        }
        self.abort_held(|command| matches!(command, Command::OpenFeed { .. }));
        self.end_feeds(None);
        // Without a connection the server holds no feeds.
        let sent = match self.usable() {
            Ok(()) => self.send_request(&Request::feed_stop_all(), "", Vec::new()),
            Err(_) => Ok(()),
        };
        self.outputs.settle(call, sent.map(|()| Reply::Done));
    }

    /// The server has accepted a connection: requests every feed again, once.
    pub(super) fn resume_feeds(&mut self, now: Instant) {
        for slot in self.feeds.slots() {
            let Some(wire) = self.feeds.request(slot) else {
                continue;
            };
            let request_id = self.random.uuid();
            match self.send_request(&wire, &request_id, Vec::new()) {
                Ok(()) => self.feed_requested(slot, request_id, now),
                Err(error) => self.feed_failed(slot, Some(&request_id), &error),
            }
        }
    }

    fn feed_requested(&mut self, slot: FeedSlot, request_id: String, now: Instant) {
        let until = now + self.config.resume_timeout;
        self.feeds.requested(slot, request_id, until);
    }

    pub(super) fn resume_timed_out(&mut self, slot: FeedSlot) {
        let error = Error::from(ErrorKind::Timeout {
            awaited: AWAITED_RESUMPTION,
            after: self.config.resume_timeout,
        });
        let request_id = self.feeds.request_id(slot);
        if let Some(ended) = self.feeds.end_resumption(slot) {
            self.report_failed_feed(ended, error.of("device:feed", request_id.as_deref()));
        }
    }

    /// If the server has not replied to the feed's request, the reply may still arrive.
    pub(super) fn note_late(&mut self, ended: &EndedFeed) {
        if let Some(request_id) = &ended.late_request_id {
            self.late.add(request_id, LastReply::FeedRpc);
        }
    }
}
