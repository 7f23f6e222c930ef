//! What the core wants, carried out: one arm for each output.

use super::driver::Shell;
use super::errors::{to_js, to_js_with_cause};
use super::feed::{Feed, Subscription};
use super::values::{get, object, parse, parse_with, set};
use crate::client::{CallId, Error, ErrorKind, Output, Reply};
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

impl Shell {
    pub(super) fn carry_out(&self, output: Output) {
        match output {
            Output::AskToken { attempt } => self.ask_token(attempt),
            Output::Open { attempt, url } => self.open(attempt, &url),
            Output::Send { attempt, frame } => self.send(attempt, &frame),
            Output::CloseSocket { attempt } => {
                let transport = self
                    .transport
                    .borrow_mut()
                    .take_if(|transport| transport.attempt == attempt);
                drop(transport);
            }
            Output::Event(event) => self.tell(event),
            Output::Sample { feed, payload } => {
                let subscriptions = self.feeds.borrow().of(feed);
                if let Some(sample) = parse(&payload) {
                    self.deliver(&subscriptions, &sample);
                }
            }
            Output::FeedResumed { feed, feed_id, gap } => {
                let subscriptions = self.feeds.borrow().of(feed);
                for subscription in subscriptions.iter() {
                    subscription.resumed(&feed_id);
                    if let Some(on_gap) = subscription.on_gap.clone() {
                        let told = object(&[("toMs", self.epoch_ms(gap.to).into())]);
                        set(
                            &told,
                            "fromMs",
                            &gap.from
                                .map_or(JsValue::UNDEFINED, |from| self.epoch_ms(from).into()),
                        );
                        set(
                            &told,
                            "lastMessageId",
                            &gap.last_message_id.as_deref().into(),
                        );
                        self.call_back("onGap", &on_gap, &[told.into()]);
                    }
                }
            }
            Output::FeedEnded {
                feed,
                subscriptions,
                error,
            } => {
                let error = error.map(|error| to_js(&error));
                for id in subscriptions {
                    let subscription = self.feeds.borrow_mut().remove(feed, id);
                    if let Some(subscription) = subscription {
                        subscription.end(error.as_ref());
                    }
                }
            }
            Output::Progress { call, payload } => {
                let on_progress = self
                    .pending
                    .borrow()
                    .get(&call)
                    .and_then(|pending| pending.on_progress.clone());
                if let (Some(on_progress), Some(step)) = (on_progress, parse(&payload)) {
                    self.call_back("onProgress", &on_progress, &[step]);
                }
            }
            Output::Settle { call, result } => self.settle(call, result),
            Output::Timeout(_) => {}
        }
    }

    fn settle(&self, call: CallId, result: Result<Reply, Error>) {
        let Some(pending) = self.pending.borrow_mut().remove(&call) else {
            return;
        };
        if let Some(stop) = &pending.stop_listening {
            let _ = stop.call0(&JsValue::UNDEFINED);
        }
        let result = match result {
            Ok(reply) => self.reply_value(reply, pending.subscription),
            Err(error) => Err(match &pending.signal {
                Some(signal) if matches!(error.kind, ErrorKind::Aborted { .. }) => {
                    abort_error(&error, signal)
                }
                _ => self.error(&error),
            }),
        };
        let _ = match result {
            Ok(value) => pending.resolve.call1(&JsValue::UNDEFINED, &value),
            Err(error) => pending.reject.call1(&JsValue::UNDEFINED, &error),
        };
    }

    fn reply_value(
        &self,
        reply: Reply,
        subscription: Option<Rc<Subscription>>,
    ) -> Result<JsValue, JsValue> {
        let unreadable = || to_js(&Error::invalid("reply", "is not readable as JSON"));
        match reply {
            Reply::Done => Ok(JsValue::UNDEFINED),
            Reply::Payload(payload) => parse(&payload).ok_or_else(unreadable),
            Reply::Ack { args, attachments } => {
                parse_with(&args, &attachments).ok_or_else(unreadable)
            }
            Reply::Feed {
                feed,
                feed_id,
                dropped,
            } => {
                let Some(subscription) = subscription else {
                    return Ok(JsValue::UNDEFINED);
                };
                subscription.opened(&feed_id, dropped);
                self.feeds.borrow_mut().insert(feed, subscription.clone());
                self.release_later(&subscription);
                match self.this.upgrade() {
                    Some(shell) => Ok(Feed::new(shell, subscription).into()),
                    None => Ok(JsValue::UNDEFINED),
                }
            }
        }
    }

    /// The `ArdexaError` of an error of the core's.
    pub(super) fn error(&self, error: &Error) -> JsValue {
        match error.kind {
            ErrorKind::TokenFailed => to_js_with_cause(error, &self.token_failure.borrow()),
            _ => to_js(error),
        }
    }

    /// Hands a sample to the subscriptions of its feed.
    fn deliver(&self, subscriptions: &[Rc<Subscription>], sample: &JsValue) {
        for subscription in subscriptions {
            if let Some(listener) = subscription.take(sample) {
                self.call_back("device:feed", &listener, core::slice::from_ref(sample));
            }
        }
    }

    /// A subscription's samples wait until the code that awaits the feed has gone on.
    fn release_later(&self, subscription: &Rc<Subscription>) {
        let (shell, subscription) = (self.this.clone(), Rc::downgrade(subscription));
        let release = Closure::once_into_js(move || {
            let (Some(shell), Some(subscription)) = (shell.upgrade(), subscription.upgrade())
            else {
                return;
            };
            while let Some((listener, sample)) = subscription.next_held() {
                shell.call_back("device:feed", &listener, &[sample]);
            }
        });
        super::platform::later(release.unchecked_ref());
    }
}

/// An abort carries the signal's reason as its cause.
pub(super) fn abort_error(error: &Error, signal: &JsValue) -> JsValue {
    to_js_with_cause(error, &get(signal, "reason"))
}
