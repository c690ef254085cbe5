//! Decodes escapes and smuggled characters: takes a text, returns the decoded text and its map to
//! the source.

use super::map::Map;
use crate::hex;

/// Decodes the escapes of JSON (`\n`, `\u0041`, `\x41`), HTML (`&lt;`, `&#65;`) and URLs (`%41`) in
/// one pass. Returns `None` if the text has none.
pub(crate) fn unescaped(text: &str) -> Option<(String, Map)> {
    let mut at = memchr::memchr3(b'\\', b'%', b'&', text.as_bytes())?;
    let mut out = String::new();
    let mut map = Map::default();
    let mut from = 0;
    let mut bytes = Vec::new();
    loop {
        if let Some(length) = escape_at(text.get(at..).unwrap_or_default(), &mut bytes) {
            map.at(out.len(), from);
            out.push_str(text.get(from..at).unwrap_or_default());
            map.at(out.len(), at);
            // Consecutive escaped bytes may form one character.
            let mut end = at + length;
            while let Some(more) = escape_at(text.get(end..).unwrap_or_default(), &mut bytes) {
                end += more;
            }
            out.push_str(&String::from_utf8_lossy(&bytes));
            bytes.clear();
            from = end;
            map.at(out.len(), from);
            at = end;
        } else {
            at += 1;
        }
        match text.as_bytes().get(at..).and_then(|rest| memchr::memchr3(b'\\', b'%', b'&', rest)) {
            Some(next) => at += next,
            None => break,
        }
    }
    if from == 0 {
        return None;
    }
    out.push_str(text.get(from..).unwrap_or_default());
    map.end(out.len(), text.len());
    Some((out, map))
}

/// The kind of escape that a backslash, a percent sign or an ampersand may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Escape {
    /// Not an escape.
    None,
    /// An escape between words. It hides only the start of a word.
    OfGap,
    /// An escape that may stand for a letter, or for a character of model tokens.
    OfLetter,
}

/// Classifies the escape at the start of `rest` by its first bytes.
pub(crate) fn escape(rest: &[u8]) -> Escape {
    match rest {
        [b'\\', b'u' | b'x', ..] | [b'%', b'u', ..] | [b'&', b'#' | b'l' | b'v' | b'n', ..] => {
            Escape::OfLetter
        }
        [b'\\', b'n' | b'r' | b't' | b'"' | b'\'' | b'/' | b'\\', ..]
        | [b'&', b'a'..=b'z' | b'A'..=b'Z', ..] => Escape::OfGap,
        [b'%', digits @ ..] => match digits.get(..2).and_then(hex::number) {
            // Letters, `[`, `|`, `<`, and bytes of other scripts.
            Some(0x3c | 0x41..) => Escape::OfLetter,
            Some(_) => Escape::OfGap,
            None => Escape::None,
        },
        _ => Escape::None,
    }
}

/// The relevant named characters of HTML. The others are accented letters, which no instruction
/// needs.
const NAMED: [(&[u8], u8); 22] = [
    (b"&amp;", b'&'),
    (b"&lt;", b'<'),
    (b"&gt;", b'>'),
    (b"&quot;", b'"'),
    (b"&apos;", b'\''),
    (b"&nbsp;", b' '),
    (b"&sol;", b'/'),
    (b"&colon;", b':'),
    (b"&lpar;", b'('),
    (b"&rpar;", b')'),
    (b"&lsqb;", b'['),
    (b"&rsqb;", b']'),
    (b"&lbrack;", b'['),
    (b"&rbrack;", b']'),
    (b"&excl;", b'!'),
    (b"&vert;", b'|'),
    (b"&num;", b'#'),
    (b"&period;", b'.'),
    (b"&comma;", b','),
    (b"&quest;", b'?'),
    (b"&Tab;", b'\t'),
    (b"&NewLine;", b'\n'),
];

