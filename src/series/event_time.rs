//! `event_time` to milliseconds: `YYYY-MM-DD[THH:mm[:ss[.fraction]][Z|±HH:mm]]`.

/// Reads an ISO 8601 time as milliseconds since 1970, as `Date.parse` gives it; NaN where it is
/// none.
///
/// As in `Date.parse` the fraction may have any number of digits, those after the third do not
/// count, and `24:00` is the end of a day. Unlike there, a time without an offset is in UTC and
/// not in the machine's zone, since Ardexa's times always are; a day that its month does not have
/// is no day; and a year has four digits. A space instead of the `T`, small letters and an offset
/// without its colon are understood.
#[must_use]
pub fn parse_event_time(text: &[u8]) -> f64 {
    parse(text).unwrap_or(f64::NAN)
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
    // At most some 10^14, which a double holds exactly; by way of `i32` the conversion is exact
    // by its type.
    let days = f64::from(i32::try_from(days).ok()?);
    Some(days * 86_400_000.0 + f64::from(i32::try_from(millis).ok()?))
}

/// Milliseconds since midnight in UTC; with an offset, it may be of the day before or after.
fn time_of_day(mut rest: &[u8]) -> Option<i64> {
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
        if literal(&mut rest, b'.').is_some() {
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
            literal(&mut offset, b':');
            let minutes = number(&mut offset, 2)?;
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

/// Takes a number of exactly so many digits.
fn number(rest: &mut &[u8], digits: usize) -> Option<i64> {
    let (text, after) = rest.split_at_checked(digits)?;
    let mut number = 0;
    for byte in text {
        if !byte.is_ascii_digit() {
            return None;
        }
        number = number * 10 + i64::from(byte - b'0');
    }
    *rest = after;
    Some(number)
}

/// Takes one byte, if it is this one.
fn literal(rest: &mut &[u8], byte: u8) -> Option<()> {
    *rest = rest.strip_prefix(&[byte])?;
    Some(())
}

/// Takes the digits of a fraction and gives its whole milliseconds.
fn fraction(rest: &mut &[u8]) -> Option<i64> {
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (text, after) = rest.split_at_checked(digits)?;
    *rest = after;
    let mut millis = 0;
    let mut place = 100;
    for byte in text.iter().take(3) {
        millis += i64::from(byte - b'0') * place;
        place /= 10;
    }
    (digits > 0).then_some(millis)
}

fn days_of_month(year: i64, month: i64) -> Option<i64> {
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
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month_from_march = (month + 9) % 12;
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (153 * month_from_march + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn agrees_with_date_parse() {
        // The numbers are those of `Date.parse`.
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
            ("0000-01-01T00:00:00Z", -62_167_219_200_000.0),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999.0),
        ];
        for (text, millis) in cases {
            assert_eq!(parse_event_time(text.as_bytes()), millis, "{text}");
        }
    }

    #[test]
    fn a_time_without_offset_is_in_utc() {
        for text in [
            "2023-08-09T03:55:37",
            "2023-08-09 03:55:37.000",
            "2023-08-09t03:55:37z",
            "2023-08-09T05:55:37+0200",
        ] {
            assert_eq!(
                parse_event_time(text.as_bytes()),
                1_691_553_337_000.0,
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_time_is_nan() {
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
            "2023-08-09T03:60Z",
            "2023-08-09T03:55:60Z",
            "2023-08-09T03:55:37.Z",
            "2023-08-09T03:55:37ZZ",
            "2023-08-09T03:55:37+1",
            "2023-08-09T03:55:37+24:00",
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
