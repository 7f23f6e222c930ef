//! The server's events about feeds: openings, refusals and samples.

use super::error::Error;
use super::feeds::{EndedFeed, OpenedFeed};
use super::late::LastReply;
use super::{Client, ErrorKind, FeedSlot, Output, Payload, Reply};
use crate::device::{Envelope, ServerError};
use crate::json::quote;
use crate::series::scan_object;
use crate::socket::excerpt;
use crate::text;
use crate::time::Instant;

impl Client {
    /// Handles the `:rpc` of a feed request. Returns whether the request was one of ours.
    pub(super) fn handle_feed_reply(
        &mut self,
        envelope: &Envelope<'_>,
        refusal: Option<&ServerError>,
        now: Instant,
    ) -> bool {
        let request_id = match envelope.request_id.as_deref() {
            None if refusal.is_some() => self.feeds.sole_request_id(),
            named => named,
        };
        let Some(request_id) = request_id.map(str::to_owned) else {
            return false;
        };
        let Some(slot) = self.feeds.by_request(&request_id) else {
            if !self.late.take(&request_id, LastReply::FeedRpc) {
                return false;
            }
            // Some servers give equal requests the same id, so another feed may be using it.
            let feed_id = envelope.feed_id.as_deref();
            let unknown = |id: &&str| self.feeds.by_feed_id(id.as_bytes()).is_none();
            if let Some(feed_id) = feed_id.filter(unknown) {
                self.send_feed_stop(feed_id);
            }
            return true;
        };
        let feed_id = envelope.feed_id.as_deref().filter(|id| !id.is_empty());
        let error = match (refusal, feed_id) {
            (Some(refusal), _) => self.rejected(refusal.clone()),
            (None, Some(feed_id)) => {
                self.feed_opened(slot, feed_id, now);
                return true;
            }
            (None, None) => self.protocol_error("the reply has no feedId", envelope.payload),
        };
        self.feed_failed(slot, Some(&request_id), &error);
        if envelope.request_id.is_some() {
            // The request has been answered, so no reply is outstanding.
            self.late.forget(&request_id);
        }
        true
    }

    fn feed_opened(&mut self, feed: FeedSlot, feed_id: &str, now: Instant) {
        if let Some(replaced) = self.feeds.take_feed_id(feed_id) {
            let reason = "the server gave the feed's feedId to another request, which now receives its samples";
            self.feed_failed(replaced, None, &Error::protocol(reason, None));
        }
        let Some(OpenedFeed {
            waiting,
            pending_samples,
            dropped,
            gap,
        }) = self.feeds.opened(feed, feed_id, now)
        else {
            return;
        };
        if let Some(gap) = gap {
            self.connection.has_worked();
            self.outputs.push(Output::FeedResumed {
                feed,
                feed_id: feed_id.to_owned(),
                gap,
            });
        }
        for call in waiting.iter() {
            let reply = Reply::Feed {
                feed,
                feed_id: feed_id.to_owned(),
                dropped,
                samples_before: self.feeds.samples_of(feed),
            };
            self.settle(call, Ok(reply));
        }
        for sample in pending_samples {
            self.deliver_sample(feed, sample, now);
        }
    }

    /// Ends a feed that could not be opened, was not resumed, or failed.
    pub(super) fn feed_failed(&mut self, slot: FeedSlot, request_id: Option<&str>, error: &Error) {
        if let Some(ended) = self.feeds.end(slot) {
            self.report_failed_feed(ended, error.clone().of("device:feed", request_id));
        }
    }

    pub(super) fn report_failed_feed(&mut self, ended: EndedFeed, error: Error) {
        // The server may continue a feed after reporting an error for it.
        if let Some(feed_id) = &ended.feed_id {
            self.send_feed_stop(feed_id);
        }
        for call in ended.waiting.iter() {
            self.settle(call, Err(error.clone()));
        }
        if !ended.subscriptions.is_empty() {
            self.outputs.warn(error.clone());
        }
        self.report_ended_feed(ended, Some(&error));
    }

    /// Notifies the subscriptions of a feed that it has ended, and expects the reply to its request
    /// if that is outstanding. Without an error, the caller ended it.
    fn report_ended_feed(&mut self, mut ended: EndedFeed, error: Option<&Error>) {
        self.withdraw_ended_feed(&mut ended, error);
        self.push_ended_feed(ended, error);
    }

    /// Withdraws what has become wrong of the outputs queued for a feed.
    pub(super) fn withdraw_ended_feed(&mut self, ended: &mut EndedFeed, error: Option<&Error>) {
        self.note_late(ended);
        if error.is_none() {
            self.outputs.withdraw_feed(ended.feed);
        }
        // A subscription whose opening has not been delivered yet fails with the error instead.
        if self.outputs.has_opened_feed() {
            let error = match error {
                Some(error) => error.clone(),
                None if self.is_closed() => ErrorKind::Closed.into(),
                None => ErrorKind::Aborted { why: None }.into(),
            };
            let outputs = &mut self.outputs;
            let mut is_replaced = |call| outputs.replace_opened_feed(call, error.clone());
            ended.subscriptions.retain(|call| !is_replaced(*call));
        }
    }

