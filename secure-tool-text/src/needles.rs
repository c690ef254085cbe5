//! Known values, such as secrets in use: takes a text, returns it without them.
//!
//! One pass finds each value in these encodings: plain, base64 (both alphabets, at each of the
//! three alignments), hexadecimal, percent-encoding. A second pass decodes URL, HTML and JSON
//! escapes, nested up to 3 levels. It does not find a value that is split, or encoded twice
//! otherwise.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::error::Error;
use crate::hex::encode as hex;
use crate::prefixes::Prefixes;

/// The minimum length of a value: 8 bytes. A shorter value can be guessed, and its removal would
/// damage honest text.
pub const SHORTEST: usize = 8;

/// All characters except the unreserved ones of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A search for known values in all their encodings. It is immutable. [`Default`] finds nothing.
///
/// `Debug` does not show the values. They stay in memory that is not zeroed on drop.
///
/// ```
/// use secure_tool_text::needles::Needles;
///
/// let needles = Needles::new(["s3cr3t-value"])?;
/// let text = "plain s3cr3t-value, hex 73336372332d76616c7565, base64 czNjcjN0LXZhbHVl.";
/// assert!(needles.contains(text));
/// assert_eq!(
///     needles.replace(text, "[removed]"),
///     "plain [removed], hex 73336372332d76616c7565, base64 [removed]."
/// );
/// # Ok::<(), secure_tool_text::Error>(())
/// ```
#[derive(Default)]
pub struct Needles {
    all: Option<AhoCorasick>,
    /// An automaton over the same needles, for [`Needles::pending`].
    prefixes: Option<Prefixes>,
}

impl Needles {
    /// Builds the search for these values.
    ///
    /// # Errors
    ///
    /// If a value is shorter than [`SHORTEST`] (8) bytes, or if the values are too many or too long
    /// for one automaton. The error does not contain a value.
    pub fn new<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, Error> {
        let mut needles = Vec::new();
        for value in values {
            if value.len() < SHORTEST {
                return Err(Error::new(format!(
                    "a value is shorter than {SHORTEST} bytes: it can be guessed"
                )));
            }
            needles.extend(forms(value));
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&needles)
            .ok()
            .zip(Prefixes::new(&needles))
            .map(|(all, prefixes)| Self { all: Some(all), prefixes: Some(prefixes) })
            .ok_or_else(|| Error::new("the values are too many or too long for one search"))
    }

    /// Returns the spans of values, in bytes, in order and without overlaps. It does not decode
    /// escapes.
    ///
    /// ```
    /// use secure_tool_text::needles::Needles;
    ///
    /// let needles = Needles::new(["s3cr3t-value"])?;
    /// assert_eq!(needles.find("key: s3cr3t-value."), [5..17]);
    /// # Ok::<(), secure_tool_text::Error>(())
    /// ```
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Range<usize>> {
        self.all
            .as_ref()
            .map(|needles| needles.find_iter(text).map(|found| found.range()).collect())
            .unwrap_or_default()
    }

    /// Returns how many bytes at the end of a text may be the start of a value. A stream must hold
    /// them back until more text arrives.
    ///
    /// ```
    /// use secure_tool_text::needles::Needles;
    ///
    /// let needles = Needles::new(["s3cr3t-value"])?;
    /// assert_eq!(needles.pending("the key is s3cr"), 4);
    /// # Ok::<(), secure_tool_text::Error>(())
    /// ```
    #[must_use]
    pub fn pending(&self, text: &str) -> usize {
        self.prefixes.as_ref().map_or(0, |prefixes| prefixes.at_end_of(text))
    }

    /// Returns the length of the longest encoded value, in bytes. Without values: 0.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.prefixes.as_ref().map_or(0, Prefixes::longest)
    }

    /// Returns whether a text contains a value, including behind escapes.
    #[must_use]
    pub fn contains(&self, text: &str) -> bool {
        self.all.is_some() && (!self.find(text).is_empty() || self.contains_escaped(text))
    }

    fn contains_escaped(&self, text: &str) -> bool {
        self.all.is_some()
            && unescaped(text).is_some_and(|unescaped| !self.find(&unescaped).is_empty())
    }

    /// Replaces each value with a constant. If escapes hide a value, the constant replaces the
    /// whole text. Returns the text without a copy if it contains no value.
    ///
    /// ```
    /// use secure_tool_text::needles::Needles;
    ///
    /// let needles = Needles::new(["s3cr3t-value"])?;
    /// assert_eq!(needles.replace("key=s3cr3t-value", "[removed]"), "key=[removed]");
    /// assert_eq!(needles.replace("key=s3cr3t&#45;value", "[removed]"), "[removed]");
    /// # Ok::<(), secure_tool_text::Error>(())
    /// ```
    #[must_use]
    pub fn replace<'a>(&self, text: &'a str, with: &str) -> Cow<'a, str> {
        let found = self.find(text);
        if found.is_empty() {
            return if self.contains_escaped(text) { with.to_owned().into() } else { text.into() };
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for range in found {
            out.push_str(text.get(from..range.start).unwrap_or_default());
            out.push_str(with);
            from = range.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        if self.contains_escaped(&out) { with.to_owned().into() } else { out.into() }
    }
}

impl fmt::Debug for Needles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Needles").field("longest", &self.longest()).finish_non_exhaustive()
    }
}

