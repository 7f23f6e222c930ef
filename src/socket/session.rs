//! The lifecycle of one transport connection: handshake, CONNECT, events, end.

use core::time::Duration;
use std::borrow::Cow;
use std::collections::VecDeque;

use super::error::{excerpt, quoting};
use super::packet::{Body, Packet};
use super::{
    AckId, MAIN, Progress, Protocol, SessionConfig, SessionError, SessionEvent, bare_namespace,
};
use crate::engine::{self, Beat, Frame, Handshake, Heartbeat, Revision};
use crate::json::{self, quote};
use crate::sorted::SortedSet;
use crate::text::decimal;
use crate::time::{Instant, earlier, whole_millis};

/// The protocol state of one transport connection, without the transport.
///
/// Feed it every frame and the time. After each call, send what [`poll_frame`](Self::poll_frame)
/// returns until it returns `None`, and call [`handle_timeout`](Self::handle_timeout) at
/// [`next_timeout`](Self::next_timeout). An extra call is harmless. A session ends once: with an
/// error, which every later input returns again, or with an event or
/// [`disconnect`](Self::disconnect), after which input is ignored.
///
/// Packets for other namespaces are ignored, with their attachments. A second CONNECT for ours is
/// an error: the server has created another socket, and it is unclear which one it listens to.
#[derive(Debug)]
pub struct Session {
    pub(super) config: SessionConfig,
    pub(super) revision: Revision,
    pub(super) phase: SessionPhase,
    pub(super) progress: Progress,
    pub(super) opened: Option<Opened>,
    pub(super) pending: Option<Pending>,
    /// Frames that arrived before the namespace was joined, unparsed.
    pub(super) early: Vec<Frame>,
    pub(super) early_bytes: usize,
    pub(super) outbox: VecDeque<Frame>,
    pub(super) next_ack: u64,
    /// Our events that wait for an ack.
    pub(super) sent_acks: SortedSet<AckId>,
    /// The server's events that wait for an ack.
    pub(super) open_acks: SortedSet<AckId>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum SessionPhase {
    /// Until the namespace is joined.
    Connecting,
    Connected,
    /// Ended, normally or by an error.
    Ended(Result<(), SessionError>),
}

#[derive(Debug)]
pub(super) struct Opened {
    pub(super) handshake: Handshake,
    pub(super) heartbeat: Heartbeat,
    /// When to send a CONNECT that is being held back.
    pub(super) connect_due: Option<Instant>,
}

/// A binary packet whose attachments are still arriving.
#[derive(Debug)]
pub(super) struct Pending {
    /// What is returned once it is complete; `None` if it is ignored, or was kept as early.
    pub(super) event: Option<SessionEvent<'static>>,
    /// Whether it arrived early: its frames are kept unparsed.
    pub(super) is_early: bool,
    pub(super) missing: usize,
    pub(super) bytes: usize,
    /// When the next attachment is overdue.
    pub(super) deadline: Instant,
}

pub(super) type Outcome<'f> = Result<Option<SessionEvent<'f>>, SessionError>;

/// A frame as received.
#[derive(Clone, Copy)]
pub(super) enum RawFrame<'f> {
    Text(&'f str),
    Binary(&'f [u8]),
}

impl Session {
    /// Creates a session for a transport that is about to open.
    #[must_use]
    pub fn new(mut config: SessionConfig) -> Self {
        if !config.namespace.starts_with('/') {
            config.namespace.insert(0, '/');
        }
        let revision = match config.protocol {
            Protocol::Auto | Protocol::V4 => Revision::V4,
            Protocol::V3 => Revision::V3,
        };
        let phase = if config.namespace.as_bytes().contains(&b',') {
            let namespace = excerpt(&config.namespace);
            SessionPhase::Ended(Err(SessionError::InvalidNamespace { namespace }))
        } else {
            SessionPhase::Connecting
        };
        Self {
            config,
            revision,
            phase,
            progress: Progress::Silent,
            opened: None,
            pending: None,
            early: Vec::new(),
            early_bytes: 0,
            outbox: VecDeque::new(),
            next_ack: 0,
            sent_acks: SortedSet::default(),
            open_acks: SortedSet::default(),
        }
    }

    /// The revision in force, also the value for `EIO` in the URL. With [`Protocol::Auto`] it is 4
    /// until the server turns out to speak 3.
    #[must_use]
    pub const fn revision(&self) -> Revision {
        self.revision
    }

    /// Handles a text frame.
    ///
    /// # Errors
    /// If the frame is invalid, or not allowed at this point; the session is over then.
    pub fn handle_text<'f>(&mut self, frame: &'f str, now: Instant) -> Outcome<'f> {
        self.guard(|session| {
            let packet = engine::Packet::decode_text(frame, session.revision)
                .map_err(|error| session.undecodable(quoting(frame, &error)))?;
            session.engine_packet(packet, RawFrame::Text(frame), now)
        })
    }

