//! Tags: takes the text after `<`, returns whether a browser or a Markdown reader could load or
//! link something through it.
//!
//! Tags are parsed as [HTML](https://html.spec.whatwg.org/multipage/parsing.html#tokenization)
//! parses them, which accepts more than Markdown does. Elements and attributes are allowed by a
//! list.

use super::allow::{Allowlist, Verdict};

/// The maximum length of a tag, in bytes. A longer text is not a tag.
pub(crate) const LONGEST_TAG: usize = 2 * 1024;

/// The construct after `<`.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tag<'a> {
    /// A tag that loads nothing and links to allowed hosts only.
    Harmless,
    /// A tag to remove: its length in bytes and its effect.
    Cut(usize, TagEffect<'a>),
    /// A bracket that must be separated from the text after it.
    Broken,
    /// The result depends on more text.
    Wait,
}

/// The effect of a tag.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum TagEffect<'a> {
    /// It shows an image. The words replace it.
    Image(&'a str),
    /// It links to this URL.
    Link(&'a str),
    /// Any other element, by name.
    Other(&'a str),
}

/// Elements that are active without attributes, through their content.
const ACTIVE: [&str; 2] = ["script", "style"];

/// Elements that load, link or change other elements, if they have an attribute.
const LOADING: [&str; 25] = [
    "animate",
    "animatetransform",
    "applet",
    "base",
    "bgsound",
    "embed",
    "fencedframe",
    "feimage",
    "form",
    "frame",
    "frameset",
    "iframe",
    "image",
    "ilayer",
    "layer",
    "link",
    "math",
    "meta",
    "object",
    "param",
    "portal",
    "set",
    "svg",
    "template",
    "use",
];

/// Attributes that contain no URL, no code and no style, on any element.
const HARMLESS: [&str; 43] = [
    "abbr",
    "align",
    "alt",
    "border",
    "cellpadding",
    "cellspacing",
    "checked",
    "class",
    "color",
    "cols",
    "colspan",
    "controls",
    "datetime",
    "dir",
    "disabled",
    "face",
    "for",
    "headers",
    "height",
    "id",
    "label",
    "lang",
    "loading",
    "name",
    "nowrap",
    "open",
    "rel",
    "reversed",
    "role",
    "rows",
    "rowspan",
    "scope",
    "size",
    "span",
    "start",
    "summary",
    "tabindex",
    "target",
    "title",
    "translate",
    "type",
    "valign",
    "value",
];

/// Parses a tag whose name starts with a letter.
pub(super) fn tag<'a>(text: &'a str, end: bool, allowed: &Allowlist) -> Tag<'a> {
    nested(text, end, allowed, DEPTH)
}

/// The maximum number of tags that start within the name of another tag.
const DEPTH: usize = 4;

fn nested<'a>(text: &'a str, end: bool, allowed: &Allowlist, depth: usize) -> Tag<'a> {
    let window = text.get(..text.floor_char_boundary(LONGEST_TAG)).unwrap_or(text);
    let missing = if end || text.len() >= LONGEST_TAG { Tag::Broken } else { Tag::Wait };
    let Some(length) =
        window.find(|c: char| c.is_ascii_whitespace() || matches!(c, '/' | '>' | '<'))
    else {
        return missing;
    };
    let name = window.get(..length).unwrap_or_default();
    if name.contains(['&', '\\']) {
        return Tag::Broken; // the text after an escape may be shown later
    }
    if window.as_bytes().get(length) == Some(&b'<') {
        // As in `Vec<Option<u8>>`. Removing the inner tag would change the end of the outer one.
        let inner = text.get(length + 1..).unwrap_or_default();
        return match inner.chars().next() {
            Some(c) if c.is_ascii_alphabetic() && depth > 0 => {
                match nested(inner, end, allowed, depth - 1) {
                    Tag::Harmless => Tag::Harmless,
                    Tag::Wait => missing,
                    _ => Tag::Broken,
                }
            }
            None => missing,
            _ => Tag::Broken,
        };
    }
    if let Some(found) = autolink(text, window, name, end, allowed) {
        return found.unwrap_or(missing);
    }
    let is = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known));
    let mut tag = Attributes { text: window, at: length };
    let mut harmful = is(&ACTIVE);
    let (mut alt, mut address, mut any) = ("", "", false);
    loop {
        match tag.next() {
            Step::End if !harmful || !any => {
                // A change within a tag could end a value in it.
                let inside = window.get(..tag.at).unwrap_or_default();
                let changes = ["](", "]:", "<"].iter().any(|change| inside.contains(change));
                return if harmful || changes { Tag::Broken } else { Tag::Harmless };
            }
            Step::End => break,
            Step::Ended => return missing,
            Step::Malformed => return Tag::Broken,
            Step::Attribute(attribute, value) => {
                any |= value.is_some();
                harmful |=
                    value.is_some() && is(&LOADING) || !is_harmless(attribute, value, allowed);
                match attribute.to_ascii_lowercase().as_str() {
                    "alt" => alt = value.unwrap_or_default(),
                    "href" | "src" => address = value.unwrap_or_default(),
                    _ => {}
                }
            }
        }
    }
    let loads = match name.to_ascii_lowercase().as_str() {
        "img" | "image" | "picture" => TagEffect::Image(alt),
        "a" | "area" => TagEffect::Link(address),
        _ => TagEffect::Other(name),
    };
    Tag::Cut(tag.at, loads)
}

