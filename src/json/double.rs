//! JSON numbers to doubles, correctly rounded, as `JSON.parse` reads them.
//!
//! ```text
//! digits × 10^exponent ─┬─ both exact ─▶ one multiplication or division of doubles
//!                       └─ others ─▶ the first 64 bits, and whether anything follows ─▶ rounded
//! ```
//!
//! The standard library, `fast-float2` and `lexical` do the same with tables that add 13 to 15 KB
//! to the package (brotli); this adds 1 KB.

/// Parses a JSON number. A number that is too large becomes infinite, as with
/// `JSON.parse`; text that is not a number becomes NaN.
#[must_use]
pub fn parse_f64(text: &[u8]) -> f64 {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let size = Decimal::read(text).map_or(f64::NAN, |decimal| decimal.to_double());
    if negative { -size } else { size }
}

/// `digits × 10^exponent`. What all numbers go through is inlined: it saves a series of 40 values a
/// twentieth of its time.
struct Decimal<'a> {
    /// The digits as written, possibly with a point.
    written: &'a [u8],
    /// The digits as a number; `u64::MAX` if there are too many.
    digits: u64,
    exponent: i32,
}

impl<'a> Decimal<'a> {
    /// `[0-9]+ (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    #[inline(always)]
    fn read(text: &'a [u8]) -> Option<Self> {
        let mut digits = 0;
        let mut rest = read_digits(text, &mut digits)?;
        let mut decimals = 0;
        if let Some(fraction) = rest.strip_prefix(b".") {
            rest = read_digits(fraction, &mut digits)?;
            decimals = i32::try_from(fraction.len() - rest.len()).unwrap_or(i32::MAX);
        }
        let exponent = match rest {
            [] => 0,
            [b'e' | b'E', b'-', size @ ..] => -read_exponent(size)?,
            [b'e' | b'E', b'+', size @ ..] | [b'e' | b'E', size @ ..] => read_exponent(size)?,
            _ => return None,
        };
        Some(Self {
            written: text.get(..text.len() - rest.len())?,
            digits,
            exponent: exponent.saturating_sub(decimals),
        })
    }

    /// Where digits and power are exact there is only one rounding, so the result is correct
    /// (Clinger's fast path).
    #[inline(always)]
    fn to_double(&self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "used up to 2^53 only")]
        let digits = self.digits as f64;
        match POWERS.get(self.exponent.unsigned_abs() as usize) {
            Some(power) if self.digits <= EXACT && self.exponent < 0 => digits / power,
            Some(power) if self.digits <= EXACT => digits * power,
            _ => self.round(),
        }
    }

    /// The same for all other numbers.
    #[inline(never)]
    fn round(&self) -> f64 {
        let digits = self.written.iter().filter(|byte| **byte != b'.');
        let digits = digits.skip_while(|digit| **digit == b'0');
        let places = i32::try_from(digits.clone().count()).unwrap_or(i32::MAX);
        match self.exponent.saturating_add(places) {
            _ if places == 0 => return 0.0,
            311.. => return f64::INFINITY,
            ..-325 => return 0.0,
            _ => {}
        }
        let mut number = Long::default();
        let mut exponent = self.exponent;
        let mut more = false;
        for (place, digit) in digits.enumerate() {
            if place < MOST_DIGITS {
                number.multiply_add(10, u32::from(digit - b'0'));
            } else {
                exponent += 1;
                more |= *digit > b'0';
            }
        }
        let (is_fraction, mut fives) = (exponent < 0, exponent.unsigned_abs());
        // As each division takes less than a word, 64 bits are left in the end.
        for _ in 0..fives / FIVES + 3 {
            number.0.insert(0, 0);
            exponent -= 32;
        }
        while fives > 0 {
            let power = 5u32.pow(fives.min(FIVES));
            if is_fraction {
                more |= number.divide(power) > 0;
            } else {
                number.multiply_add(power, 0);
            }
            fives = fives.saturating_sub(FIVES);
        }
        let up = number.0.last().map_or(0, |word| word.leading_zeros());
        number.multiply_add(1 << up, 0);
        exponent -= up.cast_signed();
        let Some((rest, [low, high])) = number.0.split_last_chunk() else {
            return f64::NAN;
        };
        for word in rest {
            more |= *word > 0;
            exponent += 32;
        }
        let bits = u64::from(*high) << 32 | u64::from(*low) | u64::from(more);
        rounded(bits, exponent)
    }
}

