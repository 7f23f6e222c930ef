//! Strict standard base64 (RFC 4648 §4), the text form of a binary message; [`decode_url`] decodes
//! the parts of a JSON Web Token.
//!
//! The crate `base64` does the same but adds 3.6 KB to the package (brotli).
//!
//! Padding is required and the unused bits of the last character must be zero, so that every byte
//! sequence has exactly one encoding.

/// Decodes `text`; `None` if it is not strict base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(4) {
        return None;
    }
    let unpadded = text.strip_suffix('=').unwrap_or(text);
    let unpadded = unpadded.strip_suffix('=').unwrap_or(unpadded);
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    // Bits that belong to the next byte, and how many.
    let (mut bits, mut count) = (0u32, 0);
    for character in unpadded.bytes() {
        bits = bits << 6 | u32::from(sextet(character)?);
        count += 6;
        if count >= 8 {
            count -= 8;
            let [byte, ..] = (bits >> count).to_le_bytes();
            bytes.push(byte);
            bits &= (1 << count) - 1;
        }
    }
    (bits == 0).then_some(bytes)
}

/// The same for the URL-safe alphabet, or a mix of both, padded or not (RFC 4648 §5).
pub(crate) fn decode_url(text: &str) -> Option<Vec<u8>> {
    let to_standard = |character| match character {
        '-' => '+',
        '_' => '/',
        other => other,
    };
    let mut standard: String = text.chars().map(to_standard).collect();
    while !standard.len().is_multiple_of(4) {
        standard.push('=');
    }
    decode(&standard)
}

fn sextet(character: u8) -> Option<u8> {
    match character {
        b'A'..=b'Z' => Some(character - b'A'),
        b'a'..=b'z' => Some(character - b'a' + 26),
        b'0'..=b'9' => Some(character - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn decodes_the_test_vectors_of_the_rfc() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYg==", b"foob"),
            ("Zm9vYmE=", b"fooba"),
            ("Zm9vYmFy", b"foobar"),
            ("AQIDBA==", &[1, 2, 3, 4]),
            ("+/+/", &[0xfb, 0xff, 0xbf]),
        ] {
            assert_eq!(decode(text).as_deref(), Some(bytes), "{text}");
        }
    }

    #[test]
    fn decodes_both_alphabets_with_or_without_padding() {
        for (text, bytes) in [
            ("", Some(&b""[..])),
            ("Zg", Some(b"f")),
            ("Zg==", Some(b"f")),
            ("Zm8", Some(b"fo")),
            ("-_-_", Some(&[0xfb, 0xff, 0xbf])),
            ("+/-_", Some(&[0xfb, 0xff, 0xbf])),
            ("Z", None),
            ("Zg=", Some(b"f")),
            ("Z g", None),
            ("é", None),
        ] {
            assert_eq!(decode_url(text).as_deref(), bytes, "{text}");
        }
    }

    #[test]
    fn rejects_inexact_input() {
        for text in [
            "A", "AA", "AAA", "AA=", "AA=A", "A===", "====", "AQIDBA", "AQ==AQ==", "AQID\n",
            "AQ I", "AQ-_", "AB==", "AAB=", "AQé", "éé",
        ] {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