    /// Queues the end of a feed for its subscriptions.
    pub(super) fn push_ended_feed(&mut self, ended: EndedFeed, error: Option<&Error>) {
        let EndedFeed {
            feed,
            subscriptions,
            series,
            samples,
            ..
        } = ended;
        for (series, columns) in series {
            self.outputs.push(Output::SeriesEnded { series, columns });
        }
        if !subscriptions.is_empty() {
            self.outputs.push(Output::FeedEnded {
                feed,
                subscriptions,
                samples,
                error: error.cloned(),
            });
        }
    }

    /// Handles any `device:feed` event except `:rpc` and `:stop`: the data event's name is
    /// undocumented.
    pub(super) fn handle_sample(
        &mut self,
        name: &str,
        payload: &str,
        attachments: Vec<Vec<u8>>,
        now: Instant,
    ) {
        let Some(envelope) = Envelope::parse(payload) else {
            return;
        };
        if let Some(refusal) = envelope.server_error() {
            return self.handle_feed_refusal(name, &envelope, refusal);
        }
        let Some(feed_id) = envelope.feed_id.as_deref() else {
            return;
        };
        let request_id = envelope.request_id.as_deref();
        if let Some(feed) = self.feeds.by_feed_id(feed_id.as_bytes()) {
            self.learn_sample_prefix(name);
            self.deliver_sample(feed, Payload::new(payload, attachments), now);
        } else if let Some(feed) = request_id.and_then(|id| self.feeds.by_request(id)) {
            let sample = Payload::new(payload, attachments);
            self.feeds
                .keep_pending(feed, sample, self.config.max_early_samples);
        }
    }

    /// The open feed that a payload names, else the one that is being opened or resumed by the
    /// request that it names.
    fn named_feed(&self, feed_id: Option<&str>, request_id: Option<&str>) -> Option<FeedSlot> {
        let open = feed_id.and_then(|id| self.feeds.by_feed_id(id.as_bytes()));
        open.or_else(|| self.feeds.by_request(request_id?))
    }

    fn handle_feed_refusal(&mut self, name: &str, envelope: &Envelope<'_>, refusal: ServerError) {
        let error = self.rejected(refusal);
        let request_id = envelope.request_id.as_deref();
        match self.named_feed(envelope.feed_id.as_deref(), request_id) {
            Some(feed) => self.feed_failed(feed, request_id, &error),
            None => self.outputs.warn(error.of(name, request_id)),
        }
    }

    /// Drops a sample that is not JSON: Python writes `NaN` and `Infinity` into it. Warns once per
    /// feed, and once per connection for samples that name no feed.
    #[cold]
    pub(super) fn handle_unreadable_sample(&mut self, event: &str, data: &str, byte: usize) {
        let feed_id = string_field(data, "\"feedId\"");
        let feed = self.named_feed(feed_id, string_field(data, "\"requestId\""));
        let is_first = match (feed, feed_id) {
            (Some(feed), _) => self.feeds.is_first_unreadable(feed),
            // A sample with an unknown id is late: its feed has ended.
            (None, Some(_)) => false,
            (None, None) => {
                let connected = self.connection.phase.connected_mut();
                connected.is_some_and(|it| !core::mem::replace(&mut it.warned_unreadable, true))
            }
        };
        if !is_first {
            return;
        }
        let of = feed.and_then(|feed| self.feeds.describe(feed));
        let reason = [
            "a sample of ",
            of.as_deref().unwrap_or("a feed"),
            " is not JSON, at ",
            &quote(&excerpt(data.get(byte..).unwrap_or(data))),
            "; such samples are left out",
        ];
        let reason = self.connection.tokens.redact_excerpt(&reason.concat());
        let error = Error::protocol(&reason, None);
        self.outputs.warn(error.of(event, None));
    }

    /// Warns that a series has a sample whose `event_time` cannot be read. Once per feed.
    #[cold]
    pub(super) fn warn_untimed(&mut self, feed: FeedSlot, payload: &[u8]) {
        let payload = core::str::from_utf8(payload).unwrap_or_default();
        let scanned = scan_object(payload.as_bytes());
        let time = scanned.and_then(|scanned| core::str::from_utf8(scanned.event_time?).ok());
        let reason = [
            "the event_time of a sample of ",
            &self.feeds.describe(feed).unwrap_or_default(),
            " cannot be read: ",
            &excerpt(time.unwrap_or_default()),
            "; the series holds NaN for it and for others like it",
        ];
        let reason = self.connection.tokens.redact_excerpt(&reason.concat());
        let error = Error::protocol(&reason, Some(&self.redact(payload)));
        self.outputs.warn(error.of("device:feed", None));
    }
}

/// The value of a string field anywhere in text that is not JSON. `name` includes its quotes.
fn string_field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = text::split(text, name)?;
    let value = after.trim_start_matches([' ', ':']).strip_prefix('"')?;
    text::split(value, "\"").map(|(value, _)| value)
}
