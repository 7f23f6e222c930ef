//! The text around a sample's values, which is mostly the same as in the sample before.

use super::scan::{Name, Scanned, scan_noting};
use crate::bytes::{bytes_eq, words};
use crate::json::cursor::Cursor;

/// Scans samples, and expects each to be laid out like one of the last ones: the same names in the
/// same order. The result is the same as that of [`scan_object`](super::scan_object).
#[derive(Clone, Debug, Default)]
pub struct TemplateScanner {
    /// The one used last comes first.
    templates: [SampleTemplate; 2],
}

impl TemplateScanner {
    /// Like [`scan_object`](super::scan_object).
    #[inline]
    pub fn scan<'a>(&mut self, bytes: &'a [u8]) -> Option<Scanned<'a>> {
        let [last, other] = &mut self.templates;
        if let Some(scanned) = last.scan(bytes) {
            return Some(scanned);
        }
        core::mem::swap(last, other);
        last.scan(bytes).or_else(|| last.learn(bytes))
    }
}

/// The layout of a sample: the text before each of its values, and after the last one.
#[derive(Clone, Debug, Default)]
struct SampleTemplate {
    /// Empty if nothing is expected.
    parts: Vec<Part>,
    tail: Vec<u8>,
}

#[derive(Clone, Debug)]
struct Part {
    text: [u64; 4],
    /// Bits set for the bytes in use.
    mask: [u64; 4],
    length: usize,
    /// The name of the value that follows.
    name: Name,
}

impl SampleTemplate {
    /// The text before a value consists of grammar and one name, so the same text at the same place
    /// in the grammar means the same.
    #[inline(never)]
    fn scan<'a>(&self, bytes: &'a [u8]) -> Option<Scanned<'a>> {
        if self.parts.is_empty() {
            return None;
        }
        let mut cursor = Cursor::new(bytes);
        let mut scanned = Scanned::default();
        for part in &self.parts {
            let rest = cursor.rest()?;
            let found = match rest.first_chunk::<TEXT>() {
                Some(block) => part.begins(block),
                None => rest.len() >= part.length && part.begins(&padded(rest)),
            };
            if !found {
                return None;
            }
            cursor.skip(part.length);
            let value = cursor.value()?;
            scanned.set(part.name, value);
        }
        bytes_eq(cursor.rest()?, &self.tail).then_some(scanned)
    }

    #[cold]
    fn learn<'a>(&mut self, bytes: &'a [u8]) -> Option<Scanned<'a>> {
        self.parts.clear();
        let mut from = 0;
        let mut fits = true;
        let mut note = |name, value: core::ops::Range<usize>| {
            let text = bytes.get(from..value.start).unwrap_or_default();
            from = value.end;
            fits = fits && self.parts.len() < MOST_PARTS && text.len() <= TEXT;
            if fits {
                self.parts.push(Part {
                    text: words(&padded(text)),
                    mask: words(&padded(&vec![0xff; text.len()])),
                    length: text.len(),
                    name,
                });
            }
        };
        let scanned = scan_noting(bytes, &mut note);
        self.tail = bytes.get(from..).unwrap_or_default().to_vec();
        if !fits || scanned.is_none() {
            self.parts.clear();
        }
        scanned
    }
}

impl Part {
    #[inline(always)]
    fn begins(&self, block: &[u8; TEXT]) -> bool {
        let ([a, b, c, d], text, mask) = (words(block), &self.text, &self.mask);
        let differs = (a ^ text[0]) & mask[0]
            | (b ^ text[1]) & mask[1]
            | (c ^ text[2]) & mask[2]
            | (d ^ text[3]) & mask[3];
        differs == 0
    }
}

/// The first bytes of a block, padded with zeros.
fn padded(bytes: &[u8]) -> [u8; TEXT] {
    let mut block = [0; TEXT];
    for (place, byte) in block.iter_mut().zip(bytes) {
        *place = *byte;
    }
    block
}

/// The most bytes before a value: a comma, a name of some length in its quotes, a colon.
const TEXT: usize = 32;
/// The most values in a sample.
const MOST_PARTS: usize = 32;

#[cfg(test)]
mod tests {
    use super::super::scan_object;
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// Whether a scanner that has seen `before` expects `json`; the result must be the same in
    /// either case.
    fn expects(before: &[&str], json: &str) -> bool {
        let mut scanner = TemplateScanner::default();
        for json in before {
            assert_eq!(scanner.scan(json.as_bytes()), scan_object(json.as_bytes()));
        }
        let expected = scanner
            .templates
            .iter()
            .any(|template| template.scan(json.as_bytes()).is_some());
        assert_eq!(scanner.scan(json.as_bytes()), scan_object(json.as_bytes()));
        expected
    }

    #[test]
    fn expects_the_same_names_with_other_values() {
        let before = r#"{"feedId":"4c","event_time":"2023-08-09T03:55:37.000Z","value":66920}"#;
        for json in [
            before,
            r#"{"feedId":"","event_time":null,"value":[1,{"value":2}]}"#,
            r#"{"feedId":"\"}","event_time":{"a":[]},"value":"a long text, longer than any step"}"#,
        ] {
            assert!(expects(&[before], json), "{json}");
        }
    }

    #[test]
    fn does_not_confuse_templates() {
        let before = r#"{"feedId":"4c","event_time":"x","value":1}"#;
        for json in [
            r#"{"feedId":"4c","event_tame":"x","value":1}"#,
            r#"{"feedId":"4c","value":1,"event_time":"x"}"#,
            r#"{"feedId":"4c","event_time":"x","value":1 }"#,
            r#"{"feedId":"4c","event_time":"x","value":1}}"#,
            r#"{"feedId":"4c","event_time":"x","value":1"#,
            r#"{"feedId":"4c","event_time":"x","value":}"#,
            r#"{"feedId":"4c","event_time":"x","value":1,"value":2}"#,
            r#"{"feedId":"4c","event_time":"x"}"#,
            r#"{"feedId":"4c","event_time":"x\"#,
            r#"{"feedId":"4c","event_time":"x","value":01}"#,
            "",
        ] {
            assert!(!expects(&[before], json), "{json}");
        }
    }

    #[test]
    fn alternates_between_two_layouts() {
        let (one, other) = (r#"{"value":1,"a":2}"#, r#"{"a":2,"value":1}"#);
        assert!(expects(&[one, other], one) && expects(&[one, other], other));
        assert!(!expects(&[one, other, "{}", "{ }"], one));
    }

    #[test]
    fn does_not_expect_what_is_no_object() {
        for json in [r#"{"value":1"#, r#"{"value":1]"#, r#"{"value":1}}"#] {
            assert!(!expects(&[json], json), "{json}");
        }
    }

    #[test]
    fn finds_long_names_and_many_names() {
        let long = format!(r#"{{"{}":1,"value":2}}"#, "n".repeat(40));
        assert!(!expects(&[&long], &long));
        let many = format!(r#"{{{}"value":2}}"#, r#""n":1,"#.repeat(40));
        assert!(!expects(&[&many], &many));
        assert!(!expects(&["{}"], "{}"));
    }
}
