//! What the core wants, carried out: one arm for each output.

use super::driver::Shell;
use super::errors::{to_js, to_js_with_cause};
use super::values::{get, parse, parse_with};
use crate::client::{CallId, Error, ErrorKind, Output, Reply};
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
        let pending = self.pending.borrow_mut().remove(&call);
        if let Some(stop) = pending
            .as_ref()
            .and_then(|pending| pending.stop_listening.as_ref())
        {
            let _ = stop.call0(&JsValue::UNDEFINED);
        }
        let number = call.value();
        match result {
            Ok(Reply::Done) => self.calls.resolve(number, &JsValue::UNDEFINED),
            Ok(Reply::Payload(payload)) => {
                if self.calls.resolve_json(number, &payload).is_err() {
                    self.calls.reject(number, &to_js(&unreadable()));
                }
            }
            Ok(Reply::Ack { args, attachments }) => match parse_with(&args, &attachments) {
                Some(args) => self.calls.resolve(number, &args),
                None => self.calls.reject(number, &to_js(&unreadable())),
            },
            Ok(Reply::Feed {
                feed,
                feed_id,
                dropped,
                samples_before,
            }) => {
                let Some(subscription) = pending.and_then(|pending| pending.subscription) else {
                    return;
                };
                subscription.opened(feed, &feed_id, dropped, samples_before);
                self.calls
                    .resolve(number, &self.feed_opened(feed, subscription));
            }
            Err(error) => {
                let signal = pending.and_then(|pending| pending.signal);
                let error = match signal {
                    Some(signal) if matches!(error.kind, ErrorKind::Aborted { .. }) => {
                        abort_error(&error, &signal)
                    }
                    _ => self.error(&error),
                };
                self.calls.reject(number, &error);
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

fn unreadable() -> Error {
    Error::invalid("reply", "is not readable as JSON")
}

/// An abort carries the signal's reason as its cause.
pub(super) fn abort_error(error: &Error, signal: &JsValue) -> JsValue {
    to_js_with_cause(error, &get(signal, "reason"))
}
