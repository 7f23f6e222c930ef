//! The receiving side of an open connection: packets and their attachments.

use std::borrow::Cow;

use super::attachments::{Disposition, Pending};
use super::packet::{Body, Packet, unreadable_event};
use super::session::{Outcome, RawFrame, Session, SessionPhase};
use super::{
    AckId, DecodeError, IncomingAck, IncomingEvent, MAIN, SessionError, SessionEvent,
    bare_namespace,
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
            return Err(SessionError::parse(
                "binary data with no packet waiting for it",
            ));
        };
        if pending.is_early() {
            self.keep_early(raw)?;
        }
        if pending.add(data, &self.config.limits, now)? {
            return Ok(pending.finish());
        }
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
                if !ours || self.phase != SessionPhase::Connected =>
            {
                let disposition = if ours {
                    Disposition::Early
                } else {
                    Disposition::Ignored
                };
                if ours {
                    self.keep_early(raw)?;
                }
                self.wait(disposition, attachments, now)
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
                let none = Vec::new();
                if attachments == 0 {
                    let data = Cow::Borrowed(data);
                    let event = IncomingEvent {
                        name,
                        data,
                        first,
                        attachments: none,
                        ack,
                    };
                    return Ok(Some(SessionEvent::Event(event)));
                }
                let (name, data) = (name.into_owned(), Cow::Owned(data.to_owned()));
                let event = IncomingEvent {
                    name,
                    data,
                    first,
                    attachments: none,
                    ack,
                };
                self.wait(Disposition::Event(event), attachments, now)
            }
            Body::Ack {
                id,
                attachments,
                data,
                ..
            } => {
                let was_requested = self.sent_acks.remove(id);
                let (data, none) = (data.get(), Vec::new());
                if attachments == 0 {
                    let ack = IncomingAck {
                        id,
                        data: Cow::Borrowed(data),
                        attachments: none,
                    };
                    return Ok(was_requested.then_some(SessionEvent::Ack(ack)));
                }
                let data = Cow::Owned(data.to_owned());
                let ack = IncomingAck {
                    id,
                    data,
                    attachments: none,
                };
                self.wait(
                    if was_requested {
                        Disposition::Ack(ack)
                    } else {
                        Disposition::Ignored
                    },
                    attachments,
                    now,
                )
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
        let failure = SessionError::within(text, error);
        let (DecodeError::Json(json), true) = (error, self.config.report_unreadable_events) else {
            return Err(failure);
        };
        let ours = bare_namespace(&self.config.namespace);
        let Some((name, data)) = unreadable_event(text, ours) else {
            return Err(failure);
        };
        if self.phase != SessionPhase::Connected {
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

    fn wait<'f>(
        &mut self,
        disposition: Disposition,
        attachments: usize,
        now: Instant,
    ) -> Outcome<'f> {
        if attachments > 0 {
            self.pending = Some(Pending::new(
                disposition,
                attachments,
                &self.config.limits,
                now,
            )?);
        }
        Ok(None)
    }

    /// Keeps a frame that arrived before the namespace was joined, within the limits.
    fn keep_early(&mut self, raw: RawFrame<'_>) -> Result<(), SessionError> {
        let frame = match raw {
            RawFrame::Text(text) => Frame::Text(text.to_owned()),
            RawFrame::Binary(data) => Frame::Binary(data.to_vec()),
        };
        let limits = &self.config.limits;
        let bytes = frame.len() + self.early.iter().map(Frame::len).sum::<usize>();
        if self.early.len() >= limits.max_early_frames || bytes > limits.max_early_bytes {
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
