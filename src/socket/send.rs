//! The sending side: events and acks.

use super::ack_id::AckId;
use super::packet;
use super::session::Session;
use super::{SendError, placeholders};
use crate::engine::{self, Frame, Revision};
use crate::json::{self, Json};

impl Session {
    /// Queues an event. Each of `args` is the JSON text of one argument; a placeholder
    /// `{"_placeholder":true,"num":n}` in it refers to `attachments[n]`, if there are any. With
    /// `want_ack`, the ack arrives as [`SessionEvent::Ack`](super::SessionEvent::Ack) with the id
    /// returned here.
    ///
    /// # Errors
    /// If the event must not be sent. Nothing is queued then.
    pub fn send_event(
        &mut self,
        name: &str,
        args: &[&str],
        attachments: Vec<Vec<u8>>,
        want_ack: bool,
    ) -> Result<Option<AckId>, SendError> {
        if !self.is_connected() {
            return Err(SendError::NotConnected);
        }
        if packet::RESERVED.contains(&name)
            || (self.revision == Revision::V3 && RESERVED_V3.contains(&name))
        {
            return Err(SendError::ReservedName(name.to_owned()));
        }
        let ack = want_ack.then_some(AckId(self.next_ack));
        self.send(packet::EVENT, ack, Some(name), args, attachments)?;
        if let Some(id) = ack {
            self.next_ack += 1;
            self.sent_acks.insert(id);
        }
        Ok(ack)
    }

    /// Queues the ack for an event that requested one; `args` and `attachments` as in
    /// [`send_event`](Self::send_event).
    ///
    /// # Errors
    /// If the ack must not be sent; [`SendError::UnknownAck`] if the event has already been
    /// acknowledged. Nothing is queued then.
    pub fn send_ack(
        &mut self,
        id: AckId,
        args: &[&str],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), SendError> {
        if !self.is_connected() {
            return Err(SendError::NotConnected);
        }
        if !self.open_acks.contains(id) {
            return Err(SendError::UnknownAck(id));
        }
        self.send(packet::ACK, Some(id), None, args, attachments)?;
        self.open_acks.remove(id);
        Ok(())
    }

    /// The number of events that still wait for an ack.
    #[must_use]
    pub fn awaited_acks(&self) -> usize {
        self.sent_acks.len()
    }

    /// Stops waiting for an event's ack; if it still arrives, it is ignored.
    pub fn forget_ack(&mut self, id: AckId) {
        self.sent_acks.remove(id);
    }

    /// `kind` is the packet's type without attachments.
    fn send(
        &mut self,
        kind: char,
        ack: Option<AckId>,
        name: Option<&str>,
        args: &[&str],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), SendError> {
        let (count, limit) = (attachments.len(), self.config.limits.max_attachments);
        if count > limit {
            return Err(SendError::TooManyAttachments { count, limit });
        }
        for (index, arg) in args.iter().enumerate() {
            Json::parse(arg).map_err(|_| SendError::InvalidArgument { index })?;
            if count > 0 && !placeholders::are_valid(arg, count) {
                return Err(SendError::Placeholder { attachments: count });
            }
        }
        let size = args.iter().map(|arg| arg.len() + 1).sum::<usize>();
        let mut text = String::with_capacity(size + name.map_or(0, str::len) + 16);
        text.push(engine::MESSAGE);
        packet::push_header(&mut text, kind, count, self.wire_namespace(), ack);
        text.push('[');
        if let Some(name) = name {
            json::push_quoted(&mut text, name);
        }
        for (index, arg) in args.iter().enumerate() {
            if index > 0 || name.is_some() {
                text.push(',');
            }
            text.push_str(arg);
        }
        text.push(']');
        let first = self.outbox.len();
        self.outbox.push_back(Frame::Text(text));
        for data in attachments {
            self.queue(&engine::Packet::Binary(data.into()));
        }
        let frames = self.outbox.iter().skip(first);
        let size = frames.map(Frame::len).max().unwrap_or(0) as u64;
        if let Some(limit) = self.max_payload()
            && size > limit
        {
            self.outbox.truncate(first);
            return Err(SendError::TooLarge { size, limit });
        }
        Ok(())
    }
}

/// Further names that Socket.IO 2 reserves: its client and its server emit them locally.
const RESERVED_V3: [&str; 10] = [
    "connect_timeout",
    "connecting",
    "error",
    "ping",
    "pong",
    "reconnect",
    "reconnect_attempt",
    "reconnect_error",
    "reconnect_failed",
    "reconnecting",
];
