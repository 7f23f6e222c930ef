//! The shell: leads what happens into the core, and carries out what comes out of it.
//!
//! No borrow is alive while JavaScript runs: what is needed is taken out first. A callback may call
//! anything; what it starts is queued in the core and carried out by the loop that is running.

use super::buffer::ReceiveBuffer;
use super::callbacks::Callbacks;
use super::clock::Clock;
use super::feed::{Feeds, Subscription};
use super::keep::{Keep, Slot};
use super::listeners::Listeners;
use super::options::{ClientOptions, TokenSource};
use super::outputs::abort_error;
use super::platform::{Calls, ask_token, chance, on_abort, watch};
use super::transport::{self, Transport};
use super::values::get;
use crate::client::{
    Attempt, CallId, Client, Command, ConnectUrl, ConnectionState, Error, ErrorKind, Input, Output,
    TakenSample,
};
use crate::device::Token;
use crate::engine::Frame;
use crate::time::Instant;
use core::cell::{Cell, OnceCell, RefCell};
use gloo_timers::callback::Timeout;
use js_sys::{Array, Function, Promise};
use std::collections::HashMap;
use std::rc::{Rc, Weak};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// The longest delay that `setTimeout` takes; above it fires at once.
const LONGEST_TIMER_MS: u64 = 0x7fff_ffff;

/// Where tokens come from.
enum HeldToken {
    Text(String),
    Function(Slot),
}

/// What a signal calls when it fires.
type OnAbort = Closure<dyn Fn()>;

/// What an open call has besides its promise.
pub(super) struct Pending {
    pub(super) on_progress: Option<Function>,
    pub(super) signal: Option<JsValue>,
    pub(super) stop_listening: Option<Function>,
    _on_abort: Option<OnAbort>,
    /// What a feed's subscription will be.
    pub(super) subscription: Option<Rc<Subscription>>,
}

/// What a call is made of besides its command.
#[derive(Default)]
pub(super) struct CallExtras {
    pub(super) signal: Option<JsValue>,
    pub(super) on_progress: Option<Function>,
    pub(super) subscription: Option<Rc<Subscription>>,
}

/// Everything behind an `ArdexaClient`.
pub(super) struct Shell {
    pub(super) core: RefCell<Client>,
    pub(super) clock: Clock,
    /// The caller's callbacks; see there.
    pub(super) keep: Rc<Keep>,
    token: HeldToken,
    /// What the token function threw last: the cause of the error that tells of it.
    pub(super) token_failure: RefCell<JsValue>,
    web_socket: Slot,
    next_call: Cell<u32>,
    pub(super) draining: Cell<bool>,
    pub(super) calls: Calls,
    /// Of the calls that have more than their promise.
    pub(super) pending: RefCell<HashMap<CallId, Pending>>,
    pub(super) feeds: RefCell<Feeds>,
    pub(super) listeners: RefCell<Listeners>,
    pub(super) transport: RefCell<Option<Transport>>,
    timer: RefCell<Option<(Instant, Timeout)>>,
    pub(super) buffer: ReceiveBuffer,
    /// By feed: the one listener of a feed that has just that, and its `feedId`; read by the lane.
    pub(super) sinks: Array,
    pub(super) ids: Array,
    /// By feed: the `messageId` of the last sample that the lane has parsed; written by the lane.
    pub(super) lasts: Array,
    /// What the hot path took last, and how much of the buffer it was.
    pub(super) taken: RefCell<Option<(Attempt, TakenSample, usize)>>,
    /// Series with new samples, until the next frame is drawn.
    pub(super) updated: RefCell<Vec<CallId>>,
    callbacks: OnceCell<Callbacks>,
    stop_watching: RefCell<Option<Function>>,
    /// Keeps the shell alive while there is a connection or one on its way, whether or not the
    /// caller still holds the client.
    alive: RefCell<Option<Rc<Self>>>,
    pub(super) this: Weak<Self>,
}

