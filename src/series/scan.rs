//! One pass over a sample's bytes, `{ "name" : value , … }`, to find what feeds and series need.
//!
//! The scanner accepts exactly the objects of [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259),
//! but does not check that the text is UTF-8.

use crate::json::cursor::Cursor;
use crate::json::unescaped;
use core::ops::Range;

/// The parts of a sample: each is the JSON text of a value, strings with their quotes.
///
/// If a name occurs twice, the last one counts, as with `JSON.parse`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scanned<'a> {
    /// `value`.
    pub value: Option<&'a [u8]>,
    /// `event_time`.
    pub event_time: Option<&'a [u8]>,
    /// `feedId`.
    pub feed_id: Option<&'a [u8]>,
    /// `requestId`.
    pub request_id: Option<&'a [u8]>,
    /// `messageId`.
    pub message_id: Option<&'a [u8]>,
    /// `error`.
    pub error: Option<&'a [u8]>,
    /// `result`.
    pub result: Option<&'a [u8]>,
}

impl<'a> Scanned<'a> {
    #[inline(always)]
    pub(super) fn set(&mut self, name: Name, value: &'a [u8]) {
        let field = match name {
            Name::Value => &mut self.value,
            Name::EventTime => &mut self.event_time,
            Name::FeedId => &mut self.feed_id,
            Name::RequestId => &mut self.request_id,
            Name::MessageId => &mut self.message_id,
            Name::Error => &mut self.error,
            Name::Result => &mut self.result,
            Name::Other => return,
        };
        *field = Some(value);
    }
}

/// Scans the JSON text of an object, all of `bytes`. `None` if it is not one.
#[must_use]
pub fn scan_object(bytes: &[u8]) -> Option<Scanned<'_>> {
    scan_noting(bytes, &mut |_, _| {})
}

/// Like [`scan_object`], and reports the name and the position of each value.
#[inline(never)]
pub(super) fn scan_noting<'a>(
    bytes: &'a [u8],
    note: &mut dyn FnMut(Name, Range<usize>),
) -> Option<Scanned<'a>> {
    let mut cursor = Cursor::new(bytes);
    let mut scanned = Scanned::default();
    cursor.skip_space();
    cursor.take(b'{')?;
    cursor.skip_space();
    if cursor.take(b'}').is_none() {
        loop {
            let (name, escaped) = cursor.name()?;
            let name = if escaped {
                Name::of_escaped(name)
            } else {
                Name::of(name)
            };
            cursor.skip_space();
            let start = cursor.at();
            scanned.set(name, cursor.any_value()?);
            note(name, start..cursor.at());
            cursor.skip_space();
            match cursor.next()? {
                b',' => cursor.skip_space(),
                b'}' => break,
                _ => return None,
            }
        }
    }
    cursor.skip_space();
    cursor.peek().is_none().then_some(scanned)
}

/// The elements of a scanned JSON array; none if it is not an array.
pub(super) fn elements(array: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut cursor = Cursor::new(array.strip_prefix(b"[").unwrap_or_default());
    core::iter::from_fn(move || {
        cursor.skip_space();
        // `None` at the closing bracket.
        let element = cursor.value()?;
        cursor.skip_space();
        let _ = cursor.take(b',');
        Some(element)
    })
}

/// The names that are extracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Name {
    Value,
    EventTime,
    FeedId,
    RequestId,
    MessageId,
    Error,
    Result,
    Other,
}

impl Name {
    #[inline(always)]
    fn of(text: &[u8]) -> Self {
        match text {
            b"value" => Self::Value,
            b"event_time" => Self::EventTime,
            b"feedId" => Self::FeedId,
            b"requestId" => Self::RequestId,
            b"messageId" => Self::MessageId,
            b"error" => Self::Error,
            b"result" => Self::Result,
            _ => Self::Other,
        }
    }

