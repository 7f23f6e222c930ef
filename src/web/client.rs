//! `ArdexaClient` as JavaScript sees it. Its documentation for callers is in `index.d.ts`.
//!
//! Every argument is taken as any value and looked at here: a wrong one becomes a rejection that
//! names it, not a `TypeError` out of the generated glue.

use super::driver::{CallExtras, Shell};
use super::errors::to_js;
use super::feed::{Consumer, Subscription};
use super::listeners::Topic;
use super::options::{
    ClientOptions, RequestOptions, default_web_socket, feed_request, needed_function, needed_text,
};
use super::series::Tape;
use super::values::{argument_texts, array, object, object_text};
use crate::client::{Command, Error, Input, SeriesOptions};
use crate::device::{FeedRequest, Request};
use js_sys::{Array, Function, Object, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A client of one workgroup of a cloud.
#[wasm_bindgen(skip_typescript)]
pub struct ArdexaClient {
    shell: Rc<Shell>,
}

#[wasm_bindgen]
impl ArdexaClient {
    /// Checks the options and opens nothing.
    #[wasm_bindgen(constructor)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        let options = ClientOptions::read(options).map_err(|error| to_js(&error))?;
        let web_socket = options.web_socket.clone().or_else(default_web_socket);
        let missing = || {
            Error::invalid(
                "webSocket",
                "is needed: this platform has no WebSocket of its own",
            )
        };
        let web_socket = web_socket.ok_or_else(|| to_js(&missing()))?;
        Ok(Self {
            shell: Shell::new(options, web_socket),
        })
    }

    /// What holds the caller's callbacks, for the client's JavaScript object to hold. Not public.
    #[wasm_bindgen(js_name = handOverCallbacks)]
    pub fn hand_over_callbacks(&self) -> Option<Array> {
        self.shell.keep.hand_over()
    }

    /// The state's name.
    #[wasm_bindgen(getter)]
    pub fn state(&self) -> String {
        self.shell.core(|core| core.state().as_str()).to_owned()
    }

    /// The server's id for this connection.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> Option<String> {
        self.shell.core(|core| core.socket_id().map(str::to_owned))
    }

    /// Connects.
    pub fn connect(&self) -> Promise {
        self.shell
            .call(CallExtras::default(), |call| Command::Connect { call })
    }

    /// Tries now where it waits.
    #[wasm_bindgen(js_name = reconnectNow)]
    pub fn reconnect_now(&self) {
        self.shell.input(Input::Command(Command::ReconnectNow));
    }

    /// Ends everything.
    pub fn close(&self) -> Promise {
        self.shell.input(Input::Command(Command::Close));
        Promise::resolve(&JsValue::UNDEFINED)
    }

    /// Ends everything.
    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]")]
    pub fn async_dispose(&self) -> Promise {
        self.close()
    }

    /// Adds a listener; answers what removes it.
    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.listen(topic(event)?, listener, false)
    }

    /// Adds a listener for one time; answers what removes it.
    pub fn once(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.listen(topic(event)?, listener, true)
    }

    /// Removes a listener.
    pub fn off(&self, event: &JsValue, listener: &JsValue) -> Result<(), JsValue> {
        let listener = needed_function("listener", listener).map_err(|error| to_js(&error))?;
        self.shell.unlisten(topic(event)?, &listener);
        Ok(())
    }

    /// Hears every event of the server's.
    #[wasm_bindgen(js_name = onAny)]
    pub fn on_any(&self, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.listen(Topic::Any, listener, false)
    }

    /// Sees every frame.
    #[wasm_bindgen(js_name = onFrame)]
    pub fn on_frame(&self, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.listen(Topic::Frame, listener, false)
    }

    /// Counters since construction.
    pub fn stats(&self) -> Object {
        let stats = self.shell.core(crate::client::Client::stats);
        let last_frame = stats.last_frame.map(|at| self.shell.epoch_ms(at));
        object(&[
            ("framesIn", (stats.frames_in as f64).into()),
            ("framesOut", (stats.frames_out as f64).into()),
            ("bytesIn", (stats.bytes_in as f64).into()),
            ("bytesOut", (stats.bytes_out as f64).into()),
            ("samples", (stats.samples as f64).into()),
            ("connections", (stats.connections as f64).into()),
            ("openRequests", stats.open_requests.into()),
            ("openFeeds", stats.open_feeds.into()),
            ("lastFrameMs", last_frame.into()),
        ])
    }

    /// `device:cmd`.
    pub fn cmd(&self, device_id: &JsValue, cmd: &JsValue, options: &JsValue) -> Promise {
        self.request_for(device_id, options, &|id| {
            Ok(Request::cmd(id, &needed_text("cmd", cmd)?)?)
        })
    }

    /// `device:testConfig`.
    #[wasm_bindgen(js_name = testConfig)]
    pub fn test_config(&self, device_id: &JsValue, config: &JsValue, options: &JsValue) -> Promise {
        self.request_for(device_id, options, &|id| {
            Ok(Request::test_config(id, &object_text("config", config)?)?)
        })
    }

    /// `device:applyConfig`.
    #[wasm_bindgen(js_name = applyConfig)]
    pub fn apply_config(
        &self,
        device_id: &JsValue,
        config: &JsValue,
        options: &JsValue,
    ) -> Promise {
        self.request_for(device_id, options, &|id| {
            Ok(Request::apply_config(id, &object_text("config", config)?)?)
        })
    }

    /// `device:applyYamlConfig`.
    #[wasm_bindgen(js_name = applyYamlConfig)]
    pub fn apply_yaml_config(
        &self,
        device_id: &JsValue,
        yaml: &JsValue,
        options: &JsValue,
    ) -> Promise {
        self.request_for(device_id, options, &|id| {
            let yaml = needed_text("yaml", yaml)?;
            Request::apply_yaml_config(id, &yaml).map_err(|error| match error.argument.as_ref() {
                "config" => Error::invalid("yaml", error.problem),
                _ => error.into(),
            })
        })
    }

    /// `device:refreshMeta`.
    #[wasm_bindgen(js_name = refreshMeta)]
    pub fn refresh_meta(&self, device_id: &JsValue, options: &JsValue) -> Promise {
        self.request_for(device_id, options, &|id| Ok(Request::refresh_meta(id)?))
    }

    /// `device:doUpgrade`.
    #[wasm_bindgen(js_name = doUpgrade)]
    pub fn do_upgrade(&self, device_id: &JsValue, options: &JsValue) -> Promise {
        self.request_for(device_id, options, &|id| Ok(Request::do_upgrade(id)?))
    }

    /// `device:sendArdexactl`.
    #[wasm_bindgen(js_name = sendArdexactl)]
    pub fn send_ardexactl(&self, device_id: &JsValue, options: &JsValue) -> Promise {
        self.request_for(device_id, options, &|id| Ok(Request::send_ardexactl(id)?))
    }

    /// `device:sendArdpkg`.
    #[wasm_bindgen(js_name = sendArdpkg)]
    pub fn send_ardpkg(&self, device_id: &JsValue, options: &JsValue) -> Promise {
        self.request_for(device_id, options, &|id| Ok(Request::send_ardpkg(id)?))
    }

    /// Any other request.
    pub fn request(&self, event: &JsValue, payload: &JsValue, options: &JsValue) -> Promise {
        let read = || {
            let payload = object_text("payload", payload)?;
            Ok(Request::generic(&needed_text("event", event)?, &payload)?)
        };
        self.start(options, read())
    }

    /// A live feed; the listener may be left out.
    pub fn feed(&self, request: &JsValue, listener: &JsValue, options: &JsValue) -> Promise {
        let (listener, options) = match listener.dyn_ref::<Function>() {
            Some(listener) => (Some(listener.clone()), options),
            None if listener.is_undefined() => (None, options),
            None if listener.is_object() => (None, listener),
            None => return rejected(&Error::invalid("listener", "must be a function")),
        };
        let read = || Ok((feed_request(request)?, RequestOptions::read(options)?));
        match read() {
            Ok((request, options)) => self.open_feed(request, options, listener, None),
            Err(error) => rejected(&error),
        }
    }

    /// The newest samples of a feed as columns.
    pub fn series(&self, request: &JsValue, options: &JsValue) -> Promise {
        let read = || Ok((feed_request(request)?, RequestOptions::read(options)?));
        match read() {
            Ok((request, options)) => {
                let series = SeriesOptions {
                    capacity: options.capacity.unwrap_or(DEFAULT_CAPACITY),
                    wants_updates: options.on_update.is_some(),
                };
                self.open_feed(request, options, None, Some(series))
            }
            Err(error) => rejected(&error),
        }
    }

    /// Ends every feed.
    #[wasm_bindgen(js_name = stopAllFeeds)]
    pub fn stop_all_feeds(&self) -> Promise {
        self.shell
            .call(CallExtras::default(), |call| Command::StopAllFeeds { call })
    }

    /// Emits an event.
    #[wasm_bindgen(variadic)]
    pub fn emit(&self, event: &JsValue, args: &Array) -> Result<(), JsValue> {
        let emit = || {
            let event = needed_text("event", event)?;
            let (args, attachments) = argument_texts(args)?;
            self.shell.emit(&event, &args, attachments)
        };
        emit().map_err(|error| to_js(&error))
    }

    /// Emits an event that the server acknowledges.
    #[wasm_bindgen(js_name = emitWithAck)]
    pub fn emit_with_ack(&self, event: &JsValue, args: &JsValue, options: &JsValue) -> Promise {
        let read = || {
            let event = needed_text("event", event)?;
            let args = argument_texts(&array("args", args)?)?;
            Ok((event, args, RequestOptions::read(options)?))
        };
        match read() {
            Ok((event, (args, attachments), options)) => {
                let timeout = options.call.timeout;
                let extras = CallExtras {
                    signal: options.signal,
                    ..CallExtras::default()
                };
                self.shell.call(extras, |call| Command::EmitWithAck {
                    call,
                    event,
                    args,
                    attachments,
                    timeout,
                })
            }
            Err(error) => rejected(&error),
        }
    }
}

