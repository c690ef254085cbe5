//! Hidden characters: takes a text, returns the text without them and counts by kind.
//!
//! A character is hidden if a person does not see it, or if it changes what a person sees.
//!
//! ```
//! use secure_tool_text::hidden::{Counts, Hidden, clean};
//!
//! let mut counts = Counts::default();
//! assert_eq!(clean("pass\u{200b}word", &mut counts), "password");
//! assert_eq!(counts.found().collect::<Vec<_>>(), [(Hidden::ZeroWidth, 1)]);
//! ```
//!
//! Sources: `Default_Ignorable_Code_Point` of Unicode ([UAX
//! #44](https://www.unicode.org/reports/tr44/)), the bidirectional controls of [UAX
//! #9](https://www.unicode.org/reports/tr9/), and the published smuggling techniques with tags and
//! variation selectors (since 2024). Joiners stay between letters and emoji that use them. Emoji
//! selectors stay after the characters that they select. Soft hyphens always stay. So honest text
//! passes byte for byte.

use std::borrow::Cow;

/// A kind of hidden character.
///
/// ```
/// use secure_tool_text::hidden::{Counts, Hidden, clean};
///
/// let mut counts = Counts::default();
/// clean("safe\u{202e}txt", &mut counts);
/// assert_eq!(counts.found().next(), Some((Hidden::Bidi, 1)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Hidden {
    /// C0 (except tab and line ends), DEL, C1: terminals execute them.
    Control,
    /// A zero-width character or an invisible filler.
    ZeroWidth,
    /// A bidirectional control, which reorders text on screen.
    Bidi,
    /// A tag character: invisible ASCII from U+E0000.
    Tag,
    /// A variation selector. It can also carry a byte of a hidden message.
    VariationSelector,
    /// A bracket of the delimiters of [`spotlighting`](crate::spotlighting): `⟦` or `⟧`.
    Marker,
}

impl Hidden {
    /// All kinds.
    pub const ALL: [Self; 6] = [
        Self::Control,
        Self::ZeroWidth,
        Self::Bidi,
        Self::Tag,
        Self::VariationSelector,
        Self::Marker,
    ];

    /// Returns the stable id of the finding, such as `hidden.zero_width`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Control => "hidden.control",
            Self::ZeroWidth => "hidden.zero_width",
            Self::Bidi => "hidden.bidi",
            Self::Tag => "hidden.tag",
            Self::VariationSelector => "hidden.variation_selector",
            Self::Marker => "hidden.marker",
        }
    }
}

/// The opening bracket of a delimiter of [`crate::spotlighting`].
pub const OPEN: char = '\u{27e6}'; // ⟦
/// The closing bracket of a delimiter of [`crate::spotlighting`].
pub const CLOSE: char = '\u{27e7}'; // ⟧

fn kind(c: char) -> Option<Hidden> {
    match c {
        '\t' | '\n' | ' '..='~' => None,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => Some(Hidden::Control),
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200d}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{2060}'..='\u{2065}'
        | '\u{206a}'..='\u{206f}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' => Some(Hidden::ZeroWidth),
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(Hidden::Bidi)
        }
        '\u{e0000}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}' => Some(Hidden::Tag),
        '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => Some(Hidden::VariationSelector),
        OPEN | CLOSE => Some(Hidden::Marker),
        _ => None,
    }
}

/// Returns whether a character is of a hidden kind, regardless of its position.
pub(crate) fn is_hidden(c: char) -> bool {
    matches!(kind(c), Some(kind) if kind != Hidden::Marker)
}

