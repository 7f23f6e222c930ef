//! Passes inputs to the core and handles its outputs.
//!
//! No borrow is held while JavaScript runs: the values needed are taken out first. A callback may
//! call anything; what it starts is queued in the core and handled by the running loop.

use super::host::{Direction, Host, InputSink, TokenResult};
use super::page_events::{self, PageEvents};
use super::random::random_seed;
use super::socket::Socket;
use crate::client::{
    Attempt, Client, Command, Config, ConnectUrl, ConnectionState, Error, Input, Output,
};
use crate::clock::Clock;
use crate::engine::Frame;
use crate::time::Instant;
use core::cell::{Cell, RefCell};
use gloo_timers::callback::Timeout;
use js_sys::Date;
use std::rc::{Rc, Weak};
use wasm_bindgen_futures::spawn_local;

/// The longest delay that `setTimeout` accepts; a longer one fires immediately.
const LONGEST_TIMER_MS: u64 = 0x7fff_ffff;

/// One client on a web platform.
pub(crate) struct Runtime {
    pub(super) core: RefCell<Client>,
    pub(super) clock: Clock,
    pub(super) host: Weak<dyn Host>,
    /// Whether outputs are being handled.
    pub(super) draining: Cell<bool>,
    /// Whether the host sees every frame, by [`Host::frame`].
    pub(crate) shows_frames: Cell<bool>,
    socket: RefCell<Option<Rc<Socket>>>,
    timer: RefCell<Option<(Instant, Timeout)>>,
    /// Set while a connection exists or is being made. It keeps the host alive, even if the caller
    /// no longer holds it, and listens to the page's events.
    active: RefCell<Option<(Rc<dyn Host>, PageEvents)>>,
    pub(super) this: Weak<Self>,
}

impl Runtime {
    /// An idle client.
    pub(crate) fn new(config: Config, host: Weak<dyn Host>) -> Rc<Self> {
        Rc::new_cyclic(|this| Self {
            core: RefCell::new(Client::new(config, random_seed())),
            clock: Clock::default(),
            host,
            draining: Cell::new(false),
            shows_frames: Cell::new(false),
            socket: RefCell::default(),
            timer: RefCell::default(),
            active: RefCell::default(),
            this: this.clone(),
        })
    }

    /// Reads from the core; `look` must not run JavaScript.
    pub(crate) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        look(&self.core.borrow())
    }

    /// Like [`core`](Self::core), but mutable. Resulting outputs wait for the next input.
    pub(crate) fn core_mut<T>(&self, change: impl FnOnce(&mut Client) -> T) -> T {
        change(&mut self.core.borrow_mut())
    }

    /// Milliseconds since 1970, by the system's clock.
    pub(crate) fn epoch_ms(&self, at: Instant) -> f64 {
        self.clock.epoch_ms(at)
    }

    fn now(&self) -> Instant {
        self.clock.at(Date::now())
    }

    /// Passes an input to the core and handles the outputs.
    pub(crate) fn input(&self, input: Input<'_>) {
        let now = self.now();
        self.core.borrow_mut().handle_input(input, now);
        self.drain();
    }

    /// Passes a command to the core and handles the outputs.
    pub(crate) fn command(&self, command: Command) {
        self.input(Input::Command(command));
    }

    /// Returns a function that passes inputs to this runtime without keeping it alive.
    fn sink(&self) -> InputSink {
        let this = self.this.clone();
        Rc::new(move |input| {
            if let Some(runtime) = this.upgrade() {
                runtime.input(input);
            }
        })
    }

    /// Emits an event without waiting for a reply.
    pub(crate) fn emit(
        &self,
        event: &str,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let now = self.now();
        let sent = {
            let mut core = self.core.borrow_mut();
            // If a deadline has passed unnoticed, the emit must not vanish into a dead socket.
            core.handle_input(Input::Tick, now);
            core.emit(event, args, attachments)
        };
        self.drain();
        sent
    }

    /// Handles the core's outputs until none is left. Nested calls leave them to the outermost one.
    pub(super) fn drain(&self) {
        if self.draining.replace(true) {
            return;
        }
        loop {
            let output = self.core.borrow_mut().poll_output();
            match output {
                Output::RequestToken { attempt } => self.ask_token(attempt),
                Output::Open { attempt, url } => self.open_socket(attempt, &url),
                Output::Send { attempt, frame } => self.send(attempt, &frame),
                Output::CloseSocket { attempt } => {
                    let is_same = |socket: &mut Rc<Socket>| socket.attempt == attempt;
                    let closed = self.socket.borrow_mut().take_if(is_same);
                    drop(closed);
                }
                Output::Timeout(when) => break self.arm_timer(when),
                output => self.deliver(output),
            }
        }
        self.draining.set(false);
        self.hold_while_active();
    }

    /// Passes an output to the host.
    pub(super) fn deliver(&self, output: Output) {
        if let Some(host) = self.host.upgrade() {
            host.output(output);
        }
    }

    fn ask_token(&self, attempt: Attempt) {
        let Some(host) = self.host.upgrade() else {
            return;
        };
        match host.token() {
            TokenResult::Ready(token) => self.input(Input::Token { attempt, token }),
            TokenResult::Pending(token) => {
                let sink = self.sink();
                spawn_local(async move {
                    let token = token.await;
                    sink(Input::Token { attempt, token });
                });
            }
        }
    }

    fn open_socket(&self, attempt: Attempt, url: &ConnectUrl) {
        let Some(host) = self.host.upgrade() else {
            return;
        };
        let Ok(socket) = host.open_socket(url.reveal()) else {
            // The platform's message includes the URL, and with it the token.
            let detail = "the platform refused to open a WebSocket to that address";
            return self.input(Input::Closed {
                attempt,
                failed: true,
                detail: Some(detail.to_owned().into()),
            });
        };
        let socket = Socket::new(socket, attempt, &host, &self.sink());
        let earlier = self.socket.replace(Some(Rc::new(socket)));
        drop(earlier);
    }

    fn send(&self, attempt: Attempt, frame: &Frame) {
        self.report_frame(Direction::Out, frame);
        let socket = self.socket.borrow().clone();
        if let Some(socket) = socket.filter(|socket| socket.attempt == attempt) {
            socket.send(frame);
        }
    }

    fn arm_timer(&self, when: Option<Instant>) {
        let mut timer = self.timer.borrow_mut();
        let Some(when) = when else {
            *timer = None;
            return;
        };
        // A timer that fires too early is harmless and is set again then.
        if timer.as_ref().is_some_and(|(armed, _)| *armed <= when) {
            return;
        }
        let now = self.now();
        let delay_ms = when.as_millis().saturating_sub(now.as_millis());
        let delay_ms = u32::try_from(delay_ms.min(LONGEST_TIMER_MS)).unwrap_or(u32::MAX);
        let this = self.this.clone();
        let timeout = Timeout::new(delay_ms, move || {
            if let Some(runtime) = this.upgrade() {
                drop(runtime.timer.borrow_mut().take());
                runtime.input(Input::Tick);
            }
        });
        *timer = Some((when, timeout));
    }

    fn hold_while_active(&self) {
        let is_active = !matches!(
            self.core.borrow().state(),
            ConnectionState::Idle | ConnectionState::Closed
        );
        if is_active == self.active.borrow().is_some() {
            return;
        }
        let Some(host) = self.host.upgrade() else {
            return;
        };
        let held = is_active.then(|| (host.clone(), page_events::listen(&self.sink())));
        let before = self.active.replace(held);
        host.set_active(is_active);
        drop(before);
    }
}