impl ArdexaClient {
    fn listen(&self, topic: Topic, listener: &JsValue, once: bool) -> Result<JsValue, JsValue> {
        let listener = needed_function("listener", listener).map_err(|error| to_js(&error))?;
        let serial = self.shell.listen(topic, &listener, once);
        let shell = Rc::downgrade(&self.shell);
        let undo: Closure<dyn Fn()> = Closure::new(move || {
            if let Some(shell) = shell.upgrade() {
                shell.end_listening(serial);
            }
        });
        Ok(undo.into_js_value())
    }

    #[inline(never)]
    fn request_for(
        &self,
        device_id: &JsValue,
        options: &JsValue,
        request: &dyn Fn(&str) -> Result<Request, Error>,
    ) -> Promise {
        let request = needed_text("deviceId", device_id).and_then(|id| request(&id));
        self.start(options, request)
    }

    #[inline(never)]
    fn start(&self, options: &JsValue, request: Result<Request, Error>) -> Promise {
        let read = || {
            let request = request?;
            let options = RequestOptions::read(options)?;
            let request = match &options.extra {
                Some(extra) => request.with_extra(extra)?,
                None => request,
            };
            Ok::<_, Error>((request, options))
        };
        match read() {
            Ok((request, options)) => {
                let RequestOptions {
                    call: call_options,
                    signal,
                    on_progress,
                    ..
                } = options;
                let extras = CallExtras {
                    signal,
                    on_progress,
                    subscription: None,
                };
                self.shell.call(extras, |call| Command::Request {
                    call,
                    request,
                    options: call_options,
                })
            }
            Err(error) => rejected(&error),
        }
    }

