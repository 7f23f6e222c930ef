//! A binary packet whose attachments are still arriving.
//!
//! The frames follow the packet immediately and in order; only Engine.IO's own packets may come
//! between them.

use core::time::Duration;
use std::borrow::Cow;

use super::event::{IncomingAck, IncomingEvent, SessionEvent};
use super::{DecodeError, Limits, SessionError, placeholders};
use crate::text::decimal;
use crate::time::{Instant, whole_millis};

/// What happens to the packet once it is complete.
#[derive(Debug)]
pub(super) enum Disposition {
    /// It is returned as an event.
    Event(IncomingEvent<'static>),
    /// It is returned as an ack.
    Ack(IncomingAck<'static>),
    /// It arrived early: its frames are kept unparsed.
    Early,
    /// It is for another namespace, or has no recipient.
    Ignored,
}

/// The packet, and how much of it is still missing.
#[derive(Debug)]
pub(super) struct Pending {
    disposition: Disposition,
    missing: usize,
    bytes: usize,
    deadline: Instant,
}

impl Pending {
    /// A packet that waits for `count` attachments.
    pub(super) fn new(
        disposition: Disposition,
        count: usize,
        limits: &Limits,
        now: Instant,
    ) -> Result<Self, SessionError> {
        if count > limits.max_attachments {
            return Err(SessionError::above(
                "the attachments of a packet",
                limits.max_attachments,
                "",
            ));
        }
        let data = match &disposition {
            Disposition::Event(event) => Some(&event.data),
            Disposition::Ack(ack) => Some(&ack.data),
            Disposition::Early | Disposition::Ignored => None,
        };
        if let Some(data) = data
            && !placeholders::are_valid(data, count)
        {
            return Err(SessionError::within(data, &DecodeError::Placeholder(count)));
        }
        Ok(Self {
            disposition,
            missing: count,
            bytes: 0,
            deadline: now + limits.attachment_timeout,
        })
    }

    /// When the next attachment is overdue.
    pub(super) const fn deadline(&self) -> Instant {
        self.deadline
    }

    /// Extends that deadline.
    pub(super) fn postpone(&mut self, by: Duration) {
        self.deadline += by;
    }

    /// Whether its frames are kept unparsed.
    pub(super) const fn is_early(&self) -> bool {
        matches!(self.disposition, Disposition::Early)
    }

    /// Takes the next attachment. `true` if it was the last.
    pub(super) fn add(
        &mut self,
        data: Cow<'_, [u8]>,
        limits: &Limits,
        now: Instant,
    ) -> Result<bool, SessionError> {
        self.bytes = self.bytes.saturating_add(data.len());
        if self.bytes > limits.max_attachment_bytes {
            return Err(SessionError::above(
                "the attachments of a packet",
                limits.max_attachment_bytes,
                " bytes",
            ));
        }
        match &mut self.disposition {
            Disposition::Event(event) => event.attachments.push(data.into_owned()),
            Disposition::Ack(ack) => ack.attachments.push(data.into_owned()),
            Disposition::Early | Disposition::Ignored => {}
        }
        self.deadline = now + limits.attachment_timeout;
        self.missing = self.missing.saturating_sub(1);
        Ok(self.missing == 0)
    }

    /// The event for the completed packet, if any.
    pub(super) fn finish(self) -> Option<SessionEvent<'static>> {
        match self.disposition {
            Disposition::Event(event) => Some(SessionEvent::Event(event)),
            Disposition::Ack(ack) => Some(SessionEvent::Ack(ack)),
            Disposition::Early | Disposition::Ignored => None,
        }
    }

    /// The error for an attachment that did not arrive in time.
    pub(super) fn overdue(limit: Duration) -> SessionError {
        let millis = decimal(whole_millis(limit));
        SessionError::parse(["an attachment did not arrive within ", &millis, " ms"].concat())
    }
}