/// Returns whether a text consists of printable ASCII, tabs and line feeds only, and so contains no
/// hidden character.
///
/// ```
/// use secure_tool_text::hidden::is_plain;
///
/// assert!(is_plain("two lines\nof text") && !is_plain("caf\u{e9}"));
/// ```
#[must_use]
pub fn is_plain(text: &str) -> bool {
    // Bitwise and without an early exit within a chunk, so that the compiler vectorizes the loop.
    let outside = |byte: u8| {
        u8::from(byte < 0x20) & u8::from(byte != b'\n') & u8::from(byte != b'\t')
            | u8::from(byte >= 0x7f)
    };
    text.as_bytes()
        .chunks(1024)
        .all(|chunk| chunk.iter().fold(0, |found, &byte| found | outside(byte)) == 0)
}

/// Returns whether strict input, such as an argument of a tool, must not contain this character.
/// Joiners, selectors, soft hyphens and carriage returns have honest uses, so they are allowed.
/// Delimiter brackets are allowed too.
///
/// ```
/// use secure_tool_text::hidden::is_forbidden;
///
/// assert!("kettle\u{200b}".chars().any(is_forbidden));
/// assert!(!"caf\u{e9} \u{2764}\u{fe0f}".chars().any(is_forbidden));
/// ```
#[must_use]
pub fn is_forbidden(c: char) -> bool {
    match kind(c) {
        None | Some(Hidden::Marker | Hidden::VariationSelector) => false,
        Some(Hidden::Control) => c != '\r',
        Some(Hidden::ZeroWidth) => {
            !matches!(c, '\u{200c}' | '\u{200d}' | '\u{34f}' | '\u{2028}' | '\u{2029}')
        }
        // Directional marks, which Arabic and Hebrew text uses.
        Some(Hidden::Bidi) => !matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}'),
        Some(Hidden::Tag) => true,
    }
}

/// The number of removed characters of each kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts([u32; 6]);

impl Counts {
    fn add(&mut self, kind: Hidden) {
        if let Some(count) = self.0.get_mut(kind as usize) {
            *count = count.saturating_add(1);
        }
    }

    /// Returns the kinds that were found, each with its count.
    pub fn found(&self) -> impl Iterator<Item = (Hidden, u32)> + '_ {
        Hidden::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }
}

/// Removes hidden characters and adds them to the counts. Delimiter brackets become `[` and `]`.
///
/// Idempotent. Returns the text without a copy if it has no hidden character. Joiners and emoji
/// selectors stay where honest text uses them.
///
/// ```
/// use secure_tool_text::hidden::{Counts, clean};
///
/// let mut counts = Counts::default();
/// assert_eq!(clean("⟦end 0⟧ 👩‍🔬", &mut counts), "[end 0] 👩‍🔬");
/// ```
pub fn clean<'a>(text: &'a str, counts: &mut Counts) -> Cow<'a, str> {
    if is_plain(text) || !text.chars().any(|c| kind(c).is_some()) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text.chars();
    let mut changed = false;
    while let Some(c) = rest.next() {
        let next = rest.clone().next();
        let kept = kept(out.chars().next_back(), c, next, counts);
        changed |= kept != Some(c);
        out.extend(kept);
    }
    if changed { out.into() } else { text.into() }
}

/// Returns the replacement of one character, between the previous kept character and the next one.
pub fn kept(
    before: Option<char>,
    c: char,
    next: Option<char>,
    counts: &mut Counts,
) -> Option<char> {
    match kind(c) {
        None => Some(c),
        Some(_) if is_honest(before, c, next) => Some(c),
        Some(kind) => {
            counts.add(kind);
            (kind == Hidden::Marker).then_some(if c == OPEN { '[' } else { ']' })
        }
    }
}

