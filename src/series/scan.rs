//! One pass over a sample's bytes: `{ "name" : value , … }`, finding what a feed and a series need.
//!
//! The scanner accepts exactly the objects of [RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)
//! down to [`DEEPEST`] nested brackets, and does not look at whether the text is UTF-8.

/// Where the parts of a sample are: each is the JSON text of a value, strings with their quotes.
///
/// Where a name stands twice, the last one counts, as with `JSON.parse`.
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
}

impl<'a> Scanned<'a> {
    fn set(&mut self, name: Name, value: &'a [u8]) {
        let field = match name {
            Name::Value => &mut self.value,
            Name::EventTime => &mut self.event_time,
            Name::FeedId => &mut self.feed_id,
            Name::RequestId => &mut self.request_id,
            Name::MessageId => &mut self.message_id,
            Name::Error => &mut self.error,
            Name::Other => return,
        };
        *field = Some(value);
    }
}

/// Scans the JSON text of an object, all of `bytes`. `None` where it is not one, or is nested too
/// deep: the general path must then decide.
#[must_use]
pub fn scan_object(bytes: &[u8]) -> Option<Scanned<'_>> {
    let mut cursor = Cursor { bytes, at: 0 };
    let mut scanned = Scanned::default();
    cursor.skip_space();
    cursor.take(b'{')?;
    cursor.skip_space();
    if cursor.take(b'}').is_none() {
        loop {
            let name = cursor.name()?;
            cursor.skip_space();
            let start = cursor.at;
            cursor.skip_value()?;
            if name != Name::Other {
                scanned.set(name, bytes.get(start..cursor.at)?);
            }
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

/// The elements of a JSON array whose text has been scanned; nothing where it is no array.
pub(super) fn elements(array: &[u8]) -> Elements<'_> {
    let mut cursor = Cursor {
        bytes: array,
        at: 0,
    };
    let open = cursor.take(b'[').is_some();
    cursor.skip_space();
    Elements {
        done: !open || cursor.peek() == Some(b']'),
        cursor,
    }
}

/// An iterator over the JSON texts of an array's elements.
pub(super) struct Elements<'a> {
    cursor: Cursor<'a>,
    done: bool,
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.done {
            return None;
        }
        self.cursor.skip_space();
        let start = self.cursor.at;
        self.cursor.skip_value()?;
        let element = self.cursor.bytes.get(start..self.cursor.at);
        self.cursor.skip_space();
        self.done = self.cursor.take(b',').is_none();
        element
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Name {
    Value,
    EventTime,
    FeedId,
    RequestId,
    MessageId,
    Error,
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
            _ => Self::Other,
        }
    }

    /// A name with escapes in it. All names that count are made of ASCII letters, which only
    /// `\u00XX` can stand for.
    #[cold]
    fn of_escaped(text: &[u8]) -> Self {
        let mut plain = [0u8; 16];
        let mut length = 0;
        let mut rest = text;
        while let Some((&byte, after)) = rest.split_first() {
            rest = after;
            let mut byte = byte;
            if byte == b'\\' {
                let Some((b"u00", after)) = rest.split_at_checked(3) else {
                    return Self::Other;
                };
                let Some(([high, low], after)) = after.split_first_chunk::<2>() else {
                    return Self::Other;
                };
                let (Some(high), Some(low)) = (hex(*high), hex(*low)) else {
                    return Self::Other;
                };
                byte = high << 4 | low;
                rest = after;
            }
            let Some(place) = plain.get_mut(length) else {
                return Self::Other;
            };
            *place = byte;
            length += 1;
        }
        plain.get(..length).map_or(Self::Other, Self::of)
    }
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// A place in the text. Each method leaves it behind what it took; after a `None` it is anywhere.
///
/// `inline(always)` stands where it was measured: together it takes a sixth off a scan.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn next(&mut self) -> Option<u8> {
        let byte = self.peek()?;
        self.at += 1;
        Some(byte)
    }

    #[inline]
    fn take(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    #[inline]
    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// `"name" :`
    #[inline(always)]
    fn name(&mut self) -> Option<Name> {
        self.take(b'"')?;
        let (text, escaped) = self.string()?;
        self.skip_space();
        self.take(b':')?;
        Some(if escaped {
            Name::of_escaped(text)
        } else {
            Name::of(text)
        })
    }

    /// The inside of a string whose opening quote has been taken, and whether it has escapes.
    #[inline(always)]
    fn string(&mut self) -> Option<(&'a [u8], bool)> {
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += find_special(self.bytes.get(self.at..)?)?;
            match self.next()? {
                b'"' => return Some((self.bytes.get(start..self.at - 1)?, escaped)),
                b'\\' => {
                    self.escape()?;
                    escaped = true;
                }
                _ => return None,
            }
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Option<()> {
        match self.next()? {
            b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Some(()),
            b'u' => {
                for _ in 0..4 {
                    hex(self.next()?)?;
                }
                Some(())
            }
            _ => None,
        }
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn skip_number(&mut self) -> Option<()> {
        let _ = self.take(b'-');
        match self.next()? {
            b'0' => {}
            b'1'..=b'9' => {
                self.skip_digits();
            }
            _ => return None,
        }
        if self.take(b'.').is_some() && !self.skip_digits() {
            return None;
        }
        if let Some(b'e' | b'E') = self.peek() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.peek() {
                self.at += 1;
            }
            if !self.skip_digits() {
                return None;
            }
        }
        Some(())
    }

    /// Whether there was at least one.
    fn skip_digits(&mut self) -> bool {
        let start = self.at;
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
        self.at > start
    }

    fn skip_literal(&mut self, literal: &[u8]) -> Option<()> {
        self.bytes
            .get(self.at..)?
            .starts_with(literal)
            .then(|| self.at += literal.len())
    }

    #[inline]
    fn skip_value(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' | b'[' => self.skip_nested(),
            _ => self.skip_scalar(),
        }
    }

    #[inline(always)]
    fn skip_scalar(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => {
                self.at += 1;
                self.string().map(|_| ())
            }
            b'-' | b'0'..=b'9' => self.skip_number(),
            b't' => self.skip_literal(b"true"),
            b'f' => self.skip_literal(b"false"),
            b'n' => self.skip_literal(b"null"),
            _ => None,
        }
    }

    /// An array or object with all that is in it, without recursion: the text decides how deep it
    /// goes, and the stack of a WebAssembly module is small.
    fn skip_nested(&mut self) -> Option<()> {
        // One bit for each open bracket, the innermost lowest: 1 is `{`.
        let mut open = 0u128;
        let mut depth = 0;
        loop {
            self.skip_space();
            if let Some(bracket @ (b'{' | b'[')) = self.peek() {
                if depth == DEEPEST {
                    return None;
                }
                self.at += 1;
                depth += 1;
                open = open << 1 | u128::from(bracket == b'{');
                self.skip_space();
                if self.peek()? != closing(open) {
                    if open & 1 == 1 {
                        self.name()?;
                    }
                    continue;
                }
            } else {
                self.skip_scalar()?;
            }
            loop {
                self.skip_space();
                let byte = self.next()?;
                if byte == closing(open) {
                    open >>= 1;
                    depth -= 1;
                    if depth == 0 {
                        return Some(());
                    }
                } else if byte == b',' {
                    if open & 1 == 1 {
                        self.skip_space();
                        self.name()?;
                    }
                    break;
                } else {
                    return None;
                }
            }
        }
    }
}

