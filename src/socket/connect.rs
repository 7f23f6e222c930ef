//! Joining a namespace.
//!
//! Socket.IO 3 and 4 (revision 4): the client sends CONNECT, and the server replies with the
//! socket's id. Socket.IO 2 (revision 3): the server joins the client to `/` unasked; a client that
//! wants another namespace sends CONNECT after that and gets a reply without an id. In revision 3
//! the client never sends CONNECT for `/`.

use core::time::Duration;
use std::borrow::Cow;

use super::packet::Body;
use super::receive::event;
use super::session::{Opened, Outcome, Session, SessionPhase};
use super::{EventName, MAIN, Progress, Protocol, SessionError, SessionEvent, bare_namespace};
use crate::engine::{Frame, Handshake, Heartbeat, Revision};
use crate::json::{self, Json};
use crate::time::Instant;

impl Session {
    pub(super) fn open<'f>(&mut self, json: &str, now: Instant) -> Outcome<'f> {
        let handshake =
            Handshake::parse(json).map_err(|error| SessionError::parse(error.to_string()))?;
        let heartbeat = Heartbeat::new(self.revision, &handshake, now);
        // Without maxPayload the server may be Socket.IO 2, which joins us to `/` unasked; a
        // CONNECT would create a second socket there, which never ends.
        let may_be_old = self.config.protocol == Protocol::Auto
            && !self.config.connect_immediately
            && handshake.max_payload.is_none()
            && bare_namespace(&self.config.namespace) == MAIN;
        self.opened = Some(Opened {
            handshake,
            heartbeat,
            connect_due: may_be_old.then(|| now + IMPLICIT_CONNECT_WAIT),
        });
        self.progress = Progress::HandshakeReceived;
        if self.revision == Revision::V4 && !may_be_old {
            self.send_connect();
        }
        Ok(None)
    }

    /// Until the handshake has arrived, anything that cannot be parsed means that there is none.
    pub(super) fn undecodable(&self, reason: String) -> SessionError {
        match self.progress {
            Progress::Silent => SessionError::NoHandshake { reason },
            _ => SessionError::Parse { reason },
        }
    }

    pub(super) fn send_connect(&mut self) {
        if self.progress != Progress::ConnectSent {
            self.progress = Progress::ConnectSent;
            let namespace = self.config.namespace.clone();
            self.queue_packet(namespace, Body::Connect { payload: None });
        }
    }

    /// Handles CONNECT for `/` (`main`), for our namespace (`ours`), or for another.
    pub(super) fn connect<'f>(
        &mut self,
        main: bool,
        ours: bool,
        payload: Option<Json<'_>>,
        now: Instant,
    ) -> Outcome<'f> {
        if self.is_connected() {
            let is_v3_main = main && self.revision == Revision::V3;
            if ours && is_v3_main && self.progress == Progress::ConnectSent {
                // The reply to a CONNECT that we sent before the server's own arrived.
                self.progress = Progress::HandshakeReceived;
            } else if ours {
                let problem = "a second CONNECT for the same namespace";
                return Err(SessionError::parse(problem));
            }
            return Ok(None);
        }
        let is_unasked = main && payload.is_none() && self.max_payload().is_none();
        if is_unasked && self.revision == Revision::V4 {
            if self.config.protocol == Protocol::V4 {
                return Err(SessionError::SocketIo2);
            }
            self.fall_back(now);
        }
        if !ours {
            if main && self.revision == Revision::V3 {
                self.send_connect();
            }
            return Ok(None);
        }
        let id = match self.revision {
            Revision::V4 => payload.and_then(socket_id).ok_or_else(|| {
                SessionError::parse("CONNECT must have a `sid`, a non-empty string")
            })?,
            Revision::V3 => self.v3_id(),
        };
        self.phase = SessionPhase::Connected;
        Ok(Some(SessionEvent::Connected { id }))
    }

    /// Handles a CONNECT_ERROR that concerns us.
    pub(super) fn refused<'f>(&mut self, payload: Option<Json<'f>>) -> Outcome<'f> {
        if self.is_connected() {
            // A Socket.IO 2 server reports middleware errors this way; its client emits `error`.
            return match self.revision {
                Revision::V3 => Ok(Some(error_event(payload))),
                Revision::V4 => Err(SessionError::parse("CONNECT_ERROR for a joined namespace")),
            };
        }
        let unexplained = match payload {
            Some(_) => "the server refused the connection; its answer is in `data`",
            None => "the server refused the connection and gave no reason",
        };
        let (message, data) = message_and_data(payload);
        let message = message.unwrap_or_else(|| unexplained.to_owned());
        self.ended(SessionEvent::Refused { message, data })
    }

    /// Handles a DISCONNECT for our namespace.
    pub(super) fn disconnected<'f>(&mut self, payload: Option<Json<'_>>) -> Outcome<'f> {
        let (message, data) = message_and_data(payload);
        self.ended(SessionEvent::Disconnected { message, data })
    }

    /// Switches to revision 3, which the server turned out to speak regardless of the URL.
    fn fall_back(&mut self, now: Instant) {
        self.revision = Revision::V3;
        if let Some(opened) = &mut self.opened {
            opened.heartbeat = Heartbeat::new(Revision::V3, &opened.handshake, now);
            opened.connect_due = None;
        }
        // Queued frames were meant for revision 4. A CONNECT for a namespace may stay: the server
        // holds it back until `/` is joined, as it does with one that was already sent.
        let main = bare_namespace(&self.config.namespace) == MAIN;
        self.outbox
            .retain(|frame| matches!(frame, Frame::Text(text) if !main && text.starts_with("40")));
    }

    fn v3_id(&self) -> String {
        let opened = self.opened.as_ref();
        let sid = opened.map_or("", |opened| opened.handshake.sid.as_str());
        match bare_namespace(&self.config.namespace) {
            MAIN => sid.to_owned(),
            namespace => [namespace, "#", sid].concat(),
        }
    }
}

/// The id in the payload of a CONNECT. Other fields (`pid`, of connection state recovery) are
/// ignored.
fn socket_id(payload: Json<'_>) -> Option<String> {
    let id = json::text(payload.field("sid")?)?;
    (!id.is_empty()).then(|| id.into_owned())
}

/// The message and the data in the payload of a refusal or a disconnect: a string, the usual
/// `{message, data}`, or any other format, which is treated as data.
fn message_and_data(payload: Option<Json<'_>>) -> (Option<String>, Option<String>) {
    let Some(payload) = payload else {
        return (None, None);
    };
    if let Some(message) = json::text(payload.get()) {
        return (Some(message.into_owned()), None);
    }
    let message = payload.field("message").and_then(json::text);
    let data = match message {
        Some(_) => payload.field("data"),
        None => Some(payload.get()),
    };
    let data = data.filter(|data| *data != "null").map(str::to_owned);
    (message.map(Cow::into_owned), data)
}

fn error_event(payload: Option<Json<'_>>) -> SessionEvent<'static> {
    let name = EventName::Text(Cow::Borrowed("error"));
    let Some(json) = payload.map(Json::get) else {
        return event(name, Cow::Borrowed(r#"["error"]"#), None, None);
    };
    let head = r#"["error","#;
    let first = head.len()..head.len() + json.len();
    event(name, [head, json, "]"].concat().into(), Some(first), None)
}

/// How long to wait for the unsolicited CONNECT of Socket.IO 2. It arrives with the handshake, or
/// once the server's middleware has finished.
const IMPLICIT_CONNECT_WAIT: Duration = Duration::from_millis(150);
