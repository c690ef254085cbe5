//! A strict pull parser ([RFC 8259](https://www.rfc-editor.org/rfc/rfc8259)). Tokens are slices of
//! the text. It does not allocate and does not recurse.
//!
//! Accepted text is valid JSON, and its `\u` escapes form whole characters: a lone surrogate is an
//! error. The callers check depth, keys and sizes.

use std::borrow::Cow;

/// The position of a syntax error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The byte offset.
    pub(crate) at: usize,
}

/// The content of a string between its quotes, still escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Raw<'a> {
    pub(crate) text: &'a str,
    pub(crate) escaped: bool,
}

impl<'a> Raw<'a> {
    pub(crate) fn decoded(self) -> Cow<'a, str> {
        if self.escaped { unescape(self.text).into() } else { self.text.into() }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// Returns the current position.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(crate) fn fault<T>(&self) -> Result<T, Fault> {
        Err(Fault { at: self.at })
    }

    /// Returns the next byte that is not white space, without consuming it.
    #[inline]
    pub(crate) fn peek(&mut self) -> Option<u8> {
        while let Some(byte) = self.byte() {
            if !matches!(byte, b' ' | b'\n' | b'\r' | b'\t') {
                return Some(byte);
            }
            self.at += 1;
        }
        None
    }

    /// Consumes this byte if it is next.
    #[inline]
    pub(crate) fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Consumes this byte, or fails.
    pub(crate) fn take(&mut self, byte: u8) -> Result<(), Fault> {
        if self.eat(byte) { Ok(()) } else { self.fault() }
    }

    /// Consumes the member name and its colon if the text continues with exactly this name.
    /// Otherwise consumes nothing.
    #[inline]
    pub(crate) fn eat_name(&mut self, name: &str) -> bool {
        self.peek();
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let behind = rest
            .strip_prefix(b"\"")
            .and_then(|rest| rest.strip_prefix(name.as_bytes()))
            .and_then(|rest| rest.strip_prefix(b"\""));
        // A name with a quote or a backslash is written with escapes, so the unescaped text is
        // another name.
        if behind.is_none() || plain(name.as_bytes()) < name.len() {
            return false;
        }
        let before = self.at;
        self.at += name.len() + 2;
        let found = self.eat(b':');
        if !found {
            self.at = before;
        }
        found
    }

    /// Checks that only white space is left.
    pub(crate) fn end(&mut self) -> Result<(), Fault> {
        if self.peek().is_none() { Ok(()) } else { self.fault() }
    }

    /// Consumes a string.
    pub(crate) fn string(&mut self) -> Result<Raw<'a>, Fault> {
        self.take(b'"')?;
        let start = self.at;
        let mut escaped = false;
        loop {
            self.at += plain(self.text.as_bytes().get(self.at..).unwrap_or_default());
            match self.byte() {
                Some(b'"') => {
                    let text = self.text.get(start..self.at).ok_or(Fault { at: self.at })?;
                    self.at += 1;
                    return Ok(Raw { text, escaped });
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return self.fault(), // the end, or a control character
            }
        }
    }

    fn escape(&mut self) -> Result<(), Fault> {
        self.at += 1;
        match self.byte() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(())
            }
            Some(b'u') => {
                self.at += 1;
                match self.unit()? {
                    0xDC00..=0xDFFF => self.fault(),
                    0xD800..=0xDBFF
                        if !self
                            .text
                            .get(self.at..)
                            .is_some_and(|rest| rest.starts_with("\\u")) =>
                    {
                        self.fault()
                    }
                    0xD800..=0xDBFF => {
                        self.at += 2;
                        if matches!(self.unit()?, 0xDC00..=0xDFFF) { Ok(()) } else { self.fault() }
                    }
                    _ => Ok(()),
                }
            }
            _ => self.fault(),
        }
    }

    /// Consumes four hex digits.
    fn unit(&mut self) -> Result<u16, Fault> {
        match self.text.as_bytes().get(self.at..self.at + 4).and_then(code_unit) {
            Some(unit) => {
                self.at += 4;
                Ok(unit)
            }
            None => self.fault(),
        }
    }

    /// Consumes a number and returns its text.
    pub(crate) fn number(&mut self) -> Result<&'a str, Fault> {
        self.peek();
        let start = self.at;
        self.at += usize::from(self.byte() == Some(b'-'));
        match self.byte() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return self.fault(),
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.byte(), Some(b'e' | b'E')) {
            self.at += 1;
            self.at += usize::from(matches!(self.byte(), Some(b'+' | b'-')));
            self.digits()?;
        }
        self.text.get(start..self.at).ok_or(Fault { at: start })
    }

    fn digits(&mut self) -> Result<(), Fault> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += count;
        if count > 0 { Ok(()) } else { self.fault() }
    }

    /// Consumes `true`, `false` or `null` and returns its text.
    pub(crate) fn word(&mut self) -> Result<&'a str, Fault> {
        self.peek();
        let rest = self.text.get(self.at..).unwrap_or_default();
        for word in ["true", "false", "null"] {
            if let Some(found) = rest.get(..word.len()).filter(|found| *found == word) {
                self.at += word.len();
                return Ok(found);
            }
        }
        self.fault()
    }

    /// Consumes a value of any kind, nested at most `depth` deep.
    pub(crate) fn skip(&mut self, depth: usize) -> Result<(), Fault> {
        // A bit per level would be enough, but the depth is bounded, so a short vector works too.
        let mut closers: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                Some(open @ (b'{' | b'[')) => {
                    if closers.len() >= depth {
                        return self.fault();
                    }
                    self.at += 1;
                    let close = if open == b'{' { b'}' } else { b']' };
                    if !self.eat(close) {
                        closers.push(close);
                        self.key_of(close)?;
                        continue;
                    }
                }
                Some(b'"') => drop(self.string()?),
                Some(b't' | b'f' | b'n') => drop(self.word()?),
                _ => drop(self.number()?),
            }
            // A value has ended; its containers may end too.
            loop {
                let Some(&close) = closers.last() else { return Ok(()) };
                if self.eat(close) {
                    closers.pop();
                } else {
                    self.take(b',')?;
                    self.key_of(close)?;
                    break;
                }
            }
        }
    }

    fn key_of(&mut self, close: u8) -> Result<(), Fault> {
        if close == b'}' {
            self.string()?;
            self.take(b':')?;
        }
        Ok(())
    }
}

