//! What the server says of feeds: that they are open, that they are not, and their samples.

use super::error::Error;
use super::feed::{Ended, FeedKey, Opened};
use super::intake::Series;
use super::late::Last;
use super::timer::Timer;
use super::{Client, Output, Reply};
use crate::device::{Envelope, ServerError};
use crate::json::quoted;
use crate::series::scan_object;
use crate::socket::excerpt;
use crate::text;
use crate::time::Instant;

impl Client {
    /// The `:rpc` of a feed request. Answers whether it was one of ours.
    pub(super) fn handle_feed_answer(
        &mut self,
        envelope: &Envelope<'_>,
        error: Option<&ServerError>,
        payload: &str,
        now: Instant,
    ) -> bool {
        let request_id = match envelope.request_id.as_deref() {
            Some(id) => id.to_owned(),
            None => match self.feeds.sole_requested().filter(|_| error.is_some()) {
                Some((_, id)) => id.to_owned(),
                None => return false,
            },
        };
        let Some(key) = self.feeds.by_request(&request_id) else {
            if !self.late.take(&request_id, Last::FeedRpc) {
                return false;
            }
            // Some servers give equal requests one id: then somebody holds it.
            let feed_id = envelope.feed_id.as_deref();
            if let Some(feed_id) = feed_id.filter(|id| self.feeds.by_id(id.as_bytes()).is_none()) {
                self.send_feed_stop(feed_id);
            }
            return true;
        };
        match (
            error,
            envelope.feed_id.as_deref().filter(|id| !id.is_empty()),
        ) {
            (Some(error), _) => {
                let error = self.rejected(error.clone());
                self.feed_failed(key, Some(&request_id), &error);
                if envelope.request_id.is_some() {
                    // It was answered: nothing is to come for it.
                    self.late.forget(&request_id);
                }
            }
            (None, Some(feed_id)) => self.feed_opened(&request_id, feed_id, now),
            (None, None) => {
                let error = self.protocol("the answer has no feedId", payload);
                self.feed_failed(key, Some(&request_id), &error);
                self.late.forget(&request_id);
            }
        }
        true
    }

    fn feed_opened(&mut self, request_id: &str, feed_id: &str, now: Instant) {
        let Some(Opened {
            feed,
            waiting,
            early,
            early_dropped,
            gap,
            replaced,
        }) = self.feeds.opened(request_id, feed_id, now)
        else {
            return;
        };
        self.timers.clear(Timer::Resume(feed));
        if let Some(replaced) = replaced {
            let reason =
                "the server gave the feed's feedId to another request, which gets its samples now";
            self.feed_failed(replaced, None, &Error::protocol(reason, None));
        }
        if let Some(gap) = gap {
            self.has_worked = true;
            self.outputs.push_back(Output::FeedResumed {
                feed,
                feed_id: feed_id.to_owned(),
                gap,
            });
        }
        for call in waiting.iter() {
            self.settle(
                call,
                Ok(Reply::Feed {
                    feed,
                    feed_id: feed_id.to_owned(),
                    dropped: early_dropped,
                    samples_before: self.feeds.samples_of(feed),
                }),
            );
        }
        for (payload, attachments) in early {
            self.deliver_sample(feed, payload, attachments, now);
        }
    }

    /// A feed that could not be opened, did not come back, or failed.
    pub(super) fn feed_failed(&mut self, key: FeedKey, request_id: Option<&str>, error: &Error) {
        self.timers.clear(Timer::Resume(key));
        if let Some(ended) = self.feeds.end(key, &mut self.late) {
            self.tell_failed(ended, error.clone().of("device:feed", request_id));
        }
    }

    pub(super) fn tell_failed(&mut self, ended: Ended, error: Error) {
        // The server may go on with a feed that it has reported an error of.
        if let Some(feed_id) = &ended.feed_id {
            self.send_feed_stop(feed_id);
        }
        for call in ended.waiting.iter() {
            self.settle(call, Err(error.clone()));
        }
        if !ended.subscriptions.is_empty() {
            self.warn(error.clone());
        }
        self.tell_ended(ended, Some(&error));
    }

