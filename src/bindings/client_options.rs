//! The options of a client.

use super::callbacks::{CallbackSlot, Callbacks};
use super::json::is_record;
use super::option_reader::{OptionReader, non_empty_string, to_duration, to_u32};
use crate::client::{Config, DEFAULT_PATH, Endpoint, Error, ReconnectConfig};
use crate::device::Token;
use crate::runtime::{global, property};
use crate::socket::Protocol;
use core::cell::RefCell;
use js_sys::{Function, Object};
use wasm_bindgen::prelude::*;

/// What the core does not take of the `ClientOptions` of `index.d.ts`.
pub(super) struct ClientOptions {
    /// The address and the workgroup as passed, for inspection.
    pub(super) url: String,
    pub(super) workgroup: String,
    pub(super) token: TokenSource,
    pub(super) web_socket: CallbackSlot,
    /// Whether errors of calls carry the stack of the caller.
    pub(super) caller_stacks: bool,
}

/// Where tokens come from.
pub(super) enum TokenSource {
    Fixed(Token),
    Function(CallbackSlot),
}

const KNOWN: [&str; 11] = [
    "url",
    "workgroup",
    "token",
    "path",
    "protocol",
    "connectTimeoutMs",
    "timeoutMs",
    "reconnect",
    "webSocket",
    "allowInsecure",
    "callerStacks",
];

const KNOWN_OF_RECONNECT: [&str; 5] = [
    "minDelayMs",
    "maxDelayMs",
    "maxAttempts",
    "stableAfterMs",
    "firstConnect",
];

impl ClientOptions {
    /// Reads the options. The functions in them go into `callbacks`.
    pub(super) fn read(given: &JsValue, callbacks: &Callbacks) -> Result<(Config, Self), Error> {
        if !is_record(given) {
            let problem = "must be an object with url, workgroup and token";
            return Err(Error::invalid("options", problem));
        }
        let options = OptionReader::new("options", given, "", &[&KNOWN])?;
        let url = options.required_string("url")?;
        let path = options.text("path")?;
        let allow_insecure = options.flag("allowInsecure")?.unwrap_or(false);
        let caller_stacks = options.flag("callerStacks")?.unwrap_or(false);
        let token = read_token(&options, callbacks)?;
        let workgroup = options.required_string("workgroup")?;
        let path = path.as_deref().unwrap_or(DEFAULT_PATH);
        let protocol = options.read("protocol", read_protocol, "must be \"auto\", 4 or 3")?;
        let is_span = |ms: f64| ms > 0.0 && ms.is_finite();
        let problem = "must be a finite number of milliseconds above 0";
        let connect_timeout = options.number("connectTimeoutMs", is_span, problem)?;
        let timeout = options.timeout("timeoutMs")?;
        let reconnect = read_reconnect(options.value("reconnect")?.unwrap_or_default())?;
        let problem = "must be a WebSocket constructor";
        let web_socket = options.read("webSocket", |value| value.dyn_into().ok(), problem)?;
        let problem = "is required: this platform has no WebSocket";
        let web_socket = web_socket.or_else(platform_web_socket);
        let web_socket = web_socket.ok_or_else(|| options.error("webSocket", problem))?;
        let endpoint = Endpoint::parse(&url, path, allow_insecure)?;
        let mut config = Config::new(endpoint, &workgroup)?;
        config.token_may_change = matches!(token, TokenSource::Function(_));
        config.protocol = protocol.unwrap_or(config.protocol);
        config.connect_timeout = connect_timeout.map_or(config.connect_timeout, to_duration);
        config.timeout = timeout;
        config.reconnect = reconnect;
        let options = Self {
            url,
            workgroup,
            token,
            web_socket: callbacks.put(&web_socket),
            caller_stacks,
        };
        Ok((config, options))
    }
}

fn read_token(options: &OptionReader<'_>, callbacks: &Callbacks) -> Result<TokenSource, Error> {
    let token = options.value("token")?.unwrap_or_default();
    if let Some(function) = token.dyn_ref() {
        return Ok(TokenSource::Function(callbacks.put(function)));
    }
    let problem = "must be an API token (a non-empty string) or a function that returns one";
    Ok(TokenSource::Fixed(parse_token(&token, problem)?))
}

/// Reads the token that a function returned.
pub(super) fn token_of(value: &JsValue) -> Result<Token, Error> {
    let problem = "the function must return a non-empty string, or a promise of one";
    parse_token(value, problem)
}

fn parse_token(value: &JsValue, problem: &'static str) -> Result<Token, Error> {
    let text = non_empty_string(value).ok_or_else(|| Error::invalid("token", problem))?;
    Ok(Token::parse(&text)?)
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

fn read_reconnect(given: JsValue) -> Result<Option<ReconnectConfig>, Error> {
    if given.as_bool() == Some(false) {
        return Ok(None);
    }
    if !given.is_undefined() && !given.is_object() {
        return Err(Error::invalid("reconnect", "must be false or an object"));
    }
    let options = OptionReader::new("reconnect", &given, "reconnect.", &[&KNOWN_OF_RECONNECT])?;
    let default = ReconnectConfig::default();
    let is_count = |n: f64| n >= 0.0 && (n.fract() == 0.0 || n == f64::INFINITY);
    let problem = "must be a whole number, 0 or more, or Infinity";
    let max_attempts = options.number("maxAttempts", is_count, problem)?;
    let or = |given: Option<_>, default| given.unwrap_or(default);
    Ok(Some(ReconnectConfig {
        min_delay: or(options.duration("minDelayMs")?, default.min_delay),
        max_delay: or(options.duration("maxDelayMs")?, default.max_delay),
        max_attempts: max_attempts.map_or(default.max_attempts, to_u32),
        stable_after: or(options.duration("stableAfterMs")?, default.stable_after),
        first_connect: options
            .flag("firstConnect")?
            .unwrap_or(default.first_connect),
    }))
}

thread_local! {
    static DEFAULT_WEB_SOCKET: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// Sets the WebSocket class to use if the platform has none, or instead of the platform's own if it
/// is a subclass of it. Not public: the entry file for Node passes the package `ws`, or a subclass.
#[allow(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
#[wasm_bindgen(js_name = setDefaultWebSocket, skip_typescript, skip_jsdoc)]
pub fn set_default_web_socket(web_socket: Function) {
    DEFAULT_WEB_SOCKET.set(Some(web_socket));
}

/// The class that the entry file has set.
pub(super) fn default_web_socket() -> Option<Function> {
    DEFAULT_WEB_SOCKET.with_borrow(Clone::clone)
}

fn platform_web_socket() -> Option<Function> {
    let default = default_web_socket();
    let global = property(&global(), "WebSocket");
    if !global.is_function() {
        return default;
    }
    // If the global was replaced after the import, its replacement takes precedence.
    let is_made_from_it =
        |default: &Function| Object::is(&Object::get_prototype_of(default), &global);
    default
        .filter(is_made_from_it)
        .or_else(|| Some(global.unchecked_into()))
}
