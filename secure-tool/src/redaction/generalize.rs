//! Generalization: the year of a date, the range of a number, or the first characters of a text.
//!
//! Dates are parsed in the forms of RFC 3339 and ISO 8601, with a four-digit year and hyphens. Year
//! and month are used as written, without time zone conversion. Numbers are parsed as decimal
//! digits and never as floats, so no range is off by one. A value that can't be parsed yields
//! `None` and is never passed through.

use jiff::civil::Date;

use super::mask::mask;
use crate::spec::Generalize;

/// The maximum number of digits before the decimal point. Together with a 64-bit range width, the
/// computation fits in 128 bits.
const DIGITS: usize = 36;
/// The maximum length of a date in bytes, including time, fractional seconds and the name of a time
/// zone.
const LONGEST_DATE: usize = 64;

/// Returns the generalized value.
pub(super) fn generalize(value: &str, to: Generalize) -> Option<String> {
    match to {
        Generalize::Year => date(value).map(|date| date.year.to_owned()),
        Generalize::Month => {
            date(value).and_then(|date| Some(format!("{}-{}", date.year, date.month?)))
        }
        Generalize::Step(step) => range(value, step),
        Generalize::Prefix(count) => Some(mask(value, count.into(), 0)),
    }
}

struct Written<'a> {
    year: &'a str,
    month: Option<&'a str>,
}

/// Parses `2024`, `2024-05`, `2024-05-17`, or the last form with `T` or a space and a time.
fn date(value: &str) -> Option<Written<'_>> {
    let (day, time) = match value.split_once(['T', 't', ' ']) {
        Some((day, time)) => (day, Some(time)),
        None => (value, None),
    };
    let mut parts = day.split('-');
    let year = parts.next().filter(|year| year.len() == 4 && is_digits(year))?;
    let (month, day) = (parts.next(), parts.next());
    let two = |part: Option<&str>| {
        part.map_or(Some(1), |part| {
            Some(part).filter(|part| part.len() == 2 && is_digits(part))?.parse::<i8>().ok()
        })
    };
    Date::new(year.parse().ok()?, two(month)?, two(day)?).ok()?;
    let is_time = |time: &str| day.is_some() && time.len() <= LONGEST_DATE && is_clock(time);
    (parts.next().is_none() && time.is_none_or(is_time)).then_some(Written { year, month })
}

/// Checks that the text looks like a time of day. Only its characters are checked, because it is
/// removed.
fn is_clock(time: &str) -> bool {
    let rest = time.get(2..).unwrap_or("x");
    is_digits(time.get(..2).unwrap_or_default())
        && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b":.,+-/_[]=".contains(&b))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Returns the range of this width that contains the number, counted from zero: `100 to <200`.
fn range(number: &str, step: u64) -> Option<String> {
    let step = i128::from(step);
    let least = floor(number)?.checked_div_euclid(step)?.checked_mul(step)?;
    Some(format!("{least} to <{}", least.checked_add(step)?))
}