    #[cold]
    fn of_escaped(text: &[u8]) -> Self {
        let plain = str::from_utf8(text).ok().and_then(unescaped);
        plain.map_or(Self::Other, |plain| Self::of(plain.as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn value(json: &str) -> Option<&str> {
        let value = scan_object(json.as_bytes())?.value?;
        Some(core::str::from_utf8(value).unwrap())
    }

    #[test]
    fn finds_the_fields_of_the_documented_sample() {
        let json = r#"{"feedId":"4c","event_time":"2023-08-09T03:55:37.000Z","table":"solar","source":"inverter-01","device":"66","messageId":"71391","value":66920,"requestId":"b3"}"#;
        let scanned = scan_object(json.as_bytes()).unwrap();
        assert_eq!(scanned.value, Some(&b"66920"[..]));
        assert_eq!(
            scanned.event_time,
            Some(&b"\"2023-08-09T03:55:37.000Z\""[..])
        );
        assert_eq!(scanned.feed_id, Some(&b"\"4c\""[..]));
        assert_eq!(scanned.request_id, Some(&b"\"b3\""[..]));
        assert_eq!(scanned.message_id, Some(&b"\"71391\""[..]));
        assert_eq!(scanned.error, None);
    }

    #[test]
    fn accepts_any_layout_of_an_object() {
        let cases = [
            (r#"{"value":1}"#, Some("1")),
            (" {\t\"value\" :\r\n 1 } ", Some("1")),
            (r#"{"value":1,"value":"ü\"]"}"#, Some(r#""ü\"]""#)),
            (
                r#"{"a":{"value":1},"b":[{"value":2}],"value":3}"#,
                Some("3"),
            ),
            (r#"{"v\u0061lue":[1, {"x":[]}]}"#, Some(r#"[1, {"x":[]}]"#)),
            (
                r#"{"valu\u00E9":1,"\u1176alue":1,"v\\u0061lue":1,"valu\n":1}"#,
                None,
            ),
            (r#"{"Value":1}"#, None),
            (r#"{"":1,"x":"\\","value":{}}"#, Some("{}")),
            (r#"{"value":-1.5e+3}"#, Some("-1.5e+3")),
            ("{}", None),
        ];
        for (json, expected) in cases {
            assert!(scan_object(json.as_bytes()).is_some(), "{json}");
            assert_eq!(value(json), expected, "{json}");
        }
    }

    #[test]
    fn rejects_non_objects() {
        let cases = [
            "",
            " ",
            "[]",
            "1",
            "null",
            "{",
            "}",
            "{]",
            "{}}",
            "{}x",
            "{,}",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"a":1,}"#,
            r#"{"a":1 "b":2}"#,
            r#"{a:1}"#,
            r#"{"a":01}"#,
            r#"{"a":1.}"#,
            r#"{"a":.5}"#,
            r#"{"a":+1}"#,
            r#"{"a":1e}"#,
            r#"{"a":-}"#,
            r#"{"a":tru}"#,
            r#"{"a":truex}"#,
            r#"{"a":NaN}"#,
            r#"{"a":"\x"}"#,
            r#"{"a":"\u12g4"}"#,
            r#"{"a":"\u12"#,
            r#"{"a":"b}"#,
            "{\"a\":\"\n\"}",
            "{\"a\":\"12345678\u{1f}\"}",
            r#"{"a":[1,]}"#,
            r#"{"a":[}"#,
            r#"{"a":[1}]}"#,
            r#"{"a":{"b"}}"#,
            r#"{"a":{"b":1,}}"#,
            r#"{"a":[1 2]}"#,
            "{\"a\":\u{a0}1}",
        ];
        for json in cases {
            assert_eq!(scan_object(json.as_bytes()), None, "{json}");
        }
    }

    #[test]
    fn handles_any_nesting_depth() {
        let nested = |depth| format!("{{\"value\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        for depth in [1, 63, 64, 65, 127, 128, 129, 1 << 20] {
            assert!(scan_object(nested(depth).as_bytes()).is_some(), "{depth}");
            let wrong = format!("{{\"value\":{}{}}}", "[".repeat(depth), "}".repeat(depth));
            assert!(scan_object(wrong.as_bytes()).is_none(), "{depth}");
        }
    }

    #[test]
    fn iterates_over_an_array() {
        let texts = |array: &'static str| -> Vec<&[u8]> { elements(array.as_bytes()).collect() };
        assert_eq!(
            texts("[ 1 ,[2,3] , \"],\" ]"),
            [&b"1"[..], b"[2,3]", b"\"],\""]
        );
        assert!(texts("[ ]").is_empty());
        assert!(texts("1").is_empty());
    }
}