/// Returns the number of bytes before the first quote, backslash or control character, eight at a
/// time.
#[inline]
pub(super) fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The standard test for a zero byte. False positives occur only above a true one, and only the
    // first match is used.
    let zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
    let mut at = 0;
    for chunk in bytes.chunks_exact(8) {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        let control = word.wrapping_sub(ONES * 0x20) & !word & HIGHS;
        let found = zero(word ^ (ONES * u64::from(b'"')))
            | zero(word ^ (ONES * u64::from(b'\\')))
            | control;
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    at + bytes
        .get(at..)
        .unwrap_or_default()
        .iter()
        .take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20))
        .count()
}

/// Returns the UTF-16 code unit from the digits of an escape.
fn code_unit(digits: &[u8]) -> Option<u16> {
    u16::try_from(secure_tool_text::internal::hex::number(digits)?).ok()
}

/// Returns the decoded text of a string. `raw` was accepted by [`Reader::string`]; invalid parts
/// are omitted.
pub(crate) fn unescape(raw: &str) -> String {
    let mut text = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some((plain, escape)) = rest.split_once('\\') {
        text.push_str(plain);
        let mut after = escape.chars();
        match after.next() {
            Some('u') => {
                let (decoded, used) = unescape_unit(escape.as_bytes());
                text.extend(decoded);
                rest = escape.get(used..).unwrap_or_default();
                continue;
            }
            Some('b') => text.push('\u{8}'),
            Some('f') => text.push('\u{c}'),
            Some('n') => text.push('\n'),
            Some('r') => text.push('\r'),
            Some('t') => text.push('\t'),
            Some(itself) => text.push(itself),
            None => {}
        }
        rest = after.as_str();
    }
    text.push_str(rest);
    text
}

