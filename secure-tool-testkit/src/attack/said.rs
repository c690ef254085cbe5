//! Returns the texts that a user types so that the arguments are grounded.

use serde_json::Value;

use crate::strategy::escaped;

/// The maximum size of the texts of one call, in bytes. A session reads at most 256 KiB.
const MOST: usize = 100_000;
/// The maximum length of an entity, in bytes.
const LONGEST: usize = 900;

/// Returns texts that mention the values of these arguments, except the value at `except`.
///
/// Each value occurs in quotes and without quotes: account numbers and words of a closed list are
/// not recognized in quotes.
pub(super) fn said(arguments: &Value, names: &[String], except: Option<&str>) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if let Some(argument) = arguments.get(name) {
            collect(argument, &mut format!("/{}", escaped(name)), except, &mut all);
        }
    }
    let mut left = MOST;
    all.retain(|text| {
        let fits = text.len() <= left;
        left = left.saturating_sub(text.len());
        fits
    });
    all
}

fn collect(value: &Value, pointer: &mut String, except: Option<&str>, all: &mut Vec<String>) {
    if except == Some(pointer.as_str()) {
        return;
    }
    let length = pointer.len();
    match value {
        Value::Array(items) => {
            for (at, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&at.to_string());
                collect(item, pointer, except, all);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&escaped(name));
                collect(member, pointer, except, all);
                pointer.truncate(length);
            }
        }
        Value::String(text) if text.len() <= LONGEST => {
            all.extend(quoted(text));
            all.push(text.clone());
        }
        Value::Number(number) => all.push(format!("\"{number}\" ")),
        _ => {}
    }
}

/// Returns the text in quotes, or `None` if it contains a quote.
pub(super) fn quoted(text: &str) -> Option<String> {
    (!text.contains('"')).then(|| format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn all_named_arguments_are_mentioned_except_the_exception() {
        let arguments = json!({ "to": ["a@x.example", "b@x.example"], "text": "say \"hi\"", "amount": 12.5, "fast": true });
        let names = ["to", "text", "amount"].map(String::from);
        let all = said(&arguments, &names, None).join(" ; ");
        assert!(
            all.contains("\"a@x.example\"")
                && all.contains("\"12.5\"")
                && all.contains("say \"hi\""),
            "{all}"
        );
        let some = said(&arguments, &names, Some("/to/0")).join(" ; ");
        assert!(!some.contains("a@x.example") && some.contains("b@x.example"), "{some}");
        assert_eq!(said(&json!({ "text": "x".repeat(1_000) }), &names, None), Vec::<String>::new());
    }
}
