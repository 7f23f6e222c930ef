//! JSON as text: extracts the requested fields without parsing the rest.
//!
//! ```text
//! Json::parse("{\"a\": [1], \"b\":2}") ─▶ items ─▶ `"a"` `[1]` `"b"` `2` ─▶ text("\"a\"") = a
//! ```
//!
//! No deserialiser is used: each deserialised type adds its own parser to the module that browsers
//! load; together they were a fifth of it.
//!
//! | file | holds |
//! |---|---|
//! | `cursor.rs` | walks JSON text and checks its grammar |
//! | `double.rs` | numbers to doubles |

pub(crate) mod cursor;
pub(crate) mod double;

use core::fmt;
use std::borrow::Cow;
use std::str::Chars;

use cursor::Cursor;
pub(crate) use cursor::is_special;

pub(crate) use double::parse_f64;

/// The validated text of one JSON value, without surrounding white space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Json<'a>(&'a str);

impl<'a> Json<'a> {
    /// Validates a text, without recursion at any depth.
    ///
    /// # Errors
    /// If the text is anything but exactly one value and white space around it.
    #[inline(never)]
    pub fn parse(text: &'a str) -> Result<Self, JsonError> {
        let value = trimmed(text);
        let mut cursor = Cursor::new(value.as_bytes());
        if cursor.value().is_some() && cursor.peek().is_none() {
            return Ok(Self(value));
        }
        let before = text.len() - text.trim_start_matches(SPACE).len();
        Err(JsonError {
            byte: before + cursor.at(),
        })
    }

    /// Wraps part of a text that has already been validated.
    pub(crate) const fn from_validated(text: &'a str) -> Self {
        Self(text)
    }

    /// The text itself.
    #[must_use]
    pub const fn get(self) -> &'a str {
        self.0
    }

    /// The value of an object's field; the last one if the name occurs twice.
    #[inline(never)]
    pub(crate) fn field(self, wanted: &str) -> Option<&'a str> {
        let is_wanted = |(name, _): &(Option<Cow<'_, str>>, _)| name.as_deref() == Some(wanted);
        Some(fields(self.0).filter(is_wanted).last()?.1)
    }
}

impl fmt::Display for Json<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// A text is not a JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unexpected input at byte {byte}")]
pub struct JsonError {
    /// The byte offset at which it stops being valid JSON.
    pub byte: usize,
}

/// The text without surrounding white space.
#[inline(never)]
pub(crate) fn trimmed(text: &str) -> &str {
    text.trim_matches(SPACE)
}

/// The only white space that JSON allows.
const SPACE: [char; 4] = [' ', '\t', '\n', '\r'];

/// Parses a number that consists only of digits; `None` above 64 bits.
#[inline(never)]
pub(crate) fn parse_u64(text: &str) -> Option<u64> {
    let mut number = (!text.is_empty()).then_some(0u64)?;
    for byte in text.bytes() {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number = number.checked_mul(10)?.checked_add(digit)?;
    }
    Some(number)
}

/// Parses a non-negative integer in any notation: `7`, `7.0`, `70e-1`. `None` for everything else,
/// and above 64 bits.
pub(crate) fn parse_natural(text: &str) -> Option<u64> {
    let float = || {
        let number = parse_f64(text.as_bytes());
        let fits = number >= 0.0 && number.fract() == 0.0 && number < ABOVE_64_BITS;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "whole and within 64 bits"
        )]
        fits.then_some(number as u64)
    };
    parse_u64(text).or_else(float)
}

const ABOVE_64_BITS: f64 = 18_446_744_073_709_551_616.0;

/// The texts of an array's elements, or an object's names and values in turn. The text must have
/// been validated; other values have no items.
pub(crate) fn items(json: &str) -> impl Iterator<Item = &str> {
    let mut cursor = Cursor::new(json.as_bytes());
    let is_open = cursor.take(b'[').or_else(|| cursor.take(b'{')).is_some();
    let json = if is_open { json } else { "" };
    core::iter::from_fn(move || next_item(json, &mut cursor))
}

#[inline(never)]
fn next_item<'a>(json: &'a str, cursor: &mut Cursor<'_>) -> Option<&'a str> {
    cursor.skip_space();
    let start = cursor.at();
    cursor.any_value()?;
    let item = json.get(start..cursor.at());
    // A comma, a colon or the end.
    cursor.token();
    item
}

/// The names and values of a validated object. A name that is not valid Unicode is `None`.
pub(crate) fn fields(json: &str) -> impl Iterator<Item = (Option<Cow<'_, str>>, &str)> {
    let mut items = items(if json.starts_with('{') { json } else { "" });
    core::iter::from_fn(move || Some((text(items.next()?), items.next()?)))
}

/// Decodes a JSON string; `None` if the text is not a string or not valid Unicode.
#[inline(never)]
pub(crate) fn text(json: &str) -> Option<Cow<'_, str>> {
    unescaped(json.strip_prefix('"')?.strip_suffix('"')?)
}

/// Decodes the inside of a JSON string; `None` if it is not one or not valid Unicode.
#[inline(never)]
pub(crate) fn unescaped(inner: &str) -> Option<Cow<'_, str>> {
    if !inner.bytes().any(is_special) {
        return Some(Cow::Borrowed(inner));
    }
    let mut plain = String::with_capacity(inner.len());
    let mut rest = inner.chars();
    while let Some(character) = rest.next() {
        plain.push(match character {
            '"' | '\0'..='\x1f' => return None,
            '\\' => escape(&mut rest)?,
            other => other,
        });
    }
    Some(Cow::Owned(plain))
}

