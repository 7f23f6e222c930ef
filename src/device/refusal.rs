//! What counts as a refusal: one rule for the general path and the fast paths.

use crate::json;

/// The `result` of a refusal.
pub(super) const FAILURE: &str = "error";

/// Whether a payload with these fields, each given as JSON text, is a refusal: its `error` is
/// truthy, or its `result` is `error`.
#[inline]
pub(crate) fn is_refusal(error: Option<&[u8]>, result: Option<&[u8]>) -> bool {
    error.is_some_and(is_error) || result.is_some_and(is_failure)
}

/// Whether a value is truthy in JavaScript: the API page's own code checks `if (item.error)`.
#[inline(never)]
pub(super) fn is_error(value: &[u8]) -> bool {
    match value {
        b"null" | b"false" | b"\"\"" => false,
        value => json::parse_f64(value) != 0.0,
    }
}

#[inline(never)]
fn is_failure(value: &[u8]) -> bool {
    let text = core::str::from_utf8(value).ok().and_then(json::text);
    text.as_deref() == Some(FAILURE)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_truthy_error_is_a_refusal() {
        let refuses = |error: &str| is_refusal(Some(error.as_bytes()), None);
        for error in ["null", "false", "0", "-0.0", "0e5", "\"\""] {
            assert!(!refuses(error), "{error}");
        }
        for error in ["\"ü\"", "true", "1", "1e-9", "{}", "[]", "\"0\"", "\" \""] {
            assert!(refuses(error), "{error}");
        }
        assert!(!is_refusal(None, None));
    }

    #[test]
    fn a_result_of_error_is_a_refusal() {
        let refuses = |result: &str| is_refusal(None, Some(result.as_bytes()));
        for result in ["\"error\"", r#""err\u006fr""#] {
            assert!(refuses(result), "{result}");
        }
        for result in [
            "\"success\"",
            "\"Error\"",
            "\"\"",
            "error",
            "1",
            "{\"error\":1}",
        ] {
            assert!(!refuses(result), "{result}");
        }
    }
}
