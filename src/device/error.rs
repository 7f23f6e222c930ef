//! The two ways in which a request fails here: it was invalid, or the cloud refused it.

use std::borrow::Cow;

/// An argument that cannot be used in a request. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{argument}: {problem}")]
pub struct InvalidArgument {
    /// The argument's name in the API, for example `deviceId` or `extra.cmd`.
    pub argument: Cow<'static, str>,
    /// What the argument must be, for example `must not be empty`.
    pub problem: String,
}

impl InvalidArgument {
    /// Creates an error about this argument.
    pub fn new(argument: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self {
            argument: argument.into(),
            problem: problem.into(),
        }
    }
}

/// Rejects a blank string for an argument that the API requires.
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
    /// The cloud's own message, without trailing line breaks.
    pub message: String,
    /// The JSON text of `error` as received; the whole payload if the cloud sent no `error`.
    pub raw: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn starts_with_the_argument() {
        let error = InvalidArgument::new("deviceId", "must not be empty");
        assert_eq!(error.to_string(), "deviceId: must not be empty");
    }
}