#[inline]
fn closing(open: u128) -> u8 {
    if open & 1 == 1 { b'}' } else { b']' }
}

/// Where the next quote, backslash or control character is.
#[inline(always)]
fn find_special(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    let mut rest = bytes;
    while let Some((word, after)) = rest.split_first_chunk::<8>() {
        let word = u64::from_le_bytes(*word);
        // The high bit of each byte that is 0 after the exclusive-or, or below a space. A borrow
        // spoils only bytes above the first hit.
        let quote = word ^ (ONES * 0x22);
        let backslash = word ^ (ONES * 0x5c);
        let hit = ((quote.wrapping_sub(ONES) & !quote)
            | (backslash.wrapping_sub(ONES) & !backslash)
            | (word.wrapping_sub(ONES * 0x20) & !word))
            & HIGH;
        if hit != 0 {
            return Some(at + hit.trailing_zeros() as usize / 8);
        }
        at += 8;
        rest = after;
    }
    let special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1f);
    Some(at + rest.iter().position(special)?)
}

/// Nested brackets that the scanner follows.
const DEEPEST: u32 = u128::BITS;
const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

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
    fn finds_the_parts_of_the_sample_of_the_api_page() {
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
    fn takes_the_object_as_it_comes() {
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
    fn refuses_what_is_no_object() {
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
    fn leaves_deep_nesting_to_the_general_path() {
        let nested = |depth| format!("{{\"value\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
        assert!(scan_object(nested(128).as_bytes()).is_some());
        assert!(scan_object(nested(129).as_bytes()).is_none());
        assert!(scan_object(nested(1 << 20).as_bytes()).is_none());
    }

    #[test]
    fn finds_specials_at_every_place() {
        for special in [b'"', b'\\', 0, 0x1f] {
            for length in 0..40 {
                for place in 0..=length {
                    let mut bytes = vec![0xffu8; length];
                    bytes.extend([special, b'"', b'!', 0x5d]);
                    if let Some(byte) = bytes.get_mut(place) {
                        *byte = special;
                    }
                    assert_eq!(find_special(&bytes), Some(place));
                }
            }
        }
        assert_eq!(
            find_special(" !#[]\u{7f}\u{80}ü\u{10ffff} !#[]".as_bytes()),
            None
        );
    }

    #[test]
    fn goes_through_an_array() {
        let texts = |array: &'static str| -> Vec<&[u8]> { elements(array.as_bytes()).collect() };
        assert_eq!(
            texts("[ 1 ,[2,3] , \"],\" ]"),
            [&b"1"[..], b"[2,3]", b"\"],\""]
        );
        assert!(texts("[ ]").is_empty());
        assert!(texts("1").is_empty());
    }
}
