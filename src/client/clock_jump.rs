//! Time that has leapt: the machine slept, or somebody set its clock.
//!
//! The two look the same from here. So a connection is not given up at once: it has
//! [`jump_grace`](super::Config::jump_grace) to bring a frame. Until then commands are held back,
//! since a dead socket would swallow them, and whoever waits keeps the time that was left. A
//! [`Wake`](super::Input::Wake) tells that it was sleep, and ends the wait.

use super::calls::settled;
use super::error::{Error, ErrorKind};
use super::timer::Timer;
use super::{CallId, Client, Command, Input, Phase};
use crate::socket::{DisconnectReason, Session};
use crate::time::Instant;
use core::time::Duration;

/// A connection that has to show that it is alive.
#[derive(Debug, Default)]
pub(super) struct Suspicion {
    is_on: bool,
    /// Commands to be carried out once it has.
    held: Vec<Command>,
}

impl Suspicion {
    pub(super) const fn is_on(&self) -> bool {
        self.is_on
    }

    pub(super) const fn held(&self) -> usize {
        self.held.len()
    }

    /// How many of the commands held back open a series.
    pub(super) fn held_series(&self) -> usize {
        let is_series = |command: &&Command| matches!(command, Command::OpenFeed { series, .. } if series.is_some());
        self.held.iter().filter(is_series).count()
    }
}

impl Client {
    /// Looks whether time has leapt since the last input, and puts the deadlines off by as much.
    pub(super) fn look_for_jump(&mut self, input: &Input<'_>, now: Instant) {
        let last = self
            .last_input
            .max(self.stats.last_frame.unwrap_or_default());
        self.last_input = now;
        let due = self.timers.next_timeout();
        if due.is_none_or(|due| now.saturating_since(due) <= JUMP) || matches!(input, Input::Wake) {
            return;
        }
        let by = now.saturating_since(last);
        self.timers.postpone(by, |timer| {
            !matches!(timer, Timer::Reconnect | Timer::Heartbeat | Timer::Grace)
        });
        if let Some(session) = &mut self.session {
            session.postpone(by);
        }
        self.after_session();
        let is_frame = match input {
            Input::Text { attempt, .. } | Input::Binary { attempt, .. } => *attempt == self.attempt,
            _ => false,
        };
        let is_connected = self.session.as_ref().is_some_and(Session::is_connected);
        if is_connected && !is_frame && !self.suspicion.is_on {
            self.suspicion.is_on = true;
            self.timers.set(Timer::Grace, now + self.config.jump_grace);
        }
    }

    /// Holds a command back while the connection is suspect. Gives it back where it need not wait.
    pub(super) fn hold_back(&mut self, command: Command) -> Option<Command> {
        if self.suspicion.is_on && call_of(&command).is_some() {
            self.suspicion.held.push(command);
            return None;
        }
        Some(command)
    }

    /// A frame has come: the connection is alive.
    pub(super) fn trust(&mut self) {
        self.suspicion.is_on = false;
        self.timers.clear(Timer::Grace);
    }

    /// Carries out what was held back, after the frame that showed that the connection is alive.
    pub(super) fn release_held(&mut self, now: Instant) {
        if self.phase == Phase::Connected {
            for command in core::mem::take(&mut self.suspicion.held) {
                self.handle_command(command, now);
            }
        }
    }

    /// The connection is gone: nothing of what was held back is sent.
    pub(super) fn reject_held(&mut self) {
        for command in core::mem::take(&mut self.suspicion.held) {
            let error = self.not_connected();
            self.settle_held(&command, error);
        }
    }

    /// Gives up what was held back for a call, if anything.
    pub(super) fn abort_held(&mut self, call: CallId) {
        let held = &mut self.suspicion.held;
        let at = held.iter().position(|held| call_of(held) == Some(call));
        if let Some(at) = at {
            let command = held.remove(at);
            self.settle_held(&command, ErrorKind::AbortedBefore.into());
        }
    }

    /// The calls of the feeds that are to be opened.
    pub(super) fn held_feeds(&self) -> Vec<CallId> {
        let held = self.suspicion.held.iter();
        let feeds = held.filter(|command| matches!(command, Command::OpenFeed { .. }));
        feeds.filter_map(call_of).collect()
    }

    fn settle_held(&mut self, command: &Command, error: Error) {
        let event = match command {
            Command::Request { request, .. } => request.event(),
            Command::EmitWithAck { event, .. } => event,
            _ => "device:feed",
        };
        if let Some(call) = call_of(command) {
            self.outputs
                .push_back(settled(call, Err(error.of(event, None))));
        }
    }

    /// No frame has come in time, or the machine has woken: it was sleep, and the server is gone.
    pub(super) fn give_up_suspect(&mut self, now: Instant) {
        if self.suspicion.is_on {
            self.connection_lost(DisconnectReason::PingTimeout, None, now);
        }
    }
}

/// The call of a command that sends something and waits for the answer.
const fn call_of(command: &Command) -> Option<CallId> {
    match command {
        Command::Request { call, .. }
        | Command::EmitWithAck { call, .. }
        | Command::OpenFeed { call, .. } => Some(*call),
        _ => None,
    }
}

/// A deadline that is overdue by more is the sign of a jump. Browsers fire the timers of a hidden
/// page once a minute.
const JUMP: Duration = Duration::from_secs(90);