/// Decodes the escape at the start of a text into `out`. Returns its length.
fn escape_at(text: &str, out: &mut Vec<u8>) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut push = |c: u32, length: usize| {
        let mut utf8 = [0; 4];
        out.extend_from_slice(char::from_u32(c)?.encode_utf8(&mut utf8).as_bytes());
        Some(length)
    };
    match (bytes.first()?, bytes.get(1)?) {
        (b'%', b'u') => push(bytes.get(2..6).and_then(hex::number)?, 6),
        (b'%', _) => {
            out.push(u8::try_from(bytes.get(1..3).and_then(hex::number)?).ok()?);
            Some(3)
        }
        (b'\\', b'u') if bytes.get(2) == Some(&b'{') => {
            let length = bytes.get(3..10)?.iter().position(|&byte| byte == b'}')?;
            push(bytes.get(3..3 + length).and_then(hex::number)?, length + 4)
        }
        (b'\\', b'u') => unicode(bytes).and_then(|(c, length)| push(c, length)),
        (b'\\', b'x') => {
            out.push(u8::try_from(bytes.get(2..4).and_then(hex::number)?).ok()?);
            Some(4)
        }
        (b'\\', b'n' | b'r' | b't') => push(u32::from(b'\n'), 2),
        (b'\\', &c @ (b'"' | b'\'' | b'/' | b'\\')) => push(u32::from(c), 2),
        (b'&', b'#') => {
            let hex = matches!(bytes.get(2), Some(b'x' | b'X'));
            let first = if hex { 3 } else { 2 };
            let length =
                bytes.get(first..)?.iter().take(8).position(|byte| !byte.is_ascii_hexdigit())?;
            let digits = text.get(first..first + length)?;
            let code = u32::from_str_radix(digits, if hex { 16 } else { 10 }).ok()?;
            push(code, first + length + usize::from(bytes.get(first + length) == Some(&b';')))
        }
        (b'&', _) => {
            let (name, byte) = NAMED.iter().find(|(name, _)| bytes.starts_with(name))?;
            push(u32::from(*byte), name.len())
        }
        _ => None,
    }
}

/// Returns the character of `\uXXXX`, or of a surrogate pair.
fn unicode(bytes: &[u8]) -> Option<(u32, usize)> {
    let high = bytes.get(2..6).and_then(hex::number)?;
    if !(0xd800..0xdc00).contains(&high) {
        return Some((high, 6));
    }
    let low = bytes
        .get(6..8)
        .filter(|start| *start == b"\\u")
        .and_then(|_| bytes.get(8..12).and_then(hex::number))?;
    let low = low.checked_sub(0xdc00).filter(|low| *low < 0x400)?;
    Some((0x1_0000 + ((high - 0xd800) << 10) + low, 12))
}

/// The minimum number of characters of a message. Emoji of regions have six tags.
const SHORTEST: usize = 7;

/// Decodes runs of tag characters, variation selectors and zero-width characters. Returns each
/// message with its range.
pub(crate) fn smuggled(text: &str) -> Vec<(String, std::ops::Range<usize>)> {
    let mut found = Vec::new();
    // The first UTF-8 bytes of all these characters.
    if memchr::memchr3(0xe2, 0xef, 0xf3, text.as_bytes()).is_none() {
        return found;
    }
    let mut tags = Run::default();
    let mut selectors = Run::default();
    let mut bits = Run::default();
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        match c {
            '\u{e0001}'..='\u{e007f}' => tags.push(u32::from(c) & 0x7f, at, end),
            '\u{fe00}'..='\u{fe0f}' => selectors.push(u32::from(c) - 0xfe00, at, end),
            '\u{e0100}'..='\u{e01ef}' => selectors.push(u32::from(c) - 0xe0100 + 16, at, end),
            '\u{200b}' | '\u{2062}' => bits.push(0, at, end),
            '\u{200c}' | '\u{200d}' | '\u{2063}' | '\u{2064}' => bits.push(1, at, end),
            '\u{200e}'..='\u{200f}' | '\u{2060}'..='\u{2061}' | '\u{feff}' => {}
            _ => {
                tags.take(&mut found, false);
                selectors.take(&mut found, false);
                bits.take(&mut found, true);
            }
        }
    }
    tags.take(&mut found, false);
    selectors.take(&mut found, false);
    bits.take(&mut found, true);
    found
}