/// Parses an autolink of Markdown, `<scheme:…>` without white space. Returns `None` if it is not
/// one, and `Some(None)` if more text is needed.
#[expect(clippy::option_option, reason = "no autolink; an incomplete one; a complete one")]
fn autolink<'a>(
    text: &'a str,
    window: &'a str,
    name: &str,
    end: bool,
    allowed: &Allowlist,
) -> Option<Option<Tag<'a>>> {
    let (scheme, _) = name.split_once(':')?;
    let is_scheme =
        scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
    if !is_scheme || scheme.len() < 2 {
        return None;
    }
    let Some(length) = window
        .find(|c: char| c.is_ascii_whitespace() || c.is_ascii_control() || matches!(c, '>' | '<'))
    else {
        return Some(None);
    };
    if window.as_bytes().get(length) != Some(&b'>') {
        return None;
    }
    let address = window.get(..length).unwrap_or_default();
    match allowed.at(text, end) {
        Verdict::Allowed(_) => Some(Some(Tag::Harmless)),
        _ if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
            Some(Some(Tag::Cut(length + 1, TagEffect::Link(address))))
        }
        _ => Some(Some(Tag::Broken)),
    }
}

fn is_harmless(name: &str, value: Option<&str>, allowed: &Allowlist) -> bool {
    // Without a value, an attribute has no URL and no code.
    let Some(value) = value else { return true };
    let name = name.to_ascii_lowercase();
    match name.as_str() {
        "href" | "src" | "poster" | "cite" => allowed.is(value.trim_ascii()),
        // Each way to load from a style has, or hides, a parenthesis or an at-rule.
        "style" => !value.contains(['(', '\\', '@', '&', '<', '/']),
        // They have an effect on `meta` only, where no attribute is allowed.
        _ => HARMLESS.contains(&name.as_str()) || name.starts_with("aria-"),
    }
}

enum Step<'a> {
    Attribute(&'a str, Option<&'a str>),
    /// The tag is closed.
    End,
    /// The text ended before the tag did.
    Ended,
    Malformed,
}

struct Attributes<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Attributes<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn skip(&mut self, skipped: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&skipped) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn next(&mut self) -> Step<'a> {
        self.skip(|byte| byte.is_ascii_whitespace() || byte == b'/');
        match self.peek() {
            None => return Step::Ended,
            Some(b'>') => {
                self.at += 1;
                return Step::End;
            }
            _ => {}
        }
        let start = self.at;
        // An attribute may start with `=`.
        self.at += usize::from(self.peek() == Some(b'='));
        self.skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>' | b'=' | b'<'));
        let name = self.text.get(start..self.at).unwrap_or_default();
        let after = self.at;
        self.skip(|byte| byte.is_ascii_whitespace());
        match self.peek() {
            None => Step::Ended,
            Some(b'<') => Step::Malformed,
            Some(b'=') => {
                self.at += 1;
                self.value(name)
            }
            _ => {
                self.at = after;
                Step::Attribute(name, None)
            }
        }
    }

    fn value(&mut self, name: &'a str) -> Step<'a> {
        self.skip(|byte| byte.is_ascii_whitespace());
        let value = match self.peek() {
            None => return Step::Ended,
            Some(quote @ (b'"' | b'\'')) => {
                self.at += 1;
                let value = self.skip(|byte| byte != quote);
                if self.peek().is_none() {
                    return Step::Ended;
                }
                self.at += 1;
                value
            }
            _ => {
                let value =
                    self.skip(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'>' | b'<'));
                match self.peek() {
                    None => return Step::Ended,
                    Some(b'<') => return Step::Malformed,
                    _ => value,
                }
            }
        };
        Step::Attribute(name, Some(value))
    }
}
