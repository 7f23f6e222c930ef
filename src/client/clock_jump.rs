//! Clock jumps: the machine slept, or its clock was set.
//!
//! The two cannot be told apart here, so the connection is not given up immediately: it has
//! [`jump_grace`](super::Config::jump_grace) to deliver a frame. Until then commands are held back,
//! since a dead socket would swallow them, and deadlines keep the time they had left. A
//! [`Wake`](super::Input::Wake) confirms that it was sleep and ends the grace period.

use super::connection::Suspicion;
use super::error::{Error, ErrorKind};
use super::{Client, Command, Input};
use crate::socket::DisconnectReason;
use crate::time::Instant;
use core::time::Duration;

impl Client {
    /// Detects a jump since the last input and postpones the deadlines by its length.
    pub(super) fn look_for_jump(&mut self, input: &Input<'_>, now: Instant) {
        let last_frame = self.traffic.last_frame.unwrap_or_default();
        let last = self.last_input.max(last_frame);
        self.last_input = now;
        let is_overdue = |due| now.saturating_since(due) > JUMP;
        if !self.next_timeout().is_some_and(is_overdue) || matches!(input, Input::Wake) {
            return;
        }
        let by = now.saturating_since(last);
        self.connection.phase.postpone(by);
        self.calls.postpone(by);
        self.feeds.postpone(by);
        if let Input::Text { attempt, .. } | Input::Binary { attempt, .. } = input
            && *attempt == self.connection.attempt()
        {
            return;
        }
        let until = now + self.config.jump_grace;
        if let Some(suspicion) = self.suspicion_mut() {
            suspicion.until.get_or_insert(until);
        }
    }

    fn suspicion_mut(&mut self) -> Option<&mut Suspicion> {
        let connected = self.connection.phase.connected_mut()?;
        Some(&mut connected.suspicion)
    }

    pub(super) fn is_suspect(&self) -> bool {
        let connected = self.connection.phase.connected();
        connected.is_some_and(|connected| connected.suspicion.is_on())
    }

    /// Holds a command back while the connection is suspect. Returns it if it need not wait.
    pub(super) fn hold_back(&mut self, command: Command) -> Option<Command> {
        match self.suspicion_mut() {
            Some(suspicion) if suspicion.is_on() && command.awaiting_reply().is_some() => {
                suspicion.held.push(command);
                None
            }
            _ => Some(command),
        }
    }

    /// A frame has arrived, so the connection is alive.
    pub(super) fn trust(&mut self) {
        if let Some(suspicion) = self.suspicion_mut() {
            suspicion.until = None;
        }
    }

    /// Runs the held commands, after the frame that showed that the connection is alive.
    pub(super) fn release_held(&mut self, now: Instant) {
        let held = self.suspicion_mut().map(|suspicion| &mut suspicion.held);
        for command in held.map(core::mem::take).unwrap_or_default() {
            self.handle_command(command, now);
        }
    }

    /// Rejects commands that were held back. None of them is sent.
    pub(super) fn reject_held(&mut self, held: &[Command], error: &Error) {
        for (call, event) in held.iter().filter_map(Command::awaiting_reply) {
            let error = error.clone().of(event, None);
            self.outputs.settle(call, Err(error));
        }
    }

    /// Aborts the held commands that `is_aborted` selects.
    pub(super) fn abort_held(&mut self, is_aborted: impl Fn(&Command) -> bool) {
        if let Some(suspicion) = self.suspicion_mut() {
            let held = suspicion.held.extract_if(.., |held| is_aborted(held));
            let aborted: Vec<_> = held.collect();
            self.reject_held(&aborted, &ErrorKind::AbortedBefore.into());
        }
    }

    /// No frame arrived in time, or the machine woke: it was sleep, and the server is gone.
    pub(super) fn give_up_suspect(&mut self, now: Instant) {
        if self.is_suspect() {
            self.connection_lost(DisconnectReason::PingTimeout, None, now);
        }
    }
}

/// A deadline overdue by more than this indicates a jump. Browsers fire the timers of a hidden page
/// once a minute.
const JUMP: Duration = Duration::from_secs(90);