/// Takes the rest of an escape, after its backslash.
fn escape(rest: &mut Chars<'_>) -> Option<char> {
    Some(match rest.next()? {
        same @ ('"' | '\\' | '/') => same,
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        'u' => {
            let first = unit(rest)?;
            if !(0xd800..0xdc00).contains(&first) {
                return char::from_u32(first);
            }
            if (rest.next()?, rest.next()?) != ('\\', 'u') {
                return None;
            }
            let second = unit(rest)?.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
            char::from_u32(0x1_0000 + ((first - 0xd800) << 10 | second))?
        }
        _ => return None,
    })
}

/// Four hexadecimal digits.
fn unit(rest: &mut Chars<'_>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | rest.next()?.to_digit(16)?))
}

/// Quotes a text as a JSON string.
pub(crate) fn quote(text: &str) -> String {
    let mut json = String::new();
    push_quoted(&mut json, text);
    json
}

/// Appends a text as a JSON string.
#[inline(never)]
pub(crate) fn push_quoted(json: &mut String, text: &str) {
    json.reserve(text.len() + 2);
    json.push('"');
    if !text.bytes().any(is_special) {
        json.push_str(text);
        json.push('"');
        return;
    }
    for character in text.chars() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '\x08' => json.push_str("\\b"),
            '\x0c' => json.push_str("\\f"),
            '\n' => json.push_str("\\n"),
            '\r' => json.push_str("\\r"),
            '\t' => json.push_str("\\t"),
            '\0'..='\x1f' => {
                json.push_str("\\u00");
                for digit in [u32::from(character) >> 4, u32::from(character) & 0xf] {
                    json.extend(char::from_digit(digit, 16));
                }
            }
            _ => json.push(character),
        }
    }
    json.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_value_is_written_as_it_was_read() {
        let text = r#"{"a" : [1.50, "\u00e9"]}"#;
        assert_eq!(Json::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn array_items_are_split_at_their_ends() {
        let cases: [(&str, &[&str]); 9] = [
            ("[]", &[]),
            ("[ \n]", &[]),
            ("{ }", &[]),
            ("7", &[]),
            ("\"[1]\"", &[]),
            ("[1]", &["1"]),
            (
                "[ 1 ,[2,3] , \"],\\\"\" , \"\\\\\"]",
                &["1", "[2,3]", "\"],\\\"\"", "\"\\\\\""],
            ),
            (
                "{\"ä:\" : {\"b\":[1,{}]},\"\":-1.5e3 }",
                &["\"ä:\"", "{\"b\":[1,{}]}", "\"\"", "-1.5e3"],
            ),
            ("[[[]],{},null]", &["[[]]", "{}", "null"]),
        ];
        for (json, expected) in cases {
            let json = Json::parse(json).unwrap().get();
            assert_eq!(items(json).collect::<Vec<_>>(), expected, "{json}");
        }
    }

    #[test]
    fn an_error_says_where_in_the_whole_text() {
        for (text, byte) in [("", 0), (" \n", 2), ("[1,]", 3), ("\t [1,]", 5), (" 1]", 2)] {
            assert_eq!(Json::parse(text), Err(JsonError { byte }), "{text:?}");
        }
    }

    #[test]
    fn an_integer_may_be_written_as_a_float() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-0", Some(0)),
            ("1000000.0", Some(1_000_000)),
            ("1e6", Some(1_000_000)),
            ("70E-1", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("1e400", None),
            ("1.5", None),
            ("-1", None),
            ("\"1\"", None),
            ("null", None),
            ("", None),
        ] {
            assert_eq!(parse_natural(text), expected, "{text}");
        }
    }

    #[test]
    fn fields_come_only_from_an_object() {
        let pairs = fields("{\"a\\u0062\":1,\"\\ud800\":[2]}").collect::<Vec<_>>();
        assert_eq!(pairs, [(Some("ab".into()), "1"), (None, "[2]")]);
        assert_eq!(fields("[\"a\",1]").count(), 0);
    }

    #[test]
    fn strings_parse_like_serde_json() {
        for json in [
            r#""""#,
            r#""plain ü €""#,
            r#""\"\\\/\b\f\n\r\t""#,
            r#""\u00fc\u20AC\u0000""#,
            r#""\ud83d\ude00 x""#,
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\ud83d""#,
            r#""\ud83d\udfff""#,
            r#""\ud83d\ue000""#,
            r#""\ud83dxx""#,
            r#""\ud83d\n""#,
            r#""\u12g4""#,
            r#""\u+123""#,
            r#""\u12""#,
            r#""\x""#,
            r#""a\""#,
            r#""a"b""#,
            "\"a\nb\"",
            "\"\u{7f}\u{2028}\"",
            "\"",
            "",
            "7",
            "null",
        ] {
            let expected: Option<String> = serde_json::from_str(json).ok();
            assert_eq!(text(json).as_deref(), expected.as_deref(), "{json}");
        }
    }

    #[test]
    fn strings_are_quoted_like_serde_json() {
        let mut all: String = (0..0x300).filter_map(char::from_u32).collect();
        all.push_str("\u{2028}\u{10ffff}\\\"/");
        assert_eq!(
            quote(&all),
            serde_json::Value::from(all.as_str()).to_string()
        );
    }
}
