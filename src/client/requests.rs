//! What the caller sends: requests, emits, acknowledgements; and giving up.

use super::calls::PendingReply;
use super::connection::Phase;
use super::error::{Error, ErrorKind};
use super::late::LastReply;
use super::{AckHandle, CallId, CallOptions, Client, ConnectionState, Reply, Timeout};
use crate::device::{InvalidArgument, ReplyKind, Request, SettledBy};
use crate::socket::{AckId, SendError};
use crate::time::Instant;

impl Client {
    /// Emits an event without waiting for a reply. It does not take the time: pass an
    /// [`Input::Tick`](super::Input::Tick) first, so that a connection that died during sleep is
    /// detected, and drain [`poll_output`](Self::poll_output) afterwards. Arguments are JSON texts;
    /// attachments are what their placeholders (`{"_placeholder":true,"num":n}`) refer to.
    ///
    /// # Errors
    /// `closed` or `not-connected` without a connection, or if it is not known to be alive after a
    /// clock jump; `too-large` above the server's limit; `invalid-argument` for a reserved name. In
    /// each case nothing was sent.
    pub fn emit(
        &mut self,
        event: &str,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        if self.is_suspect() {
            return Err(Error::from(ErrorKind::Suspect).of(event, None));
        }
        self.send(event, &borrowed(args), attachments, false)
            .map(drop)
    }

    fn send(
        &mut self,
        event: &str,
        args: &[&str],
        attachments: Vec<Vec<u8>>,
        want_ack: bool,
    ) -> Result<Option<AckId>, Error> {
        let Some(connected) = self.connection.phase.connected_mut() else {
            return Err(self.not_connected().of(event, None));
        };
        let session = &mut connected.session;
        let sent = session.send_event(event, args, attachments, want_ack);
        self.send_queued();
        sent.map_err(|error| self.send_failed(error).of(event, None))
    }

