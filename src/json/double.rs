//! JSON numbers to doubles, correctly rounded, as `JSON.parse` reads them.
//!
//! ```text
//! digits × 10^exponent ─▶ the first 64 bits, and whether anything follows ─▶ rounded half to even
//! ```
//!
//! The standard library, `fast-float2` and `lexical` do the same with tables that add 13 to 15 KB
//! to the package (brotli); this adds 1 KB.

use core::cmp::Ordering;

/// Parses a JSON number. A number that is too large becomes infinite, as with
/// `JSON.parse`; text that is not a number becomes NaN.
#[inline(never)]
pub(crate) fn parse_f64(text: &[u8]) -> f64 {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let size = Decimal::read(text).map_or(f64::NAN, |decimal| decimal.to_double());
    if negative { -size } else { size }
}

/// `digits × 10^exponent`, without leading or trailing zeros.
#[derive(Default)]
struct Decimal {
    /// Each 0 to 9.
    digits: Vec<u8>,
    exponent: i32,
}

impl Decimal {
    /// `[0-9]+ (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    fn read(text: &[u8]) -> Option<Self> {
        let mut decimal = Self::default();
        let rest = decimal.read_digits(text, false)?;
        let rest = match rest.strip_prefix(b".") {
            Some(fraction) => decimal.read_digits(fraction, true)?,
            None => rest,
        };
        if let Some((b'e' | b'E', written)) = rest.split_first() {
            decimal.exponent = decimal.exponent.saturating_add(exponent(written)?);
        } else if !rest.is_empty() {
            return None;
        }
        while let Some(0) = decimal.digits.last() {
            decimal.digits.pop();
            decimal.exponent = decimal.exponent.saturating_add(1);
        }
        Some(decimal)
    }

    /// Takes one or more digits; returns the rest.
    fn read_digits<'t>(&mut self, text: &'t [u8], fraction: bool) -> Option<&'t [u8]> {
        let count = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = text.split_at_checked(count).filter(|_| count > 0)?;
        for digit in digits {
            let digit = digit - b'0';
            let kept = self.digits.len() < MOST_DIGITS;
            if !kept && digit != 0 {
                // No double, and no midpoint between two, has this many digits: a sticky bit is
                // enough.
                if let Some(last) = self.digits.last_mut() {
                    *last |= 1;
                }
            } else if kept && (digit != 0 || !self.digits.is_empty()) {
                self.digits.push(digit);
            }
            self.exponent += i32::from(!kept) - i32::from(fraction);
        }
        Some(rest)
    }

    fn to_double(&self) -> f64 {
        let places = i32::try_from(self.digits.len()).unwrap_or(i32::MAX);
        match self.exponent.saturating_add(places) {
            _ if places == 0 => 0.0,
            311.. => f64::INFINITY,
            ..-325 => 0.0,
            _ => self.short().unwrap_or_else(|| self.long()),
        }
    }

    /// Digits and a power of five that fit 64 bits each: the case for nearly all numbers.
    fn short(&self) -> Option<f64> {
        if self.digits.len() > 19 {
            return None;
        }
        let number = self
            .digits
            .iter()
            .fold(0, |number, &digit| number * 10 + u64::from(digit));
        let five = 5u64.checked_pow(self.exponent.unsigned_abs())?;
        let binary = if self.exponent < 0 {
            quotient(number, five)
        } else {
            let product = u128::from(number) * u128::from(five);
            let beyond = 64u32.saturating_sub(product.leading_zeros());
            let (top, low) = (product >> beyond, product & ((1 << beyond) - 1));
            #[expect(clippy::cast_possible_truncation, reason = "64 bits are left")]
            Binary {
                bits: top as u64,
                exponent: beyond.cast_signed(),
                more: low != 0,
            }
        };
        Some(binary.times_power_of_two(self.exponent).to_double())
    }

    /// The same with numbers of any length.
    fn long(&self) -> f64 {
        let mut number = Long::default();
        for &digit in &self.digits {
            number.multiply_add(10, digit.into());
        }
        let mut five = Long(vec![1]);
        let powers = if self.exponent < 0 {
            &mut five
        } else {
            &mut number
        };
        for _ in 0..self.exponent.unsigned_abs() {
            powers.multiply_add(5, 0);
        }
        // Shift one of them so that the highest bits align.
        let shift = five.bits().cast_signed() - number.bits().cast_signed();
        let moved = if shift < 0 { &mut five } else { &mut number };
        moved.shift_left(shift.unsigned_abs());
        let mut bits = 0;
        for _ in 0..64 {
            bits = bits << 1 | u64::from(number.subtract_if_not_less(&five));
            number.shift_left(1);
        }
        let more = number.bits() > 0;
        Binary {
            bits,
            exponent: -63 - shift,
            more,
        }
        .times_power_of_two(self.exponent)
        .to_double()
    }
}