/// Takes one or more digits, appends them to a number and returns the rest. The number becomes
/// `u64::MAX` once another digit might not fit.
#[inline(always)]
fn read_digits<'t>(text: &'t [u8], number: &mut u64) -> Option<&'t [u8]> {
    let mut rest = text;
    while let [digit @ b'0'..=b'9', after @ ..] = rest {
        *number = if *number < MOST_BEFORE_DIGIT {
            *number * 10 + u64::from(digit - b'0')
        } else {
            u64::MAX
        };
        rest = after;
    }
    (rest.len() < text.len()).then_some(rest)
}

/// The digits after the `e` and its sign; saturates, as larger exponents make no difference.
fn read_exponent(text: &[u8]) -> Option<i32> {
    let mut exponent = 0;
    let rest = read_digits(text, &mut exponent)?;
    rest.is_empty()
        .then(|| i32::try_from(exponent).unwrap_or(i32::MAX))
}

/// `bits × 2^exponent`, rounded half to even. The highest bit is set; the lowest one stands for
/// everything from there on.
fn rounded(bits: u64, exponent: i32) -> f64 {
    // The value is at least 2^magnitude, and less than twice that.
    let magnitude = exponent + 63;
    if magnitude > 1023 {
        return f64::INFINITY;
    }
    // Below 2^-1022 a double loses one bit for each power of two.
    let dropped = (-1011 - magnitude).max(11).unsigned_abs();
    if dropped > 64 {
        return 0.0;
    }
    let kept = bits.checked_shr(dropped).unwrap_or(0);
    let half = 1 << (dropped - 1);
    let rest = bits & ((half - 1) | half);
    let up = rest > half || (rest == half && kept & 1 == 1);
    // The implicit bit of a normal number adds one to the exponent, as does rounding up to the
    // next power of two.
    let exponent = u64::from((magnitude + 1022).max(0).unsigned_abs());
    f64::from_bits((exponent << 52) + kept + u64::from(up))
}

/// A number of any length, lowest word first, without trailing zero words.
#[derive(Default)]
struct Long(Vec<u32>);

impl Long {
    fn multiply_add(&mut self, factor: u32, summand: u32) {
        let mut carry = u64::from(summand);
        for word in &mut self.0 {
            carry += u64::from(*word) * u64::from(factor);
            *word = low(carry);
            carry >>= 32;
        }
        if carry > 0 {
            self.0.push(low(carry));
        }
    }

    /// Returns the remainder.
    fn divide(&mut self, divisor: u32) -> u64 {
        let mut rest = 0;
        for word in self.0.iter_mut().rev() {
            rest = rest << 32 | u64::from(*word);
            *word = low(rest / u64::from(divisor));
            rest %= u64::from(divisor);
        }
        self.0.pop_if(|word| *word == 0);
        rest
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "the low half is what is wanted"
)]
const fn low(number: u64) -> u32 {
    number as u32
}