    pub(super) fn tell_ended(&mut self, ended: Ended, error: Option<&Error>) {
        let Ended {
            feed,
            subscriptions,
            series,
            samples,
            ..
        } = ended;
        if error.is_none() {
            self.withdraw_feed(feed);
        }
        let subscriptions = self.withdraw_subscriptions(subscriptions, error);
        for Series { id, columns, .. } in series {
            self.outputs.push_back(Output::SeriesEnded {
                series: id,
                columns,
            });
        }
        if !subscriptions.is_empty() {
            let error = error.cloned();
            self.outputs.push_back(Output::FeedEnded {
                feed,
                subscriptions,
                samples,
                error,
            });
        }
    }

    /// Any `device:feed` event but `:rpc` and `:stop`: the data event has no documented name.
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
        if let Some(error) = envelope.server_error() {
            return self.handle_feed_error(name, &envelope, error);
        }
        let Some(feed_id) = envelope.feed_id.as_deref() else {
            return;
        };
        if let Some(feed) = self.feeds.by_id(feed_id.as_bytes()) {
            self.learn_sample_event(name);
            self.deliver_sample(feed, payload.to_owned(), attachments, now);
        } else if let Some(feed) = envelope
            .request_id
            .as_deref()
            .and_then(|id| self.feeds.by_request(id))
        {
            self.feeds.keep_early(
                feed,
                (payload.to_owned(), attachments),
                self.config.max_early_samples,
            );
        }
    }

    /// A sample that is no JSON: Python writes `NaN` and `Infinity` into it. It is left out. The first
    /// one of a feed is told, and the first one of a connection that names no feed.
    #[cold]
    pub(super) fn handle_unreadable_sample(&mut self, event: &str, data: &str, byte: usize) {
        let feed_id = string_field(data, "\"feedId\"");
        let feed = feed_id
            .and_then(|id| self.feeds.by_id(id.as_bytes()))
            .or_else(|| self.feeds.by_request(string_field(data, "\"requestId\"")?));
        let told = match feed {
            Some(feed) => self
                .feeds
                .get_mut(feed)
                .map(|feed| &mut feed.told_unreadable),
            None => Some(&mut self.told_unreadable),
        };
        // With an id that is not known it is late, and of a feed that has ended.
        let is_late = feed.is_none() && feed_id.is_some();
        if is_late || told.is_none_or(|told| core::mem::replace(told, true)) {
            return;
        }
        let of = feed.and_then(|feed| self.feeds.describe(feed));
        let reason = [
            "a sample of ",
            of.as_deref().unwrap_or("a feed"),
            " is not JSON, at ",
            &quoted(&excerpt(data.get(byte..).unwrap_or(data))),
            "; such samples are left out",
        ];
        let reason = self.redact_excerpt(&reason.concat());
        self.warn(Error::protocol(reason, None).of(event, None));
    }

    /// A series has a sample whose `event_time` cannot be read. The first one of a feed is told.
    #[cold]
    pub(super) fn warn_untimed(&mut self, feed: FeedKey, payload: &[u8]) {
        let payload = core::str::from_utf8(payload).unwrap_or_default();
        let scanned = scan_object(payload.as_bytes());
        let time = scanned.and_then(|scanned| core::str::from_utf8(scanned.event_time?).ok());
        let reason = [
            "the event_time of a sample of ",
            &self.feeds.describe(feed).unwrap_or_default(),
            " cannot be read: ",
            &excerpt(time.unwrap_or_default()),
            "; the series has NaN for it, and for others like it",
        ];
        let reason = self.redact_excerpt(&reason.concat());
        let error = Error::protocol(reason, Some(&self.redact(payload)));
        self.warn(error.of("device:feed", None));
    }

    fn handle_feed_error(&mut self, name: &str, envelope: &Envelope<'_>, error: ServerError) {
        let error = self.rejected(error);
        let request_id = envelope.request_id.as_deref();
        let feed = envelope
            .feed_id
            .as_deref()
            .and_then(|id| self.feeds.by_id(id.as_bytes()));
        match feed.or_else(|| request_id.and_then(|id| self.feeds.by_request(id))) {
            Some(feed) => self.feed_failed(feed, request_id, &error),
            None => self.warn(error.of(name, request_id)),
        }
    }
}

/// The text of a field, wherever it is in a text that is no JSON. The name comes in its quotes.
fn string_field<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, after) = text::split(text, name)?;
    let value = after.trim_start_matches([' ', ':']).strip_prefix('"')?;
    text::split(value, "\"").map(|(value, _)| value)
}