/// The digits after the `e`; saturates, as larger exponents make no difference.
fn exponent(text: &[u8]) -> Option<i32> {
    let (sign, digits) = match text.split_first()? {
        (b'-', digits) => (-1, digits),
        (b'+', digits) => (1, digits),
        _ => (1, text),
    };
    if digits.is_empty() {
        return None;
    }
    let mut exponent = 0i32;
    for byte in digits {
        let digit = byte.is_ascii_digit().then(|| i32::from(byte - b'0'))?;
        exponent = exponent.saturating_mul(10).saturating_add(digit);
    }
    Some(sign * exponent)
}

/// `number / five` to 64 bits, both above 0.
fn quotient(number: u64, five: u64) -> Binary {
    let (up, down) = (number.leading_zeros(), five.leading_zeros());
    let (mut rest, five) = (number << up, five << down);
    let mut bits = 0;
    let mut carry = false;
    for _ in 0..64 {
        let fits = carry || rest >= five;
        if fits {
            rest = rest.wrapping_sub(five);
        }
        bits = bits << 1 | u64::from(fits);
        carry = rest >> 63 == 1;
        rest <<= 1;
    }
    let exponent = -63 + down.cast_signed() - up.cast_signed();
    Binary {
        bits,
        exponent,
        more: carry || rest != 0,
    }
}

/// `bits × 2^exponent`, and whether there is more than that. `bits` has at least 63 significant
/// bits unless `more` is false.
struct Binary {
    bits: u64,
    exponent: i32,
    more: bool,
}

impl Binary {
    const fn times_power_of_two(self, power: i32) -> Self {
        Self {
            exponent: self.exponent + power,
            ..self
        }
    }

    /// Rounds half to even.
    fn to_double(&self) -> f64 {
        let up = self.bits.leading_zeros();
        let bits = self.bits << up;
        // The value is at least 2^magnitude, and less than twice that.
        let magnitude = self.exponent + 63 - up.cast_signed();
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
        let up = match (bits & ((half - 1) | half)).cmp(&half) {
            Ordering::Less => false,
            Ordering::Equal => self.more || kept & 1 == 1,
            Ordering::Greater => true,
        };
        // The implicit bit of a normal number adds one to the exponent, as does rounding up to the
        // next power of two.
        let exponent = u64::from((magnitude + 1022).max(0).unsigned_abs());
        f64::from_bits((exponent << 52) + kept + u64::from(up))
    }
}

/// A number of any length, lowest word first, without trailing zero words.
#[derive(Default)]
struct Long(Vec<u32>);

impl Long {
    fn bits(&self) -> u32 {
        let words = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        words * 32 - self.0.last().map_or(0, |word| word.leading_zeros())
    }

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

    fn shift_left(&mut self, bits: u32) {
        self.multiply_add(1 << (bits % 32), 0);
        for _ in 0..bits / 32 {
            self.0.insert(0, 0);
        }
    }

    fn subtract_if_not_less(&mut self, other: &Self) -> bool {
        let longer = self.0.len().cmp(&other.0.len());
        if longer
            .then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
            .is_lt()
        {
            return false;
        }
        let mut borrow = 0;
        let others = other.0.iter().copied().chain(core::iter::repeat(0));
        for (word, other) in self.0.iter_mut().zip(others) {
            let difference = i64::from(*word) - i64::from(other) - borrow;
            borrow = i64::from(difference < 0);
            *word = low(difference.cast_unsigned());
        }
        while let Some(0) = self.0.last() {
            self.0.pop();
        }
        true
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
