//! `event_time` to milliseconds: `YYYY-MM-DD[THH:mm[:ss[.fraction]][Z|±HH[:mm]]]`, or the seconds or
//! milliseconds since 1970.

use crate::json::parse_f64;

/// Parses an ISO 8601 time to milliseconds since 1970, as `Date.parse` does; NaN if it is not one.
///
/// As with `Date.parse`, the fraction may have any number of digits, of which only the first three
/// count, and `24:00` is the end of a day. Unlike with `Date.parse`, a time without an offset is in
/// UTC, not in the machine's zone, since Ardexa's times always are; a day that does not exist in
/// its month is invalid; and a year has four digits. A space instead of the `T`, a comma before the
/// fraction, lower case, and an offset without its colon or minutes are accepted, as are nine or
/// more digits: seconds or milliseconds since 1970.
#[must_use]
pub fn parse_event_time(text: &[u8]) -> f64 {
    let plain = <&[u8; 24]>::try_from(text).ok().and_then(parse_plain);
    let time = plain.or_else(|| parse(text));
    time.unwrap_or_else(|| {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if digits < EPOCH_DIGITS {
            return f64::NAN;
        }
        epoch_time(parse_f64(text))
    })
}

/// A number as a time: seconds since 1970 below 10^11 (the year 5138), and milliseconds from there
/// (1973) up to 10^13 (2286). NaN above: such numbers are dates without separators, or in finer
/// units.
pub(super) fn epoch_time(number: f64) -> f64 {
    let millis = match number.abs() {
        size if size < LEAST_MILLIS => number * 1000.0,
        size if size < ABOVE_MILLIS => number,
        _ => f64::NAN,
    };
    (millis + 0.5).floor()
}

/// `YYYY-MM-DDTHH:mm:ss.sssZ`, the form of nearly all times, parsed eight bytes at a time. `None`
/// if it has another form, or a field is out of range.
#[inline]
fn parse_plain(text: &[u8; 24]) -> Option<f64> {
    let [date, middle, end] = text.as_chunks::<8>().0 else {
        return None;
    };
    let [century, _, year, _, _, month, ..] = pairs(date, *b"0000-00-")?;
    let [day, _, _, hour, _, _, minute, _] = pairs(middle, *b"00T00:00")?;
    let [_, second, _, _, hundredths, _, last, _] = pairs(end, *b":00.000Z")?;
    let year = century * 100 + year;
    if hour > 23 || minute > 59 || second > 59 || day < 1 || day > days_of_month(year, month)? {
        return None;
    }
    let millis = ((hour * 60 + minute) * 60 + second) * 1000 + hundredths * 10 + last / 10;
    Some(f64::from(days_since_1970(year, month, day)) * MS_PER_DAY + f64::from(millis))
}

/// For each byte, ten times its digit plus the digit of the byte after it. `None` if a byte is not
/// a digit where the pattern has a `0`, or differs from the pattern elsewhere.
#[inline(always)]
fn pairs(text: &[u8; 8], pattern: [u8; 8]) -> Option<[i32; 8]> {
    // Sets the high bit of a byte that differs too much from its pattern: by ten, or by one.
    let lift = pattern.map(|byte| if byte == b'0' { 0x76 } else { 0x7f });
    let digits = u64::from_le_bytes(*text) ^ u64::from_le_bytes(pattern);
    if (digits.wrapping_add(u64::from_le_bytes(lift)) | digits) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    Some((digits * 10 + (digits >> 8)).to_le_bytes().map(i32::from))
}

fn parse(text: &[u8]) -> Option<f64> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    literal(&mut rest, b'-')?;
    let month = number(&mut rest, 2)?;
    literal(&mut rest, b'-')?;
    let day = number(&mut rest, 2)?;
    if day < 1 || day > days_of_month(year, month)? {
        return None;
    }
    let days = days_since_1970(year, month, day);
    let millis = if rest.is_empty() {
        0
    } else {
        time_of_day(rest)?
    };
    // At most about 10^14, which a double represents exactly.
    Some(f64::from(days) * MS_PER_DAY + f64::from(millis))
}