/// The exact decimal of a double, or of the midpoint between two, has at most 768 digits.
const MOST_DIGITS: usize = 800;
/// The most fives whose product fits a word.
const FIVES: u32 = 13;
/// Below this, one more digit still fits 64 bits.
const MOST_BEFORE_DIGIT: u64 = 1_000_000_000_000_000_000;
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

    fn same(text: &str) {
        let expected: f64 = text.parse().unwrap();
        assert_eq!(
            parse_f64(text.as_bytes()).to_bits(),
            expected.to_bits(),
            "{text}"
        );
    }

    #[test]
    fn agrees_with_the_standard_library() {
        for text in [
            "0",
            "-0",
            "0.0",
            "-0.0e9",
            "1",
            "10",
            "66920.5",
            "0.1",
            "-0.30000000000000004",
            "9007199254740993",
            "9007199254740995",
            "18446744073709551615",
            "18446744073709551616",
            "12345678901234567890123456789",
            "1e22",
            "1e23",
            "1E+5",
            "8.5e-22",
            "1e0001",
            "1.7976931348623157e308",
            "1.7976931348623158e308",
            "1.7976931348623159e308",
            "1e309",
            "2.2250738585072014e-308",
            "2.2250738585072011e-308",
            "2.2250738585072009e-308",
            "5e-324",
            "4e-324",
            "2.4703282292062327e-324",
            "2.4703282292062328e-324",
            "2e-324",
            "1e-400",
            "0e99999999999",
            "1e99999999999",
            "1e-99999999999",
            "-1e400",
            "3.141592653589793238462643383279",
            "7.2057594037927933e16",
            "0.000000000000000000001",
            "100000000000000000000000000000000000000000",
            "1.00000000000000011102230246251565",
            "-0.0",
            "66920",
            "-0.1",
            "0.30000000000000004",
            "9007199254740991",
            "9007199254740992",
            "12345678901234567890",
            "123456789012345678901234567890",
            "1.5e-7",
            "0e5",
            "-0e-400",
            "0.000000000000000000000000000001",
            "-1e99999999999",
            // Above a halfway point by bit 0 of the first 64 bits, and by bit 0 of all.
            "2361183241434822869249",
            "170141183460469250621153235194464960513",
        ] {
            same(text);
        }
    }

    #[test]
    fn is_exact_around_powers_and_halfway_points() {
        for exponent in (-1074..1024).step_by(7) {
            let power = 2f64.powi(exponent);
            for number in [
                power,
                f64::from_bits(power.to_bits() + 1),
                power * 1.999_999_999_999_999_8,
            ] {
                same(&format!("{number:e}"));
                // The exact midpoint to the next double, and numbers slightly to either side.
                let next = f64::from_bits(number.to_bits() + 1);
                if number.is_finite() && next.is_finite() {
                    let middle = middle(number, next);
                    same(&middle);
                    same(&format!("{middle}1"));
                    same(&format!("{middle}{}1", "0".repeat(900)));
                }
            }
        }
    }

    /// The exact mean of two doubles: half of each, added in decimal.
    fn middle(one: f64, other: f64) -> String {
        let digits = |number: f64| {
            let text = format!("{:.1100}", number);
            text.replace('.', "").into_bytes()
        };
        let (one, other) = (digits(one), digits(other));
        let length = one.len().max(other.len());
        let digit = |text: &[u8], place: usize| {
            (place + text.len())
                .checked_sub(length)
                .map_or(0, |at| u32::from(text[at] - b'0'))
        };
        let mut sum = vec![0u32; length + 1];
        for place in (0..length).rev() {
            let total = digit(&one, place) + digit(&other, place) + sum[place + 1];
            sum[place + 1] = total % 10;
            sum[place] = total / 10;
        }
        let mut half = String::new();
        let mut rest = 0;
        for (place, digit) in sum.iter().chain(&[0]).enumerate() {
            if place == sum.len() - 1100 {
                half.push('.');
            }
            rest = rest * 10 + digit;
            half.extend(char::from_digit(rest / 2, 10));
            rest %= 2;
        }
        half
    }

    #[test]
    fn a_non_number_is_nan() {
        for text in [
            "", "-", "+1", "inf", "NaN", "-inf", ".5", "1.", "1e", "1e+", "1x", "1.2.3", "\"1\"",
            "é",
        ] {
            assert!(parse_f64(text.as_bytes()).is_nan(), "{text}");
        }
    }
}
