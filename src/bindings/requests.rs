//! The requests of `ArdexaClient`, one method for each event of the API, and its feeds.

use super::client::ArdexaClient;
use super::json::{Attachments, copy_array};
use super::open_call::CallExtras;
use super::option_reader::{required_function, required_string};
use super::promise::{PromiseResult, or_rejected};
use super::request_options::{CallKind, RequestOptions, feed_request};
use super::subscription::{Consumer, Functions};
use crate::client::{Command, Error, SeriesOptions};
use crate::device::Request;
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
#[allow(missing_docs, reason = "documented in index.d.ts")]
impl ArdexaClient {
    #[wasm_bindgen(skip_jsdoc)]
    pub fn cmd(&self, device_id: &JsValue, cmd: &JsValue, options: &JsValue) -> PromiseResult {
        self.request_of(device_id, options, &|id| {
            Ok(Request::cmd(id, &required_string("cmd", cmd)?)?)
        })
    }

    #[wasm_bindgen(js_name = testConfig, skip_jsdoc)]
    pub fn test_config(
        &self,
        device_id: &JsValue,
        config: &JsValue,
        options: &JsValue,
    ) -> PromiseResult {
        self.request_of(device_id, options, &|id| {
            Ok(Request::test_config(id, &stringify_config(config)?)?)
        })
    }

    #[wasm_bindgen(js_name = applyConfig, skip_jsdoc)]
    pub fn apply_config(
        &self,
        device_id: &JsValue,
        config: &JsValue,
        options: &JsValue,
    ) -> PromiseResult {
        self.request_of(device_id, options, &|id| {
            Ok(Request::apply_config(id, &stringify_config(config)?)?)
        })
    }

    #[wasm_bindgen(js_name = applyYamlConfig, skip_jsdoc)]
    pub fn apply_yaml_config(
        &self,
        device_id: &JsValue,
        yaml: &JsValue,
        options: &JsValue,
    ) -> PromiseResult {
        self.request_of(device_id, options, &|id| {
            let yaml = required_string("yaml", yaml)?;
            Request::apply_yaml_config(id, &yaml).map_err(|error| match error.argument.as_ref() {
                "config" => Error::invalid("yaml", error.problem),
                _ => error.into(),
            })
        })
    }

    #[wasm_bindgen(js_name = refreshMeta, skip_jsdoc)]
    pub fn refresh_meta(&self, device_id: &JsValue, options: &JsValue) -> PromiseResult {
        self.request_of(device_id, options, &|id| Ok(Request::refresh_meta(id)?))
    }

    #[wasm_bindgen(js_name = doUpgrade, skip_jsdoc)]
    pub fn do_upgrade(&self, device_id: &JsValue, options: &JsValue) -> PromiseResult {
        let request =
            required_string("deviceId", device_id).and_then(|id| Ok(Request::do_upgrade(&id)?));
        self.start(CallKind::Upgrade, options, Attachments::new(), request)
    }

    #[wasm_bindgen(js_name = sendArdexactl, skip_jsdoc)]
    pub fn send_ardexactl(&self, device_id: &JsValue, options: &JsValue) -> PromiseResult {
        self.request_of(device_id, options, &|id| Ok(Request::send_ardexactl(id)?))
    }