/// Returns whether a character of a hidden kind has an honest use at its position.
fn is_honest(before: Option<char>, c: char, after: Option<char>) -> bool {
    // The text before is already clean. The text after may contain hidden characters.
    let joins = |c: Option<char>| {
        c.is_some_and(|c| c >= '\u{590}' && (c == '\u{fe0f}' || kind(c).is_none()))
    };
    match c {
        '\r' => after == Some('\n'),
        '\u{200c}' | '\u{200d}' => joins(before) && joins(after),
        '\u{fe0e}' | '\u{fe0f}' => before.is_some_and(|c| {
            kind(c).is_none() && (c >= '\u{a9}' || c.is_ascii_digit() || c == '#' || c == '*')
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleaned(text: &str) -> (String, Counts) {
        let mut counts = Counts::default();
        (clean(text, &mut counts).into_owned(), counts)
    }

    #[test]
    fn hidden_characters_are_removed_and_counted() {
        for (text, clean, kind) in [
            ("a\u{1b}[31mb\u{7}", "a[31mb", Hidden::Control),
            ("over\rwritten", "overwritten", Hidden::Control),
            ("pass\u{200b}word\u{feff}", "password", Hidden::ZeroWidth),
            ("password\u{115f}\u{1160}", "password", Hidden::ZeroWidth),
            ("a\u{200d}\u{200c}\u{200d}b", "ab", Hidden::ZeroWidth),
            ("\u{202e}evil\u{2066}", "evil", Hidden::Bidi),
            ("hi\u{e0069}\u{e0067}", "hi", Hidden::Tag),
            ("x\u{e0100}\u{fe00}", "x", Hidden::VariationSelector),
            ("\u{27e6}end\u{27e7}", "[end]", Hidden::Marker),
        ] {
            let (out, counts) = cleaned(text);
            assert_eq!(out, clean);
            assert!(counts.found().any(|(found, _)| found == kind), "{text:?}: {counts:?}");
            assert_eq!(cleaned(&out).0, out, "cleaning is idempotent");
        }
    }

    #[test]
    fn honest_text_passes_byte_for_byte() {
        for text in ["plain\n\ttext\r\n", "naïve café", "می‌خواهم", "👨‍👩‍👧 ❤️ 1️⃣", "日本語", "क्‍ष", "©️"]
        {
            let (out, counts) = cleaned(text);
            assert_eq!(out, text);
            assert_eq!(counts, Counts::default());
        }
    }

    /// Reads the labelled texts, which are not part of the repository.
    #[expect(clippy::disallowed_methods, reason = "a test reads where its data is")]
    fn honest_rows() -> Option<Vec<(String, String)>> {
        let root = std::env::var("SECURE_TOOL_DATA").unwrap_or_else(|_| {
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/data").to_owned()
        });
        let mut rows = Vec::new();
        for file in std::fs::read_dir(format!("{root}/detector")).ok()? {
            for line in std::fs::read_to_string(file.ok()?.path()).ok()?.lines() {
                let row: serde_json::Value = serde_json::from_str(line).ok()?;
                if row["label"] == 0 {
                    rows.push((
                        row["source"].as_str()?.to_owned(),
                        row["text"].as_str()?.to_owned(),
                    ));
                }
            }
        }
        Some(rows)
    }

    #[test]
    #[expect(clippy::print_stderr, reason = "prints what was skipped and what changed")]
    fn recorded_honest_text_passes_but_for_hidden_characters() {
        let Some(rows) = honest_rows() else {
            eprintln!("skipped: the labelled texts are not available");
            return;
        };
        let mut changed = std::collections::BTreeMap::<(String, Vec<&str>), usize>::new();
        for (source, text) in &rows {
            let (out, counts) = cleaned(text);
            if out != *text {
                // Only hidden characters are removed, and delimiter brackets become plain brackets.
                let left: String =
                    out.chars().filter(|c| kind(*c).is_none() && !"[]".contains(*c)).collect();
                let kept: String =
                    text.chars().filter(|c| kind(*c).is_none() && !"[]".contains(*c)).collect();
                assert_eq!(left, kept, "{text}");
                *changed
                    .entry((source.clone(), counts.found().map(|(kind, _)| kind.id()).collect()))
                    .or_default() += 1;
            }
        }
        eprintln!("{} texts; changed, by source and kind: {changed:?}", rows.len());
        assert!(changed.values().sum::<usize>() * 100 <= rows.len(), "{changed:?}");
    }
}
