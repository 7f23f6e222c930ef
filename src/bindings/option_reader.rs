//! Reads an options object. Each option is read once, and errors name the invalid or unknown one.
//!
//! This uses typed getters and not a deserializer, which adds 17 KB to the compressed module and
//! cannot name the option.

use super::json::{error_message, is_record};
use crate::client::{Error, Timeout};
use crate::clock::to_u64;
use core::time::Duration;
use js_sys::{Array, Function, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// Throws if a Proxy's trap throws.
    #[wasm_bindgen(catch, js_namespace = Object, js_name = keys)]
    fn own_keys(object: &JsValue) -> Result<Array, JsValue>;
}

/// An options object. `undefined` counts as an empty one.
pub(super) struct OptionReader<'a> {
    /// `None` if the caller passed `undefined`: asking the value itself would be a call into
    /// JavaScript for every option.
    object: Option<&'a JsValue>,
    /// Precedes the names in errors: `reconnect.`
    prefix: &'static str,
}

impl<'a> OptionReader<'a> {
    /// Reads the options that the caller passed as `argument`. Rejects a value that is not an
    /// object, and unknown names.
    pub(super) fn new(
        argument: &str,
        object: &'a JsValue,
        prefix: &'static str,
        known: &[&[&str]],
    ) -> Result<Self, Error> {
        if object.is_undefined() {
            let object = None;
            return Ok(Self { object, prefix });
        }
        if !is_record(object) {
            return Err(Error::invalid(argument, "must be an object"));
        }
        let names = own_keys(object).map_err(|thrown| {
            let problem = ["cannot be read: ", &error_message(&thrown)].concat();
            Error::invalid(argument, problem)
        })?;
        let reader = Self {
            object: Some(object),
            prefix,
        };
        for name in names.iter().filter_map(|name| name.as_string()) {
            if !known.iter().any(|names| names.contains(&name.as_str())) {
                return Err(reader.unknown(&name, &known.concat()));
            }
        }
        Ok(reader)
    }

    #[cold]
    fn unknown(&self, name: &str, known: &[&str]) -> Error {
        let what = if self.prefix == "request." {
            "is not a field of a feed request; "
        } else {
            "is not an option; "
        };
        let hint = match nearest(name, known) {
            Some(nearest) => ["did you mean ", nearest, "?"].concat(),
            None => ["expected one of ", &known.join(", ")].concat(),
        };
        self.error(name, &[what, &hint].concat())
    }

    #[cold]
    #[inline(never)]
    pub(super) fn error(&self, name: &str, problem: &str) -> Error {
        Error::invalid([self.prefix, name].concat(), problem)
    }

    /// An option's value, if it is set.
    #[inline(never)]
    pub(super) fn value(&self, name: &str) -> Result<Option<JsValue>, Error> {
        let Some(object) = self.object else {
            return Ok(None);
        };
        let value = Reflect::get(object, &JsValue::from_str(name)).map_err(|thrown| {
            let problem = ["cannot be read: ", &error_message(&thrown)].concat();
            self.error(name, &problem)
        })?;
        Ok((!value.is_undefined()).then_some(value))
    }

    /// Converts an option with `read`; `problem` describes a valid value.
    pub(super) fn read<T>(
        &self,
        name: &str,
        read: impl FnOnce(JsValue) -> Option<T>,
        problem: &str,
    ) -> Result<Option<T>, Error> {
        let read = |value| read(value).ok_or_else(|| self.error(name, problem));
        self.value(name)?.map(read).transpose()
    }

    #[inline(never)]
    pub(super) fn text(&self, name: &str) -> Result<Option<String>, Error> {
        self.read(name, |value| value.as_string(), "must be a string")
    }

    #[inline(never)]
    pub(super) fn non_empty_string(&self, name: &str) -> Result<Option<String>, Error> {
        self.read(name, |value| non_empty_string(&value), MUST_BE_NON_EMPTY)
    }

    #[inline(never)]
    pub(super) fn required_string(&self, name: &str) -> Result<String, Error> {
        let text = self.non_empty_string(name)?;
        text.ok_or_else(|| self.error(name, MUST_BE_NON_EMPTY))
    }

    #[inline(never)]
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, Error> {
        self.read(name, |value| value.as_bool(), "must be true or false")
    }

    #[inline(never)]
    pub(super) fn function(&self, name: &str) -> Result<Option<Function>, Error> {
        self.read(name, |value| value.dyn_into().ok(), MUST_BE_FUNCTION)
    }

    /// A number that satisfies `fits`.
    #[inline(never)]
    pub(super) fn number(
        &self,
        name: &str,
        fits: fn(f64) -> bool,
        problem: &str,
    ) -> Result<Option<f64>, Error> {
        let read = |value: JsValue| value.as_f64().filter(|number| fits(*number));
        self.read(name, read, problem)
    }

    /// An integer of at least 1; Infinity means the largest one.
    pub(super) fn count(&self, name: &str) -> Result<Option<usize>, Error> {
        let fits = |n: f64| n >= 1.0 && (n.fract() == 0.0 || n == f64::INFINITY);
        let count = self.number(name, fits, "must be a whole number, 1 or more")?;
        Ok(count.map(|count| to_u32(count) as usize))
    }

    pub(super) fn duration(&self, name: &str) -> Result<Option<Duration>, Error> {
        let fits = |ms: f64| ms.is_finite() && ms >= 0.0;
        let ms = self.number(name, fits, "must be a number of milliseconds, 0 or more")?;
        Ok(ms.map(to_duration))
    }

    pub(super) fn timeout(&self, name: &str) -> Result<Option<Timeout>, Error> {
        let problem = "must be a number of milliseconds above 0, or Infinity";
        let ms = self.number(name, |ms| ms > 0.0, problem)?;
        Ok(ms.map(|ms| {
            if ms == f64::INFINITY {
                Timeout::Never
            } else {
                Timeout::After(to_duration(ms))
            }
        }))
    }
}

const MUST_BE_NON_EMPTY: &str = "must be a non-empty string";
const MUST_BE_FUNCTION: &str = "must be a function";

pub(super) fn non_empty_string(value: &JsValue) -> Option<String> {
    value.as_string().filter(|text| !text.is_empty())
}

/// Reads an argument that must be a non-empty string.
#[inline(never)]
pub(super) fn required_string(argument: &str, value: &JsValue) -> Result<String, Error> {
    non_empty_string(value).ok_or_else(|| Error::invalid(argument, MUST_BE_NON_EMPTY))
}

/// Reads an argument that must be a function.
#[inline(never)]
pub(super) fn required_function(argument: &str, value: &JsValue) -> Result<Function, Error> {
    let function = value.dyn_ref::<Function>().cloned();
    function.ok_or_else(|| Error::invalid(argument, MUST_BE_FUNCTION))
}

pub(super) fn to_duration(ms: f64) -> Duration {
    Duration::from_millis(to_u64(ms.ceil()))
}

pub(super) fn to_u32(number: f64) -> u32 {
    u32::try_from(to_u64(number)).unwrap_or(u32::MAX)
}

/// The known name closest to a misspelled one.
fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let written = name.to_ascii_lowercase();
    let distance = |known: &&str| strsim::levenshtein(&written, &known.to_ascii_lowercase());
    let is_close = |known: &&str| distance(known) <= 2.max(known.len() / 4);
    known.iter().copied().filter(is_close).min_by_key(distance)
}
