//! Leads what happens into the core, and carries out what comes out of it.
//!
//! Any thread may do so. What the core wants is carried out without its lock, by one thread at a time
//! and in order; a thread that finds another at it leaves it to that one.

use super::action::{Action, TokenFuture};
use super::clock::random_seed;
use super::socket::Connect;
use crate::client::{
    Attempt, Client, Command, Config, ConnectionState, Error, ErrorKind, Input, Output,
};
use crate::clock::{Clock, millis};
use crate::device::Token;
use crate::engine::Frame;
use crate::time::Instant;
use futures_channel::{mpsc, oneshot};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// The owner of a [`Runtime`]. No lock of the runtime is held while one of these runs.
pub(crate) trait Host: Send + Sync {
    /// The token of the next attempt.
    fn token(&self) -> TokenAnswer;

    /// An output that is not the socket's, the timer's or the token's.
    fn output(&self, output: Output);
}

/// A token, or one to come.
pub(crate) enum TokenAnswer {
    Ready(Token),
    Later(TokenFuture),
}

/// One client and its connection.
pub(crate) struct Runtime {
    state: Mutex<State>,
    host: Box<dyn Host>,
    connect: Arc<dyn Connect>,
    spawn: Spawn,
}

/// Starts the thread that carries out actions.
pub(super) type Spawn = fn(Arc<Runtime>, mpsc::UnboundedReceiver<Action>) -> io::Result<()>;

struct State {
    core: Client,
    clock: Clock,
    /// Whether a thread carries out outputs.
    is_draining: bool,
    /// When the core wants to be told the time.
    deadline: Option<Instant>,
    /// What reaches the driver's thread, while there is one.
    driver: Option<mpsc::UnboundedSender<Action>>,
}

impl Runtime {
    /// A client at rest.
    pub(super) fn new(
        config: Config,
        host: Box<dyn Host>,
        connect: Arc<dyn Connect>,
        spawn: Spawn,
    ) -> Arc<Self> {
        Arc::new(Self {
            state: Mutex::new(State {
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

    /// Looks into the core.
    pub(crate) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        look(&self.lock().core)
    }

    /// The same with the right to change it. What it queues waits for the next input.
    pub(crate) fn core_mut<T>(&self, change: impl FnOnce(&mut Client) -> T) -> T {
        change(&mut self.lock().core)
    }

    /// Milliseconds since 1970, by the system's clock.
    pub(crate) fn epoch_ms(&self, at: Instant) -> u64 {
        millis(self.lock().clock.epoch_ms(at))
    }

    /// Leads a command into the core and carries out what follows.
    pub(crate) fn command(self: &Arc<Self>, command: Command) {
        self.input(Input::Command(command));
    }

    /// Leads something into the core and carries out what follows.
    pub(super) fn input(self: &Arc<Self>, input: Input<'_>) {
        {
            let State { core, clock, .. } = &mut *self.lock();
            core.handle_input(input, clock.now());
        }
        self.drain();
    }

    /// A frame has come.
    pub(super) fn receive(self: &Arc<Self>, attempt: Attempt, frame: &Frame) {
        self.input(match frame {
            Frame::Text(frame) => Input::Text { attempt, frame },
            Frame::Binary(frame) => Input::Binary { attempt, frame },
        });
    }

    /// Emits an event without waiting for anything.
    pub(crate) fn emit(self: &Arc<Self>, event: &str, args: &[String]) -> Result<(), Error> {
        let sent = {
            let State { core, clock, .. } = &mut *self.lock();
            // A deadline that has passed unseen must not let an emit vanish into a dead socket.
            core.handle_input(Input::Tick, clock.now());
            core.emit(event, args, Vec::new())
        };
        self.drain();
        sent
    }

    /// Resolves when everything that was to be sent has gone out, and closed sockets are closed.
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

    /// Carries out what the core wants until it only waits.
    fn drain(self: &Arc<Self>) {
        if core::mem::replace(&mut self.lock().is_draining, true) {
            return;
        }
        let _draining = Draining(self);
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
            Output::AskToken { attempt } => match self.host.token() {
                TokenAnswer::Ready(token) => {
                    let token = Ok(token);
                    return self.input(Input::Token { attempt, token });
                }
                TokenAnswer::Later(token) => (attempt, Action::AwaitToken(attempt, token)),
            },
            Output::Open { attempt, url } => {
                let opening = self.connect.connect(url.reveal());
                (attempt, Action::Open(attempt, opening))
            }
            Output::Send { attempt, frame } => (attempt, Action::Send(attempt, frame)),
            Output::CloseSocket { attempt } => (attempt, Action::Close(attempt)),
            output => return self.host.output(output),
        };
        let done = self.act(&mut self.lock(), action);
        if done.is_err() {
            // Each is of no use to an attempt that waits for the other.
            let token = Err(ErrorKind::TokenFailed.into());
            self.input(Input::Token { attempt, token });
            let problem = "the system has no thread for the connection".to_owned();
            self.input(Input::Closed {
                attempt,
                failed: true,
                detail: Some(problem.into()),
            });
        }
    }

    fn set_deadline(self: &Arc<Self>, state: &mut State, deadline: Option<Instant>) {
        let earlier = |new: Instant| state.deadline.is_none_or(|old| new < old);
        let is_earlier = deadline.is_some_and(earlier);
        state.deadline = deadline;
        // One that fires too early is harmless and is set again then.
        if is_earlier {
            // Without a thread there is no connection, and nothing to be late for.
            let _ = self.act(state, Action::Wake);
        }
    }

    /// Has the driver do something; its thread is started if there is none.
    fn act(self: &Arc<Self>, state: &mut State, action: Action) -> io::Result<()> {
        let driver = match &state.driver {
            Some(driver) => driver,
            None => {
                let (sender, actions) = mpsc::unbounded();
                (self.spawn)(self.clone(), actions)?;
                state.driver.insert(sender)
            }
        };
        // The driver leaves under this lock alone, and only with nothing left to do.
        let _ = driver.unbounded_send(action);
        Ok(())
    }

    /// The next deadline, and by how many milliseconds it is ahead.
    pub(super) fn next_deadline(&self) -> Option<(Instant, u64)> {
        let state = self.lock();
        let deadline = state.deadline?;
        let now = state.clock.now().as_millis();
        Some((deadline, deadline.as_millis().saturating_sub(now)))
    }

    /// Whether the driver may leave: there is no connection, and none on its way. From then on
    /// another one is started when there is something to do.
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

    /// A text without the token in it.
    pub(super) fn redact(&self, text: &str) -> String {
        self.core(|core| core.redact(text).into_owned())
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where a waker of a caller's panics, the outputs after it are carried out with the next input.
struct Draining<'a>(&'a Runtime);

impl Drop for Draining<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.lock().is_draining = false;
        }
    }
}
