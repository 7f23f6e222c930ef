//! What the caller sends: requests, emits, feeds.

use super::calls::{Waiting, settled};
use super::error::{AWAITED_RESUMPTION, Error, ErrorKind};
use super::feed::{Subscribed, Unsubscribed};
use super::intake::SeriesOptions;
use super::io::AckHandle;
use super::late::Last;
use super::timer::Timer;
use super::{CallId, CallOptions, Client, ConnectionState, FeedKey, Output, Phase, Reply, Timeout};
use crate::device::{FeedRequest, InvalidArgument, ReplyKind, Request, SettledBy};
use crate::series::Columns;
use crate::socket::{AckId, SendError};
use crate::time::Instant;

impl Client {
    /// Emits an event without waiting for anything. It is not told the time: give an
    /// [`Input::Tick`](super::Input::Tick) first, so that a connection that has died in sleep is
    /// found dead, and drain [`poll_output`](Self::poll_output) afterwards. Arguments are JSON texts; attachments are what
    /// their placeholders (`{"_placeholder":true,"num":n}`) stand for.
    ///
    /// # Errors
    /// `closed` or `not-connected` without a connection, or where it is not known to be alive after
    /// the clock has jumped; `too-large` above the server's limit,
    /// `invalid-argument` for a reserved name. Nothing was sent then.
    pub fn emit(
        &mut self,
        event: &str,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        if self.suspicion.is_on() {
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
        self.usable().map_err(|error| error.of(event, None))?;
        let Some(session) = &mut self.session else {
            return Err(self.not_connected().of(event, None));
        };
        let sent = session.send_event(event, args, attachments, want_ack);
        self.after_session();
        sent.map_err(|error| self.send_failed(error).of(event, None))
    }

    fn usable(&self) -> Result<(), Error> {
        if self.phase == Phase::Connected {
            Ok(())
        } else {
            Err(self.not_connected())
        }
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
        let timeout = self.timeout_of(&request, options.timeout);
        let own = request.own_request_id().map(str::to_owned);
        let are_two = own.is_some() && options.request_id.is_some() && own != options.request_id;
        let request_id = own
            .or(options.request_id)
            .unwrap_or_else(|| self.random.uuid());
        let (event, kind) = (request.event().to_owned(), request.kind());
        let checked = if are_two {
            let problem = "is not the one in the payload; leave out either";
            Err(Error::invalid("options.requestId", problem))
        } else {
            self.check_request_id(&request_id)
        };
        let sent = checked
            .map_err(|error| error.of(&event, Some(&request_id)))
            .and_then(|()| {
                let attachments = request.take_attachments();
                self.send_request(&request, &request_id, attachments)
            });
        match sent {
            Err(error) => self.outputs.push_back(settled(call, Err(error))),
            Ok(()) if kind.settled_by() == SettledBy::Sending => {
                self.outputs.push_back(settled(call, Ok(Reply::Done)));
            }
            Ok(()) => {
                let waiting = Waiting::Reply {
                    event,
                    request_id,
                    correlation_id: None,
                    kind,
                };
                self.calls
                    .open(call, waiting, timeout, &mut self.timers, now);
            }
        }
    }

    /// Answers find their request by this id, so no two open ones may share it.
    fn check_request_id(&self, request_id: &str) -> Result<(), Error> {
        if request_id.is_empty() {
            return Err(Error::invalid("requestId", "must not be empty"));
        }
        if self.calls.has_request(request_id) || self.feeds.by_request(request_id).is_some() {
            return Err(Error::invalid(
                "requestId",
                "is in use by another open request; leave it out for a fresh one",
            ));
        }
        if self.late.contains(request_id) {
            return Err(Error::invalid(
                "requestId",
                "is that of a request which was given up and may still be answered; leave it out for a fresh one",
            ));
        }
        Ok(())
    }

    fn send_request(
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

    fn timeout_of(&self, request: &Request, asked: Option<Timeout>) -> Timeout {
        asked
            .or(self.config.timeout)
            .unwrap_or_else(|| Timeout::After(request.default_timeout()))
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
        match self.send(event, &borrowed(args), attachments, true) {
            Ok(Some(id)) => {
                let timeout = timeout
                    .or(self.config.timeout)
                    .unwrap_or(Timeout::After(ReplyKind::Generic.default_timeout()));
                let waiting = Waiting::Ack {
                    event: event.to_owned(),
                    id,
                };
                self.calls
                    .open(call, waiting, timeout, &mut self.timers, now);
            }
            Ok(None) => self
                .outputs
                .push_back(settled(call, Err(self.not_connected()))),
            Err(error) => self.outputs.push_back(settled(call, Err(error))),
        }
    }

    /// An answer is bound to the connection that asked: on another one the server would hang up.
    pub(super) fn acknowledge(
        &mut self,
        handle: AckHandle,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) {
        if handle.attempt != self.attempt || self.phase != Phase::Connected {
            return;
        }
        let Some(session) = &mut self.session else {
            return;
        };
        let sent = session.send_ack(handle.id, &borrowed(args), attachments);
        self.after_session();
        match sent {
            // Answered before, or so long ago that the session has let it go.
            Ok(()) | Err(SendError::UnknownAck(_)) => {}
            Err(error) => {
                let error = self.send_failed(error);
                self.warn(error);
            }
        }
    }

    pub(super) fn abort(&mut self, call: CallId, why: Option<String>) {
        self.abort_held(call);
        let error: Error = ErrorKind::Aborted { why }.into();
        self.withdraw_opened_feed(call, error.clone());
        self.give_up(call, error);
        if let Some(at) = self.connecting.iter().position(|&waiting| waiting == call) {
            self.connecting.remove(at);
            self.outputs
                .push_back(settled(call, Err(ErrorKind::Aborted { why: None }.into())));
        }
    }

    pub(super) fn call_timed_out(&mut self, call: CallId) {
        let Some(waiting) = self.calls.get(call) else {
            return;
        };
        let awaited = waiting.awaited();
        let after = self.calls.timeout(call).span();
        self.give_up(call, ErrorKind::Timeout { awaited, after }.into());
    }

    /// Settles a call that has not been answered.
    fn give_up(&mut self, call: CallId, error: Error) {
        match self.calls.get(call) {
            Some(&Waiting::Feed { feed }) if self.feeds.leave(feed, call, &mut self.late) => {
                self.timers.clear(Timer::Resume(feed));
            }
            Some(Waiting::Reply {
                request_id, kind, ..
            }) => self.late.add(request_id, Last::of(*kind)),
            Some(&Waiting::Ack { id, .. }) => {
                if let Some(session) = &mut self.session {
                    session.forget_ack(id);
                }
            }
            _ => {}
        }
        self.settle(call, Err(error));
    }

    pub(super) fn open_feed(
        &mut self,
        call: CallId,
        request: FeedRequest,
        extra: Option<String>,
        options: CallOptions,
        series: Option<SeriesOptions>,
        now: Instant,
    ) {
        // It changes nothing on the wire, so it must not keep equal requests apart.
        let extra = extra.filter(|extra| extra != "{}");
        let checked = feed_request(&request, extra.as_deref()).and_then(|wire| {
            Ok((
                wire,
                series
                    .map(|series| Columns::new(series.capacity))
                    .transpose()?,
            ))
        });
        let (wire, columns) = match checked {
            Ok(checked) => checked,
            Err(error) => return self.outputs.push_back(settled(call, Err(error))),
        };
        if let Err(error) = self.usable() {
            return self
                .outputs
                .push_back(settled(call, Err(error.of(wire.event(), None))));
        }
        let timeout = self.timeout_of(&wire, options.timeout);
        match self
            .feeds
            .subscribe(call, request, extra, columns.zip(series))
        {
            Subscribed::Ready(feed, feed_id) => {
                let samples_before = self.feeds.samples_of(feed);
                let reply = Reply::Feed {
                    feed,
                    feed_id,
                    dropped: 0,
                    samples_before,
                };
                self.outputs.push_back(settled(call, Ok(reply)));
            }
            Subscribed::Joined(feed) => {
                self.calls
                    .open(call, Waiting::Feed { feed }, timeout, &mut self.timers, now)
            }
            Subscribed::New(feed) => {
                self.calls
                    .open(call, Waiting::Feed { feed }, timeout, &mut self.timers, now);
                let request_id = options.request_id.unwrap_or_else(|| self.random.uuid());
                let sent = self
                    .check_request_id(&request_id)
                    .and_then(|()| self.send_request(&wire, &request_id, Vec::new()));
                match sent {
                    Ok(()) => self.feeds.requested(feed, request_id),
                    Err(error) => self.give_up(call, error.of(wire.event(), Some(&request_id))),
                }
            }
        }
    }

    pub(super) fn stop_feed(&mut self, subscription: CallId) {
        let unsubscribed = self.feeds.unsubscribe(subscription, &mut self.late);
        let Some(Unsubscribed {
            feed,
            columns,
            ended,
        }) = unsubscribed
        else {
            return self.withdraw_end(subscription);
        };
        if let Some(columns) = columns {
            let series = subscription;
            self.outputs
                .push_back(Output::SeriesEnded { series, columns });
        }
        // Its place in the table is used again: a deadline left behind would hit the next feed.
        if !self.feeds.is_resuming(feed) {
            self.timers.clear(Timer::Resume(feed));
        }
        if ended.is_some() {
            self.withdraw_feed(feed);
        }
        if let Some(feed_id) = ended.and_then(|ended| ended.feed_id) {
            self.send_feed_stop(&feed_id);
        }
    }

    /// Ends a feed at the server, which does not answer. Without a connection it has ended already.
    pub(super) fn send_feed_stop(&mut self, feed_id: &str) {
        if let Ok(stop) = Request::feed_stop(feed_id) {
            let _ = self.send_request(&stop, "", Vec::new());
        }
    }

    pub(super) fn stop_all_feeds(&mut self, call: CallId) {
        for opening in self.calls.ids() {
            if !matches!(self.calls.get(opening), Some(Waiting::Feed { .. })) {
                continue;
            }
            let why = Some("stopAllFeeds() was called while the feed was being opened".to_owned());
            self.abort(opening, why);
        }
        for opening in self.held_feeds() {
            self.abort_held(opening);
        }
        self.end_feeds(None);
        // Without a connection the server holds none.
        let sent = match self.usable() {
            Ok(()) => self.send_request(&Request::feed_stop_all(), "", Vec::new()),
            Err(_) => Ok(()),
        };
        self.outputs
            .push_back(settled(call, sent.map(|()| Reply::Done)));
    }

    /// The server has accepted a connection again: every feed is requested anew, once.
    pub(super) fn resume_feeds(&mut self, now: Instant) {
        for key in self.feeds.keys() {
            let Some((request, extra)) = self.feeds.request(key) else {
                continue;
            };
            let Ok(wire) = feed_request(request, extra) else {
                continue;
            };
            let request_id = self.random.uuid();
            match self.send_request(&wire, &request_id, Vec::new()) {
                Ok(()) => {
                    self.feeds.requested(key, request_id);
                    self.timers
                        .set(Timer::Resume(key), now + self.config.resume_timeout);
                }
                Err(error) => self.feed_failed(key, Some(&request_id), &error),
            }
        }
    }

    pub(super) fn resume_timed_out(&mut self, key: FeedKey) {
        let error: Error = ErrorKind::Timeout {
            awaited: AWAITED_RESUMPTION,
            after: self.config.resume_timeout,
        }
        .into();
        let request_id = self.feeds.request_id(key);
        if let Some(ended) = self.feeds.end_resumption(key, &mut self.late) {
            self.tell_failed(ended, error.of("device:feed", request_id.as_deref()));
        }
    }
}

fn borrowed(args: &[String]) -> Vec<&str> {
    args.iter().map(String::as_str).collect()
}

fn feed_request(request: &FeedRequest, extra: Option<&str>) -> Result<Request, Error> {
    let wire = Request::feed(request);
    Ok(match extra {
        Some(extra) => wire.with_extra(extra)?,
        None => wire,
    })
}

impl From<InvalidArgument> for Error {
    fn from(invalid: InvalidArgument) -> Self {
        Self::invalid(&invalid.argument, &invalid.problem)
    }
}