    pub(super) fn usable(&self) -> Result<(), Error> {
        if self.connection.phase.is_connected() {
            Ok(())
        } else {
            Err(self.not_connected())
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        matches!(self.connection.phase, Phase::Closed)
    }

    pub(super) fn not_connected(&self) -> Error {
        match self.state() {
            ConnectionState::Closed => ErrorKind::Closed.into(),
            state => ErrorKind::NotConnected { state }.into(),
        }
    }

    fn send_failed(&self, error: SendError) -> Error {
        match error {
            SendError::NotConnected => self.not_connected(),
            SendError::TooLarge { size, limit } => ErrorKind::TooLarge { size, limit }.into(),
            SendError::ReservedName(_) => Error::invalid("event", error.to_string()),
            _ => Error::invalid("args", error.to_string()),
        }
    }

    pub(super) fn request(
        &mut self,
        call: CallId,
        mut request: Request,
        options: CallOptions,
        now: Instant,
    ) {
        let timeout = self
            .config
            .timeout_of(options.timeout, request.default_timeout());
        let own = request.own_request_id().map(str::to_owned);
        let are_two = own.is_some() && options.request_id.is_some() && own != options.request_id;
        let request_id = own
            .or(options.request_id)
            .unwrap_or_else(|| self.random.uuid());
        let (event, kind) = (request.event().to_owned(), request.kind());
        let checked = if are_two {
            let problem = "differs from the one in the payload; leave one of them out";
            Err(Error::invalid("options.requestId", problem))
        } else {
            self.check_request_id(&request_id)
        };
        let attachments = request.take_attachments();
        match checked.and_then(|()| self.send_request(&request, &request_id, attachments)) {
            Err(error) => {
                let error = error.of(&event, Some(&request_id));
                self.outputs.settle(call, Err(error));
            }
            Ok(()) if kind.settled_by() == SettledBy::Sending => {
                self.outputs.settle(call, Ok(Reply::Done));
            }
            Ok(()) => {
                let pending = PendingReply::Reply {
                    event,
                    request_id,
                    correlation_id: None,
                    kind,
                };
                self.calls.open(call, pending, timeout, now);
            }
        }
    }

    /// Replies are matched by this id, so no two open requests may share it.
    pub(super) fn check_request_id(&self, request_id: &str) -> Result<(), Error> {
        let problem = if request_id.is_empty() {
            "must not be empty"
        } else if self.calls.by_request(request_id).is_some()
            || self.feeds.by_request(request_id).is_some()
        {
            "is in use by another open request; leave it out to get a new one"
        } else if self.late.contains(request_id) {
            "belongs to a request that was given up and may still be answered; leave it out to get a new one"
        } else {
            return Ok(());
        };
        Err(Error::invalid("requestId", problem))
    }

    pub(super) fn send_request(
        &mut self,
        request: &Request,
        request_id: &str,
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let payload = request.payload(request_id);
        let payload = payload.as_deref();
        self.send(request.event(), payload.as_slice(), attachments, false)
            .map(drop)
            .map_err(|error| error.of(request.event(), Some(request_id)))
    }

    pub(super) fn emit_with_ack(
        &mut self,
        call: CallId,
        event: &str,
        args: &[String],
        attachments: Vec<Vec<u8>>,
        timeout: Option<Timeout>,
        now: Instant,
    ) {
        let sent = self.send(event, &borrowed(args), attachments, true);
        match sent.and_then(|id| id.ok_or_else(|| self.not_connected())) {
            Ok(id) => {
                let default = ReplyKind::Generic.default_timeout();
                let timeout = self.config.timeout_of(timeout, default);
                let pending = PendingReply::Ack {
                    event: event.to_owned(),
                    id,
                };
                self.calls.open(call, pending, timeout, now);
            }
            Err(error) => self.outputs.settle(call, Err(error)),
        }
    }

    /// Bound to the connection that delivered the event: on another one the server would hang up.
    pub(super) fn acknowledge(
        &mut self,
        handle: AckHandle,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) {
        if handle.attempt != self.connection.attempt() {
            return;
        }
        let Some(connected) = self.connection.phase.connected_mut() else {
            return;
        };
        let session = &mut connected.session;
        let sent = session.send_ack(handle.id, &borrowed(args), attachments);
        self.send_queued();
        match sent {
            // Already acknowledged, or so long ago that the session has forgotten the event.
            Ok(()) | Err(SendError::UnknownAck(_)) => {}
            Err(error) => {
                let error = self.send_failed(error);
                self.outputs.warn(error);
            }
        }
    }

    pub(super) fn abort(&mut self, call: CallId, why: Option<String>) {
        self.abort_held(|held| held.awaiting_reply().is_some_and(|(of, _)| of == call));
        let error: Error = ErrorKind::Aborted { why }.into();
        self.outputs.withdraw_progress(call);
        if self.outputs.replace_opened_feed(call, error.clone()) {
            self.stop_feed(call);
        }
        self.give_up(call, error.clone());
        let callers = &mut self.connection.callers;
        if let Some(at) = callers.iter().position(|&caller| caller == call) {
            callers.remove(at);
            self.outputs.settle(call, Err(error));
        }
    }

    pub(super) fn call_timed_out(&mut self, call: CallId) {
        let awaited = self.calls.get(call).map(PendingReply::awaited);
        if let (Some(awaited), Timeout::After(after)) = (awaited, self.calls.timeout(call)) {
            self.give_up(call, ErrorKind::Timeout { awaited, after }.into());
        }
    }

    /// Settles a call whose final reply has not arrived.
    pub(super) fn give_up(&mut self, call: CallId, error: Error) {
        match self.calls.get(call) {
            Some(&PendingReply::Feed { feed }) => {
                if let Some(ended) = self.feeds.leave(feed, call) {
                    self.note_late(&ended);
                }
            }
            Some(PendingReply::Reply {
                request_id, kind, ..
            }) => self.late.add(request_id, LastReply::of(*kind)),
            Some(&PendingReply::Ack { id, .. }) => {
                if let Some(session) = self.connection.phase.session_mut() {
                    session.forget_ack(id);
                }
            }
            None => {}
        }
        self.settle(call, Err(error));
    }
}

fn borrowed(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

impl From<InvalidArgument> for Error {
    fn from(invalid: InvalidArgument) -> Self {
        Self::invalid(&invalid.argument, &invalid.problem)
    }
}