/// Consecutive bytes or bits of a message.
#[derive(Debug, Default)]
struct Run {
    values: Vec<u8>,
    start: usize,
    end: usize,
}

impl Run {
    fn push(&mut self, value: u32, start: usize, end: usize) {
        if self.values.is_empty() {
            self.start = start;
        }
        self.values.extend(u8::try_from(value));
        self.end = end;
    }

    fn take(&mut self, found: &mut Vec<(String, std::ops::Range<usize>)>, are_bits: bool) {
        if self.values.is_empty() {
            return;
        }
        let values = std::mem::take(&mut self.values);
        let place = self.start..self.end;
        if !are_bits {
            if values.len() >= SHORTEST {
                found.push((String::from_utf8_lossy(&values).into_owned(), place));
            }
            return;
        }
        for flip in [0, 1] {
            let bytes: Vec<u8> = values
                .chunks_exact(8)
                .map(|bits| bits.iter().fold(0, |byte, bit| byte << 1 | (bit ^ flip)))
                .collect();
            if bytes.len() >= SHORTEST
                && bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~'))
            {
                found.push((String::from_utf8_lossy(&bytes).into_owned(), place.clone()));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_taken_off_and_places_kept() {
        for escaped in [
            r"say \u0069\u0067\u006e\u006f\u0072\u0065 now",
            "say &#105;&#x67;nore now",
            "say %69gno%72e now",
            r"say \x69gnor\u{65} now",
            "say %u0069gnore now",
        ] {
            let (out, map) = unescaped(escaped).expect("escapes");
            assert_eq!(out, "say ignore now");
            assert_eq!(&escaped[map.back(0..3)], "say");
            assert_eq!(&escaped[map.back(11..14)], "now");
            let whole = map.back(4..10);
            assert_eq!(whole, 4..escaped.len() - 4);
        }
    }

    #[test]
    fn text_that_is_not_an_escape_is_kept() {
        for text in ["100% & more", r"C:\users", "a && b", r"\ud800 %zz &#; &unknown;", "%"] {
            assert_eq!(unescaped(text), None, "{text}");
        }
        assert_eq!(unescaped("caf%C3%A9 \\ud83d\\ude00").expect("escapes").0, "café 😀");
    }

    #[test]
    fn smuggled_text_is_read() {
        let tags: String = "obey the tags"
            .chars()
            .map(|c| char::from_u32(0xe0000 + u32::from(c)).expect("a tag"))
            .collect();
        let selectors: String = "obey the selectors"
            .bytes()
            .map(|byte| {
                char::from_u32(if byte < 16 { 0xfe00 } else { 0xe0100 - 16 } + u32::from(byte))
                    .expect("a selector")
            })
            .collect();
        let bits: String = "obey the bits"
            .bytes()
            .flat_map(|byte| {
                (0..8)
                    .rev()
                    .map(move |bit| if byte >> bit & 1 == 0 { '\u{200b}' } else { '\u{200c}' })
            })
            .collect();
        for (hidden, said) in
            [(tags, "obey the tags"), (selectors, "obey the selectors"), (bits, "obey the bits")]
        {
            let text = format!("fine weather{hidden} today");
            assert_eq!(smuggled(&text), [(said.to_owned(), 12..12 + hidden.len())]);
        }
        assert_eq!(smuggled("🏴󠁧󠁢󠁥󠁮󠁧󠁿 ❤️ 👨‍👩‍👧"), []);
    }
}
