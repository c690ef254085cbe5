//! Links: takes the text after `](` or `]:`, returns whether it is an allowed link.
//!
//! The end of a link follows [CommonMark](https://spec.commonmark.org/0.31.2/#links). The verdict
//! does not depend on it: everything that is not known to be allowed is defanged.

use super::allow::{Allowlist, Verdict};

/// The maximum length of a link after its text, in bytes. A longer link is broken instead of
/// removed.
pub(crate) const LONGEST_LINK: usize = 8 * 1024;

/// The maximum number of white-space bytes before an allowed destination.
const MOST_SPACES: usize = 256;

/// The construct after `](`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Inline {
    /// Not a link, or an allowed one, with the number of settled bytes.
    Settled(usize),
    /// A link to defang: its length in bytes and its destination.
    Link(usize, String),
    /// Not a link by the standard, but possibly by another parser. It must be broken.
    Broken,
    /// The result depends on more text.
    Wait,
}

/// Parses the text after `](`.
pub(super) fn inline(text: &str, end: bool, allowed: &Allowlist) -> Inline {
    let window = text.get(..text.floor_char_boundary(LONGEST_LINK)).unwrap_or(text);
    let missing = if end || text.len() >= LONGEST_LINK { Inline::Broken } else { Inline::Wait };
    let spaces = blank(window);
    let rest = window.get(spaces..).unwrap_or_default();
    let Some(first) = rest.chars().next() else { return missing };
    if spaces > MOST_SPACES {
        return Inline::Broken;
    }
    if first == ')' {
        return Inline::Settled(spaces);
    }
    let angle = usize::from(first == '<');
    match allowed.at(text.get(spaces + angle..).unwrap_or_default(), end) {
        Verdict::Allowed(length) => return Inline::Settled(spaces + angle + length),
        Verdict::Wait => return missing,
        Verdict::NotAllowed => {}
    }
    let mut cursor = Cursor { text: rest, at: angle };
    let found = if angle == 1 { cursor.until_angle() } else { cursor.until_space() };
    let destination = match found {
        Found::Yes => rest.get(angle..cursor.at).unwrap_or_default().to_owned(),
        Found::No => return Inline::Broken,
        Found::Ended => return missing,
    };
    cursor.at += angle;
    match cursor.rest_of_link() {
        Found::Yes => Inline::Link(spaces + cursor.at, destination),
        Found::No => Inline::Broken,
        Found::Ended => missing,
    }
}

/// Returns whether the text after `]:` could be the destination of a definition that is not
/// allowed. `None` if more text is needed.
pub(super) fn defines(text: &str, end: bool, allowed: &Allowlist) -> Option<bool> {
    let window = text.get(..text.floor_char_boundary(LONGEST_LINK)).unwrap_or(text);
    let missing = if end || text.len() >= LONGEST_LINK { Some(true) } else { None };
    // In a quotation, a marker precedes the destination on the next line.
    let spaces =
        window.bytes().take_while(|byte| byte.is_ascii_whitespace() || *byte == b'>').count();
    let rest = window.get(spaces..).unwrap_or_default();
    if rest.is_empty() {
        return if end { Some(false) } else { missing };
    }
    let angle = usize::from(rest.starts_with('<'));
    if spaces > MOST_SPACES {
        return Some(true);
    }
    match allowed.at(text.get(spaces + angle..).unwrap_or_default(), end) {
        Verdict::Allowed(_) => return Some(false),
        Verdict::Wait => return missing,
        Verdict::NotAllowed => {}
    }
    let mut cursor = Cursor { text: rest, at: angle };
    let found = if angle == 1 { cursor.until_angle() } else { cursor.until_blank() };
    match found {
        Found::No => return Some(true),
        Found::Ended => return missing,
        Found::Yes => cursor.at += angle,
    }
    // A tag in or after the destination is removed, and the text after it could become a title.
    if angle == 0 && rest.get(..cursor.at).is_some_and(|destination| destination.contains('<')) {
        return Some(true);
    }
    let behind = rest.get(cursor.at..).unwrap_or_default().trim_start_matches([' ', '\t']);
    // After its destination, a definition has a line end or a title. A sentence has neither.
    behind
        .chars()
        .next()
        .map_or(missing, |c| Some(matches!(c, '\n' | '\r' | '"' | '\'' | '(' | '<')))
}

fn blank(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_whitespace).count()
}

enum Found {
    Yes,
    No,
    /// The text ended before the result was known.
    Ended,
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Returns whether another link may start here. Then this one is abandoned, so that each byte
    /// is read a bounded number of times.
    fn begins_another(&self) -> bool {
        self.text
            .as_bytes()
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(b"](") || rest.starts_with(b"]:"))
    }

    fn until(&mut self, mut stops: impl FnMut(u8) -> Option<Found>) -> Found {
        while let Some(byte) = self.peek() {
            if self.begins_another() {
                return Found::No;
            }
            if byte == b'\\'
                && self.text.as_bytes().get(self.at + 1).is_some_and(u8::is_ascii_punctuation)
            {
                self.at += 1;
                if self.begins_another() {
                    return Found::No;
                }
                self.at += 1;
                continue;
            }
            if let Some(found) = stops(byte) {
                return found;
            }
            self.at += 1;
        }
        Found::Ended
    }

    /// Advances to the closing angle bracket.
    fn until_angle(&mut self) -> Found {
        self.until(|byte| match byte {
            b'>' => Some(Found::Yes),
            b'<' | b'\n' | b'\r' => Some(Found::No),
            _ => None,
        })
    }

    /// Advances to white space, or to the parenthesis that closes the link.
    fn until_space(&mut self) -> Found {
        let mut depth = 0_u32;
        self.until(|byte| match byte {
            b'(' => {
                depth += 1;
                None
            }
            b')' | b' ' | b'\t' | b'\n' | b'\r' if depth == 0 => Some(Found::Yes),
            b')' => {
                depth -= 1;
                None
            }
            (0..=b' ') | 0x7f => Some(Found::No),
            _ => None,
        })
    }

    fn until_blank(&mut self) -> Found {
        self.until(|byte| matches!(byte, (0..=b' ') | 0x7f).then_some(Found::Yes))
    }

    /// Parses an optional title and the closing parenthesis.
    fn rest_of_link(&mut self) -> Found {
        let spaces = blank(self.text.get(self.at..).unwrap_or_default());
        self.at += spaces;
        let close = match self.peek() {
            Some(b'"') if spaces > 0 => b'"',
            Some(b'\'') if spaces > 0 => b'\'',
            Some(b'(') if spaces > 0 => b')',
            other => return self.closes(other),
        };
        self.at += 1;
        match self.until(|byte| {
            (byte == close)
                .then_some(Found::Yes)
                .or((close == b')' && byte == b'(').then_some(Found::No))
        }) {
            Found::Yes => {}
            other => return other,
        }
        self.at += 1;
        self.at += blank(self.text.get(self.at..).unwrap_or_default());
        let next = self.peek();
        self.closes(next)
    }

    fn closes(&mut self, next: Option<u8>) -> Found {
        match next {
            Some(b')') => {
                self.at += 1;
                Found::Yes
            }
            Some(_) => Found::No,
            None => Found::Ended,
        }
    }
}