/// Milliseconds since midnight in UTC; with an offset, the result may lie on the day before or
/// after.
fn time_of_day(mut rest: &[u8]) -> Option<i32> {
    let (b'T' | b't' | b' ', after) = rest.split_first()? else {
        return None;
    };
    rest = after;
    let hour = number(&mut rest, 2)?;
    literal(&mut rest, b':')?;
    let minute = number(&mut rest, 2)?;
    let mut second = 0;
    let mut millis = 0;
    if literal(&mut rest, b':').is_some() {
        second = number(&mut rest, 2)?;
        if literal(&mut rest, b'.')
            .or_else(|| literal(&mut rest, b','))
            .is_some()
        {
            millis = fraction(&mut rest)?;
        }
    }
    if hour > 24 || minute > 59 || second > 59 || (hour == 24 && minute + second + millis > 0) {
        return None;
    }
    let offset_minutes = match rest {
        [] | [b'Z' | b'z'] => 0,
        [sign @ (b'+' | b'-'), offset @ ..] => {
            let mut offset = offset;
            let hours = number(&mut offset, 2)?;
            let minutes = if offset.is_empty() {
                0
            } else {
                literal(&mut offset, b':');
                number(&mut offset, 2)?
            };
            if hours > 23 || minutes > 59 || !offset.is_empty() {
                return None;
            }
            let offset = hours * 60 + minutes;
            if *sign == b'+' { offset } else { -offset }
        }
        _ => return None,
    };
    Some(((hour * 60 + minute - offset_minutes) * 60 + second) * 1000 + millis)
}

/// Takes a number of exactly this many digits.
fn number(rest: &mut &[u8], digits: usize) -> Option<i32> {
    let (text, after) = rest.split_at_checked(digits)?;
    *rest = after;
    text.iter().try_fold(0, |number, byte| {
        let digit = byte.is_ascii_digit().then(|| i32::from(byte - b'0'))?;
        Some(number * 10 + digit)
    })
}

/// Takes this byte if it comes next.
fn literal(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

/// Takes the digits of a fraction and returns whole milliseconds.
fn fraction(rest: &mut &[u8]) -> Option<i32> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (text, after) = rest.split_at_checked(digits)?;
    *rest = after;
    let mut millis = 0;
    let mut place = 100;
    for byte in text.iter().take(3) {
        millis += i32::from(byte - b'0') * place;
        place /= 10;
    }
    (digits > 0).then_some(millis)
}

fn days_of_month(year: i32, month: i32) -> Option<i32> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar. Years are counted from March, so that the leap
/// day is the last of its year; `153` is the days of five months in turn.
fn days_since_1970(year: i32, month: i32, day: i32) -> i32 {
    let year = if month > 2 { year } else { year - 1 };
    let month_from_march = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month_from_march + 2) / 5 + day - 1 - 719_468
}