/// Returns the encodings of a value.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        hex(secret.as_bytes()),
        hex(secret.as_bytes()).to_ascii_uppercase(),
    ];
    for kept in [NON_ALPHANUMERIC, RESERVED] {
        let percent = utf8_percent_encode(secret, kept).to_string();
        forms.push(lower_percent(&percent));
        forms.push(percent);
    }
    for alignment in 0..3 {
        // In a longer text the secret can start at any byte of a group of three. Only the
        // characters that do not depend on neighboring bytes are searched.
        let padded = [vec![0; alignment], secret.as_bytes().to_vec()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            let first = (alignment * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            if let Some(core) = encoded.get(first..last) {
                forms.push(core.to_owned());
            }
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_unstable();
    forms.dedup();
    forms
}

/// Changes percent-encoded digits to lower case: `%2f`.
fn lower_percent(text: &str) -> String {
    let mut digits = 0;
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        out.push(if digits > 0 { c.to_ascii_lowercase() } else { c });
        digits = if c == '%' { 2 } else { digits.max(1) - 1 };
        out
    })
}

/// The maximum nesting of decoded escapes: 3 levels.
pub const ROUNDS: usize = 3;

/// Decodes the escapes of URLs (`%2F`), HTML (`&#x2F;`) and JSON (`\u002f`). Returns `None` if the
/// text has none. The result is only searched, never shown.
fn unescaped(text: &str) -> Option<String> {
    let mut current = Cow::Borrowed(text);
    for _ in 0..ROUNDS {
        if memchr::memchr3(b'%', b'&', b'\\', current.as_bytes()).is_none() {
            break;
        }
        let once = unescaped_once(&current);
        if once == current {
            break;
        }
        current = Cow::Owned(once);
    }
    match current {
        Cow::Owned(unescaped) => Some(unescaped),
        Cow::Borrowed(_) => None,
    }
}

fn unescaped_once(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr3(b'%', b'&', b'\\', rest.as_bytes()) {
        let (before, escape) = rest.split_at_checked(at).unwrap_or((rest, ""));
        out.push_str(before);
        let (c, length) =
            escape_at(escape).unwrap_or_else(|| (escape.chars().next().unwrap_or_default(), 1));
        out.push(c);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// Decodes the escape at the start of a text. Returns the character and the length of the escape.
/// Only ASCII characters are decoded, because secrets are ASCII.
#[must_use]
pub fn escape_at(text: &str) -> Option<(char, usize)> {
    const NAMED: [(&str, char); 6] = [
        ("&amp;", '&'),
        ("&lt;", '<'),
        ("&gt;", '>'),
        ("&quot;", '"'),
        ("&apos;", '\''),
        ("&sol;", '/'),
    ];
    let number = |digits: &str, radix: u32, length: usize| {
        let c = u32::from_str_radix(digits, radix).ok().and_then(char::from_u32)?;
        Some((c, length))
    };
    if let Some(digits) = text.strip_prefix('%').and_then(|rest| rest.get(..2)) {
        return number(digits, 16, 3);
    }
    if let Some(digits) = text.strip_prefix("\\u").and_then(|rest| rest.get(..4)) {
        return number(digits, 16, 6);
    }
    if let Some(rest) = text.strip_prefix('\\') {
        return rest.chars().next().filter(|c| "/\\\"'".contains(*c)).map(|c| (c, 2));
    }
    if let Some(rest) = text.strip_prefix("&#") {
        let (digits, _) = rest.get(..rest.floor_char_boundary(9))?.split_once(';')?;
        let (digits_only, radix) =
            digits.strip_prefix(['x', 'X']).map_or((digits, 10), |digits| (digits, 16));
        return number(digits_only, radix, 2 + digits.len() + 1);
    }
    NAMED.iter().find(|(name, _)| text.starts_with(name)).map(|(name, c)| (*c, name.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "tk-7Q?x/ä0~secret";
    const REMOVED: &str = "[secret removed]";

    fn scrubbed(text: &str) -> String {
        Needles::new([SECRET]).expect("few").replace(text, REMOVED).into_owned()
    }

    #[test]
    fn secrets_are_found_in_each_encoding() {
        for alignment in 0..3 {
            let text = format!("{}{SECRET} and more", "x".repeat(alignment));
            for encoded in [
                text.clone(),
                STANDARD_NO_PAD.encode(&text),
                URL_SAFE_NO_PAD.encode(&text),
                hex(text.as_bytes()),
                utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string(),
            ] {
                assert!(scrubbed(&encoded).contains(REMOVED), "{encoded}");
            }
        }
    }

    #[test]
    fn secrets_behind_escapes_are_found() {
        for escaped in [
            "tk&#45;7Q?x&#x2F;&auml;0~secret and tk-7Q?x&sol;\u{e4}0~secret",
            "tk-7Q\\u003fx\\/\u{e4}0~secret",
            "tk-7Q%3fx%2f\u{e4}0~secret",
            "tk-7Q%253fx%252f\u{e4}0~secret",
            "tk-7Q\\\\u003fx/\u{e4}0~secret",
        ] {
            assert!(scrubbed(escaped).contains(REMOVED), "{escaped}");
        }
        for honest in ["100% & more", "C:\\temp\\u", "a &lt; b; %zz &#; &#xfffffff; \\ud800"] {
            assert_eq!(scrubbed(honest), honest);
        }
    }

    #[test]
    fn short_values_are_rejected_without_an_echo() {
        let error = Needles::new([SECRET, "tk-7Q?x"]).expect_err("seven bytes");
        assert!(!error.to_string().contains("tk-7Q"), "{error}");
        assert!(!format!("{:?}", Needles::new([SECRET])).contains("tk-7Q"));
    }
}
