//! A fast path to doubles for the numbers that sensors send; all others take the general path.

use crate::json::parse_f64;

/// Parses a JSON number. A number that is too large becomes infinite, as with
/// `JSON.parse`; text that is not a number becomes NaN.
#[must_use]
pub fn parse_number(text: &[u8]) -> f64 {
    parse_short(text).unwrap_or_else(|| parse_f64(text))
}

/// A number whose digits fit a double's 53 bits and whose power of ten is exact: there is one
/// rounding, so the result is correct (Clinger's fast path). `None` for all other numbers.
fn parse_short(text: &[u8]) -> Option<f64> {
    let (negative, digits) = match text.strip_prefix(b"-") {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let mut mantissa = 0u64;
    let mut decimals = 0usize;
    let mut bytes = digits.iter();
    let mut after_point = false;
    let mut written = 0i32;
    for byte in bytes.by_ref() {
        match byte {
            b'0'..=b'9' if mantissa < MOST_DIGITS => {
                mantissa = mantissa * 10 + u64::from(byte - b'0');
                decimals += usize::from(after_point);
            }
            b'.' if !after_point => after_point = true,
            b'e' | b'E' => {
                written = parse_exponent(bytes.as_slice())?;
                break;
            }
            _ => return None,
        }
    }
    if !digits.first()?.is_ascii_digit() || mantissa > EXACT {
        return None;
    }
    let exponent = written.checked_sub(i32::try_from(decimals).ok()?)?;
    let power = *POWERS.get(usize::try_from(exponent.unsigned_abs()).ok()?)?;
    #[expect(clippy::cast_precision_loss, reason = "at most 2^53")]
    let mantissa = mantissa as f64;
    let value = if exponent < 0 {
        mantissa / power
    } else {
        mantissa * power
    };
    Some(if negative { -value } else { value })
}

/// The digits after the `e`.
fn parse_exponent(text: &[u8]) -> Option<i32> {
    let (negative, digits) = match text.split_first()? {
        (b'-', digits) => (true, digits),
        (b'+', digits) => (false, digits),
        _ => (false, text),
    };
    if digits.is_empty() || digits.len() > 4 {
        return None;
    }
    let mut exponent = 0i32;
    for byte in digits {
        if !byte.is_ascii_digit() {
            return None;
        }
        exponent = exponent * 10 + i32::from(byte - b'0');
    }
    Some(if negative { -exponent } else { exponent })
}

/// Below this, one more digit still fits 64 bits.
const MOST_DIGITS: u64 = 1_000_000_000_000_000_000;
/// Doubles represent every integer up to here exactly.
const EXACT: u64 = 1 << 53;
/// The powers of ten that doubles represent exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn is_rounded_correctly() {
        let cases = [
            "0",
            "-0",
            "-0.0",
            "0.0",
            "66920",
            "66920.5",
            "0.1",
            "-0.1",
            "0.30000000000000004",
            "9007199254740991",
            "9007199254740992",
            "9007199254740993",
            "9007199254740995",
            "12345678901234567890",
            "123456789012345678901234567890",
            "1e22",
            "1e23",
            "1E+5",
            "1.5e-7",
            "2.2250738585072014e-308",
            "5e-324",
            "2e-324",
            "1.7976931348623157e308",
            "1e-400",
            "8.5e-22",
            "3.141592653589793238462643383279",
            "0e5",
            "-0e-400",
            "0.000000000000000000000000000001",
            "7.2057594037927933e16",
            "1e0001",
        ];
        for text in cases {
            let expected: f64 = text.parse().unwrap();
            assert_eq!(
                parse_number(text.as_bytes()).to_bits(),
                expected.to_bits(),
                "{text}"
            );
        }
    }

    #[test]
    fn an_overflow_is_infinite() {
        assert_eq!(parse_number(b"1e400"), f64::INFINITY);
        assert_eq!(parse_number(b"-1e99999999999"), f64::NEG_INFINITY);
    }

    #[test]
    fn a_non_number_is_nan() {
        for text in [
            "", "-", "+1", "inf", "NaN", "-inf", ".5", "1e", "1e+", "1x", "1.2.3", "\"1\"", "é",
        ] {
            assert!(parse_number(text.as_bytes()).is_nan(), "{text}");
        }
    }
}