const MS_PER_DAY: f64 = 86_400_000.0;
/// Numbers from here on are milliseconds.
const LEAST_MILLIS: f64 = 1e11;
const ABOVE_MILLIS: f64 = 1e13;
/// The fewest digits of an epoch time: fewer may be a date without separators.
const EPOCH_DIGITS: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn agrees_with_date_parse() {
        // The expected numbers are those of `Date.parse`.
        let cases = [
            ("2023-08-09T03:55:37.000Z", 1_691_553_337_000.0),
            ("2023-08-09T03:55:37Z", 1_691_553_337_000.0),
            ("2023-08-09T03:55Z", 1_691_553_300_000.0),
            ("2023-08-09T03:55:37.5Z", 1_691_553_337_500.0),
            ("2023-08-09T03:55:37.05Z", 1_691_553_337_050.0),
            ("2023-08-09T03:55:37.123999999Z", 1_691_553_337_123.0),
            ("2023-08-09T03:55:37.123+10:00", 1_691_517_337_123.0),
            ("2023-08-09T03:55:37-03:30", 1_691_565_937_000.0),
            ("2023-08-09", 1_691_539_200_000.0),
            ("1970-01-01T00:00:00Z", 0.0),
            ("1969-12-31T23:59:59.999Z", -1.0),
            ("2000-02-29T00:00:00Z", 951_782_400_000.0),
            ("2024-02-29T24:00:00Z", 1_709_251_200_000.0),
            ("1970-01-02T00:00:00+23:59", 60_000.0),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000.0),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999.0),
        ];
        for (text, millis) in cases {
            assert_eq!(parse_event_time(text.as_bytes()), millis, "{text}");
        }
    }

    /// The fast path against the general one: every string one byte away from a time, and every
    /// field at and beyond its limits.
    #[test]
    fn the_usual_form_parses_like_the_general_one() {
        let agree = |text: &[u8; 24]| {
            let plain = parse_plain(text);
            assert!(plain.is_none() || plain == parse(text), "{text:?}");
            plain.is_some()
        };
        for usual in [b"2023-08-09T03:55:37.123Z", b"1600-02-29T23:59:59.999Z"] {
            assert!(agree(usual));
            for place in 0..usual.len() {
                for byte in 0..=u8::MAX {
                    let mut text = *usual;
                    text[place] = byte;
                    agree(&text);
                }
            }
        }
        let mut plain = 0;
        for year in [
            "0000", "1900", "1969", "1970", "2000", "2023", "2024", "9999",
        ] {
            for month in 0..=13 {
                for day in 0..=32 {
                    let text = format!("{year}-{month:02}-{day:02}T12:34:56.789Z");
                    plain += u32::from(agree(text.as_bytes().try_into().unwrap()));
                }
            }
        }
        assert_eq!(plain, 8 * 365 + 3);
    }

    #[test]
    fn a_time_without_offset_is_utc() {
        for text in [
            "2023-08-09T03:55:37",
            "2023-08-09 03:55:37.000",
            "2023-08-09t03:55:37z",
            "2023-08-09T05:55:37+0200",
            "2023-08-09T05:55:37+02",
            "2023-08-09T00:55:37-03",
            "2023-08-09T03:55:37,000Z",
            "2023-08-09 05:55:37,000+02",
        ] {
            assert_eq!(
                parse_event_time(text.as_bytes()),
                1_691_553_337_000.0,
                "{text}"
            );
        }
    }

    #[test]
    fn an_epoch_time_is_in_seconds_or_milliseconds() {
        for (number, millis) in [
            (0.0, 0.0),
            (-1.0, -1000.0),
            (1_691_553_337.0, 1_691_553_337_000.0),
            (1_691_553_337.123, 1_691_553_337_123.0),
            (99_999_999_999.0, 99_999_999_999_000.0),
            (100_000_000_000.0, 100_000_000_000.0),
            (1_691_553_337_123.4, 1_691_553_337_123.0),
            (-100_000_000_000.0, -100_000_000_000.0),
            (9_999_999_999_999.0, 9_999_999_999_999.0),
        ] {
            assert_eq!(epoch_time(number), millis, "{number}");
        }
        for number in [1e13, -1e13, 1e16, f64::INFINITY, f64::NAN] {
            assert!(epoch_time(number).is_nan(), "{number}");
        }
        for text in [
            "1691553337",
            "1691553337.0",
            "1691553337000",
            "1.691553337e9",
        ] {
            let time = parse_event_time(text.as_bytes());
            assert_eq!(time.is_nan(), text.contains('e'), "{text}");
            assert!(time.is_nan() || time == 1_691_553_337_000.0, "{text}");
        }
        assert_eq!(parse_event_time(b"100000000"), 100_000_000_000.0);
        assert!(parse_event_time(b"99999999").is_nan());
    }

    #[test]
    fn an_invalid_time_is_nan() {
        let cases = [
            "",
            "now",
            "2023",
            "2023-08",
            "2023-8-9",
            "2023-13-01",
            "2023-00-01",
            "2023-02-29",
            "1900-02-29",
            "2023-04-31",
            "2023-08-00",
            "2023-08-09T",
            "2023-08-09T03",
            "2023-08-09T25:00Z",
            "2023-08-09T24:00:01Z",
            "2023-08-09T24:30:30Z",
            "2023-08-09T24:00:00.5Z",
            "2023-08-09T24:00:00.001Z",
            "2023-08-09T03:60Z",
            "2023-08-09T03:55:60Z",
            "2023-08-09T03:55:37.Z",
            "2023-08-09T03:55:37ZZ",
            "2023-08-09T03:55:37+1",
            "2023-08-09T03:55:37+",
            "2023-08-09T03:55:37+02:",
            "2023-08-09T03:55:37+24",
            "2023-08-09T03:55:37,Z",
            "2023-08-09T03:55:37,5,5Z",
            "20230809",
            "20230809035537",
            "16915533370000000",
            "1691553337x",
            "1691553337 ",
            "+1691553337",
            "2023-08-09T03:55:37+24:00",
            "2023-08-09T03:55:37+00:60",
            "2023-08-09T03:55:37+00:61",
            "2023-08-09T03:55:37+10:00x",
            " 2023-08-09T03:55:37Z",
            "２023-08-09T03:55:37Z",
            "-023-08-09",
            "2023-08-09é",
        ];
        for text in cases {
            assert!(parse_event_time(text.as_bytes()).is_nan(), "{text}");
        }
    }
}
