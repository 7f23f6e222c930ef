//! Passes inputs to the core and handles its outputs.
//!
//! Any thread may do so. Outputs are handled without holding the core's lock, in order and by one
//! thread at a time; a second thread leaves them to the first.

use super::action::{Action, TokenFuture};
use super::clock::random_seed;
use super::socket::Connect;
use crate::client::{
    Attempt, Client, Command, Config, ConnectionState, Error, ErrorKind, Input, Output,
};
use crate::clock::Clock;
use crate::device::Token;
use crate::engine::Frame;
use crate::time::Instant;
use futures_channel::{mpsc, oneshot};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The owner of a [`Runtime`]. The runtime holds no lock while these methods run.
pub(crate) trait Host: Send + Sync {
    /// The token for the next attempt.
    fn token(&self) -> TokenResult;

    /// Handles an output that is not for the socket, the timer or the token.
    fn output(&self, output: Output);
}

/// A token, or the future of one.
pub(crate) enum TokenResult {
    Ready(Token),
    Pending(TokenFuture),
}

/// One client and its connection.
pub(crate) struct Runtime {
    state: Mutex<Locked>,
    host: Box<dyn Host>,
    connect: Arc<dyn Connect>,
    spawn: Spawn,
}

/// Starts the thread that runs the actions.
pub(super) type Spawn = fn(Arc<Runtime>, mpsc::UnboundedReceiver<Action>) -> io::Result<()>;

struct Locked {
    core: Client,
    clock: Clock,
    /// Whether a thread is handling outputs.
    is_draining: bool,
    /// When the core next needs a tick.
    deadline: Option<Instant>,
    /// The channel to the driver's thread, while it runs.
    driver: Option<mpsc::UnboundedSender<Action>>,
}

