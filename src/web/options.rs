//! Reading what the caller passes: every value is looked at once, and a wrong one is named.
//!
//! By hand and not by a deserialiser, since an error has to say which option was wrong, and half of
//! the options are functions or live objects.

use super::clock::millis;
use super::errors::words;
use super::values::{get, is_record, object_text};
use crate::client::{CallOptions, Config, DEFAULT_PATH, Endpoint, Error, ReconnectConfig, Timeout};
use crate::device::FeedRequest;
use crate::socket::Protocol;
use core::cell::RefCell;
use core::time::Duration;
use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;

/// The options of a client, read.
pub(super) struct ClientOptions {
    pub(super) config: Config,
    pub(super) token: TokenSource,
    /// Undefined where the caller gave none.
    pub(super) web_socket: Option<Function>,
}

/// Where tokens come from.
#[derive(Clone)]
pub(super) enum TokenSource {
    Text(String),
    Function(Function),
}

/// The options of one request, read.
#[derive(Default)]
pub(super) struct RequestOptions {
    pub(super) call: CallOptions,
    pub(super) extra: Option<String>,
    pub(super) signal: Option<JsValue>,
    pub(super) on_progress: Option<Function>,
    pub(super) on_gap: Option<Function>,
    pub(super) queue: Option<usize>,
    pub(super) capacity: Option<usize>,
    pub(super) on_update: Option<Function>,
}

/// What `minMax` is asked, read.
pub(super) struct MinMaxOptions {
    pub(super) buckets: usize,
    pub(super) column: usize,
    pub(super) from_ms: Option<f64>,
    pub(super) to_ms: Option<f64>,
}

impl MinMaxOptions {
    pub(super) fn read(buckets: &JsValue, given: &JsValue) -> Result<Self, Error> {
        let options = Options::new("options", given, "options.")?;
        let number = |name| {
            options.read(
                name,
                |value| value.as_f64().filter(|ms| !ms.is_nan()),
                "must be a number of milliseconds since 1970",
            )
        };
        Ok(Self {
            buckets: index("buckets", buckets, 1.0, "must be a whole number, 1 or more")?,
            column: column(
                &options
                    .read("column", Some, "")?
                    .unwrap_or(JsValue::UNDEFINED),
            )?,
            from_ms: number("fromMs")?,
            to_ms: number("toMs")?,
        })
    }
}

/// A column's number; the first one where it is left out.
pub(super) fn column(given: &JsValue) -> Result<usize, Error> {
    if given.is_undefined() {
        return Ok(0);
    }
    index("column", given, 0.0, "must be a whole number, 0 or more")
}

fn index(argument: &str, given: &JsValue, least: f64, problem: &str) -> Result<usize, Error> {
    let number = given.as_f64().filter(|&n| n >= least && n.fract() == 0.0);
    number
        .map(|n| saturate(n) as usize)
        .ok_or_else(|| Error::invalid(argument, problem))
}

/// An object of options; `undefined` counts as an empty one.
struct Options<'a> {
    object: &'a JsValue,
    /// In front of the names in errors: `reconnect.`
    prefix: &'static str,
}

impl<'a> Options<'a> {
    fn new(argument: &str, object: &'a JsValue, prefix: &'static str) -> Result<Self, Error> {
        if object.is_undefined() || is_record(object) {
            Ok(Self { object, prefix })
        } else {
            Err(Error::invalid(argument, "must be an object"))
        }
    }

    fn wrong<T>(&self, name: &str, problem: &str) -> Result<T, Error> {
        Err(self.error(name, problem))
    }

    #[cold]
    #[inline(never)]
    fn error(&self, name: &str, problem: &str) -> Error {
        Error::invalid([self.prefix, name].concat(), problem)
    }

    /// An option's value, where it is given.
    #[inline(never)]
    fn value(&self, name: &str) -> Result<Option<JsValue>, Error> {
        if self.object.is_undefined() {
            return Ok(None);
        }
        match Reflect::get(self.object, &JsValue::from_str(name)) {
            Ok(value) if value.is_undefined() => Ok(None),
            Ok(value) => Ok(Some(value)),
            Err(thrown) => self.wrong(name, &["cannot be read: ", &words(&thrown)].concat()),
        }
    }

    fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(JsValue) -> Option<T>,
        problem: &str,
    ) -> Result<Option<T>, Error> {
        match self.value(name)?.map(read) {
            None => Ok(None),
            Some(Some(value)) => Ok(Some(value)),
            Some(None) => self.wrong(name, problem),
        }
    }

    #[inline(never)]
    fn text(&self, name: &str) -> Result<Option<String>, Error> {
        self.read(name, |value| value.as_string(), "must be a string")
    }

    #[inline(never)]
    fn needed_text(&self, name: &str) -> Result<String, Error> {
        match self.text(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => self.wrong(name, "must be a string that is not empty"),
        }
    }

    #[inline(never)]
    fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.read(name, |value| value.as_bool(), "must be true or false")
    }

    #[inline(never)]
    fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        self.read(name, |value| value.dyn_into().ok(), "must be a function")
    }

    #[inline(never)]
    fn count(&self, name: &str, least: f64, problem: &str) -> Result<Option<u32>, Error> {
        let read = |value: JsValue| {
            value
                .as_f64()
                .filter(|&n| n >= least && (n.fract() == 0.0 || n == f64::INFINITY))
        };
        Ok(self.read(name, read, problem)?.map(saturate))
    }

    #[inline(never)]
    fn span(&self, name: &str) -> Result<Option<Duration>, Error> {
        let read = |value: JsValue| value.as_f64().filter(|ms| ms.is_finite() && *ms >= 0.0);
        let ms = self.read(name, read, "must be a number of milliseconds, 0 or more")?;
        Ok(ms.map(|ms| Duration::from_millis(millis(ms.ceil()))))
    }

    #[inline(never)]
    fn timeout(&self, name: &str) -> Result<Option<Timeout>, Error> {
        let read = |value: JsValue| match value.as_f64()? {
            f64::INFINITY => Some(Timeout::Never),
            ms if ms > 0.0 => Some(Timeout::After(Duration::from_millis(millis(ms.ceil())))),
            _ => None,
        };
        self.read(
            name,
            read,
            "must be a number of milliseconds above 0, or Infinity",
        )
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
const fn saturate(n: f64) -> u32 {
    n as u32
}

impl ClientOptions {
    pub(super) fn read(given: &JsValue) -> Result<Self, Error> {
        if !is_record(given) {
            return Err(Error::invalid(
                "options",
                "must be an object with url, workgroup and token",
            ));
        }
        let options = Options::new("options", given, "")?;
        let url = options.needed_text("url")?;
        let path = options.text("path")?;
        let insecure = options.flag("allowInsecure")?.unwrap_or(false);
        let endpoint = Endpoint::parse(&url, path.as_deref().unwrap_or(DEFAULT_PATH), insecure)?;
        let token = read_token(&options)?;
        let mut config = Config::new(endpoint, &options.needed_text("workgroup")?)?;
        config.token_may_change = matches!(token, TokenSource::Function(_));
        config.protocol = options
            .read("protocol", read_protocol, "must be \"auto\", 4 or 3")?
            .unwrap_or(config.protocol);
        match options.timeout("connectTimeoutMs")? {
            Some(Timeout::After(span)) => config.connect_timeout = span,
            Some(Timeout::Never) => {
                let problem = "must be a finite number of milliseconds above 0";
                return options.wrong("connectTimeoutMs", problem);
            }
            None => {}
        }
        config.timeout = options.timeout("timeoutMs")?;
        let reconnect = options.read("reconnect", Some, "")?;
        config.reconnect = read_reconnect(&reconnect.unwrap_or(JsValue::UNDEFINED))?;
        let web_socket = options.read(
            "webSocket",
            |value| value.dyn_into().ok(),
            "must be a WebSocket constructor",
        )?;
        Ok(Self {
            config,
            token,
            web_socket,
        })
    }
}

fn read_token(options: &Options<'_>) -> Result<TokenSource, Error> {
    let read = |value: JsValue| match value.as_string() {
        Some(text) => Some(TokenSource::Text(text))
            .filter(|_| !value.as_string().unwrap_or_default().is_empty()),
        None => value.dyn_into().ok().map(TokenSource::Function),
    };
    let problem = "must be an API token (a string that is not empty) or a function that gives one";
    match options.read("token", read, problem)? {
        Some(token) => Ok(token),
        None => options.wrong("token", problem),
    }
}

#[allow(clippy::float_cmp, reason = "small whole numbers are exact")]
fn read_protocol(value: JsValue) -> Option<Protocol> {
    match (value.as_string().as_deref(), value.as_f64()) {
        (Some("auto"), _) => Some(Protocol::Auto),
        (_, Some(4.0)) => Some(Protocol::V4),
        (_, Some(3.0)) => Some(Protocol::V3),
        _ => None,
    }
}

fn read_reconnect(given: &JsValue) -> Result<Option<ReconnectConfig>, Error> {
    if given.as_bool() == Some(false) {
        return Ok(None);
    }
    let problem = "reconnect";
    if !given.is_undefined() && !given.is_object() {
        return Err(Error::invalid(problem, "must be false or an object"));
    }
    let options = Options::new(problem, given, "reconnect.")?;
    let default = ReconnectConfig::default();
    let config = ReconnectConfig {
        min_delay: options.span("minDelayMs")?.unwrap_or(default.min_delay),
        max_delay: options.span("maxDelayMs")?.unwrap_or(default.max_delay),
        max_attempts: options
            .count(
                "maxAttempts",
                0.0,
                "must be a whole number, 0 or more, or Infinity",
            )?
            .unwrap_or(default.max_attempts),
        stable_after: options
            .span("stableAfterMs")?
            .unwrap_or(default.stable_after),
        first_connect: options
            .flag("firstConnect")?
            .unwrap_or(default.first_connect),
    };
    Ok(Some(config))
}

impl RequestOptions {
    #[inline(never)]
    pub(super) fn read(given: &JsValue) -> Result<Self, Error> {
        let options = Options::new("options", given, "options.")?;
        let extra = match options.read("extra", Some, "")? {
            Some(extra) => Some(object_text("extra", &extra)?),
            None => None,
        };
        let request_id = options.read(
            "requestId",
            |value| value.as_string().filter(|id| !id.is_empty()),
            "must be a string that is not empty",
        )?;
        let signal = options.read(
            "signal",
            |value| is_signal(&value).then_some(value),
            "must be an AbortSignal",
        )?;
        Ok(Self {
            call: CallOptions {
                timeout: options.timeout("timeoutMs")?,
                request_id,
            },
            extra,
            signal,
            on_progress: options.function("onProgress")?,
            on_gap: options.function("onGap")?,
            queue: options
                .count("queue", 1.0, "must be a whole number, 1 or more")?
                .map(|n| n as usize),
            capacity: options
                .count("capacity", 1.0, "must be a whole number, 1 or more")?
                .map(|n| n as usize),
            on_update: options.function("onUpdate")?,
        })
    }
}

/// By what it can do: a signal may come from another realm.
fn is_signal(value: &JsValue) -> bool {
    value.is_object()
        && get(value, "aborted").as_bool().is_some()
        && get(value, "addEventListener").is_function()
}

/// A feed's request; errors name the field.
pub(super) fn feed_request(given: &JsValue) -> Result<FeedRequest, Error> {
    if !is_record(given) {
        return Err(Error::invalid(
            "request",
            "must be an object with deviceId, table and source",
        ));
    }
    let options = Options::new("request", given, "request.")?;
    let text = |name| options.needed_text(name);
    let field = options.text("field")?;
    FeedRequest::new(
        &text("deviceId")?,
        &text("table")?,
        &text("source")?,
        field.as_deref(),
    )
    .map_err(|error| Error::invalid(format!("request.{}", error.argument), error.problem))
}

/// An argument that must be a string that is not empty.
#[inline(never)]
pub(super) fn needed_text(argument: &str, value: &JsValue) -> Result<String, Error> {
    match value.as_string() {
        Some(text) if !text.is_empty() => Ok(text),
        _ => Err(Error::invalid(
            argument,
            "must be a string that is not empty",
        )),
    }
}

/// An argument that must be a function.
#[inline(never)]
pub(super) fn needed_function(argument: &str, value: &JsValue) -> Result<Function, Error> {
    match value.dyn_ref::<Function>() {
        Some(function) => Ok(function.clone()),
        None => Err(Error::invalid(argument, "must be a function")),
    }
}

thread_local! {
    static DEFAULT_WEB_SOCKET: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Names the WebSocket to use where the platform has none, or in place of the platform's own where
/// it is made from that. Not public: the entry file for Node gives the package `ws`, or a subclass.
#[allow(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
#[wasm_bindgen(js_name = setDefaultWebSocket, skip_typescript)]
pub fn set_default_web_socket(web_socket: Function) {
    DEFAULT_WEB_SOCKET.set(Some(web_socket));
}

/// The platform's own WebSocket, in the form that the entry file has given it; where there is none,
/// the one that the entry file has named.
pub(super) fn default_web_socket() -> Option<Function> {
    let global = Reflect::get(&js_sys::global(), &JsValue::from_str("WebSocket")).ok()?;
    let named = DEFAULT_WEB_SOCKET.with_borrow(Clone::clone);
    match (global.dyn_into::<Function>().ok(), named) {
        // A global that was replaced after the import is what its owner wants.
        (Some(global), Some(named)) if !is_made_from(&named, &global) => Some(global),
        (global, named) => named.or(global),
    }
}

fn is_made_from(class: &Function, base: &Function) -> bool {
    Reflect::get_prototype_of(class).is_ok_and(|parent| js_sys::Object::is(&parent, base))
}
