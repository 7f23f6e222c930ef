//! Routes the server's events: replies to their calls, broadcasts to the listeners, samples to
//! their feeds. All others are dropped.

use super::calls::{PendingReply, Stage};
use super::error::{Error, ErrorKind};
use super::late::LastReply;
use super::{AckHandle, CallId, Client, Event, Output, Payload, Reply};
use crate::device::{
    DeviceMetaChange, DeviceNew, DeviceStateChange, Envelope, EventKind, ReplyKind, ServerError,
};
use crate::socket::{EventName, IncomingAck, IncomingEvent};
use crate::time::Instant;

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
            let attempt = self.connection.attempt();
            self.outputs.event(Event::Any {
                array: Payload::new(data.as_ref(), attachments.clone()),
                ack: ack.map(|id| AckHandle { attempt, id }),
            });
        }
        let EventName::Text(name) = name else { return };
        let kind = EventKind::from_name(&name);
        let Some(payload) = first.and_then(|range| data.get(range)) else {
            // The events of a feed are not documented, so one without a payload may be valid.
            if !matches!(kind, EventKind::FeedData | EventKind::Other) {
                let error = Error::protocol("the event has no payload", None);
                self.outputs.warn(error.of(&name, None));
            }
            return;
        };
        let broadcast = match kind {
            EventKind::Rpc(base) => {
                return self.handle_reply(base, Stage::Rpc, payload, attachments, now);
            }
            EventKind::Reply(base) => {
                return self.handle_reply(base, Stage::Reply, payload, attachments, now);
            }
            EventKind::FeedData => return self.handle_sample(&name, payload, attachments, now),
            EventKind::StateChange => {
                DeviceStateChange::parse(payload).map(|change| Event::StateChange {
                    device_id: change.device_id().map(str::to_owned),
                    payload: Payload::new(payload, attachments),
                })
            }
            EventKind::New => DeviceNew::parse(payload)
                .map(|_| Event::DeviceNew(Payload::new(payload, attachments))),
            EventKind::MetaChange => DeviceMetaChange::parse(payload)
                .map(|_| Event::MetaChange(Payload::new(payload, attachments))),
            EventKind::Other => return,
        };
        match broadcast {
            Ok(event) => self.outputs.event(event),
            Err(problem) => {
                let reason = ["unexpected payload: ", &problem].concat();
                let error = self.protocol_error(&reason, payload);
                self.outputs.warn(error.of(&name, None));
            }
        }
    }

    pub(super) fn handle_ack(&mut self, ack: IncomingAck<'_>) {
        // An unknown id is ignored, as both reference implementations do.
        if let Some(call) = self.calls.by_ack(ack.id) {
            let args = Payload::new(ack.data, ack.attachments);
            self.settle(call, Ok(Reply::Payload(args)));
        }
    }

    fn handle_reply(
        &mut self,
        base: &str,
        stage: Stage,
        payload: &str,
        attachments: Vec<Vec<u8>>,
        now: Instant,
    ) {
        let Some(envelope) = Envelope::parse(payload) else {
            let reason = ["the payload of ", base, " is not an object"].concat();
            let error = self.protocol_error(&reason, payload);
            return self.outputs.warn(error.of(base, None));
        };
        let refusal = envelope.server_error();
        if base == "device:feed"
            && stage == Stage::Rpc
            && self.handle_feed_reply(&envelope, refusal.as_ref(), now)
        {
            return;
        }
        let is_error = refusal.is_some();
        let Some(call) = self.calls.match_reply(base, stage, &envelope, is_error) else {
            return self.handle_stray(base, stage, &envelope, refusal);
        };
        match refusal {
            Some(refusal) => self.settle(call, Err(self.rejected(refusal))),
            None => self.handle_good_reply(call, stage, &envelope, attachments, now),
        }
    }

    fn handle_good_reply(
        &mut self,
        call: CallId,
        stage: Stage,
        envelope: &Envelope<'_>,
        attachments: Vec<Vec<u8>>,
        now: Instant,
    ) {
        let Some((kind, is_final)) = self.calls.advance(call, stage, envelope, now) else {
            return;
        };
        if let Err(problem) = kind.check(envelope.payload) {
            let error = self.protocol_error(&problem, envelope.payload);
            if is_final {
                self.settle(call, Err(error));
            } else {
                self.give_up(call, error);
            }
            return;
        }
        let payload = Payload::new(envelope.payload, attachments);
        if kind == ReplyKind::Upgrade {
            let payload = payload.clone();
            self.outputs.push(Output::Progress { call, payload });
        }
        if is_final {
            self.settle(call, Ok(Reply::Payload(payload)));
        }
    }

    /// A reply without an open call. Late and duplicate ones are ignored; an error becomes a
    /// warning.
    fn handle_stray(
        &mut self,
        base: &str,
        stage: Stage,
        envelope: &Envelope<'_>,
        refusal: Option<ServerError>,
    ) {
        let request_id = envelope.request_id.as_deref();
        if let Some(id) = request_id {
            let last = match stage {
                Stage::Rpc => LastReply::Rpc,
                Stage::Reply => LastReply::Reply,
            };
            if refusal.is_some() {
                self.late.forget(id);
            } else if envelope.complete != Some(false) {
                self.late.take(id, last);
            }
        }
        match refusal {
            Some(refusal) => {
                let error = self.rejected(refusal);
                self.outputs.warn(error.of(base, request_id));
            }
            // It is undocumented whether the server replies to a feed stop. No call waits for it.
            None if base.starts_with("device:feed:stop") => {}
            None if request_id.is_none() && envelope.correlation_id.is_none() => {
                let error = Error::protocol("a reply without requestId or correlationId", None);
                self.outputs.warn(error.of(base, None));
            }
            None => {}
        }
    }

    /// Settles an open call. Harmless if it is already settled.
    pub(super) fn settle(&mut self, call: CallId, result: Result<Reply, Error>) {
        if let Some(pending) = self.calls.close(call) {
            if result.is_ok() {
                self.connection.has_worked();
            }
            let result = result.map_err(|error| PendingReply::name(&pending, error));
            self.outputs.settle(call, result);
        }
    }

    /// The server's error, as the caller receives it.
    pub(super) fn rejected(&self, refusal: ServerError) -> Error {
        ErrorKind::Rejected {
            message: self.redact(&refusal.message).into_owned(),
            data: self.redact(&refusal.raw).into_owned(),
        }
        .into()
    }

    /// The error for an invalid payload.
    pub(super) fn protocol_error(&self, reason: &str, payload: &str) -> Error {
        Error::protocol(&self.redact(reason), Some(&self.redact(payload)))
    }
}
