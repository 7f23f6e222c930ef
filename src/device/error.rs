//! The two ways in which a request goes wrong here: it was never valid, or the cloud refused it.

use std::borrow::Cow;

/// An argument that no request can be made of. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{argument}: {problem}")]
pub struct InvalidArgument {
    /// The argument's name in the API, for example `deviceId` or `extra.cmd`.
    pub argument: Cow<'static, str>,
    /// What to do about it, for example `must not be empty`.
    pub problem: String,
}

impl InvalidArgument {
    /// An error of this argument.
    pub fn new(argument: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self {
            argument: argument.into(),
            problem: problem.into(),
        }
    }
}

/// A text that the API cannot do without.
pub(super) fn not_blank<'a>(
    argument: &'static str,
    text: &'a str,
) -> Result<&'a str, InvalidArgument> {
    if text.trim().is_empty() {
        return Err(InvalidArgument::new(argument, "must not be empty"));
    }
    Ok(text)
}

/// The cloud's refusal of a request.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct ServerError {
    /// The cloud's own words, less the line breaks at their end.
    pub message: String,
    /// The JSON text of `error` as it came; the whole payload where the cloud sent no `error`.
    pub raw: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn names_the_argument_first() {
        let error = InvalidArgument::new("deviceId", "must not be empty");
        assert_eq!(error.to_string(), "deviceId: must not be empty");
    }
}
