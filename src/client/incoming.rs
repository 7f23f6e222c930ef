//! What the server sends, once it is an event: replies to their calls, broadcasts to the listeners,
//! samples to their feeds, the rest to nobody.

use super::calls::{Waiting, settled};
use super::error::{Error, ErrorKind};
use super::feed::{Ended, Opened};
use super::intake::Series;
use super::io::AckHandle;
use super::late::Last;
use super::timer::Timer;
use super::{CallId, Client, Event, FeedKey, Output, Reply};
use crate::device::{
    DeviceMetaChange, DeviceNew, DeviceStateChange, Envelope, EventFamily, ReplyKind, ServerError,
    SettledBy, event_family,
};
use crate::socket::{EventName, IncomingAck, IncomingEvent};
use crate::time::Instant;

/// Which of the two answers of a request came.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Rpc,
    Reply,
}

impl Client {
    pub(super) fn handle_event(&mut self, event: IncomingEvent<'_>, now: Instant) {
        let IncomingEvent {
            name,
            data,
            first,
            attachments,
            ack,
        } = event;
        if self.observing {
            let ack = ack.map(|id| AckHandle {
                attempt: self.attempt,
                id,
            });
            let data = data.as_ref().to_owned();
            self.outputs.push_back(Output::Event(Event::Any {
                data,
                attachments: attachments.clone(),
                ack,
            }));
        }
        let EventName::Text(name) = name else { return };
        let Some(payload) = first.and_then(|range| data.get(range)) else {
            return;
        };
        match event_family(&name) {
            EventFamily::Rpc(base) => {
                self.handle_answer(base, Stage::Rpc, payload, attachments, now);
            }
            EventFamily::Reply(base) => {
                self.handle_answer(base, Stage::Reply, payload, attachments, now);
            }
            EventFamily::FeedData => self.handle_sample(&name, payload, now),
            EventFamily::StateChange => {
                let change = DeviceStateChange::parse(payload);
                let event = change.map(|change| Event::StateChange {
                    payload: payload.to_owned(),
                    device_id: change.device_id().map(str::to_owned),
                });
                self.broadcast(&name, payload, event);
            }
            EventFamily::New => {
                let event = DeviceNew::parse(payload).map(|_| Event::DeviceNew {
                    payload: payload.to_owned(),
                });
                self.broadcast(&name, payload, event);
            }
            EventFamily::MetaChange => {
                let event = DeviceMetaChange::parse(payload).map(|_| Event::MetaChange {
                    payload: payload.to_owned(),
                });
                self.broadcast(&name, payload, event);
            }
            EventFamily::Other => {}
        }
    }

    fn broadcast(&mut self, name: &str, payload: &str, event: Result<Event, String>) {
        match event {
            Ok(event) => self.outputs.push_back(Output::Event(event)),
            Err(problem) => {
                let reason = ["unexpected payload: ", &problem].concat();
                self.warn(self.protocol(reason, payload).of(name, None));
            }
        }
    }

    pub(super) fn warn(&mut self, error: Error) {
        self.outputs.push_back(Output::Event(Event::Warning(error)));
    }

    pub(super) fn handle_ack(&mut self, ack: IncomingAck<'_>) {
        // An id that nobody waits for is ignored, as both reference implementations do.
        if let Some(call) = self.calls.by_ack(ack.id) {
            let reply = Reply::Ack {
                args: ack.data.into_owned(),
                attachments: ack.attachments,
            };
            self.settle(call, Ok(reply));
        }
    }

    fn handle_answer(
        &mut self,
        base: &str,
        stage: Stage,
        payload: &str,
        attachments: Vec<Vec<u8>>,
        now: Instant,
    ) {
        let Some(envelope) = Envelope::parse(payload) else {
            let reason = ["the payload of ", base, " is no object"].concat();
            return self.warn(self.protocol(reason, payload).of(base, None));
        };
        let error = envelope.server_error();
        if base == "device:feed"
            && stage == Stage::Rpc
            && self.handle_feed_answer(&envelope, error.as_ref(), payload, now)
        {
            return;
        }
        let Some(call) = self.find_call(base, stage, &envelope, error.is_some()) else {
            return self.handle_stray(base, stage, &envelope, error);
        };
        match error {
            Some(error) => self.settle(call, Err(self.rejected(error))),
            None => {
                if let Some(payload) = self.advance(call, stage, &envelope, payload, now) {
                    let reply = if attachments.is_empty() {
                        Reply::Payload(payload)
                    } else {
                        Reply::Binary {
                            payload,
                            attachments,
                        }
                    };
                    self.settle(call, Ok(reply));
                }
            }
        }
    }

