//! Integers that a model wrote with a zero fraction: `5.0` is 5.
//!
//! Validation, grounding, digest, approval and request then see one form.

use serde_json::Value;

/// The first integer that is not exact in every JSON library: 2^53.
const INEXACT: u64 = 1 << 53;

/// Returns the length of the fraction of a JSON number, with its point, if the number is an integer
/// below 2^53 and the fraction is zero. A number with an exponent is not one: a person who approves
/// `1e3` reads another number.
pub(super) fn zero_fraction(number: &str) -> Option<usize> {
    let (whole, fraction) = number.split_once('.')?;
    let is_exact = whole.parse::<i64>().is_ok_and(|whole| whole.unsigned_abs() < INEXACT);
    (is_exact && whole != "-0" && fraction.bytes().all(|digit| digit == b'0'))
        .then_some(1 + fraction.len())
}

/// Replaces the integers of a parsed value that have a zero fraction. Its parser has already
/// removed exponents.
pub(crate) fn write_integers(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {}
        Value::Number(number) => {
            // A 64-bit float is written with a fraction, and in this range without an exponent.
            let written = number.is_f64().then(|| number.to_string());
            let integer = written.as_deref().and_then(|written| {
                let whole = written.len() - zero_fraction(written)?;
                written.get(..whole)?.parse::<i64>().ok()
            });
            if let Some(integer) = integer {
                *number = integer.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_integers),
        Value::Object(fields) => fields.values_mut().for_each(write_integers),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exact_integers_change_their_form() {
        for (written, expected) in [
            ("5.0", "5"),
            ("-5.00", "-5"),
            ("5", "5"),
            ("5.5", "5.5"),
            ("0.0", "0"),
            ("-0.0", "-0.0"),
            ("9007199254740991.0", "9007199254740991"),
            ("9007199254740992.0", "9007199254740992.0"),
            (r#"{"a":[1.0,"2.0",{"b":3.0}]}"#, r#"{"a":[1,"2.0",{"b":3}]}"#),
        ] {
            let mut value: Value = serde_json::from_str(written).unwrap_or_default();
            write_integers(&mut value);
            assert_eq!(value.to_string(), expected, "{written}");
        }
    }

    #[test]
    fn a_fraction_is_zero_in_every_digit_and_has_no_exponent() {
        for (number, length) in [("5.0", 2), ("-12.000", 4), ("0.0", 2)] {
            assert_eq!(zero_fraction(number), Some(length), "{number}");
        }
        for number in [
            "5",
            "5.5",
            "5.01",
            "5.0000000000000000001",
            "9007199254740991.4",
            "9007199254740992.0",
            "99999999999999999999.0",
            "-0.0",
            "1e3",
            "1.0e0",
            "5.0E1",
        ] {
            assert_eq!(zero_fraction(number), None, "{number}");
        }
    }
}