impl Runtime {
    /// An idle client.
    pub(super) fn new(
        config: Config,
        host: Box<dyn Host>,
        connect: Arc<dyn Connect>,
        spawn: Spawn,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(Locked {
                core: Client::new(config, random_seed()),
                clock: Clock::default(),
                is_draining: false,
                deadline: None,
                driver: None,
            }),
            host,
            connect,
            spawn,
        })
    }

    /// Reads from the core.
    pub(crate) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        look(&self.lock().core)
    }

    /// Like [`core`](Self::core), but mutable. Resulting outputs wait for the next input.
    pub(crate) fn core_mut<T>(&self, change: impl FnOnce(&mut Client) -> T) -> T {
        change(&mut self.lock().core)
    }

    /// Milliseconds since 1970, by the system's clock.
    pub(crate) fn epoch_ms(&self, at: Instant) -> f64 {
        self.lock().clock.epoch_ms(at)
    }

    /// Passes a command to the core and handles the outputs.
    pub(crate) fn command(self: &Arc<Self>, command: Command) {
        self.input(Input::Command(command));
    }

    /// Passes an input to the core and handles the outputs.
    pub(super) fn input(self: &Arc<Self>, input: Input<'_>) {
        {
            let Locked { core, clock, .. } = &mut *self.lock();
            core.handle_input(input, clock.now());
        }
        self.drain();
    }

    /// Passes a frame to the core.
    pub(super) fn receive(self: &Arc<Self>, attempt: Attempt, frame: &Frame) {
        self.input(match frame {
            Frame::Text(frame) => Input::Text { attempt, frame },
            Frame::Binary(frame) => Input::Binary { attempt, frame },
        });
    }

    /// Emits an event without waiting for a reply.
    pub(crate) fn emit(
        self: &Arc<Self>,
        event: &str,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let sent = {
            let Locked { core, clock, .. } = &mut *self.lock();
            // If a deadline has passed unnoticed, the emit must not vanish into a dead socket.
            core.handle_input(Input::Tick, clock.now());
            core.emit(event, args, attachments)
        };
        self.drain();
        sent
    }

    /// Resolves once all outgoing data has been sent and closing sockets have closed.
    pub(crate) async fn flushed(&self) {
        let (done, flushed) = oneshot::channel();
        {
            let state = self.lock();
            let Some(driver) = &state.driver else { return };
            if driver.unbounded_send(Action::Flush(done)).is_err() {
                return;
            }
        }
        let _ = flushed.await;
    }

    /// Handles the core's outputs until none is left.
    fn drain(self: &Arc<Self>) {
        if core::mem::replace(&mut self.lock().is_draining, true) {
            return;
        }
        loop {
            let output = {
                let mut state = self.lock();
                match state.core.poll_output() {
                    Output::Timeout(deadline) => {
                        state.is_draining = false;
                        self.set_deadline(&mut state, deadline);
                        return;
                    }
                    output => output,
                }
            };
            self.carry_out(output);
        }
    }

    fn carry_out(self: &Arc<Self>, output: Output) {
        let (attempt, action) = match output {
            Output::RequestToken { attempt } => match self.host.token() {
                TokenResult::Ready(token) => {
                    let token = Ok(token);
                    return self.input(Input::Token { attempt, token });
                }
                TokenResult::Pending(token) => (attempt, Action::AwaitToken(attempt, token)),
            },
            Output::Open { attempt, url } => {
                let connect = self.connect.clone();
                // In the future, so that the driver catches a panic of the connector.
                let opening = async move { connect.connect(url.reveal()).await };
                (attempt, Action::Open(attempt, Box::pin(opening)))
            }
            Output::Send { attempt, frame } => (attempt, Action::Send(attempt, frame)),
            Output::CloseSocket { attempt } => (attempt, Action::Close(attempt)),
            output => return self.host.output(output),
        };
        let done = self.act(&mut self.lock(), action);
        if done.is_err() {
            // An attempt waits for one of the two and ignores the other.
            let token = Err(ErrorKind::TokenFailed.into());
            self.input(Input::Token { attempt, token });
            let problem = "could not start a thread for the connection".to_owned();
            self.input(Input::Closed {
                attempt,
                failed: true,
                detail: Some(problem.into()),
            });
        }
    }

    fn set_deadline(self: &Arc<Self>, state: &mut Locked, deadline: Option<Instant>) {
        let earlier = |new: Instant| state.deadline.is_none_or(|old| new < old);
        let is_earlier = deadline.is_some_and(earlier);
        state.deadline = deadline;
        // A timer that fires too early is harmless and is set again then.
        if is_earlier {
            // Without a thread there is no connection, so no deadline can be missed.
            let _ = self.act(state, Action::Wake);
        }
    }

    /// Passes an action to the driver, and starts its thread if there is none.
    fn act(self: &Arc<Self>, state: &mut Locked, action: Action) -> io::Result<()> {
        let driver = match &state.driver {
            Some(driver) => driver,
            None => {
                let (sender, actions) = mpsc::unbounded();
                (self.spawn)(self.clone(), actions)?;
                state.driver.insert(sender)
            }
        };
        // The driver exits only under this lock, and only if it has nothing left to do.
        let _ = driver.unbounded_send(action);
        Ok(())
    }

    /// The next deadline, and the milliseconds until then.
    pub(super) fn next_deadline(&self) -> Option<(Instant, u64)> {
        let state = self.lock();
        let deadline = state.deadline?;
        let now = state.clock.now().as_millis();
        Some((deadline, deadline.as_millis().saturating_sub(now)))
    }

    /// Whether the driver may exit: there is no connection and no attempt in progress. The next
    /// action starts a new driver.
    pub(super) fn may_leave(&self, has_actions: impl FnOnce() -> bool) -> bool {
        let mut state = self.lock();
        let is_at_rest = matches!(
            state.core.state(),
            ConnectionState::Idle | ConnectionState::Closed
        );
        let leaves = is_at_rest && !has_actions();
        if leaves {
            state.driver = None;
            state.deadline = None;
        }
        leaves
    }

    /// Removes the token from a string.
    pub(super) fn redact(&self, text: &str) -> String {
        self.core(|core| core.redact(text).into_owned())
    }

    fn lock(&self) -> MutexGuard<'_, Locked> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
