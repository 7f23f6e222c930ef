//! Calls as promises: created here, settled by the core.

use super::error::{call_site, set_call_site, with_cause, with_status};
use super::inner::ClientInner;
use super::json::parse_payload;
use super::open_call::{CallExtras, OpenCall};
use super::promise::{Resolvers, new_promise};
use super::signals::Signal;
use super::subscription::{Consumer, Subscription};
use crate::client::{CallId, Command, Error, ErrorKind, Payload, Reply};
use js_sys::{Array, Promise};
use std::rc::Rc;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;

impl ClientInner {
    /// Sends a command and returns a promise that settles with its call.
    pub(super) fn call(
        self: &Rc<Self>,
        extras: CallExtras,
        command: impl FnOnce(CallId) -> Command,
    ) -> Promise {
        let (promise, resolvers) = new_promise();
        let signal = extras.signal.clone();
        let open = OpenCall {
            resolvers,
            site: self.options.caller_stacks.then(call_site),
            extras,
        };
        let call = CallId::new(self.last_call.get().wrapping_add(1));
        self.last_call.set(call.value());
        self.calls.borrow_mut().insert(call, open);
        let command = command(call);
        if let Some(signal) = signal {
            if signal.is_aborted() {
                let (event, request_id) = name_of(&command);
                let error = Error::from(ErrorKind::AbortedBefore).of(event, request_id);
                self.settle(call, Err(error));
                return promise;
            }
            self.watch(&signal, call);
        }
        self.runtime.command(command);
        promise
    }

    /// Aborts a call when its signal fires.
    fn watch(&self, signal: &Signal, call: CallId) {
        let client = self.this.clone();
        self.signals.watch(signal, call, move |signal| {
            let Some(client) = client.upgrade() else {
                return;
            };
            for call in client.signals.forget(signal).iter() {
                client.runtime.command(Command::Abort { call });
            }
        });
    }

    /// Reports a step of a call: JSON text, and the binary data for its placeholders.
    pub(super) fn progress(&self, call: CallId, payload: &Payload) {
        let on_progress = || self.calls.borrow().get(call)?.extras.on_progress.clone();
        if let Some(on_progress) = on_progress()
            && let Some(step) = parse_payload(payload)
        {
            self.call_back("onProgress", &on_progress, &Array::of1(&step));
        }
    }

    /// Settles a call. Ignored if it has already settled.
    pub(super) fn settle(self: &Rc<Self>, call: CallId, result: Result<Reply, Error>) {
        let Some(OpenCall {
            resolvers,
            site,
            extras,
        }) = self.calls.borrow_mut().remove(call)
        else {
            return;
        };
        let signal = extras.signal;
        if let Some(signal) = &signal {
            self.signals.release(signal, call);
        }
        match result.and_then(|reply| self.value_of(call, reply, extras.consumer)) {
            Ok(value) => {
                let opened = self.subscriptions.borrow().by_call(call);
                match signal.zip(opened) {
                    Some((signal, opened)) => {
                        self.resolve_feed(resolvers, value, signal, opened);
                    }
                    None => resolvers.resolve(&value),
                }
            }
            Err(error) => {
                let cause = signal.map(|signal| signal.cause_of(&error));
                let error = self.error_value(&error, &cause.unwrap_or_default());
                if let Some(site) = &site {
                    set_call_site(&error, site);
                }
                resolvers.reject(&error);
            }
        }
    }

    /// The value that a call's promise resolves with.
    fn value_of(
        self: &Rc<Self>,
        call: CallId,
        reply: Reply,
        consumer: Option<Consumer>,
    ) -> Result<JsValue, Error> {
        let value = match reply {
            Reply::Done => return Ok(JsValue::UNDEFINED),
            Reply::Payload(payload) => parse_payload(&payload),
            Reply::Feed {
                feed,
                feed_id,
                dropped,
                samples_before,
            } => consumer.map(|consumer| {
                let opened =
                    Subscription::new(consumer, call, feed, feed_id, dropped, samples_before);
                self.feed_opened(feed, opened)
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
            client.end_subscription(&opened);
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
