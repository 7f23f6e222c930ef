//! The API token: carried, never shown.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde_json::Number;

/// An API token. It prints as `Token(…)` and has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// A token, as the user gave it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token itself, for the connection's URL and nothing else.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// When the token runs out, in milliseconds since 1970, where it is a JSON Web Token that says
    /// so. The signature is not looked at.
    #[must_use]
    pub fn expires_at_ms(&self) -> Option<u64> {
        #[derive(Deserialize)]
        struct Claims {
            exp: Number,
        }
        let claims = decode_base64url(self.0.split('.').nth(1)?)?;
        let Claims { exp } = serde_json::from_slice(&claims).ok()?;
        if let Some(seconds) = exp.as_u64() {
            return seconds.checked_mul(1000);
        }
        let millis = exp.as_f64()? * 1000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and below 2^53"
        )]
        (0.0..9_007_199_254_740_992.0)
            .contains(&millis)
            .then_some(millis as u64)
    }

    /// A text in which the token, plain or percent-encoded, is replaced by `[token]`.
    ///
    /// A token of fewer than four characters stays: it would tear holes into any text.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.chars().count() < SHORTEST_REDACTED {
            return Cow::Borrowed(text);
        }
        // The encoded form first: it may contain the plain one.
        let encoded = percent_encode(&self.0);
        let mut text = Cow::Borrowed(text);
        for form in [encoded.as_str(), self.0.as_str()] {
            if text.contains(form) {
                text = Cow::Owned(text.replace(form, "[token]"));
            }
        }
        text
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Decodes base64 of either alphabet, padded or not; `None` on any other character.
fn decode_base64url(text: &str) -> Option<Vec<u8>> {
    let text = text.trim_end_matches('=');
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in text.bytes() {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'-' | b'+' => 62,
            b'_' | b'/' => 63,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(six)) & 0xfff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).ok()?);
        }
    }
    Some(bytes)
}

/// As JavaScript's `encodeURIComponent`, which is how the token stands in the URL.
fn percent_encode(text: &str) -> String {
    use fmt::Write;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

const SHORTEST_REDACTED: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn it_never_prints() {
        let token = Token::new("secret");
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(token.expose(), "secret");
    }

    #[test]
    fn reads_when_it_runs_out() {
        let cases = [
            // {"iat":1691553337,"exp":1696823737}
            (
                "e30.eyJpYXQiOjE2OTE1NTMzMzcsImV4cCI6MTY5NjgyMzczN30.c2ln",
                Some(1_696_823_737_000),
            ),
            // {"exp":1.5}, with padding
            ("e30.eyJleHAiOjEuNX0=.x", Some(1500)),
            // {"exp":-1}
            ("e30.eyJleHAiOi0xfQ.x", None),
            // {"exp":"soon"}
            ("e30.eyJleHAiOiJzb29uIn0.x", None),
            // {}
            ("e30.e30.x", None),
            ("a.ü.b", None),
            ("a.eyJ.b", None),
            ("plain", None),
            ("", None),
            ("..", None),
        ];
        for (token, expected) in cases {
            assert_eq!(Token::new(token).expires_at_ms(), expected, "{token}");
        }
    }

    #[test]
    fn is_taken_out_of_any_text() {
        let token = Token::new("a+b/ü%");
        assert_eq!(
            token.redact("x a+b/ü% ?token=a%2Bb%2F%C3%BC%25&a+b/ü%"),
            "x [token] ?token=[token]&[token]"
        );
        assert!(matches!(
            token.redact("nothing here ü"),
            Cow::Borrowed("nothing here ü")
        ));
        assert_eq!(Token::new("abc").redact("abcabc"), "abcabc");
        assert_eq!(Token::new("").redact("abc"), "abc");
        assert_eq!(
            Token::new("abcd").redact("wss://h/?token=abcd"),
            "wss://h/?token=[token]"
        );
    }
}
