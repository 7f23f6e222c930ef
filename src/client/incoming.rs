//! What the server sends, once it is an event: replies to their calls, broadcasts to the listeners,
//! samples to their feeds, the rest to nobody.

use super::calls::{Waiting, settled};
use super::error::{Error, ErrorKind};
use super::io::AckHandle;
use super::late::Last;
use super::{CallId, Client, Event, Output, Reply};
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
        let family = event_family(&name);
        let Some(payload) = first.and_then(|range| data.get(range)) else {
            // Which events of a feed there are is not documented: one without a payload may be right.
            if !matches!(family, EventFamily::FeedData | EventFamily::Other) {
                self.warn(Error::protocol("the event has no payload", None).of(&name, None));
            }
            return;
        };
        match family {
            EventFamily::Rpc(base) => {
                self.handle_answer(base, Stage::Rpc, payload, attachments, now);
            }
            EventFamily::Reply(base) => {
                self.handle_answer(base, Stage::Reply, payload, attachments, now);
            }
            EventFamily::FeedData => self.handle_sample(&name, payload, attachments, now),
            EventFamily::StateChange => {
                let change = DeviceStateChange::parse(payload);
                let event = change.map(|change| Event::StateChange {
                    payload: payload.to_owned(),
                    device_id: change.device_id().map(str::to_owned),
                    attachments,
                });
                self.broadcast(&name, payload, event);
            }
            EventFamily::New => {
                let event = DeviceNew::parse(payload).map(|_| Event::DeviceNew {
                    payload: payload.to_owned(),
                    attachments,
                });
                self.broadcast(&name, payload, event);
            }
            EventFamily::MetaChange => {
                let event = DeviceMetaChange::parse(payload).map(|_| Event::MetaChange {
                    payload: payload.to_owned(),
                    attachments,
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
                let payload = self.advance(call, stage, &envelope, payload, &attachments, now);
                if let Some(payload) = payload {
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
        attachments: &[Vec<u8>],
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
                attachments: attachments.to_vec(),
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

    /// The server's error, for the caller.
    pub(super) fn rejected(&self, error: ServerError) -> Error {
        ErrorKind::Rejected {
            message: self.redact(&error.message).into_owned(),
            data: self.redact(&error.raw).into_owned(),
        }
        .into()
    }

    /// A payload that cannot be, for the caller.
    pub(super) fn protocol(&self, reason: impl AsRef<str>, payload: &str) -> Error {
        let reason = self.redact(reason.as_ref());
        Error::protocol(reason, Some(&self.redact(payload)))
    }
}
