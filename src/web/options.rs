//! What `src/js/options.js` has read of the caller's options, for the core.

use super::clock::millis;
use super::platform::{Port, to_js};
use crate::client::{
    CallOptions, Config, DEFAULT_PATH, Endpoint, Error, ReconnectConfig, SeriesOptions, Timeout,
};
use crate::socket::Protocol;
use core::time::Duration;
use wasm_bindgen::JsValue;

/// Samples that a series keeps, unless told.
const DEFAULT_CAPACITY: f64 = 65_536.0;

/// The options of a client, and the seed of its chance. The numbers are those of `clientOptions`,
/// after four of chance.
pub(super) fn client_options(port: &Port) -> Result<(Config, u128), JsValue> {
    let seed = (0..4).fold(0u128, |seed, at| {
        seed << 32 | u128::from(whole(port.number(at)))
    });
    let config = config(port).map_err(|error| to_js(&error))?;
    Ok((config, seed))
}

#[allow(clippy::float_cmp, reason = "small whole numbers are exact")]
fn config(port: &Port) -> Result<Config, Error> {
    let text = |at| port.text(at).unwrap_or_default();
    let given = |at| Some(port.number(at)).filter(|number| !number.is_nan());
    let flag = |at| port.number(at) == 1.0;
    let span = |at, default| given(at).map_or(default, span);
    let path = port.text(1);
    let endpoint = Endpoint::parse(&text(0), path.as_deref().unwrap_or(DEFAULT_PATH), flag(4))?;
    let mut config = Config::new(endpoint, &text(2))?;
    config.token_may_change = flag(5);
    config.protocol = match given(6) {
        Some(4.0) => Protocol::V4,
        Some(3.0) => Protocol::V3,
        _ => Protocol::Auto,
    };
    config.connect_timeout = span(7, config.connect_timeout);
    config.timeout = timeout(port.number(8));
    let default = ReconnectConfig::default();
    config.reconnect = flag(9).then(|| ReconnectConfig {
        min_delay: span(10, default.min_delay),
        max_delay: span(11, default.max_delay),
        max_attempts: given(12).map_or(default.max_attempts, whole),
        stable_after: span(13, default.stable_after),
        first_connect: given(14).map_or(default.first_connect, |on| on == 1.0),
    });
    Ok(config)
}

/// The options of a request, and further fields for its payload; `texts` is how many belong to its
/// arguments.
pub(super) fn call_options(port: &Port, texts: u32) -> (CallOptions, Option<String>) {
    let options = CallOptions {
        timeout: timeout(port.number(0)),
        request_id: port.text(texts),
    };
    (options, port.text(texts + 1))
}

pub(super) fn series_options(port: &Port, given: bool) -> SeriesOptions {
    let number = |at| if given { port.number(at) } else { f64::NAN };
    let capacity = number(1);
    SeriesOptions {
        capacity: whole(if capacity.is_nan() {
            DEFAULT_CAPACITY
        } else {
            capacity
        }) as usize,
        wants_updates: !number(2).is_nan(),
    }
}

fn timeout(ms: f64) -> Option<Timeout> {
    match ms {
        f64::INFINITY => Some(Timeout::Never),
        ms if ms > 0.0 => Some(Timeout::After(span(ms))),
        _ => None,
    }
}

fn span(ms: f64) -> Duration {
    Duration::from_millis(millis(ms.ceil()))
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a float cast saturates"
)]
pub(super) const fn whole(n: f64) -> u32 {
    n as u32
}