    /// Handles a binary frame.
    ///
    /// # Errors
    /// If the frame is invalid, or not allowed at this point; the session is over then.
    pub fn handle_binary<'f>(&mut self, frame: &'f [u8], now: Instant) -> Outcome<'f> {
        self.guard(|session| {
            let packet = engine::Packet::decode_binary(frame, session.revision)
                .map_err(|error| session.undecodable(error.to_string()))?;
            session.engine_packet(packet, RawFrame::Binary(frame), now)
        })
    }

    /// Does what is due at `now`. Call it at [`next_timeout`](Self::next_timeout), and also before
    /// sending and on waking up, since timers fire late or not at all.
    ///
    /// # Errors
    /// [`SessionError::PingTimeout`] if the server fell silent; a parse error if an attachment is
    /// overdue. The session is over then.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<(), SessionError> {
        self.guard(|session| {
            if let Some(opened) = &mut session.opened {
                let is_connect_due = opened.connect_due.take_if(|at| now >= *at).is_some();
                match opened.heartbeat.handle_timeout(now) {
                    Beat::Idle => {}
                    Beat::SendPing => session.queue(&engine::Packet::Ping("")),
                    Beat::Expired => return Err(SessionError::PingTimeout),
                }
                if is_connect_due {
                    session.send_connect();
                }
            }
            match &session.pending {
                Some(pending) if now >= pending.deadline => {
                    let limit = session.config.limits.attachment_timeout;
                    let millis = decimal(whole_millis(limit));
                    let parts = ["an attachment did not arrive within ", &millis, " ms"];
                    Err(SessionError::parse(parts.concat()))
                }
                _ => Ok(None),
            }
        })
        .map(|_| ())
    }

    /// The earliest time at which [`handle_timeout`](Self::handle_timeout) has something to do;
    /// `None` before the handshake and after the end.
    #[must_use]
    pub fn next_timeout(&self) -> Option<Instant> {
        let opened = self.opened.as_ref()?;
        let beat = opened.heartbeat.next_timeout();
        let attachment = self.pending.as_ref().map(|pending| pending.deadline);
        earlier(Some(beat), earlier(attachment, opened.connect_due))
    }

    /// The next frame to send. Call it until it returns `None`.
    pub fn poll_frame(&mut self) -> Option<Frame> {
        self.outbox.pop_front()
    }

    /// The events and acks that arrived before the namespace was joined, with their attachments.
    ///
    /// After [`SessionEvent::Connected`], take them, feed them again in order, and only then
    /// announce the connection.
    pub fn take_early_frames(&mut self) -> Vec<Frame> {
        self.early_bytes = 0;
        core::mem::take(&mut self.early)
    }

    /// How far the session has progressed, or had progressed before it ended.
    #[must_use]
    pub const fn progress(&self) -> Progress {
        self.progress
    }

    /// Whether the namespace is joined, so that events may be sent.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        self.phase == SessionPhase::Connected
    }

    /// Whether a text frame that is a plain event without an ack id, for the session's namespace,
    /// may be read without [`handle_text`](Self::handle_text); call
    /// [`note_activity`](Self::note_activity) instead. Not while attachments are awaited: a text
    /// frame is an error then.
    #[must_use]
    pub fn may_bypass(&self) -> bool {
        self.pending.is_none() && self.is_connected()
    }

    /// The start of the frames of an event with this name, up to its first argument, if it requests
    /// no ack and has no attachments: `42["name",`. They end with one `]`. `None` if the name needs
    /// escapes, or the namespace is not `/`.
    #[must_use]
    pub fn event_prefix(&self, name: &str) -> Option<String> {
        let plain = name.bytes().all(|byte| !json::is_special(byte));
        let head = [EVENT_START, name, "\","].concat();
        (plain && self.wire_namespace() == MAIN).then_some(head)
    }

    /// The event name and the JSON of the arguments of such a frame, for any arguments. `None`
    /// for any other frame, or if its name is not plain ASCII.
    #[must_use]
    pub fn split_event(frame: &[u8]) -> Option<(&str, &[u8])> {
        let rest = frame.strip_prefix(EVENT_START.as_bytes())?;
        let end = rest.iter().position(|&byte| json::is_special(byte))?;
        let (name, rest) = rest.split_at_checked(end)?;
        let args = rest.strip_prefix(b"\",")?.strip_suffix(b"]")?;
        let name = core::str::from_utf8(name).ok()?;
        name.is_ascii().then_some((name, args))
    }

    /// How often the server pings, known after its handshake; in revision 3, how often we ping.
    #[must_use]
    pub fn ping_interval(&self) -> Option<Duration> {
        Some(self.opened.as_ref()?.handshake.ping_interval)
    }

    /// The largest frame that the server accepts, in bytes, if it sent a limit.
    #[must_use]
    pub fn max_payload(&self) -> Option<u64> {
        self.opened.as_ref()?.handshake.max_payload
    }

    /// Records that a message arrived that the session did not see: in revision 3 it is a sign of
    /// life.
    pub fn note_activity(&mut self, now: Instant) {
        if let Some(opened) = &mut self.opened {
            opened.heartbeat.note_activity(now);
        }
    }

    /// Extends the deadlines after a clock jump. A ping that we have to send stays due.
    pub fn postpone(&mut self, by: Duration) {
        if let Some(opened) = &mut self.opened {
            opened.heartbeat.postpone(by);
        }
        if let Some(pending) = &mut self.pending {
            pending.deadline += by;
        }
    }

    /// Leaves the namespace and ends the session, without an event. If it was joined, queued frames
    /// stay queued, to be sent before the transport closes; otherwise they are dropped.
    pub fn disconnect(&mut self) {
        match self.phase {
            SessionPhase::Connecting => self.outbox.clear(),
            SessionPhase::Connected => {
                let namespace = self.wire_namespace().to_owned();
                self.queue_packet(namespace, Body::Disconnect { payload: None });
            }
            SessionPhase::Ended(_) => return,
        }
        self.end(Ok(()));
    }

    fn guard<'f>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<'f>) -> Outcome<'f> {
        if let SessionPhase::Ended(result) = &self.phase {
            return result.clone().map(|()| None);
        }
        work(self).inspect_err(|error| {
            self.outbox.clear();
            self.end(Err(error.clone()));
        })
    }

    fn end(&mut self, result: Result<(), SessionError>) {
        self.phase = SessionPhase::Ended(result);
        self.opened = None;
        self.pending = None;
        self.take_early_frames();
        self.sent_acks.clear();
        self.open_acks.clear();
    }

    pub(super) fn ended<'f>(&mut self, event: SessionEvent<'f>) -> Outcome<'f> {
        self.outbox.clear();
        self.end(Ok(()));
        Ok(Some(event))
    }

    pub(super) fn queue(&mut self, packet: &engine::Packet<'_>) {
        self.outbox.push_back(packet.encode(self.revision));
    }

    pub(super) fn queue_packet(&mut self, namespace: String, body: Body<'_>) {
        let namespace = Cow::Owned(namespace);
        let packet = Packet { namespace, body };
        self.queue(&engine::Packet::Message(&packet.encode()));
    }

    /// Our namespace in packets. For Socket.IO 2 the query is not part of the name and is sent only
    /// with CONNECT; later servers compare the whole.
    pub(super) fn wire_namespace(&self) -> &str {
        match self.revision {
            Revision::V4 => &self.config.namespace,
            Revision::V3 => bare_namespace(&self.config.namespace),
        }
    }

    fn engine_packet<'f>(
        &mut self,
        packet: engine::Packet<'f>,
        raw: RawFrame<'f>,
        now: Instant,
    ) -> Outcome<'f> {
        let Some(opened) = &mut self.opened else {
            return match packet {
                engine::Packet::Open(json) => self.open(json, now),
                engine::Packet::Close => self.ended(SessionEvent::Closed),
                _ => {
                    let frame = match raw {
                        RawFrame::Text(text) => quote(&excerpt(text)),
                        RawFrame::Binary(_) => "binary".to_owned(),
                    };
                    let reason = ["its first frame is ", &frame].concat();
                    Err(SessionError::NoHandshake { reason })
                }
            };
        };
        opened.heartbeat.handle_packet(&packet, now);
        match packet {
            engine::Packet::Open(_) => Err(SessionError::parse("a second open handshake")),
            engine::Packet::Close => self.ended(SessionEvent::Closed),
            engine::Packet::Ping(payload) => {
                // In revision 3 the server replies to pings, and a pong from us would be an error.
                if self.revision == Revision::V4 {
                    let echo = if payload == PROBE { PROBE } else { "" };
                    self.queue(&engine::Packet::Pong(echo));
                }
                Ok(None)
            }
            engine::Packet::Pong(_) | engine::Packet::Upgrade | engine::Packet::Noop => Ok(None),
            engine::Packet::Message(text) if self.pending.is_some() => {
                let problem = "got plaintext data when reconstructing a packet: ";
                let reason = [problem, &quote(&excerpt(text))].concat();
                Err(SessionError::Parse { reason })
            }
            engine::Packet::Message(text) => self.message(text, raw, now),
            engine::Packet::Binary(data) => self.attachment(data, raw, now),
        }
    }
}

/// The start of a message that is an event in the main namespace, up to the event's name.
const EVENT_START: &str = "42[\"";

/// The payload of the only ping that is echoed in its pong.
const PROBE: &str = "probe";
