//! What the core wants, carried out: one arm for each output.

use super::driver::Shell;
use super::platform::{tell_event, to_js, wants_tape};
use super::tape::Tape;
use crate::client::{AckHandle, CallId, Error, ErrorKind, Event, FeedKey, Output, Reply};
use crate::text::decimal;
use crate::time::Instant;
use wasm_bindgen::JsValue;

impl Shell {
    pub(super) fn carry_out(&self, output: Output) {
        let port = &self.port;
        match output {
            Output::AskToken { attempt } => port.ask_token(attempt.number() as f64),
            Output::Open { attempt, url } => self.open(attempt, &url),
            Output::Send { attempt, frame } => self.send(attempt, &frame),
            Output::CloseSocket { attempt } => {
                let transport = self
                    .transport
                    .borrow_mut()
                    .take_if(|transport| transport.attempt == attempt);
                drop(transport);
            }
            Output::Event(event) => self.tell_event(event),
            Output::SampleHead(head) => port.set_sample_head(&head),
            Output::Sample { feed, payload, .. } => port.sample(number(feed), &payload),
            Output::SeriesUpdated { series } => port.series_updated(series.value()),
            Output::SeriesEnded { series, columns } => {
                let mut tapes = self.tapes.borrow_mut();
                if let Some(at) = tapes.iter().position(|(call, _)| *call == series) {
                    let (_, ended) = tapes.swap_remove(at);
                    *ended.borrow_mut() = Some(columns);
                }
            }
            Output::FeedResumed { feed, feed_id, gap } => port.feed_resumed(
                number(feed),
                &feed_id,
                self.epoch_ms(gap.from),
                self.epoch_ms(Some(gap.to)),
                gap.last_message_id.as_deref(),
                gap.last_was_taken,
            ),
            Output::FeedEnded {
                subscriptions,
                samples,
                error,
                ..
            } => {
                let error = error.map_or(JsValue::UNDEFINED, |error| to_js(&error));
                for call in subscriptions {
                    port.feed_ended(call.value(), samples as f64, &error);
                }
            }
            Output::Progress { call, payload, .. } => port.progress(call.value(), &payload),
            Output::Settle { call, result } => self.settle(call, result),
            Output::Timeout(_) => {}
        }
    }

    fn settle(&self, call: CallId, result: Result<Reply, Error>) {
        let port = &self.port;
        let number_of_call = call.value();
        match result {
            Ok(Reply::Done) => port.resolve(number_of_call, None),
            Ok(Reply::Payload(payload)) => port.resolve(number_of_call, Some(&payload)),
            Ok(
                Reply::Ack {
                    args: text,
                    attachments,
                }
                | Reply::Binary {
                    payload: text,
                    attachments,
                },
            ) => {
                self.add_bytes(&attachments);
                port.resolve(number_of_call, Some(&text));
            }
            Ok(Reply::Feed {
                feed,
                feed_id,
                dropped,
                samples_before,
            }) => {
                let shell = self.this().filter(|_| wants_tape(port, number_of_call));
                port.feed_opened(
                    number_of_call,
                    number(feed),
                    &feed_id,
                    dropped as f64,
                    samples_before as f64,
                    shell.map(|shell| Tape::new(shell, call)),
                );
            }
            Err(error) => port.reject(number_of_call, self.error(&error)),
        }
    }

    /// The `ArdexaError` of an error of the core's.
    fn error(&self, error: &Error) -> JsValue {
        let told = to_js(error);
        match error.kind {
            ErrorKind::TokenFailed => self.port.token_failed(told),
            _ => told,
        }
    }

    /// Tells the listeners. The numbers are the places of the events in `src/js/listeners.js`.
    fn tell_event(&self, event: Event) {
        let none = JsValue::UNDEFINED;
        let tell = |event, text: Option<&str>, more: Option<&str>, a: f64, b: f64, error: &_| {
            tell_event(&self.port, event, text, more, a, b, error);
        };
        match event {
            Event::Any {
                data,
                attachments,
                ack,
            } => {
                self.add_bytes(&attachments);
                let ack = ack.map(AckHandle::numbers);
                let attempt = ack.map_or(0.0, |(attempt, _)| attempt.number() as f64);
                // An id has 64 bits, and a number of JavaScript 53.
                let id = ack.map(|(_, id)| decimal(id));
                self.port.told_any(&data, attempt, id.as_deref());
            }
            Event::Connect {
                id,
                attempt,
                reconnected,
            } => tell(
                0,
                Some(&id),
                None,
                attempt.into(),
                f64::from(reconnected),
                &none,
            ),
            Event::Disconnect {
                reason,
                will_reconnect,
                error,
            } => {
                let error = error.map_or(none, |error| self.error(&error));
                let again = f64::from(will_reconnect);
                tell(1, Some(reason.as_str()), None, 0.0, again, &error);
            }
            Event::Reconnecting { attempt, delay_ms } => {
                tell(2, None, None, attempt.into(), delay_ms as f64, &none);
            }
            Event::ConnectError {
                error,
                attempt,
                will_retry,
            } => {
                let error = self.error(&error);
                tell(3, None, None, attempt.into(), f64::from(will_retry), &error);
            }
            Event::StateChange {
                payload, device_id, ..
            } => {
                tell(4, Some(&payload), device_id.as_deref(), 0.0, 0.0, &none);
            }
            Event::DeviceNew { payload, .. } => tell(5, Some(&payload), None, 0.0, 0.0, &none),
            Event::MetaChange { payload, .. } => tell(6, Some(&payload), None, 0.0, 0.0, &none),
            Event::Warning(error) => tell(7, None, None, 0.0, 0.0, &to_js(&error)),
        }
    }

    fn add_bytes(&self, attachments: &[Vec<u8>]) {
        for bytes in attachments {
            self.port.add_bytes(bytes);
        }
    }

    /// Milliseconds since 1970; NaN where there are none.
    pub(super) fn epoch_ms(&self, at: Option<Instant>) -> f64 {
        at.map_or(f64::NAN, |at| self.clock.epoch_ms(at))
    }
}

fn number(feed: FeedKey) -> u32 {
    u32::try_from(feed.index()).unwrap_or(u32::MAX)
}
