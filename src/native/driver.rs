//! The thread of a client: it runs the sockets, awaits tokens and watches the deadline.

use super::action::{Action, TokenFuture};
use super::caller::{Guarded, caught};
use super::runtime::{Host, Runtime};
use super::socket::{Connect, Opening, Socket};
use crate::client::{Attempt, Config, Input};
use crate::engine::Frame;
use crate::time::Instant;
use async_io::Timer;
use core::future::{Future, poll_fn};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_channel::{mpsc, oneshot};
use futures_core::Stream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::{io, thread};

/// How long a socket may take to close before it is dropped.
const CLOSE_GRACE: Duration = Duration::from_secs(2);

struct Driver {
    runtime: Arc<Runtime>,
    actions: mpsc::UnboundedReceiver<Action>,
    token: Option<(Attempt, TokenFuture)>,
    opening: Option<(Attempt, Guarded<Opening>)>,
    open: Option<OpenSocket>,
    closing: Vec<Closing>,
    timer: Option<(Instant, Timer)>,
    flushes: Vec<oneshot::Sender<()>>,
}

/// The socket of the current attempt.
struct OpenSocket {
    attempt: Attempt,
    socket: Guarded<Box<dyn Socket>>,
    outgoing: VecDeque<Frame>,
    /// Whether outgoing data has not been sent completely.
    is_sending: bool,
}

/// A socket that the core has closed: pending data is sent, then it is closed.
struct Closing {
    socket: Guarded<Box<dyn Socket>>,
    outgoing: VecDeque<Frame>,
    until: Timer,
}

/// An idle runtime, whose thread is the one of this module.
pub(crate) fn runtime(
    config: Config,
    host: Box<dyn Host>,
    connect: Arc<dyn Connect>,
) -> Arc<Runtime> {
    Runtime::new(config, host, connect, spawn)
}

/// Starts the thread of a runtime.
fn spawn(runtime: Arc<Runtime>, actions: mpsc::UnboundedReceiver<Action>) -> io::Result<()> {
    let driver = Driver::new(runtime, actions);
    let thread = thread::Builder::new().name("ardexa-client".to_owned());
    thread.spawn(move || driver.run())?;
    Ok(())
}

impl Driver {
    fn new(runtime: Arc<Runtime>, actions: mpsc::UnboundedReceiver<Action>) -> Self {
        Self {
            runtime,
            actions,
            token: None,
            opening: None,
            open: None,
            closing: Vec::new(),
            timer: None,
            flushes: Vec::new(),
        }
    }

