//! Checks the limits on a model's arguments before any value is built.

use std::borrow::Cow;
use std::collections::HashSet;

use secure_tool_text::hidden;
use serde_json::Value;

use super::integers::zero_fraction;
use super::read::{Fault, Raw, Reader};
use crate::refusal::Rule;
use crate::spec::Limits;

/// Rejects a text that is too long, nests too deep, has too many keys or a duplicate key. Also
/// rejects a number that JSON libraries parse differently, a character that hides or overwrites
/// others, and a text that is not one JSON object.
///
/// Returns the text without the zero fractions of integers, so that `5.0` is parsed as 5.
///
/// It allocates only the keys of the open objects, at most `limits.arguments_keys` of them, and the
/// returned text if it differs.
pub(crate) fn inspect<'a>(text: &'a str, limits: &'a Limits) -> Result<Cow<'a, str>, Rule> {
    if text.len() > limits.arguments_bytes {
        return Err(Rule::TooLarge);
    }
    let mut inspector = Inspector {
        text,
        reader: Reader::new(text),
        limits,
        keys: 0,
        open: Vec::new(),
        rewritten: String::new(),
        copied: 0,
    };
    if inspector.reader.peek() != Some(b'{') {
        return Err(Rule::Malformed);
    }
    inspector.run()?;
    Ok(inspector.into_text())
}

struct Inspector<'a> {
    text: &'a str,
    reader: Reader<'a>,
    limits: &'a Limits,
    keys: usize,
    /// The open objects, with the keys seen, and the open lists, without keys.
    open: Vec<Option<HashSet<Cow<'a, str>>>>,
    /// The text up to `copied`, without zero fractions.
    rewritten: String,
    copied: usize,
}

impl From<Fault> for Rule {
    fn from(_: Fault) -> Self {
        Self::Malformed
    }
}

impl<'a> Inspector<'a> {
    fn run(&mut self) -> Result<(), Rule> {
        loop {
            match self.reader.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if self.open.len() >= self.limits.arguments_depth {
                        return Err(Rule::TooDeep);
                    }
                    self.reader.take(open)?;
                    let (close, keys) =
                        if open == b'{' { (b'}', Some(HashSet::new())) } else { (b']', None) };
                    if !self.reader.eat(close) {
                        self.open.push(keys);
                        self.key()?;
                        continue;
                    }
                }
                Some(b'"') => check_text(self.reader.string()?)?,
                Some(b't' | b'f' | b'n') => drop(self.reader.word()?),
                _ => self.number()?,
            }
            if self.close()? {
                return Ok(self.reader.end()?);
            }
        }
    }

    /// Reads what follows a value: closing brackets, or a comma and the next key. Returns true at
    /// the end of the text.
    fn close(&mut self) -> Result<bool, Rule> {
        loop {
            let Some(innermost) = self.open.last() else { return Ok(true) };
            let close = if innermost.is_some() { b'}' } else { b']' };
            if self.reader.eat(close) {
                self.open.pop();
            } else {
                self.reader.take(b',')?;
                self.key()?;
                return Ok(false);
            }
        }
    }

    fn number(&mut self) -> Result<(), Rule> {
        let number = self.reader.number()?;
        check_number(number)?;
        if let Some(fraction) = zero_fraction(number) {
            let end = self.reader.at();
            self.rewritten.push_str(self.text.get(self.copied..end - fraction).unwrap_or_default());
            self.copied = end;
        }
        Ok(())
    }

    fn into_text(mut self) -> Cow<'a, str> {
        if self.copied == 0 {
            return self.text.into();
        }
        self.rewritten.push_str(self.text.get(self.copied..).unwrap_or_default());
        self.rewritten.into()
    }

    fn key(&mut self) -> Result<(), Rule> {
        let Some(Some(seen)) = self.open.last_mut() else { return Ok(()) };
        let key = self.reader.string()?;
        self.keys += 1;
        if self.keys > self.limits.arguments_keys {
            return Err(Rule::TooManyKeys);
        }
        check_text(key)?;
        if !seen.insert(key.decoded()) {
            return Err(Rule::DuplicateKey);
        }
        self.reader.take(b':')?;
        Ok(())
    }
}

fn check_text(raw: Raw<'_>) -> Result<(), Rule> {
    if !raw.escaped && hidden::is_plain(raw.text)
        || raw.decoded().chars().all(|c| !hidden::is_forbidden(c))
    {
        Ok(())
    } else {
        Err(Rule::Characters)
    }
}

/// Checks that an integer fits in 64 bits and that a fraction is finite.
fn check_number(number: &str) -> Result<(), Rule> {
    let integer = !number.contains(['.', 'e', 'E']);
    let fits = if integer {
        number.parse::<i64>().is_ok() || number.parse::<u64>().is_ok()
    } else {
        number.parse::<f64>().is_ok_and(f64::is_finite)
    };
    if fits { Ok(()) } else { Err(Rule::NumberRange) }
}