impl Shell {
    pub(super) fn new(options: ClientOptions, web_socket: Function) -> Rc<Self> {
        let seed = chance()
            .iter()
            .fold(0u128, |seed, &word| seed << 32 | u128::from(word));
        let keep = Rc::new(Keep::default());
        Rc::new_cyclic(|this| Self {
            core: RefCell::new(Client::new(options.config, seed)),
            clock: Clock::default(),
            token: match options.token {
                TokenSource::Text(token) => HeldToken::Text(token),
                TokenSource::Function(source) => HeldToken::Function(keep.put(&source)),
            },
            token_failure: RefCell::new(JsValue::UNDEFINED),
            web_socket: keep.put(&web_socket),
            next_call: Cell::new(0),
            draining: Cell::new(false),
            calls: Calls::new(),
            pending: RefCell::default(),
            feeds: RefCell::default(),
            listeners: RefCell::new(Listeners::new(keep.clone())),
            keep,
            transport: RefCell::default(),
            timer: RefCell::default(),
            buffer: ReceiveBuffer::new(),
            sinks: Array::new(),
            ids: Array::new(),
            lasts: Array::new(),
            taken: RefCell::default(),
            updated: RefCell::default(),
            callbacks: OnceCell::new(),
            stop_watching: RefCell::default(),
            alive: RefCell::default(),
            this: this.clone(),
        })
    }

