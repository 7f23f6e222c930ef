//! What the core wants, carried out: one arm for each output.

use super::driver::Shell;
use super::errors::{to_js, to_js_with_cause};
use super::feed::Subscription;
use super::values::{get, parse, parse_with};
use crate::client::{CallId, Error, ErrorKind, Output, Reply};
use std::rc::Rc;
use wasm_bindgen::JsValue;

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
                if let Some(sample) = parse(&payload) {
                    self.deliver(feed, &sample);
                }
            }
            Output::SeriesUpdated { series } => self.series_updated(series),
            Output::SeriesEnded { series, columns } => self.series_ended(series, columns),
            Output::FeedResumed { feed, feed_id, gap } => self.feed_resumed(feed, &feed_id, &gap),
            Output::FeedEnded {
                feed,
                subscriptions,
                samples,
                error,
            } => {
                self.feed_ended(feed, &subscriptions, samples, error.as_ref());
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
                samples_before,
            } => {
                let Some(subscription) = subscription else {
                    return Ok(JsValue::UNDEFINED);
                };
                subscription.opened(feed, &feed_id, dropped, samples_before);
                Ok(self.feed_opened(feed, subscription))
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
}

/// An abort carries the signal's reason as its cause.
pub(super) fn abort_error(error: &Error, signal: &JsValue) -> JsValue {
    to_js_with_cause(error, &get(signal, "reason"))
}