    #[wasm_bindgen(js_name = sendArdpkg, skip_jsdoc)]
    pub fn send_ardpkg(&self, device_id: &JsValue, options: &JsValue) -> PromiseResult {
        self.request_of(device_id, options, &|id| Ok(Request::send_ardpkg(id)?))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn request(&self, event: &JsValue, payload: &JsValue, options: &JsValue) -> PromiseResult {
        let attachments = Attachments::new();
        let read = || {
            let payload = attachments.stringify_object("payload", payload)?;
            Ok(Request::generic(
                &required_string("event", event)?,
                &payload,
            )?)
        };
        let request = read();
        self.start(CallKind::Request, options, attachments, request)
    }

    #[wasm_bindgen(js_name = emitWithAck, skip_jsdoc)]
    pub fn emit_with_ack(
        &self,
        event: &JsValue,
        args: &JsValue,
        options: &JsValue,
    ) -> PromiseResult {
        let call = || {
            let event = required_string("event", event)?;
            let attachments = Attachments::new();
            let args = attachments.stringify_args(&copy_array("args", args)?)?;
            let options =
                RequestOptions::read(CallKind::Request, options, &Attachments::default())?;
            let extras = CallExtras {
                signal: options.signal,
                ..CallExtras::default()
            };
            Ok(self.inner.call(extras, |call| Command::EmitWithAck {
                call,
                event,
                args,
                attachments: attachments.into_bytes(),
                timeout: options.call.timeout,
            }))
        };
        or_rejected(call())
    }

    /// Opens a live feed. The listener is optional.
    #[wasm_bindgen(skip_jsdoc)]
    pub fn feed(&self, request: &JsValue, listener: &JsValue, options: &JsValue) -> PromiseResult {
        // `feed(request, options)`: no listener.
        if listener.is_object() {
            return self.open_feed(request, CallKind::Feed, listener, &JsValue::UNDEFINED);
        }
        self.open_feed(request, CallKind::Feed, options, listener)
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn series(&self, request: &JsValue, options: &JsValue) -> PromiseResult {
        self.open_feed(request, CallKind::Series, options, &JsValue::UNDEFINED)
    }

    #[wasm_bindgen(js_name = stopAllFeeds, skip_jsdoc)]
    pub fn stop_all_feeds(&self) -> PromiseResult {
        self.inner.note_stop_of_all();
        let stop = |call| Command::StopAllFeeds { call };
        Ok(self.inner.call(CallExtras::default(), stop))
    }
}

impl ArdexaClient {
    #[inline(never)]
    fn request_of(
        &self,
        device_id: &JsValue,
        options: &JsValue,
        request: &dyn Fn(&str) -> Result<Request, Error>,
    ) -> PromiseResult {
        let request = required_string("deviceId", device_id).and_then(|id| request(&id));
        self.start(CallKind::Request, options, Attachments::new(), request)
    }

    #[inline(never)]
    fn start(
        &self,
        kind: CallKind,
        options: &JsValue,
        attachments: Attachments,
        request: Result<Request, Error>,
    ) -> PromiseResult {
        let call = || {
            let request = request?;
            let options = RequestOptions::read(kind, options, &attachments)?;
            let mut request = request.with_attachments(attachments.into_bytes());
            if let Some(extra) = &options.extra {
                request = request.with_extra(extra)?;
            }
            let extras = CallExtras {
                signal: options.signal,
                on_progress: options.on_progress,
                consumer: None,
            };
            let options = options.call;
            Ok(self.inner.call(extras, |call| Command::Request {
                call,
                request,
                options,
            }))
        };
        or_rejected(call())
    }

    #[inline(never)]
    fn open_feed(
        &self,
        request: &JsValue,
        kind: CallKind,
        options: &JsValue,
        listener: &JsValue,
    ) -> PromiseResult {
        let call = || {
            let listener = match listener.is_undefined() {
                true => None,
                false => Some(required_function("listener", listener)?),
            };
            let (request, shown) = feed_request(request)?;
            // A feed's payload cannot carry binary data.
            let options = RequestOptions::read(kind, options, &Attachments::default())?;
            let is_series = kind == CallKind::Series;
            let series = is_series.then(|| SeriesOptions {
                capacity: options.capacity,
                wants_updates: options.functions.on_update.is_some(),
            });
            let consumer = Consumer {
                request: shown,
                functions: Functions {
                    listener,
                    ..options.functions
                },
                queue: options.queue,
                is_series,
            };
            let extras = CallExtras {
                signal: options.signal,
                on_progress: None,
                consumer: Some(consumer),
            };
            let (extra, options) = (options.extra, options.call);
            Ok(self.inner.call(extras, |call| Command::OpenFeed {
                call,
                request,
                extra,
                options,
                series,
            }))
        };
        or_rejected(call())
    }
}

fn stringify_config(config: &JsValue) -> Result<String, Error> {
    Attachments::default().stringify_object("config", config)
}
