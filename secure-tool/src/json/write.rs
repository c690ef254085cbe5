//! Writes text as a JSON string.

use super::read::plain;

/// Appends the text and escapes only the characters that JSON requires.
pub(crate) fn escape_into(out: &mut String, text: &str) {
    let mut rest = text;
    loop {
        let (before, after) = rest.split_at_checked(plain(rest.as_bytes())).unwrap_or((rest, ""));
        out.push_str(before);
        let mut characters = after.chars();
        match characters.next() {
            None => return,
            Some(c) => escape_one(out, c),
        }
        rest = characters.as_str();
    }
}

/// Appends the escape of a quote, a backslash or an ASCII control character.
fn escape_one(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        other => {
            out.push_str(if other < '\u{10}' { "\\u000" } else { "\\u001" });
            out.push(char::from_digit(u32::from(other) & 15, 16).unwrap_or('0'));
        }
    }
}

/// Appends the text as a JSON string.
pub(crate) fn quote_into(out: &mut String, text: &str) {
    out.push('"');
    escape_into(out, text);
    out.push('"');
}

#[cfg(test)]
mod tests {
    #[test]
    fn written_text_parses_back() {
        for text in [
            "",
            "plain",
            "\"\\/\n\r\t\u{1}\u{1f}é😀",
            "\u{0}",
            "é\"é\\é and more than eight bytes\n",
        ] {
            let mut out = String::new();
            super::quote_into(&mut out, text);
            assert_eq!(serde_json::from_str::<String>(&out).expect("valid JSON"), text);
        }
    }
}
