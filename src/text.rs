//! Searching and formatting text with little code: the standard library's equivalents (two-way
//! search, Unicode tables, padding) are 2.7 KB of the package (brotli), and the strings are short.

/// The position of the first `part`, which must not be empty.
#[inline(never)]
pub(crate) fn find(text: &str, part: &str) -> Option<usize> {
    let (part, first) = (part.as_bytes(), *part.as_bytes().first()?);
    let mut windows = text.as_bytes().windows(part.len());
    windows.position(|window| window.first() == Some(&first) && window == part)
}

/// The text before and after the last `part`, which must not be empty.
pub(crate) fn split_last<'t>(text: &'t str, part: &str) -> Option<(&'t str, &'t str)> {
    let mut windows = text.as_bytes().windows(part.len());
    let at = windows.rposition(|window| window == part.as_bytes())?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// The text before and after the first `part`.
pub(crate) fn split<'t>(text: &'t str, part: &str) -> Option<(&'t str, &'t str)> {
    let at = find(text, part)?;
    Some((text.get(..at)?, text.get(at + part.len()..)?))
}

/// The parts between the separators.
pub(crate) fn parts<'t>(text: &'t str, separator: &str) -> impl Iterator<Item = &'t str> {
    let mut rest = Some(text);
    core::iter::from_fn(move || {
        let text = rest.take()?;
        let (part, after) = split(text, separator).map_or((text, None), |(a, b)| (a, Some(b)));
        rest = after;
        Some(part)
    })
}

/// Like JavaScript's `encodeURIComponent`, which the reference client uses; `digit` makes the
/// hexadecimal digits upper or lower case, which redaction needs and the crate `percent-encoding`
/// (0.6 KB) does not offer.
#[inline(never)]
pub(crate) fn percent_encoded(text: &str, digit: fn(&u8) -> u8) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            for nibble in [byte >> 4, byte & 0xf] {
                let value = b"0123456789abcdef".get(usize::from(nibble));
                encoded.extend(value.map(|value| char::from(digit(value))));
            }
        }
    }
    encoded
}

/// Replaces each `part` by `other`; `None` if there is none.
#[inline(never)]
pub(crate) fn replaced(text: &str, part: &str, other: &str) -> Option<String> {
    let parts: Vec<_> = parts(text, part).collect();
    (parts.len() > 1).then(|| parts.join(other))
}

/// A number in decimal digits.
#[inline(never)]
pub(crate) fn decimal(number: u64) -> String {
    let mut digits = match number {
        0..10 => String::new(),
        _ => decimal(number / 10),
    };
    let digit = u32::try_from(number % 10).unwrap_or_default();
    digits.extend(char::from_digit(digit, 10));
    digits
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn finds_and_replaces_like_the_standard_library() {
        for text in [
            "",
            "a",
            "aa",
            "aaa",
            "aab",
            "baab",
            "üaü",
            "aüa",
            "://",
            "a://b://c",
        ] {
            for part in ["a", "aa", "ab", "ü", "://", "aaaa"] {
                assert_eq!(find(text, part), text.find(part), "{text} {part}");
                assert_eq!(split(text, part), text.split_once(part), "{text} {part}");
                assert!(parts(text, part).eq(text.split(part)), "{text} {part}");
                assert_eq!(
                    split_last(text, part),
                    text.rsplit_once(part),
                    "{text} {part}"
                );
                let all = replaced(text, part, "[]");
                assert_eq!(all.is_some(), text.contains(part), "{text} {part}");
                assert_eq!(all.unwrap_or(text.to_owned()), text.replace(part, "[]"));
            }
        }
    }

    #[test]
    fn numbers_are_formatted() {
        for number in [0, 7, 10, 1_000_000, u64::MAX] {
            assert_eq!(decimal(number), number.to_string());
        }
    }
}
