//! The options of requests, feeds and series, and the parameters of a feed.

use super::json::{Attachments, is_record};
use super::option_reader::{OptionReader, to_u32};
use super::signals::Signal;
use super::subscription::{DEFAULT_QUEUE, Functions};
use crate::client::{CallOptions, Error};
use crate::device::FeedRequest;
use js_sys::{Function, Object, Reflect};
use wasm_bindgen::JsValue;

/// Samples that a series keeps by default.
const DEFAULT_CAPACITY: usize = 65_536;

/// The options that a method takes, by the interface of `index.d.ts`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CallKind {
    Request,
    Upgrade,
    Feed,
    Series,
}

const OF_REQUEST: &[&str] = &["timeoutMs", "signal", "requestId", "extra"];
const OF_UPGRADE: &[&str] = &["onProgress"];
const OF_FEED: &[&str] = &["queue", "onGap", "onEnd"];
const OF_SERIES: &[&str] = &["capacity", "onUpdate"];

impl CallKind {
    const fn known(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Request => &[OF_REQUEST],
            Self::Upgrade => &[OF_REQUEST, OF_UPGRADE],
            Self::Feed => &[OF_REQUEST, OF_FEED],
            Self::Series => &[OF_REQUEST, OF_FEED, OF_SERIES],
        }
    }
}

/// The parsed options of one call.
pub(super) struct RequestOptions {
    pub(super) call: CallOptions,
    /// Additional fields for the payload, as JSON text.
    pub(super) extra: Option<String>,
    pub(super) signal: Option<Signal>,
    pub(super) on_progress: Option<Function>,
    pub(super) queue: usize,
    pub(super) capacity: usize,
    /// The functions of a feed or a series, without the listener.
    pub(super) functions: Functions,
}

impl RequestOptions {
    /// Reads the options. Binary data in `extra` goes into the attachments.
    #[inline(never)]
    pub(super) fn read(
        kind: CallKind,
        given: &JsValue,
        attachments: &Attachments,
    ) -> Result<Self, Error> {
        let options = OptionReader::new("options", given, "options.", kind.known())?;
        let extra = match options.value("extra")? {
            Some(extra) => Some(attachments.stringify_object("extra", &extra)?),
            None => None,
        };
        let request_id = options.non_empty_string("requestId")?;
        let problem = "must be an AbortSignal";
        let signal = options.read("signal", Signal::from_value, problem)?;
        Ok(Self {
            call: CallOptions {
                timeout: options.timeout("timeoutMs")?,
                request_id,
            },
            extra,
            signal,
            on_progress: options.function("onProgress")?,
            functions: Functions {
                on_gap: options.function("onGap")?,
                on_end: options.function("onEnd")?,
                on_update: options
                    .function("onUpdate")?
                    .map(|on_update| (on_update, JsValue::UNDEFINED)),
                ..Functions::default()
            },
            queue: options.count("queue")?.unwrap_or(DEFAULT_QUEUE),
            capacity: options.count("capacity")?.unwrap_or(DEFAULT_CAPACITY),
        })
    }
}

/// A feed's request, and a frozen copy of it for its handle.
pub(super) fn feed_request(given: &JsValue) -> Result<(FeedRequest, Object), Error> {
    if !is_record(given) {
        let problem = "must be an object with deviceId, table and source";
        return Err(Error::invalid("request", problem));
    }
    let known = ["deviceId", "table", "source", "field"];
    let options = OptionReader::new("request", given, "request.", &[&known])?;
    let field = options.text("field")?;
    let device_id = options.required_string("deviceId")?;
    let table = options.required_string("table")?;
    let source = options.required_string("source")?;
    let copy = Object::new();
    let set = |name: &str, text: &str| {
        // Never fails, since the object was created here.
        let _ = Reflect::set(&copy, &name.into(), &text.into());
    };
    set("deviceId", &device_id);
    set("table", &table);
    set("source", &source);
    if let Some(field) = &field {
        set("field", field);
    }
    let request = FeedRequest::new(&device_id, &table, &source, field.as_deref())
        .map_err(|error| options.error(&error.argument, &error.problem))?;
    Ok((request, Object::freeze(&copy)))
}

/// The arguments of `minMax`.
pub(super) struct MinMaxOptions {
    pub(super) buckets: usize,
    pub(super) column: usize,
    pub(super) from_ms: Option<f64>,
    pub(super) to_ms: Option<f64>,
}

impl MinMaxOptions {
    pub(super) fn read(buckets: &JsValue, given: &JsValue) -> Result<Self, Error> {
        let known = ["column", "fromMs", "toMs"];
        let options = OptionReader::new("options", given, "options.", &[&known])?;
        let column = options.value("column")?.unwrap_or_default();
        let time = |name| {
            let problem = "must be a number of milliseconds since 1970";
            options.number(name, |ms| !ms.is_nan(), problem)
        };
        let (from_ms, to_ms) = (time("fromMs")?, time("toMs")?);
        Ok(Self {
            buckets: index("buckets", buckets, 1.0, "must be a whole number, 1 or more")?,
            column: read_column(&column)?,
            from_ms,
            to_ms,
        })
    }
}

/// A column's index. Default: the first column.
pub(super) fn read_column(given: &JsValue) -> Result<usize, Error> {
    if given.is_undefined() {
        return Ok(0);
    }
    index("column", given, 0.0, "must be a whole number, 0 or more")
}

fn index(argument: &str, given: &JsValue, least: f64, problem: &str) -> Result<usize, Error> {
    let number = given.as_f64().filter(|&n| n >= least && n.fract() == 0.0);
    number
        .map(|n| to_u32(n) as usize)
        .ok_or_else(|| Error::invalid(argument, problem))
}