    /// Looks into the core; `look` must not run JavaScript.
    pub(super) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        look(&self.core.borrow())
    }

    pub(super) fn epoch_ms(&self, at: Instant) -> f64 {
        self.clock.epoch_ms(at)
    }

    /// Leads something into the core and carries out what follows.
    pub(super) fn input(&self, input: Input<'_>) {
        let now = self.clock.now();
        self.core.borrow_mut().handle_input(input, now);
        self.drain();
    }

    pub(super) fn emit(
        &self,
        event: &str,
        args: &[String],
        attachments: Vec<Vec<u8>>,
    ) -> Result<(), Error> {
        let now = self.clock.now();
        let sent = {
            let mut core = self.core.borrow_mut();
            // A deadline that has passed unseen must not let an emit vanish into a dead socket.
            core.handle_input(Input::Tick, now);
            core.emit(event, args, attachments)
        };
        self.drain();
        sent
    }

    /// Starts a call; the promise settles when the core settles it.
    pub(super) fn call(
        &self,
        extras: CallExtras,
        command: impl FnOnce(CallId) -> Command,
    ) -> Promise {
        let call = CallId::new(self.next_call.get());
        self.next_call.set(self.next_call.get().wrapping_add(1));
        let promise = self.calls.open(call.value());
        if self.has_begun(call, extras) {
            self.input(Input::Command(command(call)));
        }
        promise
    }

    /// Notes what a call has besides its promise; whether it is to be started at all.
    fn has_begun(&self, call: CallId, extras: CallExtras) -> bool {
        let CallExtras {
            signal,
            on_progress,
            subscription,
        } = extras;
        if let Some(signal) = signal
            .as_ref()
            .filter(|signal| get(signal, "aborted").is_truthy())
        {
            let error: Error = ErrorKind::Aborted { why: None }.into();
            self.calls
                .reject(call.value(), &abort_error(&error, signal));
            return false;
        }
        if signal.is_none() && on_progress.is_none() && subscription.is_none() {
            return true;
        }
        if let Some(subscription) = &subscription {
            subscription.named(call);
        }
        let (stop_listening, on_abort) = self.listen_to(signal.as_ref(), call);
        let pending = Pending {
            on_progress,
            signal,
            stop_listening,
            _on_abort: on_abort,
            subscription,
        };
        self.pending.borrow_mut().insert(call, pending);
        true
    }

    fn listen_to(
        &self,
        signal: Option<&JsValue>,
        call: CallId,
    ) -> (Option<Function>, Option<OnAbort>) {
        let Some(signal) = signal else {
            return (None, None);
        };
        let shell = self.this.clone();
        let closure = OnAbort::new(move || {
            if let Some(shell) = shell.upgrade() {
                shell.input(Input::Command(Command::Abort { call }));
            }
        });
        let stop = on_abort(signal, closure.as_ref().unchecked_ref()).ok();
        (stop, Some(closure))
    }

    /// Carries out what the core wants until it only waits. Nested calls leave it to the first.
    pub(super) fn drain(&self) {
        if self.draining.replace(true) {
            return;
        }
        loop {
            let output = self.core.borrow_mut().poll_output();
            match output {
                Output::Timeout(when) => {
                    self.arm(when);
                    break;
                }
                output => self.carry_out(output),
            }
        }
        self.draining.set(false);
        self.hold_while_active();
    }

    pub(super) fn ask_token(&self, attempt: Attempt) {
        match &self.token {
            HeldToken::Text(token) => {
                let token = Ok(Token::new(token.as_str()));
                let now = self.clock.now();
                self.core
                    .borrow_mut()
                    .handle_input(Input::Token { attempt, token }, now);
            }
            HeldToken::Function(source) => {
                if let (Some(source), Some(callbacks)) = (self.keep.get(*source), self.callbacks())
                {
                    ask_token(&source, attempt.number() as f64, &callbacks.answered);
                }
            }
        }
    }

    pub(super) fn token_answered(&self, attempt: Attempt, ok: bool, value: &JsValue) {
        let token = match value.as_string() {
            Some(token) if ok && !token.is_empty() => Ok(Token::new(token)),
            _ if ok => Err(Error::invalid(
                "token",
                "the function must give a string that is not empty, or a promise of one",
            )),
            _ => {
                *self.token_failure.borrow_mut() = value.clone();
                Err(ErrorKind::TokenFailed.into())
            }
        };
        self.input(Input::Token { attempt, token });
    }

    pub(super) fn open(&self, attempt: Attempt, url: &ConnectUrl) {
        let (Some(web_socket), Some(callbacks)) =
            (self.keep.get(self.web_socket), self.callbacks())
        else {
            return;
        };
        match Transport::open(&web_socket, attempt, url, &callbacks.lane) {
            Ok(transport) => drop(self.transport.replace(Some(transport))),
            Err(_) => {
                // The platform's message quotes the address, and with it the token.
                let detail =
                    Some("the platform refused to open a WebSocket to that address".to_owned());
                let now = self.clock.now();
                self.core.borrow_mut().handle_input(
                    Input::Closed {
                        attempt,
                        failed: true,
                        detail,
                    },
                    now,
                );
            }
        }
    }

    pub(super) fn send(&self, attempt: Attempt, frame: &Frame) {
        self.show_frame("out", frame);
        let socket = self
            .transport
            .borrow()
            .as_ref()
            .and_then(|transport| transport.socket(attempt));
        if let Some(socket) = socket {
            transport::send(&socket, frame);
        }
    }

    /// The page is put aside for a return. Its socket would stay open, and the server would go on
    /// sending to a page that does not run; on the return a wake connects anew, at once.
    pub(super) fn put_aside(&self) {
        let attempt = self.transport.borrow().as_ref().map(|held| held.attempt);
        if let Some(attempt) = attempt {
            self.input(Input::Closed {
                attempt,
                failed: false,
                detail: Some("the page was put aside".to_owned()),
            });
        }
    }

    fn arm(&self, when: Option<Instant>) {
        let mut timer = self.timer.borrow_mut();
        let Some(when) = when else {
            *timer = None;
            return;
        };
        // One that fires too early is harmless and is set anew then.
        if timer.as_ref().is_some_and(|(armed, _)| *armed <= when) {
            return;
        }
        let delay_ms = when
            .as_millis()
            .saturating_sub(self.clock.now().as_millis())
            .min(LONGEST_TIMER_MS);
        let shell = self.this.clone();
        let delay_ms = u32::try_from(delay_ms).unwrap_or(u32::MAX);
        let timeout = Timeout::new(delay_ms, move || {
            if let Some(shell) = shell.upgrade() {
                drop(shell.timer.borrow_mut().take());
                shell.input(Input::Tick);
            }
        });
        *timer = Some((when, timeout));
    }

    fn hold_while_active(&self) {
        let active = !matches!(
            self.core.borrow().state(),
            ConnectionState::Idle | ConnectionState::Closed
        );
        if active == self.alive.borrow().is_some() {
            return;
        }
        self.keep.hold(active);
        if active {
            *self.alive.borrow_mut() = self.this.upgrade();
            if let Some(callbacks) = self.callbacks() {
                let stop = watch(&callbacks.wake, &callbacks.tick, &callbacks.leave);
                *self.stop_watching.borrow_mut() = Some(stop);
            }
        } else {
            let stop = self.stop_watching.borrow_mut().take();
            if let Some(stop) = stop {
                let _ = stop.call0(&JsValue::UNDEFINED);
            }
            // It may know the client, by way of its stack.
            *self.token_failure.borrow_mut() = JsValue::UNDEFINED;
            let alive = self.alive.borrow_mut().take();
            drop(alive);
        }
    }

    pub(super) fn callbacks(&self) -> Option<&Callbacks> {
        if self.callbacks.get().is_none() {
            let _ = self.callbacks.set(Callbacks::new(
                &self.this,
                &self.buffer,
                &[&self.sinks, &self.ids, &self.lasts],
            ));
        }
        self.callbacks.get()
    }
}
