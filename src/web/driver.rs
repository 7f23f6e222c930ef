//! The shell: leads what happens into the core, and carries out what comes out of it.
//!
//! No borrow is alive while JavaScript runs: what is needed is taken out first. A callback may call
//! anything; what it starts is queued in the core and carried out by the loop that is running.

use super::buffer::ReceiveBuffer;
use super::clock::Clock;
use super::options::client_options;
use super::platform::Port;
use super::receive::ReceiveFn;
use super::tape::Ended;
use super::told::TellFn;
use super::transport::{self, Transport};
use crate::client::{Attempt, CallId, Client, Command, ConnectUrl, ConnectionState, Input, Output};
use crate::engine::Frame;
use crate::time::Instant;
use core::cell::{Cell, RefCell};
use js_sys::Promise;
use std::rc::{Rc, Weak};
use wasm_bindgen::JsValue;

/// The longest delay that `setTimeout` takes; above it fires at once.
const LONGEST_TIMER_MS: u64 = 0x7fff_ffff;

/// Everything behind an `ArdexaClient`.
pub(super) struct Shell {
    pub(super) core: RefCell<Client>,
    pub(super) clock: Clock,
    pub(super) port: Port,
    next_call: Cell<u32>,
    pub(super) draining: Cell<bool>,
    pub(super) transport: RefCell<Option<Transport>>,
    /// When the timer fires.
    pub(super) armed: Cell<Option<Instant>>,
    pub(super) buffer: ReceiveBuffer,
    /// Whether somebody wants to see every frame.
    pub(super) showing: Cell<bool>,
    /// Where the columns of the open series go when they end.
    pub(super) tapes: RefCell<Vec<(CallId, Ended)>>,
    /// Keeps the shell alive while there is a connection or one on its way, whether or not the
    /// caller still holds the client.
    alive: RefCell<Option<Rc<Self>>>,
    this: Weak<Self>,
}

impl Shell {
    pub(super) fn new(options: &JsValue) -> Result<Rc<Self>, JsValue> {
        let port = Port::new(options)?;
        let (config, seed) = client_options(&port)?;
        let shell = Rc::new_cyclic(|this| Self {
            core: RefCell::new(Client::new(config, seed)),
            clock: Clock::default(),
            port,
            next_call: Cell::new(0),
            draining: Cell::new(false),
            transport: RefCell::default(),
            armed: Cell::new(None),
            buffer: ReceiveBuffer::new(),
            showing: Cell::new(false),
            tapes: RefCell::default(),
            alive: RefCell::default(),
            this: this.clone(),
        });
        // The closures are JavaScript's from here on, and hold the shell weakly.
        let (tell, receive) = (shell.this.clone(), shell.this.clone());
        let tell = TellFn::new(move |what, number| {
            tell.upgrade().map_or(0.0, |shell| shell.tell(what, number))
        });
        let receive = ReceiveFn::new(move |attempt, feed, bytes, now_ms| {
            let shell = receive.upgrade();
            shell.map_or(-1, |shell| shell.receive(attempt, feed, bytes, now_ms))
        });
        shell.port.attach(
            tell.into_js_value(),
            receive.into_js_value(),
            &wasm_bindgen::memory(),
            shell.buffer.address(),
            u32::try_from(ReceiveBuffer::size()).unwrap_or_default(),
        );
        Ok(shell)
    }

    pub(super) fn this(&self) -> Option<Rc<Self>> {
        self.this.upgrade()
    }

    /// Looks into the core; `look` must not run JavaScript.
    pub(super) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        look(&self.core.borrow())
    }

    /// Leads something into the core and carries out what follows.
    pub(super) fn input(&self, input: Input<'_>) {
        let now = self.clock.now();
        self.core.borrow_mut().handle_input(input, now);
        self.drain();
    }

    /// Starts the call that the port has prepared, unless it is settled already; its promise settles
    /// when the core settles it.
    pub(super) fn call(&self, prepared: bool, start: impl FnOnce(CallId)) -> Promise {
        let call = CallId::new(self.next_call.get());
        self.next_call.set(self.next_call.get().wrapping_add(1));
        let promise = self.port.open(call.value());
        if prepared {
            start(call);
        }
        promise
    }

    pub(super) fn command(&self, command: Command) {
        self.input(Input::Command(command));
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

    pub(super) fn open(&self, attempt: Attempt, url: &ConnectUrl) {
        match Transport::open(&self.port, attempt, url) {
            Ok(transport) => drop(self.transport.replace(Some(transport))),
            // The platform's message quotes the address, and with it the token.
            Err(_) => self.closed(
                attempt,
                true,
                Some("the platform refused to open a WebSocket to that address".to_owned()),
            ),
        }
    }

    pub(super) fn closed(&self, attempt: Attempt, failed: bool, detail: Option<String>) {
        self.input(Input::Closed {
            attempt,
            failed,
            detail,
        });
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
            self.closed(attempt, false, Some("the page was put aside".to_owned()));
        }
    }

    fn arm(&self, when: Option<Instant>) {
        let armed = self.armed.get();
        // One that fires too early is harmless and is set anew then.
        let fits = match (armed, when) {
            (Some(armed), Some(when)) => armed <= when,
            (armed, when) => armed == when,
        };
        if fits {
            return;
        }
        self.armed.set(when);
        let delay_ms = when.map_or(-1.0, |when| {
            when.as_millis()
                .saturating_sub(self.clock.now().as_millis())
                .min(LONGEST_TIMER_MS) as f64
        });
        self.port.set_timer(delay_ms);
    }

    fn hold_while_active(&self) {
        let active = !matches!(
            self.core.borrow().state(),
            ConnectionState::Idle | ConnectionState::Closed
        );
        if active == self.alive.borrow().is_some() {
            return;
        }
        *self.alive.borrow_mut() = if active { self.this() } else { None };
        self.port.set_active(active);
    }
}
