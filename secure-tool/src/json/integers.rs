//! Integers that a model wrote with a zero fraction: `5.0` is 5.

use serde_json::Value;

/// The first integer that is not exact in every JSON library: 2^53.
const INEXACT: f64 = 9_007_199_254_740_992.0;

/// Replaces every number below 2^53 with a zero fraction by that integer, so that validation,
/// grounding, digest, approval and request see one form.
pub(crate) fn write_integers(value: &mut Value) {
    match value {
        Value::Null | Value::Bool(_) | Value::String(_) => {}
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64())
                && float.fract() == 0.0
                && float.abs() < INEXACT
                && !(float == 0.0 && float.is_sign_negative())
            {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "an integer below 2^53 is exact in both types"
                )]
                let integer = float as i64;
                *number = integer.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(write_integers),
        Value::Object(fields) => fields.values_mut().for_each(write_integers),
    }
}

/// Returns whether a JSON text has a number with an exponent. `1e3` is not read as an integer: a
/// person who approves it reads another number.
pub(crate) fn has_exponent(text: &str) -> bool {
    let (mut in_text, mut escaped, mut before) = (false, false, b' ');
    for byte in text.bytes() {
        if in_text {
            in_text = escaped || byte != b'"';
            escaped = !escaped && byte == b'\\';
        } else if byte == b'"' {
            in_text = true;
        } else if matches!(byte, b'e' | b'E') && before.is_ascii_digit() {
            return true;
        }
        before = byte;
    }
    false
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        assert_ne!(json!(5.0), json!(5));
    }

    #[test]
    fn exponents_are_found_in_numbers_only() {
        for with in ["1e3", r#"{"a":1E3}"#, r#"{"a":"x","b":[1.0e0]}"#, r#"{"\"":1e1}"#] {
            assert!(has_exponent(with), "{with}");
        }
        for without in ["true", r#"{"1e3":"1e3"}"#, r#"{"a":"\"1e3","b":false}"#, "5.0", ""] {
            assert!(!has_exponent(without), "{without}");
        }
    }
}
