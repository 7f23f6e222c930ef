//! What a session tells its caller.

use core::ops::Range;
use std::borrow::Cow;

use super::SessionError;
use super::ack_id::AckId;
use super::packet::EventName;

/// What the frames that came in mean.
#[derive(Debug)]
#[non_exhaustive]
pub enum SessionEvent<'f> {
    /// The namespace is joined. Feed [`Session::take_early_frames`] before telling anyone.
    ///
    /// [`Session::take_early_frames`]: super::Session::take_early_frames
    Connected {
        /// The id of the Socket.IO socket. Where the server speaks revision 3, that of the
        /// connection: `<sid>`, or `/namespace#<sid>`.
        id: String,
    },
    /// The server refuses the namespace. The session is over.
    Refused {
        /// The server's words, or ours where it has none.
        message: String,
        /// What it said besides: the `data` of the usual object, or the whole payload where that
        /// has another shape.
        data: Option<String>,
    },
    /// An event, complete with its attachments.
    Event(IncomingEvent<'f>),
    /// An event whose JSON cannot be read after its name, where
    /// [`tells_unreadable_events`](super::SessionConfig::tells_unreadable_events) is set. The session
    /// goes on.
    Unreadable {
        /// Its name.
        name: EventName<'f>,
        /// The text of the whole array, which is no JSON.
        data: &'f str,
        /// Where in `data` it ceases to be JSON, in bytes.
        byte: usize,
        /// What would have ended the session.
        error: SessionError,
    },
    /// The first answer to an event that asked for one.
    Ack(IncomingAck<'f>),
    /// The server ended the socket. The session is over; a later close changes nothing.
    Disconnected {
        /// The server's words, where it gave any.
        message: Option<String>,
        /// What it said besides, as in [`Refused`](Self::Refused).
        data: Option<String>,
    },
    /// The server ended the connection. The session is over.
    Closed,
}

/// How far a session has come on the way to its namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    /// The server has said nothing.
    Silent,
    /// The handshake has come, and CONNECT was not sent: the server may be one of Socket.IO 2, which
    /// joins us unasked.
    Greeted,
    /// CONNECT was sent.
    Asked,
}

/// An event from the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingEvent<'f> {
    /// Its name.
    pub name: EventName<'f>,
    /// The JSON text of the whole array: the name, then the arguments.
    pub data: Cow<'f, str>,
    /// Where the first argument lies in `data`, in bytes.
    pub first: Option<Range<usize>>,
    /// What the placeholders in `data` refer to: checked, each of their numbers is an index here.
    pub attachments: Vec<Vec<u8>>,
    /// Set where the server wants an answer.
    pub ack: Option<AckId>,
}

/// An answer to an event of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IncomingAck<'f> {
    /// Which event.
    pub id: AckId,
    /// The JSON text of the array of arguments.
    pub data: Cow<'f, str>,
    /// What the placeholders in `data` refer to, as in [`IncomingEvent::attachments`].
    pub attachments: Vec<Vec<u8>>,
}
