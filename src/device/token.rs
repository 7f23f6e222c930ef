//! The API token, which is never shown.

use std::borrow::Cow;
use std::fmt;

use super::error::InvalidArgument;
use crate::base64;
use crate::json::{self, Json};
use crate::text;

/// An API token. `Debug` prints it as `Token(…)`, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Token(String);

impl Token {
    /// Creates a token, exactly as the user gave it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// Creates a token from a string that may come from a file or an environment variable.
    ///
    /// # Errors
    /// Names `token` if the string contains characters that no token has and that files often add:
    /// white space, a byte-order mark, quotes. The message does not repeat the string.
    pub fn parse(text: &str) -> Result<Self, InvalidArgument> {
        let (first, last) = (text.chars().next(), text.chars().next_back());
        let is_quote = |character| matches!(character, '"' | '\'');
        let problem = if text.is_empty() {
            "must be a non-empty string"
        } else if first == Some('\u{feff}') {
            "begins with a byte-order mark; save the file as UTF-8 without one"
        } else if matches!(last, Some('\n' | '\r')) {
            "ends with a line break, as a text file does; trim it"
        } else if first.into_iter().chain(last).any(char::is_whitespace) {
            "has white space at its beginning or end; trim it"
        } else if text.chars().any(char::is_whitespace) {
            "contains white space; pass only the token"
        } else if first.into_iter().chain(last).any(is_quote) {
            "has quotes around it; pass the token without them"
        } else {
            return Ok(Self::new(text));
        };
        Err(InvalidArgument::new("token", problem))
    }

    /// The token itself, only for use in the connection's URL.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// When the token expires, in milliseconds since 1970, if it is a JSON Web Token that says so.
    /// The signature is not checked.
    #[must_use]
    pub fn expires_at_ms(&self) -> Option<u64> {
        let claims =
            String::from_utf8(base64::decode_url(text::parts(&self.0, ".").nth(1)?)?).ok()?;
        let exp = Json::parse(&claims).ok()?.field("exp")?;
        let millis = json::parse_f64(exp.as_bytes()) * 1000.0;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "not negative, and below 2^53"
        )]
        (0.0..9_007_199_254_740_992.0)
            .contains(&millis)
            .then_some(millis as u64)
    }

    /// Replaces the token in `text` by `[token]`: plain, percent-encoded, or either of these with
    /// any JSON string escapes, including a string within a string.
    ///
    /// A token of fewer than four characters is not replaced: it would match by accident in any
    /// text.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.chars().nth(SHORTEST_REDACTED - 1).is_none() {
            return Cow::Borrowed(text);
        }
        redacted(text, &self.forms(), NESTED_STRINGS).map_or(Cow::Borrowed(text), Cow::Owned)
    }

    /// The forms in which the token appears in text. Encoded forms come first, as they may contain
    /// the plain one.
    fn forms(&self) -> Vec<String> {
        let digits = [u8::to_ascii_uppercase, u8::to_ascii_lowercase];
        let mut forms = digits
            .map(|digit| text::percent_encoded(&self.0, digit))
            .to_vec();
        let queries = forms.iter().map(|form| text::replaced(form, "%20", "+"));
        let queries: Vec<_> = queries.flatten().collect();
        forms.extend(queries);
        forms.push(self.0.clone());
        forms
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// The text without any of the forms; `None` if it contains none.
fn redacted(text: &str, forms: &[String], depth: u8) -> Option<String> {
    let plain = forms.iter().fold(Cow::Borrowed(text), |text, form| {
        text::replaced(&text, form, "[token]").map_or(text, Cow::Owned)
    });
    if depth > 0 && text::find(&plain, "\\").is_some() {
        let mut found = false;
        let mut rebuilt = String::with_capacity(plain.len());
        let mut rest: &str = &plain;
        while let Some((before, literal, after)) = split_string(rest) {
            rebuilt.push_str(before);
            let value = json::text(literal);
            if let Some(value) = value.and_then(|value| redacted(&value, forms, depth - 1)) {
                rebuilt.push_str(&json::quote(&value));
                found = true;
            } else {
                rebuilt.push_str(literal);
            }
            rest = after;
        }
        if found {
            rebuilt.push_str(rest);
            return Some(rebuilt);
        }
    }
    match plain {
        Cow::Owned(plain) => Some(plain),
        Cow::Borrowed(_) => None,
    }
}

/// The first JSON string in a text, with its quotes, and the text before and after it.
fn split_string(text: &str) -> Option<(&str, &str, &str)> {
    let start = text::find(text, "\"")?;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(start + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => {
                let (upto, after) = text.split_at_checked(at + 1)?;
                let (before, literal) = upto.split_at_checked(start)?;
                return Some((before, literal, after));
            }
            _ => {}
        }
    }
    None
}

const SHORTEST_REDACTED: usize = 4;
/// A message quotes a frame, which itself contains strings.
const NESTED_STRINGS: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn is_never_printed() {
        let token = Token::new("secret");
        assert_eq!(format!("{token:?}"), "Token(…)");
        assert_eq!(token.expose(), "secret");
    }

    #[test]
    fn reads_the_expiry() {
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
    fn is_redacted_from_any_string() {
        let token = Token::new("a+b/ü%");
        assert_eq!(
            token.redact("x a+b/ü% ?token=a%2Bb%2F%C3%BC%25&a+b/ü%"),
            "x [token] ?token=[token]&[token]"
        );
        assert_eq!(
            token.redact("a%2bb%2f%c3%bc%25 and a+b/ü%"),
            "[token] and [token]"
        );
        assert_eq!(
            Token::new("a b c").redact("a%20b%20c a+b+c"),
            "[token] [token]"
        );
        assert!(matches!(
            token.redact("nothing here ü"),
            Cow::Borrowed("nothing here ü")
        ));
        // Any JSON escaping is found; the surrounding text is unchanged, broken strings included.
        assert_eq!(
            token.redact(r#"44{"a\n":"\u0061+b\/\u00fc%","b":["x a%2Bb%2F%C3%BC%25 \""]} "a\"#),
            r#"44{"a\n":"[token]","b":["x [token] \""]} "a\"#
        );
        let quoted = Token::new(r#"say "hi" \"#);
        let frame = r#"41{"a":"say \"hi\" \\"}"#;
        assert_eq!(
            quoted.redact(&format!("no payload, in {frame:?}")),
            format!("no payload, in {:?}", r#"41{"a":"[token]"}"#)
        );
        assert_eq!(quoted.redact(r#"["say \"hi\" \\"]"#), r#"["[token]"]"#);
        assert_eq!(Token::new("abc").redact("abcabc"), "abcabc");
        assert_eq!(Token::new("").redact("abc"), "abc");
        assert_eq!(
            Token::new("abcd").redact("wss://h/?token=abcd"),
            "wss://h/?token=[token]"
        );
    }
}