    /// The call that an answer belongs to: by `requestId`, else by `correlationId`, else, for an
    /// error that has neither, the one open call of that event.
    fn find_call(
        &self,
        base: &str,
        stage: Stage,
        envelope: &Envelope<'_>,
        is_error: bool,
    ) -> Option<CallId> {
        let sole = || self.calls.sole_of_event(base).filter(|_| is_error);
        let call = match (&envelope.request_id, &envelope.correlation_id) {
            (Some(id), _) => self.calls.by_request(id),
            // The first answer to a request may carry nothing but the id that it gives out. A later
            // one with an unknown id belongs to a request that is settled.
            (None, Some(id)) => self.calls.by_correlation(id).or_else(|| {
                sole().filter(|&call| stage == Stage::Rpc && !self.calls.is_correlated(call))
            }),
            (None, None) => sole(),
        }?;
        match self.calls.get(call)? {
            Waiting::Reply { event, .. } if event == base => Some(call),
            _ => None,
        }
    }

    /// A late or double answer is nobody's business; an error that nobody waits for is told.
    fn handle_stray(
        &mut self,
        base: &str,
        stage: Stage,
        envelope: &Envelope<'_>,
        error: Option<ServerError>,
    ) {
        let request_id = envelope.request_id.as_deref();
        if let Some(id) = request_id {
            let last = match stage {
                Stage::Rpc => Last::Rpc,
                Stage::Reply => Last::Reply,
            };
            if error.is_some() {
                self.late.forget(id);
            } else if envelope.complete != Some(false) {
                self.late.take(id, last);
            }
        }
        match error {
            Some(error) => self.warn(self.rejected(error).of(base, request_id)),
            // Whether stopping a feed is answered is not documented; nobody waits for it.
            None if base.starts_with("device:feed:stop") => {}
            None if request_id.is_none() && envelope.correlation_id.is_none() => {
                self.warn(Error::protocol("an answer that names no request", None).of(base, None));
            }
            None => {}
        }
    }

    /// A good answer: the last one, whose payload is answered, settles the call; the others keep it
    /// going.
    fn advance(
        &mut self,
        call: CallId,
        stage: Stage,
        envelope: &Envelope<'_>,
        payload: &str,
        now: Instant,
    ) -> Option<String> {
        if let (Stage::Rpc, Some(id)) = (stage, &envelope.correlation_id) {
            self.calls.correlate(call, id);
        }
        let Some(Waiting::Reply { kind, .. }) = self.calls.get(call) else {
            return None;
        };
        let kind = *kind;
        let is_final = match (kind, stage) {
            // Steps come on either; an `:rpc` without a status only says that it was taken on.
            (ReplyKind::Upgrade, Stage::Rpc) if !envelope.status => return None,
            (ReplyKind::Upgrade, _) => envelope.complete == Some(true),
            // More is to come.
            (ReplyKind::Complete, _) if envelope.complete == Some(false) => return None,
            (kind, Stage::Rpc) if kind.settled_by() == SettledBy::Rpc => true,
            (kind, Stage::Reply) if kind.settled_by() == SettledBy::Reply => true,
            _ => return None,
        };
        if let Err(problem) = kind.check(payload) {
            if let Some(id) = self.calls.request_id(call).filter(|_| !is_final) {
                self.late.add(id, Last::of(kind));
            }
            self.settle(call, Err(self.protocol(problem, payload)));
            return None;
        }
        let payload = payload.to_owned();
        if kind == ReplyKind::Upgrade {
            self.outputs.push_back(Output::Progress {
                call,
                payload: payload.clone(),
            });
        }
        if !is_final {
            self.calls.extend(call, &mut self.timers, now);
        }
        is_final.then_some(payload)
    }

    /// Settles an open call; harmless for one that is settled.
    pub(super) fn settle(&mut self, call: CallId, result: Result<Reply, Error>) {
        if let Some(waiting) = self.calls.close(call, &mut self.timers) {
            self.has_worked |= result.is_ok();
            self.outputs
                .push_back(settled(call, result.map_err(|error| waiting.name(error))));
        }
    }

    /// The `:rpc` of a feed request. Answers whether it was one of ours.
    fn handle_feed_answer(
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
        for payload in early {
            self.deliver_sample(feed, payload, now);
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
    fn handle_sample(&mut self, name: &str, payload: &str, now: Instant) {
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
            self.deliver_sample(feed, payload.to_owned(), now);
        } else if let Some(feed) = envelope
            .request_id
            .as_deref()
            .and_then(|id| self.feeds.by_request(id))
        {
            self.feeds
                .keep_early(feed, payload, self.config.max_early_samples);
        }
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

    /// The server's error, for the caller.
    fn rejected(&self, error: ServerError) -> Error {
        ErrorKind::Rejected {
            message: self.redact(&error.message).into_owned(),
            data: self.redact(&error.raw).into_owned(),
        }
        .into()
    }

    /// A payload that cannot be, for the caller.
    fn protocol(&self, reason: impl AsRef<str>, payload: &str) -> Error {
        let reason = self.redact(reason.as_ref());
        Error::protocol(reason, Some(&self.redact(payload)))
    }
}
