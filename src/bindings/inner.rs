//! The state behind an `ArdexaClient`: its runtime's host, all JavaScript values that it holds, and
//! where its frames come in.

use super::buffer;
use super::by_call::ByCall;
use super::callbacks::Callbacks;
use super::client_options::{ClientOptions, TokenSource, token_of};
use super::frames::FrameReader;
use super::json::{bytes, parse_payload};
use super::listeners::Listeners;
use super::open_call::OpenCall;
use super::signals::Signals;
use super::socket_failure::{SocketFailure, explain};
use super::subscription_table::Subscriptions;
use crate::client::{Attempt, CallId, Detail, Error, ErrorKind, FeedSlot, Output};
use crate::clock::to_u64;
use crate::engine::Frame;
use crate::runtime::{Direction, Host, OnMessage, Runtime, TokenResult};
use core::cell::{Cell, RefCell};
use js_sys::{Array, Promise, Reflect};
use std::rc::{Rc, Weak};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::WebSocket;

pub(super) struct ClientInner {
    pub(super) runtime: Rc<Runtime>,
    pub(super) options: ClientOptions,
    pub(super) callbacks: Rc<Callbacks>,
    /// What the token function threw last: the `cause` of the resulting error.
    pub(super) token_failure: RefCell<JsValue>,
    /// The platform's report on the last socket that failed.
    pub(super) socket_failure: RefCell<SocketFailure>,
    pub(super) calls: RefCell<ByCall<OpenCall>>,
    pub(super) last_call: Cell<u32>,
    pub(super) listeners: RefCell<Listeners>,
    pub(super) signals: Signals,
    pub(super) subscriptions: RefCell<Subscriptions>,
    /// How often the caller has ended all subscriptions together.
    pub(super) stops_of_all: Cell<u32>,
    /// Series with new samples, until the next frame is drawn.
    pub(super) updated: RefCell<Vec<CallId>>,
    /// Reads the frames from this client's sockets.
    pub(super) reader: FrameReader,
    pub(super) this: Weak<Self>,
}

impl ClientInner {
    pub(super) fn new(options: &JsValue) -> Result<Rc<Self>, Error> {
        let callbacks = Rc::<Callbacks>::default();
        let (config, options) = ClientOptions::read(options, &callbacks)?;
        Ok(Rc::new_cyclic(|this: &Weak<Self>| Self {
            runtime: Runtime::new(config, this.clone()),
            options,
            token_failure: RefCell::new(JsValue::UNDEFINED),
            socket_failure: RefCell::default(),
            listeners: RefCell::new(Listeners::new(callbacks.clone())),
            callbacks,
            calls: RefCell::default(),
            last_call: Cell::new(0),
            signals: Signals::default(),
            subscriptions: RefCell::default(),
            stops_of_all: Cell::new(0),
            updated: RefCell::default(),
            reader: FrameReader::of(FrameSink {
                client: this.clone(),
            }),
            this: this.clone(),
        }))
    }
}

impl Host for ClientInner {
    fn token(&self) -> TokenResult {
        let source = match &self.options.token {
            TokenSource::Fixed(token) => return TokenResult::Ready(Ok(token.clone())),
            TokenSource::Function(slot) => self.callbacks.get(*slot),
        };
        let Some(source) = source else {
            return TokenResult::Ready(Err(ErrorKind::TokenFailed.into()));
        };
        // The promise catches what the function throws, and what a thenable returned by it throws.
        let token = Promise::new(&mut |resolve, reject| {
            let _ = match Reflect::apply(&source, &JsValue::UNDEFINED, &Array::new()) {
                Ok(value) => resolve.call1(&JsValue::UNDEFINED, &value),
                Err(thrown) => reject.call1(&JsValue::UNDEFINED, &thrown),
            };
        });
        let this = self.this.clone();
        TokenResult::Pending(Box::pin(async move {
            match JsFuture::from(token).await {
                Ok(value) => token_of(&value),
                Err(thrown) => {
                    if let Some(client) = this.upgrade() {
                        client.token_failure.replace(thrown);
                    }
                    Err(ErrorKind::TokenFailed.into())
                }
            }
        }))
    }