    fn open_feed(
        &self,
        request: FeedRequest,
        options: RequestOptions,
        listener: Option<Function>,
        series: Option<SeriesOptions>,
    ) -> Promise {
        let RequestOptions {
            call: options,
            extra,
            signal,
            on_gap,
            queue,
            on_update,
            ..
        } = options;
        let shown = object(&[
            ("deviceId", request.device_id.as_str().into()),
            ("table", request.table.as_str().into()),
            ("source", request.source.as_str().into()),
            ("field", request.field.as_deref().into()),
        ]);
        let tape = series.map(|_| Tape::new(on_update));
        let consumer = Consumer {
            listener,
            on_gap,
            queue,
            tape,
        };
        let subscription = Subscription::new(Object::freeze(&shown), consumer);
        let extras = CallExtras {
            signal,
            on_progress: None,
            subscription: Some(subscription),
        };
        self.shell.call(extras, |call| Command::OpenFeed {
            call,
            request,
            extra,
            options,
            series,
        })
    }
}

/// Samples that a series keeps, unless told.
const DEFAULT_CAPACITY: usize = 65_536;

fn topic(event: &JsValue) -> Result<Topic, JsValue> {
    Topic::of_event(event.as_string().as_deref()).map_err(|error| to_js(&error))
}

fn rejected(error: &Error) -> Promise {
    Promise::reject(&to_js(error))
}
