//! The receiving side of an open connection: packets and their attachments.
//!
//! The frames of attachments follow their packet immediately and in order; only Engine.IO's own
//! packets may come between them.

use core::ops::Range;
use std::borrow::Cow;

use super::error::quoting;
use super::packet::{Body, Packet, unreadable_event};
use super::session::{Outcome, Pending, RawFrame, Session};
use super::{
    AckId, DecodeError, EventName, IncomingAck, IncomingEvent, MAIN, SessionError, SessionEvent,
    bare_namespace, placeholders,
};
use crate::engine::{Frame, Revision};
use crate::text::decimal;
use crate::time::Instant;

impl Session {
    pub(super) fn attachment<'f>(
        &mut self,
        data: Cow<'f, [u8]>,
        raw: RawFrame<'f>,
        now: Instant,
    ) -> Outcome<'f> {
        let Some(mut pending) = self.pending.take() else {
            let problem = "binary data with no packet waiting for it";
            return Err(SessionError::parse(problem));
        };
        if pending.is_early {
            self.keep_early(raw)?;
        }
        let limits = &self.config.limits;
        pending.bytes = pending.bytes.saturating_add(data.len());
        if pending.bytes > limits.max_attachment_bytes {
            return Err(above(limits.max_attachment_bytes, " bytes"));
        }
        match &mut pending.event {
            Some(SessionEvent::Event(event)) => event.attachments.push(data.into_owned()),
            Some(SessionEvent::Ack(ack)) => ack.attachments.push(data.into_owned()),
            _ => {}
        }
        pending.missing = pending.missing.saturating_sub(1);
        if pending.missing == 0 {
            return Ok(pending.event);
        }
        pending.deadline = now + limits.attachment_timeout;
        self.pending = Some(pending);
        Ok(None)
    }

    pub(super) fn message<'f>(
        &mut self,
        text: &'f str,
        raw: RawFrame<'f>,
        now: Instant,
    ) -> Outcome<'f> {
        let packet = match Packet::decode_revision(text, self.revision) {
            Ok(packet) => packet,
            Err(error) => return self.unreadable(text, &error, raw),
        };
        let name = bare_namespace(&packet.namespace);
        let main = name == MAIN;
        let ours = name == bare_namespace(&self.config.namespace);
        match packet.body {
            Body::Connect { payload } => self.connect(main, ours, payload, now),
            // In Socket.IO 2 a refusal of `/` refuses every namespace.
            Body::ConnectError { payload } if ours || (main && self.revision == Revision::V3) => {
                self.refused(payload)
            }
            Body::Disconnect { payload } if ours => self.disconnected(payload),
            Body::ConnectError { .. } | Body::Disconnect { .. } => Ok(None),
            Body::Event { attachments, .. } | Body::Ack { attachments, .. }
                if !ours || !self.is_connected() =>
            {
                if ours {
                    self.keep_early(raw)?;
                }
                self.wait(None, ours, attachments, now)
            }
            Body::Event {
                ack,
                attachments,
                name,
                data,
                args,
            } => {
                self.note_open_ack(ack);
                let data = data.get();
                let first = args.first().map(|first| {
                    let start = first.get().as_ptr().addr() - data.as_ptr().addr();
                    start..start + first.get().len()
                });
                if attachments == 0 {
                    return Ok(Some(event(name, Cow::Borrowed(data), first, ack)));
                }
                let data = Cow::Owned(data.to_owned());
                let event = event(name.into_owned(), data, first, ack);
                self.wait(Some(event), false, attachments, now)
            }
            Body::Ack {
                id,
                attachments,
                data,
                ..
            } => {
                let was_requested = self.sent_acks.remove(id);
                let ack = IncomingAck {
                    id,
                    data: Cow::Owned(data.get().to_owned()),
                    attachments: Vec::new(),
                };
                let event = was_requested.then_some(SessionEvent::Ack(ack));
                self.wait(event, false, attachments, now)
            }
        }
    }

    /// An invalid packet ends the session, unless it is an event for us that is to be reported.
    #[cold]
    fn unreadable<'f>(
        &mut self,
        text: &'f str,
        error: &DecodeError,
        raw: RawFrame<'f>,
    ) -> Outcome<'f> {
        let failure = SessionError::parse(quoting(text, error));
        let ours = bare_namespace(&self.config.namespace);
        let event = unreadable_event(text, ours).filter(|_| self.config.report_unreadable_events);
        let (DecodeError::Json(json), Some((name, data))) = (error, event) else {
            return Err(failure);
        };
        if !self.is_connected() {
            self.keep_early(raw)?;
            return Ok(None);
        }
        Ok(Some(SessionEvent::Unreadable {
            name,
            data,
            byte: json.byte,
            error: failure,
        }))
    }

    /// Returns an event once its attachments have arrived: immediately if there are none.
    fn wait<'f>(
        &mut self,
        event: Option<SessionEvent<'static>>,
        is_early: bool,
        attachments: usize,
        now: Instant,
    ) -> Outcome<'f> {
        if attachments == 0 {
            return Ok(event);
        }
        let limits = &self.config.limits;
        if attachments > limits.max_attachments {
            return Err(above(limits.max_attachments, ""));
        }
        let data = match &event {
            Some(SessionEvent::Event(event)) => &event.data,
            Some(SessionEvent::Ack(ack)) => &ack.data,
            _ => "",
        };
        if !placeholders::are_valid(data, attachments) {
            let error = DecodeError::Placeholder(attachments);
            return Err(SessionError::parse(quoting(data, &error)));
        }
        self.pending = Some(Pending {
            event,
            is_early,
            missing: attachments,
            bytes: 0,
            deadline: now + limits.attachment_timeout,
        });
        Ok(None)
    }

    /// Keeps a frame that arrived before the namespace was joined, within the limits.
    fn keep_early(&mut self, raw: RawFrame<'_>) -> Result<(), SessionError> {
        let frame = match raw {
            RawFrame::Text(text) => Frame::Text(text.to_owned()),
            RawFrame::Binary(data) => Frame::Binary(data.to_vec()),
        };
        let limits = &self.config.limits;
        self.early_bytes += frame.len();
        if self.early.len() >= limits.max_early_frames || self.early_bytes > limits.max_early_bytes
        {
            let parts = [
                "more than ",
                &decimal(limits.max_early_frames as u64),
                " frames or ",
                &decimal(limits.max_early_bytes as u64),
                " bytes arrived before the namespace was joined",
            ];
            return Err(SessionError::parse(parts.concat()));
        }
        self.early.push(frame);
        Ok(())
    }

    fn note_open_ack(&mut self, ack: Option<AckId>) {
        if let Some(id) = ack {
            self.open_acks.insert(id);
        }
        if self.open_acks.len() > self.config.limits.max_open_acks
            && let Some(oldest) = self.open_acks.first()
        {
            self.open_acks.remove(oldest);
        }
    }
}

/// An event whose attachments have not arrived, if it has any.
pub(super) fn event<'f>(
    name: EventName<'f>,
    data: Cow<'f, str>,
    first: Option<Range<usize>>,
    ack: Option<AckId>,
) -> SessionEvent<'f> {
    SessionEvent::Event(IncomingEvent {
        name,
        data,
        first,
        attachments: Vec::new(),
        ack,
    })
}

/// The error for too many attachments of a packet, or too large ones.
fn above(limit: usize, unit: &str) -> SessionError {
    let limit = decimal(limit as u64);
    let parts = [
        "the attachments of a packet exceed the limit of ",
        &limit,
        unit,
    ];
    SessionError::parse(parts.concat())
}