    fn open_socket(&self, url: &str) -> Result<WebSocket, JsValue> {
        let Some(class) = self.callbacks.get(self.options.web_socket) else {
            return Err(JsValue::UNDEFINED);
        };
        self.socket_failure.take();
        let socket = Reflect::construct(&class, &Array::of1(&url.into()))?;
        Ok(socket.unchecked_into())
    }

    fn explain(&self, event: &JsValue) -> Detail {
        let (detail, failure) = explain(event);
        self.socket_failure.replace(failure);
        detail
    }

    fn on_message(&self, attempt: Attempt) -> OnMessage {
        Box::new(self.reader.on_message(attempt.number() as f64))
    }

    fn frame(&self, direction: Direction, frame: &Frame) {
        self.notify_frame(direction, frame);
    }

    fn output(&self, output: Output) {
        let Some(client) = self.this.upgrade() else {
            return;
        };
        match output {
            Output::Settle { call, result } => client.settle(call, result),
            Output::Progress { call, payload } => client.progress(call, &payload),
            Output::Event(event) => client.notify(event),
            Output::SamplePrefix(prefix) => client.reader.set_sample_prefix(&prefix),
            Output::Sample { feed, payload } => {
                if let Some(sample) = parse_payload(&payload) {
                    client.deliver(feed, &sample);
                }
            }
            Output::SeriesUpdated { series } => client.series_updated(series),
            Output::SeriesEnded { series, columns } => client.series_ended(series, columns),
            Output::FeedResumed { feed, feed_id, gap } => client.feed_resumed(feed, &feed_id, &gap),
            Output::FeedEnded {
                feed,
                subscriptions,
                samples,
                error,
            } => client.feed_ended(feed, &subscriptions, samples, error.as_ref()),
            // Handled by the runtime.
            _ => {}
        }
    }

    fn set_active(&self, is_active: bool) {
        self.callbacks.hold(is_active);
        if !is_active {
            // Their stacks may refer to the client.
            self.socket_failure.take();
            self.token_failure.replace(JsValue::UNDEFINED);
        }
    }
}

/// Receives what [`FrameReader`] reads from a client's sockets. Not public.
#[wasm_bindgen(skip_typescript)]
pub struct FrameSink {
    client: Weak<ClientInner>,
}

#[wasm_bindgen]
#[allow(missing_docs, reason = "not public")]
impl FrameSink {
    /// A sample was parsed. Returns whether to deliver it.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn parsed(&self, attempt: f64, feed: u32, frame_len: u32, now_ms: f64) -> bool {
        let (attempt, feed) = (attempt_of(attempt), FeedSlot::from_index(feed as usize));
        self.client.upgrade().is_some_and(|client| {
            let runtime = &client.runtime;
            runtime.receive_parsed(attempt, feed, frame_len as usize, now_ms)
        })
    }

    /// A text frame was written into the receive buffer.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn written(&self, attempt: f64, bytes: u32, now_ms: f64) {
        if let Some(client) = self.client.upgrade() {
            let (runtime, attempt) = (&client.runtime, attempt_of(attempt));
            // Code that runs JavaScript comes after the buffer has been read.
            let received = buffer::with_bytes(bytes as usize, |frame| {
                runtime.receive_bytes(attempt, frame, now_ms)
            });
            runtime.finish(attempt, received);
        }
    }

    /// A text frame that does not fit into the receive buffer.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn text(&self, attempt: f64, frame: String) {
        self.receive(attempt, Frame::Text(frame));
    }

    /// A non-text frame. Ignored if it is not binary data either.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn binary(&self, attempt: f64, data: &JsValue) {
        if let Some(frame) = bytes(data) {
            self.receive(attempt, Frame::Binary(frame));
        }
    }

    /// A parsed sample of a feed that does not have exactly one direct listener.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn deliver(&self, feed: u32, sample: &JsValue) {
        if let Some(client) = self.client.upgrade() {
            client.deliver(FeedSlot::from_index(feed as usize), sample);
        }
    }

    /// A feed's listener threw.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn threw(&self, thrown: &JsValue) {
        if let Some(client) = self.client.upgrade() {
            client.threw("device:feed", thrown);
        }
    }
}

impl FrameSink {
    fn receive(&self, attempt: f64, frame: Frame) {
        if let Some(client) = self.client.upgrade() {
            client.runtime.receive(attempt_of(attempt), frame);
        }
    }
}

fn attempt_of(number: f64) -> Attempt {
    Attempt::from_number(to_u64(number))
}