    /// Runs until there is no connection and no attempt in progress.
    fn run(mut self) {
        async_io::block_on(poll_fn(|context| self.poll(context)));
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            let mut goes_on = self.poll_actions(context);
            goes_on |= self.poll_token(context);
            goes_on |= self.poll_opening(context);
            goes_on |= self.poll_open(context);
            self.poll_closing(context);
            goes_on |= self.poll_timer(context);
            if goes_on {
                continue;
            }
            let is_sending = self.open.as_ref().is_some_and(|open| open.is_sending);
            if !is_sending && self.closing.is_empty() {
                for flush in self.flushes.drain(..) {
                    // Fails if the future was dropped.
                    let _ = caught(|| flush.send(()));
                }
                let actions = &mut self.actions;
                let mut left = None;
                let leaves = self.runtime.may_leave(|| {
                    left = actions.try_recv().ok();
                    left.is_some()
                });
                if leaves {
                    return Poll::Ready(());
                }
                if let Some(action) = left {
                    self.act(action);
                    continue;
                }
            }
            return Poll::Pending;
        }
    }

    fn poll_actions(&mut self, context: &mut Context<'_>) -> bool {
        let mut any = false;
        while let Poll::Ready(Some(action)) = Pin::new(&mut self.actions).poll_next(context) {
            self.act(action);
            any = true;
        }
        any
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::AwaitToken(attempt, token) => self.token = Some((attempt, token)),
            Action::Open(attempt, opening) => {
                self.opening = Some((attempt, Guarded::new(opening)));
            }
            Action::Send(attempt, frame) => {
                if let Some(open) = self.open_of(attempt) {
                    open.outgoing.push_back(frame);
                    open.is_sending = true;
                }
            }
            Action::Close(attempt) => self.close(attempt),
            Action::Wake => {}
            Action::Flush(done) => self.flushes.push(done),
        }
    }

    fn open_of(&mut self, attempt: Attempt) -> Option<&mut OpenSocket> {
        self.open.as_mut().filter(|open| open.attempt == attempt)
    }

    fn close(&mut self, attempt: Attempt) {
        // Dropping it cancels the attempt.
        self.opening.take_if(|(opening, _)| *opening == attempt);
        if let Some(open) = self.open.take_if(|open| open.attempt == attempt) {
            self.closing.push(Closing {
                socket: open.socket,
                outgoing: open.outgoing,
                until: Timer::after(CLOSE_GRACE),
            });
        }
    }

    fn poll_token(&mut self, context: &mut Context<'_>) -> bool {
        let Some((attempt, token)) = &mut self.token else {
            return false;
        };
        let Poll::Ready(token) = token.as_mut().poll(context) else {
            return false;
        };
        let attempt = *attempt;
        self.token = None;
        self.runtime.input(Input::Token { attempt, token });
        true
    }

    fn poll_opening(&mut self, context: &mut Context<'_>) -> bool {
        let Some((attempt, opening)) = &mut self.opening else {
            return false;
        };
        let Poll::Ready(opened) = Pin::new(opening).poll(context) else {
            return false;
        };
        let attempt = *attempt;
        self.opening = None;
        match opened.unwrap_or_else(|| Err("the connector panicked".to_owned())) {
            Ok(socket) => {
                self.open = Some(OpenSocket {
                    attempt,
                    socket: Guarded::new(socket),
                    outgoing: VecDeque::new(),
                    is_sending: false,
                });
                self.runtime.input(Input::Opened { attempt });
            }
            Err(problem) => self.closed(attempt, Some(&problem)),
        }
        true
    }

    /// Sends and receives. Returns whether something was received or the socket has closed.
    fn poll_open(&mut self, context: &mut Context<'_>) -> bool {
        let Some(OpenSocket {
            attempt,
            socket,
            outgoing,
            is_sending,
        }) = &mut self.open
        else {
            return false;
        };
        let attempt = *attempt;
        if *is_sending {
            match socket.poll_write(context, outgoing) {
                Poll::Pending => {}
                Poll::Ready(Ok(())) => *is_sending = false,
                Poll::Ready(Err(problem)) => {
                    self.closed(attempt, Some(&problem));
                    return true;
                }
            }
        }
        let mut any = false;
        for _ in 0..MAX_FRAMES_PER_TURN {
            match socket.poll_read(context) {
                Poll::Pending => return any,
                Poll::Ready(Some(Ok(frame))) => {
                    self.runtime.receive(attempt, &frame);
                    any = true;
                }
                Poll::Ready(Some(Err(problem))) => {
                    self.closed(attempt, Some(&problem));
                    return true;
                }
                Poll::Ready(None) => {
                    self.closed(attempt, None);
                    return true;
                }
            }
        }
        true
    }

    /// The socket of an attempt has closed, or could not be opened.
    fn closed(&mut self, attempt: Attempt, problem: Option<&str>) {
        self.open.take_if(|open| open.attempt == attempt);
        let reason = problem.map(|problem| self.runtime.redact(problem).into());
        self.runtime.input(Input::Closed {
            attempt,
            failed: problem.is_some(),
            detail: reason,
        });
    }

    fn poll_closing(&mut self, context: &mut Context<'_>) {
        self.closing.retain_mut(|closing| {
            let is_over = Pin::new(&mut closing.until).poll(context).is_ready();
            let sent = closing.socket.poll_write(context, &mut closing.outgoing);
            let is_closed = match sent {
                Poll::Ready(Ok(())) => closing.socket.poll_close(context).is_ready(),
                Poll::Ready(Err(_)) => true,
                Poll::Pending => false,
            };
            !is_over && !is_closed
        });
    }

    fn poll_timer(&mut self, context: &mut Context<'_>) -> bool {
        let Some((deadline, in_ms)) = self.runtime.next_deadline() else {
            self.timer = None;
            return false;
        };
        // A timer that fires too early is harmless and is set again then.
        if self
            .timer
            .as_ref()
            .is_none_or(|(armed, _)| deadline < *armed)
        {
            let timer = Timer::after(Duration::from_millis(in_ms));
            self.timer = Some((deadline, timer));
        }
        let Some((_, timer)) = &mut self.timer else {
            return false;
        };
        if Pin::new(timer).poll(context).is_pending() {
            return false;
        }
        self.timer = None;
        self.runtime.input(Input::Tick);
        true
    }
}

/// Frames that are read before the driver continues with its other work.
const MAX_FRAMES_PER_TURN: usize = 64;