/// Decodes `uXXXX`, or `uXXXX\uXXXX` for a surrogate pair. Returns the character and the number of
/// bytes consumed.
fn unescape_unit(escape: &[u8]) -> (Option<char>, usize) {
    let unit = |from: usize| escape.get(from..from + 4).and_then(code_unit);
    match unit(1) {
        Some(high @ 0xD800..=0xDBFF) => {
            let pair = unit(7).and_then(|low| char::decode_utf16([high, low]).next()?.ok());
            (pair, escape.len().min(11))
        }
        Some(one) => (char::from_u32(u32::from(one)), 5),
        None => (None, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepts(text: &str) -> bool {
        let mut reader = Reader::new(text);
        reader.skip(100).and_then(|()| reader.end()).is_ok()
    }

    #[test]
    fn reader_accepts_the_same_texts_as_serde_json() {
        for text in [
            "null",
            " true ",
            "[]",
            "{}",
            "[1,2]",
            r#"{"a":{"b":[1,"x"]}}"#,
            "-0",
            "1e5",
            "1.5E-3",
            r#""\u00e9\ud83d\ude00""#,
            "[[],{}]",
            "",
            "nul",
            "[1,]",
            "[,1]",
            "{\"a\"}",
            "{\"a\":}",
            "{a:1}",
            "01",
            "1.",
            ".5",
            "+1",
            "1e",
            "\"\n\"",
            "\"\\x\"",
            "\"abc",
            "[1 2]",
            "{\"a\":1,}",
            "[1]]",
            "nulll",
            r#""\ud83d""#,
            r#""\ude00""#,
            r#""\ud83d\u0041""#,
            r#""\u12""#,
            "\u{feff}1",
            "\"12345678\\",
            "\"1234567\t\"",
        ] {
            assert_eq!(
                accepts(text),
                serde_json::from_str::<serde_json::Value>(text).is_ok(),
                "{text}"
            );
        }
    }

    #[test]
    fn strings_are_decoded_as_serde_json_does() {
        for text in [
            r#""plain""#,
            r#""a\"b\\c\/d\b\f\n\r\t""#,
            r#""\u0041\u00e9\ud83d\ude00!""#,
            r#""""#,
            "\"é😀\\n\"",
        ] {
            let raw = Reader::new(text).string().expect(text);
            assert_eq!(raw.decoded(), serde_json::from_str::<String>(text).expect(text), "{text}");
        }
    }

    #[test]
    fn member_name_is_consumed_only_as_a_whole() {
        for (text, name) in [
            ("\"sku\":1", "sku"),
            (" \"sku\" : 1", "sku"),
            ("\"\":1", ""),
            ("\"größe\":1", "größe"),
        ] {
            let mut reader = Reader::new(text);
            assert!(reader.eat_name(name) && reader.number() == Ok("1"), "{text}");
        }
        for (text, name) in [
            ("\"skus\":1", "sku"),
            ("\"sk\":1", "sku"),
            ("\"sku\"", "sku"),
            ("\"sku", "sku"),
            ("\"sku\",", "sku"),
            ("", ""),
            (r#""a\"b":1"#, r#"a\"b"#), // says `a"b`
            (r#""\u0073ku":1"#, r"\u0073ku"),
        ] {
            let mut reader = Reader::new(text);
            assert!(!reader.eat_name(name) && reader.at() == 0, "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_rejected_without_recursion() {
        let deep = "[".repeat(100_000);
        assert_eq!(Reader::new(&deep).skip(64), Err(Fault { at: 64 }));
    }
}