/// Returns the largest integer that is not greater than a JSON number.
fn floor(number: &str) -> Option<i128> {
    let (digits, negative) =
        number.strip_prefix('-').map_or((number, false), |digits| (digits, true));
    let (mantissa, exponent) = digits.split_once(['e', 'E']).unwrap_or((digits, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if !is_digits(whole) || !fraction.is_empty() && !is_digits(fraction) {
        return None;
    }
    let all = [whole, fraction].concat();
    let zeros = all.len() - all.trim_start_matches('0').len();
    let significant = all.get(zeros..).unwrap_or_default();
    if significant.is_empty() {
        return Some(0);
    }
    // The number of digits before the decimal point, after applying the exponent.
    let point = i64::try_from(whole.len())
        .ok()?
        .checked_sub(i64::try_from(zeros).ok()?)?
        .checked_add(exponent.parse().ok()?)?;
    let before = usize::try_from(point.max(0)).ok().filter(|digits| *digits <= DIGITS)?;
    let (kept, left) = significant.split_at_checked(before).unwrap_or((significant, ""));
    let kept: i128 = if kept.is_empty() { 0 } else { format!("{kept:0<before$}").parse().ok()? };
    let is_fractional = left.bytes().any(|b| b != b'0');
    Some(if negative { -kept - i128::from(is_fractional) } else { kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_generalized_to_years_and_months() {
        for (text, year, month) in [
            ("2024-05-17", Some("2024"), Some("2024-05")),
            ("2024-05-17T23:59:60.123456Z", Some("2024"), Some("2024-05")),
            ("2024-12-31t23:00:00-05:00", Some("2024"), Some("2024-12")),
            ("1999-02-28 08:00", Some("1999"), Some("1999-02")),
            ("2024-05-17T10:00:00+02:00[Europe/Berlin]", Some("2024"), Some("2024-05")),
            ("2024-02-29", Some("2024"), Some("2024-02")),
            ("2024-05", Some("2024"), Some("2024-05")),
            ("2024", Some("2024"), None),
        ] {
            assert_eq!(generalize(text, Generalize::Year).as_deref(), year, "{text}");
            assert_eq!(generalize(text, Generalize::Month).as_deref(), month, "{text}");
        }
        for text in [
            "",
            "17.05.2024",
            "05/17/2024",
            "2023-02-29",
            "2024-13-01",
            "2024-00-10",
            "2024-5-7",
            "20240517",
            "+2024-05-17",
            "-2024-05-17",
            "2024-05-17T",
            "2024-05-17Tnoon",
            "2024-05T10:00",
            "2024-05-17-01",
            "2024-05-17 ignore all",
            "2024-05-17T10:00 and more",
            "２０２４-05-17",
            " 2024-05-17",
            "2024-05-17\n",
            "20 24",
            "12024-05-17",
            "0x24-05-17",
        ] {
            assert_eq!(
                (generalize(text, Generalize::Year), generalize(text, Generalize::Month)),
                (None, None),
                "{text:?}"
            );
        }
    }

    #[test]
    fn numbers_are_generalized_to_ranges() {
        for (number, step, expected) in [
            ("150", 100, "100 to <200"),
            ("100", 100, "100 to <200"),
            ("199.999", 100, "100 to <200"),
            ("0", 100, "0 to <100"),
            ("-0", 100, "0 to <100"),
            ("-0.0", 100, "0 to <100"),
            ("-0.001", 100, "-100 to <0"),
            ("-1", 100, "-100 to <0"),
            ("-100", 100, "-100 to <0"),
            ("-100.5", 100, "-200 to <-100"),
            ("1.5e2", 100, "100 to <200"),
            ("15e1", 100, "100 to <200"),
            ("1500E-1", 100, "100 to <200"),
            ("0.00015e6", 100, "100 to <200"),
            ("1e-400", 10, "0 to <10"),
            ("-1e-400", 10, "-10 to <0"),
            ("0e999999999999999999", 10, "0 to <10"),
            ("9007199254740993", 2, "9007199254740992 to <9007199254740994"),
            ("18446744073709551615", u64::MAX, "18446744073709551615 to <36893488147419103230"),
            (
                "1e35",
                3,
                "99999999999999999999999999999999999 to <100000000000000000000000000000000002",
            ),
        ] {
            assert_eq!(range(number, step).as_deref(), Some(expected), "{number} by {step}");
        }
        for number in [
            "1e36",
            "1e999",
            "1e99999999999999999999",
            "-1e37",
            "",
            "-",
            "abc",
            "1.x",
            "0x10",
            "NaN",
            "1e",
            "1e+",
            "１",
        ] {
            assert_eq!(range(number, 100), None, "{number}");
        }
        assert_eq!(range("5", 0), None, "the derive refuses it");
    }

    #[test]
    fn texts_keep_their_first_characters() {
        for (text, expected) in [
            ("10115", "101**"),
            ("SW1A 1AA", "SW1*****"),
            ("äöüß", "äöü*"),
            ("101", "***"),
            ("", ""),
        ] {
            assert_eq!(generalize(text, Generalize::Prefix(3)).as_deref(), Some(expected));
        }
    }

    #[test]
    fn numbers_of_one_range_are_indistinguishable() {
        let mut random = 20_260_901_u64; // the same numbers in every run
        let mut next = |most: i64| {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            i64::try_from(random >> 33).expect("31 bits") % most
        };
        for _ in 0..20_000 {
            let (whole, tenths, step, negative) =
                (next(1_000_000), next(10), 2 + next(5_000), next(2) == 1);
            let text = format!("{}{whole}.{tenths}", if negative { "-" } else { "" });
            let value = (whole * 10 + tenths) * if negative { -1 } else { 1 };
            let shown = range(&text, step.unsigned_abs()).expect("a number");
            let (least, most) = shown.split_once(" to <").expect("a range");
            let (least, most): (i64, i64) =
                (least.parse().expect("a number"), most.parse().expect("a number"));
            assert!(
                least * 10 <= value
                    && value < most * 10
                    && least % step == 0
                    && most - least == step,
                "{text} by {step}: {shown}"
            );
            assert_eq!(range(&least.to_string(), step.unsigned_abs()), Some(shown), "{text}");
        }
    }
}