/// Checks the same limits on a parsed value. Duplicate keys and overflowing numbers can't be
/// detected any more.
pub(crate) fn inspect_value(value: &Value, limits: &Limits) -> Result<(), Rule> {
    if !value.is_object() {
        return Err(Rule::Malformed);
    }
    let (mut bytes, mut keys) = (0usize, 0usize);
    let mut open = vec![(value, 1usize)];
    while let Some((value, depth)) = open.pop() {
        bytes = bytes.saturating_add(8);
        match value {
            Value::Array(items) => {
                if depth > limits.arguments_depth {
                    return Err(Rule::TooDeep);
                }
                if items.len() > limits.arguments_bytes {
                    return Err(Rule::TooLarge); // before the stack grows
                }
                open.extend(items.iter().map(|item| (item, depth + 1)));
            }
            Value::Object(fields) => {
                if depth > limits.arguments_depth {
                    return Err(Rule::TooDeep);
                }
                keys = keys.saturating_add(fields.len());
                if keys > limits.arguments_keys {
                    return Err(Rule::TooManyKeys);
                }
                for (key, value) in fields {
                    bytes = bytes.saturating_add(key.len());
                    check_text(Raw { text: key, escaped: false })?;
                    open.push((value, depth + 1));
                }
            }
            Value::String(text) => {
                bytes = bytes.saturating_add(text.len());
                if bytes <= limits.arguments_bytes {
                    check_text(Raw { text, escaped: false })?;
                }
            }
            _ => {}
        }
        if bytes > limits.arguments_bytes {
            return Err(Rule::TooLarge);
        }
    }
    Ok(())
}

/// Drops a value without recursion. Dropping a deeply nested value recursively would overflow the
/// stack.
pub(crate) fn dismantle(value: Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items),
            Value::Object(fields) => open.extend(fields.into_iter().map(|(_, value)| value)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits::DEFAULT;

    #[test]
    fn each_limit_has_its_rule() {
        let big = format!("{{\"a\":\"{}\"}}", "x".repeat(70_000));
        let deep = format!("{{\"a\":{}", "[".repeat(100_000));
        let deep = deep.get(..60_000).unwrap_or_default();
        let keys = format!(
            "{{{}}}",
            (0..2_000).map(|i| format!("\"k{i}\":1")).collect::<Vec<_>>().join(",")
        );
        for (text, rule) in [
            (big.as_str(), Rule::TooLarge),
            (deep, Rule::TooDeep),
            (&keys, Rule::TooManyKeys),
            (r#"{"a":1,"a":2}"#, Rule::DuplicateKey),
            (r#"{"a":1,"\u0061":2}"#, Rule::DuplicateKey),
            (r#"{"x":[{"a":1,"a":2}]}"#, Rule::DuplicateKey),
            (r#"{"a":18446744073709551616}"#, Rule::NumberRange),
            (r#"{"a":-9223372036854775809}"#, Rule::NumberRange),
            (r#"{"a":1e400}"#, Rule::NumberRange),
            (r#"{"a":"\ud800"}"#, Rule::Malformed),
            (r#"{"a":NaN}"#, Rule::Malformed),
            (r#"{"a":1}x"#, Rule::Malformed),
            ("[1]", Rule::Malformed),
            ("", Rule::Malformed),
            (r#"{"a":"\u202e"}"#, Rule::Characters),
            ("{\"a\":\"\u{e0041}\"}", Rule::Characters),
            (r#"{"\u0000":1}"#, Rule::Characters),
        ] {
            assert_eq!(
                inspect(text, &LIMITS).err(),
                Some(rule),
                "{}",
                text.get(..40).unwrap_or(text)
            );
        }
    }

    #[test]
    fn valid_arguments_are_accepted() {
        for text in [
            "{}",
            r#" {"a":1,"b":{"a":[1,2,{"a":null}]},"c":"é\n\t"} "#,
            r#"{"a":18446744073709551615,"b":-9223372036854775808,"c":1.5e300}"#,
        ] {
            assert_eq!(inspect(text, &LIMITS).as_deref(), Ok(text), "{text}");
            assert_eq!(
                inspect_value(&serde_json::from_str(text).expect(text), &LIMITS),
                Ok(()),
                "{text}"
            );
        }
    }

    #[test]
    fn deep_value_is_rejected_and_dropped_without_recursion() {
        let mut value = Value::Null;
        for _ in 0..200_000 {
            value = Value::Array(vec![value]);
        }
        let mut object = serde_json::Map::new();
        object.insert("a".into(), value);
        let value = Value::Object(object);
        assert_eq!(inspect_value(&value, &LIMITS), Err(Rule::TooDeep));
        dismantle(value);
    }
}
