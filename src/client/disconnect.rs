//! How an accepted connection ends: kicked by the server, lost, or closed by the caller; and the
//! cleanup.

use super::connection::Next;
use super::error::{Error, ErrorKind};
use super::{Client, Event, Reply};
use crate::socket::DisconnectReason;
use crate::time::Instant;

impl Client {
    /// Handles the server's `41`. It takes precedence over whatever the socket does next.
    pub(super) fn kicked(&mut self, message: Option<&str>, data: Option<&str>, now: Instant) {
        if !self.connection.phase.is_connected() {
            if let Some(message) = message {
                return self.refused(message, data, now);
            }
            let reason = "it disconnected before it had accepted the connection";
            let data = self.redact_some(data);
            return self.attempt_failed(Error::protocol(reason, data.as_deref()), now);
        }
        let message = self.redact_some(message);
        let data = self.redact_some(data);
        self.announce();
        let (next, hint) = self.connection.after_server_disconnect(&self.config, now);
        let reason = DisconnectReason::ServerDisconnect;
        let parts = [Some(reason.as_str()), message.as_deref(), hint.as_deref()];
        let lost = ErrorKind::Disconnected {
            reason: parts.into_iter().flatten().collect::<Vec<_>>().join(": "),
            data: data.clone(),
        };
        let kicked = ErrorKind::ServerDisconnected {
            message,
            data,
            hint,
            token_retry: next == Next::Immediately,
        };
        self.connection_ended(reason, Some(kicked.into()), lost.into(), next, now);
    }

    /// An accepted connection is lost; neither side ended it on purpose.
    pub(super) fn connection_lost(
        &mut self,
        reason: DisconnectReason,
        error: Option<Error>,
        now: Instant,
    ) {
        // It may end while early frames are being delivered: no `disconnect` without a `connect`.
        self.announce();
        let lost = ErrorKind::Disconnected {
            reason: reason.as_str().to_owned(),
            data: None,
        };
        let next = self.connection.after_loss(&self.config, now);
        self.connection_ended(reason, error, lost.into(), next, now);
    }

    /// `error` has further detail, for the event; `lost` is what pending calls fail with.
    fn connection_ended(
        &mut self,
        reason: DisconnectReason,
        error: Option<Error>,
        lost: Error,
        next: Next,
        now: Instant,
    ) {
        // The connection was accepted, if only for a moment.
        self.settle_callers(&Ok(Reply::Done));
        let held = self.leave(next);
        self.settle_calls(&lost);
        self.reject_held(&held, &self.not_connected());
        self.feeds.connection_lost();
        let ended_by = error.clone().unwrap_or(lost);
        self.outputs.event(Event::Disconnect {
            reason,
            will_reconnect: next != Next::Never,
            error,
        });
        self.go_on(next, &ended_by, now);
    }

    /// Closes the client at the caller's request.
    pub(super) fn close(&mut self) {
        let is_connect_announced = self.outputs.withdraw_for_close();
        if !is_connect_announced {
            self.traffic.connections -= 1;
        }
        let was_open = self.connection.phase.is_connected() && is_connect_announced;
        if let Some(session) = self.connection.phase.session_mut() {
            session.disconnect();
        }
        self.send_queued();
        let held = self.leave(Next::Never);
        let closed: Error = ErrorKind::Closed.into();
        self.settle_calls(&closed);
        self.reject_held(&held, &closed);
        self.settle_callers(&Err(closed));
        self.feeds.connection_lost();
        self.end_feeds(None);
        if was_open {
            self.outputs.event(Event::Disconnect {
                reason: DisconnectReason::ClientDisconnect,
                will_reconnect: false,
                error: None,
            });
        }
    }

    /// The final end: every pending call and every feed fails.
    pub(super) fn end_everything(&mut self, error: &Error) {
        self.settle_callers(&Err(error.clone()));
        self.settle_calls(error);
        self.end_feeds(Some(error));
    }

    fn settle_calls(&mut self, error: &Error) {
        for call in self.calls.ids() {
            self.settle(call, Err(error.clone()));
        }
    }

    pub(super) fn end_feeds(&mut self, error: Option<&Error>) {
        let slots = self.feeds.slots();
        let mut ended: Vec<_> = slots.filter_map(|slot| self.feeds.end(slot)).collect();
        // In two steps, since the first searches the queue for each feed and the second fills it.
        for feed in &mut ended {
            self.withdraw_ended_feed(feed, error);
        }
        for feed in ended {
            self.push_ended_feed(feed, error);
        }
    }
}
