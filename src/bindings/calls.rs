//! Calls as promises: created here, settled by the core.

use super::error::{call_site, set_call_site, with_cause, with_status};
use super::feed::Feed;
use super::inner::ClientInner;
use super::json::parse_payload;
use super::open_calls::OnProgress;
use super::promise::{Resolvers, new_promise};
use super::signals::{Signal, SignalGuard};
use super::subscription::Subscription;
use crate::client::{CallId, Command, Error, ErrorKind, Reply};
use core::cell::RefCell;
use js_sys::{Array, Function, Promise};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

/// What a call needs in addition to its command.
#[derive(Default)]
pub(super) struct CallExtras {
    pub(super) signal: Option<Signal>,
    pub(super) on_progress: Option<Function>,
    /// Receives the samples of a feed.
    pub(super) subscription: Option<Rc<Subscription>>,
}

/// A call's signal. The guard is set after the call is opened, since watching can run any code.
struct WatchedSignal {
    signal: Signal,
    guard: RefCell<Option<SignalGuard>>,
}

impl WatchedSignal {
    fn new(signal: Signal) -> Self {
        Self {
            signal,
            guard: RefCell::default(),
        }
    }

    /// Stops watching the signal once the call has settled.
    fn release(&self) -> Signal {
        drop(self.guard.take());
        self.signal.clone()
    }
}

impl ClientInner {
    /// Sends a command and returns a promise that settles with its call.
    pub(super) fn call(
        self: &Rc<Self>,
        extras: CallExtras,
        command: impl FnOnce(CallId) -> Command,
    ) -> Promise {
        let (promise, resolvers) = new_promise();
        let CallExtras {
            signal,
            on_progress,
            subscription,
        } = extras;
        let watched = signal.map(|signal| Rc::new(WatchedSignal::new(signal)));
        let of_signal = watched.clone();
        let client = self.clone();
        let site = self.caller_stacks.then(call_site);
        let opening = subscription.clone();
        let on_progress = on_progress.map(|on_progress| self.progress_listener(on_progress));
        let settle = Box::new(move |call, result: Result<Reply, Error>| {
            let signal = of_signal.map(|watched| watched.release());
            let opened = opening.clone();
            match result.and_then(|reply| client.value_of(call, reply, opening)) {
                Ok(value) => match (signal, opened) {
                    (Some(signal), Some(opened)) => {
                        client.resolve_feed(resolvers, value, signal, opened);
                    }
                    _ => resolvers.resolve(&value),
                },
                Err(error) => {
                    let cause = signal.map(|signal| signal.cause_of(&error));
                    let error = client.error_value(&error, &cause.unwrap_or_default());
                    if let Some(site) = &site {
                        set_call_site(&error, site);
                    }
                    resolvers.reject(&error);
                }
            }
        });
        let call = self.calls.open(settle, on_progress);
        if let Some(subscription) = &subscription {
            subscription.set_call(call);
        }
        let command = command(call);
        let is_aborted = watched
            .as_ref()
            .is_some_and(|watched| watched.signal.is_aborted());
        if is_aborted {
            let (event, request_id) = name_of(&command);
            let error = Error::from(ErrorKind::AbortedBefore).of(event, request_id);
            self.calls.settle(call, Err(error));
            return promise;
        }
        if let Some(watched) = watched {
            let guard = self.signals.watch(&watched.signal, call);
            watched.guard.replace(guard);
        }
        self.runtime.command(command);
        promise
    }

    fn progress_listener(self: &Rc<Self>, on_progress: Function) -> OnProgress {
        let client = self.this.clone();
        Rc::new(move |payload| {
            let step = parse_payload(payload);
            if let (Some(client), Some(step)) = (client.upgrade(), step) {
                client.call_back("onProgress", &on_progress, &Array::of1(&step));
            }
        })
    }

    /// The value that a call's promise resolves with.
    fn value_of(
        self: &Rc<Self>,
        call: CallId,
        reply: Reply,
        subscription: Option<Rc<Subscription>>,
    ) -> Result<JsValue, Error> {
        let value = match reply {
            Reply::Done => return Ok(JsValue::UNDEFINED),
            Reply::Payload(payload) => parse_payload(&payload),
            Reply::Feed {
                feed,
                feed_id,
                dropped,
                samples_before,
            } => subscription.map(|subscription| {
                subscription.opened(feed, &feed_id, dropped, samples_before);
                self.feed_opened(feed, call, subscription)
            }),
        };
        value.ok_or_else(|| Error::invalid("reply", "is not readable as JSON"))
    }

    /// Resolves the promise of an open feed, unless its signal fires before the code awaiting it
    /// resumes.
    fn resolve_feed(
        self: &Rc<Self>,
        resolvers: Resolvers,
        handle: JsValue,
        signal: Signal,
        opened: Rc<Subscription>,
    ) {
        let client = self.clone();
        spawn_local(async move {
            if !signal.is_aborted() {
                return resolvers.resolve(&handle);
            }
            Feed::new(client, opened).end();
            let error = Error::from(ErrorKind::Aborted { why: None }).of("device:feed", None);
            resolvers.reject(&with_cause(&error, &signal.cause_of(&error)));
        });
    }

    /// Converts an error of the core to an `ArdexaError`.
    pub(super) fn error_value(&self, error: &Error, cause: &JsValue) -> JsValue {
        match *error.kind {
            ErrorKind::TokenFailed => with_cause(error, &self.token_failure.borrow()),
            ErrorKind::Unreachable { .. } => {
                let failure = self.socket_failure.borrow();
                with_status(error, &failure.cause, failure.status)
            }
            _ => with_cause(error, cause),
        }
    }
}

/// The event name and the request ID for a command's errors.
fn name_of(command: &Command) -> (&str, Option<&str>) {
    match command {
        Command::Request {
            request, options, ..
        } => (request.event(), options.request_id.as_deref()),
        Command::EmitWithAck { event, .. } => (event, None),
        _ => ("device:feed", None),
    }
}
