//! The events that a session returns to its caller.

use core::ops::Range;
use std::borrow::Cow;

use super::SessionError;
use super::ack_id::AckId;
use super::packet::EventName;

/// The meaning of incoming frames.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionEvent<'f> {
    /// The namespace is joined. Feed [`Session::take_early_frames`] before announcing it.
    ///
    /// [`Session::take_early_frames`]: super::Session::take_early_frames
    Connected {
        /// The id of the Socket.IO socket. If the server speaks revision 3, it is derived from that
        /// of the connection: `<sid>`, or `/namespace#<sid>`.
        id: String,
    },
    /// The server refused the namespace. The session is over.
    Refused {
        /// The server's message, or ours if it sent none.
        message: String,
        /// Additional data from the server: the `data` of the usual object, or the whole payload if
        /// that has another format.
        data: Option<String>,
    },
    /// An event, complete with its attachments.
    Event(IncomingEvent<'f>),
    /// An event whose JSON is invalid after its name, if
    /// [`report_unreadable_events`](super::SessionConfig::report_unreadable_events) is set. The
    /// session continues.
    Unreadable {
        /// Its name.
        name: EventName<'f>,
        /// The text of the whole array, which is not valid JSON.
        data: &'f str,
        /// The byte offset in `data` at which it stops being valid JSON.
        byte: usize,
        /// The error that would otherwise have ended the session.
        error: SessionError,
    },
    /// The first ack for an event that requested one.
    Ack(IncomingAck<'f>),
    /// The server ended the socket. The session is over; a later close changes nothing.
    Disconnected {
        /// The server's message, if it sent one.
        message: Option<String>,
        /// Additional data, as in [`Refused`](Self::Refused).
        data: Option<String>,
    },
    /// The server closed the connection. The session is over.
    Closed,
}

/// How far a session has progressed towards its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// The server has sent nothing.
    Silent,
    /// The handshake has arrived, but CONNECT was not sent: the server may be Socket.IO 2, which
    /// joins us unasked.
    HandshakeReceived,
    /// CONNECT was sent.
    ConnectSent,
}

/// An event from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingEvent<'f> {
    /// Its name.
    pub name: EventName<'f>,
    /// The JSON text of the whole array: the name, then the arguments.
    pub data: Cow<'f, str>,
    /// The byte offset of the first argument in `data`.
    pub first: Option<Range<usize>>,
    /// The attachments that placeholders in `data` refer to. The numbers have been checked: each is
    /// an index here.
    pub attachments: Vec<Vec<u8>>,
    /// Set if the server requests an ack.
    pub ack: Option<AckId>,
}

/// An ack for one of our events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingAck<'f> {
    /// The event's ack id.
    pub id: AckId,
    /// The JSON text of the array of arguments.
    pub data: Cow<'f, str>,
    /// The attachments that placeholders in `data` refer to, as in [`IncomingEvent::attachments`].
    pub attachments: Vec<Vec<u8>>,
}
