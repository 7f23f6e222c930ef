//! `ArdexaClient` as JavaScript sees it. Its documentation for callers is in `index.d.ts`.
//!
//! Every argument is taken as any value and looked at by the port: a wrong one becomes a rejection
//! that names it, not a `TypeError` out of the generated glue.
#![allow(
    missing_docs,
    reason = "wasm-bindgen copies documentation into the published glue"
)]

use super::driver::Shell;
use super::options::{call_options, series_options};
use super::platform::{make_stats, to_js};
use crate::client::{CallId, CallOptions, Command, Error, ErrorKind, Input};
use crate::device::{FeedRequest, InvalidArgument, Request};
use js_sys::{Array, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

#[wasm_bindgen(skip_typescript)]
pub struct ArdexaClient {
    shell: Rc<Shell>,
}

/// A promise, and never an error: with two results a call is one that V8 does not take into the
/// function around it. Where V8 of Node 20 does so with a single result that is a JavaScript value,
/// and that function is thrown out of its optimised form during the call, the process dies
/// (`DoComputeBuiltinContinuation`, "unreachable code"). So no export has such a result.
type Answer = Result<Promise, JsValue>;

/// How many texts each method's arguments are, and how a request is made of them; in the order of
/// `READERS` in `src/js/options.js`.
type Make = fn(&str, &str) -> Result<Request, Error>;
const METHODS: &[(u32, Make)] = &[
    (1, |id, _| Ok(Request::refresh_meta(id)?)),
    (1, |id, _| Ok(Request::do_upgrade(id)?)),
    (1, |id, _| Ok(Request::send_ardexactl(id)?)),
    (1, |id, _| Ok(Request::send_ardpkg(id)?)),
    (2, |id, cmd| Ok(Request::cmd(id, cmd)?)),
    (2, |id, yaml| {
        Request::apply_yaml_config(id, yaml).map_err(|error| match error.argument.as_ref() {
            "config" => Error::invalid("yaml", error.problem),
            _ => error.into(),
        })
    }),
    (2, |id, config| Ok(Request::test_config(id, config)?)),
    (2, |id, config| Ok(Request::apply_config(id, config)?)),
    (2, |event, payload| Ok(Request::generic(event, payload)?)),
];

#[wasm_bindgen]
impl ArdexaClient {
    #[wasm_bindgen(constructor, skip_jsdoc)]
    pub fn new(options: &JsValue) -> Result<Self, JsValue> {
        Ok(Self {
            shell: Shell::new(options)?,
        })
    }

    // Not public: what holds the caller's callbacks, for the client's JavaScript object to hold.
    #[wasm_bindgen(js_name = handOverCallbacks, skip_jsdoc)]
    pub fn hand_over_callbacks(&self) -> Result<JsValue, JsValue> {
        Ok(self.shell.port.hand_over())
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn state(&self) -> Result<JsValue, JsValue> {
        Ok(self.shell.core(|core| core.state().as_str()).into())
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn id(&self) -> Result<JsValue, JsValue> {
        Ok(self.shell.core(|core| core.socket_id().into()))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn connect(&self) -> Answer {
        let promise = self.shell.call(true, |call| {
            self.shell.command(Command::Connect { call });
        });
        Ok(promise)
    }

    #[wasm_bindgen(js_name = reconnectNow, skip_jsdoc)]
    pub fn reconnect_now(&self) {
        self.shell.command(Command::ReconnectNow);
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn close(&self) -> Answer {
        self.shell.command(Command::Close);
        Ok(Promise::resolve(&JsValue::UNDEFINED))
    }

    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]", skip_jsdoc)]
    pub fn async_dispose(&self) -> Answer {
        self.close()
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn on(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.shell.port.on(event, listener, false)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn once(&self, event: &JsValue, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.shell.port.on(event, listener, true)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn off(&self, event: &JsValue, listener: &JsValue) -> Result<(), JsValue> {
        self.shell.port.off(event, listener)
    }

    #[wasm_bindgen(js_name = onAny, skip_jsdoc)]
    pub fn on_any(&self, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.shell.port.on_any(listener)
    }

    #[wasm_bindgen(js_name = onFrame, skip_jsdoc)]
    pub fn on_frame(&self, listener: &JsValue) -> Result<JsValue, JsValue> {
        self.shell.port.on_frame(listener)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn stats(&self) -> Result<JsValue, JsValue> {
        let stats = self.shell.core(crate::client::Client::stats);
        Ok(make_stats(
            stats.frames_in as f64,
            stats.frames_out as f64,
            stats.bytes_in as f64,
            stats.bytes_out as f64,
            stats.samples as f64,
            stats.connections as f64,
            stats.open_requests as f64,
            stats.open_feeds as f64,
            self.shell.epoch_ms(stats.last_frame),
        ))
    }

    #[wasm_bindgen(js_name = refreshMeta, skip_jsdoc)]
    pub fn refresh_meta(&self, device_id: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(0, device_id, options, options))
    }

    #[wasm_bindgen(js_name = doUpgrade, skip_jsdoc)]
    pub fn do_upgrade(&self, device_id: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(1, device_id, options, options))
    }

    #[wasm_bindgen(js_name = sendArdexactl, skip_jsdoc)]
    pub fn send_ardexactl(&self, device_id: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(2, device_id, options, options))
    }

    #[wasm_bindgen(js_name = sendArdpkg, skip_jsdoc)]
    pub fn send_ardpkg(&self, device_id: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(3, device_id, options, options))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn cmd(&self, device_id: &JsValue, cmd: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(4, device_id, cmd, options))
    }

    #[wasm_bindgen(js_name = applyYamlConfig, skip_jsdoc)]
    pub fn apply_yaml_config(
        &self,
        device_id: &JsValue,
        yaml: &JsValue,
        options: &JsValue,
    ) -> Answer {
        Ok(self.start(5, device_id, yaml, options))
    }

    #[wasm_bindgen(js_name = testConfig, skip_jsdoc)]
    pub fn test_config(&self, device_id: &JsValue, config: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(6, device_id, config, options))
    }

    #[wasm_bindgen(js_name = applyConfig, skip_jsdoc)]
    pub fn apply_config(&self, device_id: &JsValue, config: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(7, device_id, config, options))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn request(&self, event: &JsValue, payload: &JsValue, options: &JsValue) -> Answer {
        Ok(self.start(8, event, payload, options))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn feed(&self, request: &JsValue, listener: &JsValue, options: &JsValue) -> Answer {
        let prepared = self
            .shell
            .port
            .prepare_feed(request, listener, options, false);
        Ok(self.open_feed(prepared, false))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn series(&self, request: &JsValue, options: &JsValue) -> Answer {
        let none = JsValue::UNDEFINED;
        let prepared = self.shell.port.prepare_feed(request, &none, options, true);
        Ok(self.open_feed(prepared, true))
    }

    #[wasm_bindgen(js_name = stopAllFeeds, skip_jsdoc)]
    pub fn stop_all_feeds(&self) -> Answer {
        let promise = self.shell.call(true, |call| {
            self.shell.command(Command::StopAllFeeds { call });
        });
        Ok(promise)
    }

    #[wasm_bindgen(variadic, skip_jsdoc)]
    pub fn emit(&self, event: &JsValue, args: &Array) -> Result<(), JsValue> {
        let shell = &self.shell;
        shell.port.prepare_emit(event, args)?;
        let event = shell.port.text(0).unwrap_or_default();
        let (args, attachments) = shell.arguments(1);
        let now = shell.clock.now();
        let sent = {
            let mut core = shell.core.borrow_mut();
            // A deadline that has passed unseen must not let an emit vanish into a dead socket.
            core.handle_input(Input::Tick, now);
            core.emit(&event, &args, attachments)
        };
        shell.drain();
        sent.map_err(|error| to_js(&error))
    }

    #[wasm_bindgen(js_name = emitWithAck, skip_jsdoc)]
    pub fn emit_with_ack(&self, event: &JsValue, args: &JsValue, options: &JsValue) -> Answer {
        let shell = &self.shell;
        let flags = shell.port.prepare_ack(event, args, options);
        let promise = shell.call(flags >= 0, |call| {
            let event = shell.port.text(0).unwrap_or_default();
            let (args, attachments) = shell.arguments(1);
            let timeout = self.options(flags, 2).0.timeout;
            let command = Command::EmitWithAck {
                call,
                event,
                args,
                attachments,
                timeout,
            };
            self.go_on(call, flags, Ok(command));
        });
        Ok(promise)
    }
}

impl ArdexaClient {
    #[inline(never)]
    fn start(&self, method: u32, a: &JsValue, b: &JsValue, options: &JsValue) -> Promise {
        let flags = self.shell.port.prepare(method, a, b, options);
        self.shell.call(flags >= 0, |call| {
            let Some(&(texts, make)) = METHODS.get(method as usize) else {
                return;
            };
            let command = self.request_of(texts, make, flags);
            self.go_on(
                call,
                flags,
                command.map(|(request, options)| Command::Request {
                    call,
                    request,
                    options,
                }),
            );
        })
    }

    fn request_of(
        &self,
        texts: u32,
        make: Make,
        flags: i32,
    ) -> Result<(Request, CallOptions), Error> {
        let text = |at| self.shell.port.text(at).unwrap_or_default();
        let second = if texts > 1 { text(1) } else { String::new() };
        // First, so that they are out of the way whatever happens.
        let attachments = if flags & 4 == 0 {
            Vec::new()
        } else {
            self.shell.attachments()
        };
        let request = make(&text(0), &second)?.with_attachments(attachments);
        let (options, extra) = self.options(flags, texts);
        Ok(match extra {
            Some(extra) => (request.with_extra(&extra)?, options),
            None => (request, options),
        })
    }

    fn options(&self, flags: i32, texts: u32) -> (CallOptions, Option<String>) {
        if flags & 1 == 0 {
            return Default::default();
        }
        call_options(&self.shell.port, texts)
    }

    fn open_feed(&self, flags: i32, is_series: bool) -> Promise {
        self.shell.call(flags >= 0, |call| {
            let port = &self.shell.port;
            let text = |at| port.text(at).unwrap_or_default();
            let series = is_series.then(|| series_options(port, flags & 1 != 0));
            let (options, extra) = self.options(flags, 4);
            let field = port.text(3);
            let request = FeedRequest::new(&text(0), &text(1), &text(2), field.as_deref());
            let command = request.map(|request| Command::OpenFeed {
                call,
                request,
                extra,
                options,
                series,
            });
            let named = |error: InvalidArgument| {
                Error::invalid(["request.", &error.argument].concat(), error.problem)
            };
            self.go_on(call, flags, command.map_err(named));
        })
    }

    /// Gives a call's command to the core, unless its signal has fired already.
    #[inline(never)]
    fn go_on(&self, call: CallId, flags: i32, command: Result<Command, Error>) {
        let error = match command {
            Ok(command) if flags & 2 == 0 => return self.shell.command(command),
            Ok(command) => {
                let (event, id) = match &command {
                    Command::Request {
                        request, options, ..
                    } => (request.event(), options.request_id.as_deref()),
                    Command::EmitWithAck { event, .. } => (event.as_str(), None),
                    _ => ("device:feed", None),
                };
                Error::from(ErrorKind::AbortedBefore).of(event, id)
            }
            Err(error) => error,
        };
        self.shell.port.reject(call.value(), to_js(&error));
    }
}
