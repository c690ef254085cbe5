//! The scanner that finds constructs that load or link. See [the module](super) for the
//! replacements.

use super::allow::{Allowlist, Verdict};
use super::entity::{self, Escape};
use super::inline::{self, Inline, LONGEST_LINK};
use super::tag::{self, Tag, TagEffect};
use super::{Counts, inert};

/// How far before a `:` or a dot a scheme may start, in bytes.
const SCHEME: usize = 8;
/// The maximum length of the label of a definition, in bytes. The standard allows 999 characters.
const LABEL: usize = 4_000;
/// The maximum number of open brackets that are tracked.
const MOST_OPEN: usize = 256;
/// The maximum length of a shown URL path, in bytes.
const PATH: u8 = 64;

/// A defanger for text that arrives in pieces, such as the answer of a model.
///
/// ```
/// use secure_tool_text::defang::{Allowlist, Scanner};
///
/// let mut scanner = Scanner::new(Allowlist::default());
/// let (mut held, mut shown) = (String::new(), String::new());
/// for (piece, end) in [("[a](https://ev", false), ("il.example)", true)] {
///     held.push_str(piece);
///     let settled = scanner.pass(&held, end, &mut shown);
///     held.drain(..settled);
/// }
/// assert_eq!(shown, "[a] (link removed: evil[.]example)");
/// ```
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent fact about the previous text"
)]
pub struct Scanner {
    allowed: Allowlist,
    pub(super) counts: Counts,
    pub(super) changed: bool,
    mode: Mode,
    /// Only markers of quotations and lists precede on this line.
    line_starts: bool,
    /// How many more bytes may belong to the label of a definition.
    label: usize,
    /// The next text may start a line.
    starts: bool,
    /// For each open bracket, whether it belongs to an image.
    open: Vec<bool>,
    /// The previous character.
    last: char,
    /// How many more bytes contain no escape that hides a URL.
    plain: usize,
    /// How many more bytes contain no end of a word.
    endless: usize,
    /// Escapes are decoded.
    escapes: bool,
}

/// The construct that contains the current text.
#[derive(Debug, Clone, Copy)]
enum Mode {
    Text,
    /// The path of a defanged URL: how many more bytes are shown, and how many letters `w` precede.
    Path(u8, u8),
    /// The rest of a defanged URL, which is not shown, and the punctuation that may end the
    /// sentence.
    Rest(Option<char>),
}

/// The result at a position where a construct may start.
enum Step {
    /// The number of consumed bytes.
    Consumed(usize),
    /// The result depends on more text.
    Wait,
}

impl Scanner {
    /// Creates a defanger for one text.
    #[must_use]
    pub fn new(allowed: Allowlist) -> Self {
        Self {
            allowed,
            counts: Counts::default(),
            changed: false,
            mode: Mode::Text,
            line_starts: true,
            label: 0,
            starts: false,
            open: Vec::new(),
            last: '\n',
            plain: 0,
            endless: 0,
            escapes: true,
        }
    }

    /// Reads the available text, writes the settled part to `out`, and returns its length in bytes.
    ///
    /// Pass the rest again, followed by more text. `end` means that no more text follows; then
    /// everything is settled. The unsettled rest is at most 8 KiB after the text of a link.
    pub fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        let mut at = 0;
        while at < text.len() {
            let rest = text.get(at..).unwrap_or_default();
            if !matches!(self.mode, Mode::Text) {
                let taken = self.address(rest, out);
                self.take(rest, taken);
                at += taken;
                continue;
            }
            let place = rest.find(begins).unwrap_or(rest.len());
            let (plain, here) = rest.split_at_checked(place).unwrap_or((rest, ""));
            // Letters before a bracket are not a scheme.
            let run = if here.starts_with(['[', ']', '<']) { "" } else { run_before(plain) };
            let before = plain.get(..plain.len() - run.len()).unwrap_or_default();
            out.push_str(before);
            self.take(plain, before.len());
            at += before.len();
            if here.is_empty() {
                // The letters at the end may be a scheme.
                if end {
                    out.push_str(run);
                    at += run.len();
                }
                break;
            }
            match self.place(run, here, end, out) {
                Step::Consumed(taken) => {
                    let whole = rest.get(before.len()..).unwrap_or_default();
                    self.take(whole, run.len() + taken);
                    at += run.len() + taken;
                }
                Step::Wait => break,
            }
        }
        if let (Mode::Rest(sign), true) = (self.mode, end) {
            out.extend(sign);
        }
        at
    }

    /// Updates the state for consumed text.
    fn take(&mut self, text: &str, taken: usize) {
        let text = text.get(..taken).unwrap_or(text);
        if let Some(last) = text.chars().next_back() {
            self.last = last;
        }
        let line = text.rfind(['\n', '\r']).map_or(text, |at| {
            self.line_starts = true;
            text.get(at + 1..).unwrap_or_default()
        });
        self.line_starts &= line.bytes().all(opens_line);
        self.line_starts |= std::mem::take(&mut self.starts);
        self.label = self.label.saturating_sub(taken);
        self.plain = self.plain.saturating_sub(taken);
        self.endless = self.endless.saturating_sub(taken);
    }

    /// Handles a construct that may start at `here`, after the letters `run`. Writes both or their
    /// replacement.
    fn place(&mut self, run: &str, here: &str, end: bool, out: &mut String) -> Step {
        let mut chars = here.chars();
        let (Some(c), next) = (chars.next(), chars.next()) else { return Step::Wait };
        let done = match (c, next) {
            (']' | '<' | ':', None) if !end => Step::Wait,
            ('.', None) if !end && run.eq_ignore_ascii_case("www") => Step::Wait,
            ('[', _) => {
                self.opens(run);
                Step::Consumed(0)
            }
            (']', _) => return self.closes(run, here, end, out),
            ('<', Some(next)) if next.is_ascii_alphabetic() => {
                return self.tag(run, here, end, out);
            }
            (':', Some('/' | '\\')) => return self.scheme(run, here, end, out),
            (':', Some('&')) => return self.word((':', 1), run, here, end, out),
            ('.', Some(next))
                if run.eq_ignore_ascii_case("www")
                    && !next.is_whitespace()
                    && !matches!(next, '.' | '<' | '>') =>
            {
                return self.outside("", "www", here, end, out);
            }
            ('&' | '\\', _) if self.escapes && self.plain == 0 => {
                return self.escape(run, here, end, out);
            }
            _ => Step::Consumed(0),
        };
        match done {
            Step::Consumed(_) => {
                out.push_str(run);
                out.push(c);
                Step::Consumed(c.len_utf8())
            }
            Step::Wait => Step::Wait,
        }
    }

    fn opens(&mut self, run: &str) {
        if self.open.len() < MOST_OPEN {
            self.open.push(run.is_empty() && self.last == '!');
        }
        if self.line_starts && run.bytes().all(opens_line) {
            self.label = LABEL;
        }
    }

    /// Handles `]` and the text after it.
    fn closes(&mut self, run: &str, here: &str, end: bool, out: &mut String) -> Step {
        let (label, behind) = (self.label > 0, here.get(2..).unwrap_or_default());
        let (written, taken) = match here.as_bytes().get(1) {
            Some(b'(') => match inline::inline(behind, end, &self.allowed) {
                Inline::Wait => return Step::Wait,
                Inline::Settled(settled) => {
                    (here.get(..2 + settled).unwrap_or_default().to_owned(), 2 + settled)
                }
                Inline::Broken => {
                    self.count();
                    ("] (".to_owned(), 2)
                }
                Inline::Link(length, destination) => {
                    let what = self.count();
                    (format!("] {}", inert::note(what, &destination)), 2 + length)
                }
            },
            Some(b':') if label => match inline::defines(behind, end, &self.allowed) {
                None => return Step::Wait,
                Some(false) => {
                    // The next text may be another definition, as after the label of a footnote.
                    self.starts = true;
                    ("]:".to_owned(), 2)
                }
                Some(true) => {
                    self.changed = true;
                    self.counts.link();
                    self.starts = true;
                    ("] :".to_owned(), 2)
                }
            },
            _ => ("]".to_owned(), 1),
        };
        out.push_str(run);
        out.push_str(&written);
        self.open.pop();
        let escaped = run.is_empty() && self.last == '\\';
        if !escaped {
            self.label = 0;
        }
        Step::Consumed(taken)
    }

    /// Counts the construct of the innermost open bracket.
    fn count(&mut self) -> &'static str {
        self.changed = true;
        if self.open.last().copied().unwrap_or_default() {
            self.counts.image();
            "image"
        } else {
            self.counts.link();
            "link"
        }
    }

    /// Handles `<` before a letter.
    fn tag(&mut self, run: &str, here: &str, end: bool, out: &mut String) -> Step {
        let (written, taken) = match tag::tag(here.get(1..).unwrap_or_default(), end, &self.allowed)
        {
            Tag::Wait => return Step::Wait,
            Tag::Harmless => ("<".to_owned(), 1),
            Tag::Broken => {
                self.counts.link();
                ("< ".to_owned(), 1)
            }
            Tag::Cut(length, loads) => {
                let note = match loads {
                    TagEffect::Image(alt) => {
                        self.counts.image();
                        let words = inert::words(alt);
                        if words.is_empty() {
                            "(image removed)".to_owned()
                        } else {
                            format!("(image removed: {words})")
                        }
                    }
                    TagEffect::Link(address) => {
                        self.counts.link();
                        inert::note("link", address)
                    }
                    TagEffect::Other(name) => {
                        self.counts.link();
                        format!("({} removed)", inert::words(name).to_ascii_lowercase())
                    }
                };
                // A space separates it from the previous text, which could be the text of a link.
                let apart = !run.is_empty() || !self.last.is_whitespace();
                (format!("{}{note}", if apart { " " } else { "" }), 1 + length)
            }
        };
        self.changed |= written != "<";
        out.push_str(run);
        out.push_str(&written);
        Step::Consumed(taken)
    }

    /// Handles `:` before a slash.
    fn scheme(&mut self, run: &str, here: &str, end: bool, out: &mut String) -> Step {
        let second = here.as_bytes().get(2);
        if second.is_none() && !end {
            return Step::Wait;
        }
        if second == Some(&b'&') {
            return self.word((':', 1), run, here, end, out);
        }
        let is_inert = ["", "hxxp", "hxxps"].iter().any(|inert| run.eq_ignore_ascii_case(inert));
        if !second.is_some_and(|byte| b"/\\".contains(byte)) || is_inert {
            out.push_str(run);
            out.push(':');
            return Step::Consumed(1);
        }
        let scheme = run.to_ascii_lowercase();
        match scheme.as_str() {
            "https" => match self.allowed.at(
                &format!("{run}{}", here.get(..here.floor_char_boundary(400)).unwrap_or_default()),
                end && here.len() <= 400,
            ) {
                Verdict::Wait => Step::Wait,
                Verdict::Allowed(length) => {
                    let taken = length - run.len();
                    out.push_str(run);
                    out.push_str(here.get(..taken).unwrap_or_default());
                    Step::Consumed(taken)
                }
                Verdict::NotAllowed => self.outside("hxxps://", "", here, end, out),
            },
            "http" => self.outside("hxxp://", "", here, end, out),
            _ => {
                self.changed = true;
                self.counts.link();
                out.push_str(run);
                out.push_str("[:]");
                Step::Consumed(1)
            }
        }
    }

    /// Handles a URL that is not allowed: writes an inert host and enters the mode for its path.
    /// `here` starts with the colon, or with the dot after `www`.
    fn outside(
        &mut self,
        scheme: &str,
        start: &str,
        here: &str,
        end: bool,
        out: &mut String,
    ) -> Step {
        const LONGEST: usize = 300;
        let window = here.get(..here.floor_char_boundary(LONGEST)).unwrap_or(here);
        let known = end || here.len() >= LONGEST;
        let slashes = if start.is_empty() {
            1 + window.bytes().skip(1).take_while(|byte| b"/\\".contains(byte)).count()
        } else {
            0
        };
        let behind = window.get(slashes..).unwrap_or_default();
        let stop = behind.find(|c: char| {
            matches!(c, '/' | '?' | '#' | '\\') || ends_address(c) && !c.is_alphanumeric()
        });
        if stop.is_none() && !known {
            return Step::Wait;
        }
        let authority = behind.get(..stop.unwrap_or(behind.len())).unwrap_or_default();
        let endless = stop.is_none() && here.len() >= LONGEST;
        // Final punctuation belongs to the sentence, not to the host.
        let nests = authority.ends_with(':')
            && stop.is_some_and(|at| {
                behind.get(at..).is_some_and(|rest| rest.starts_with(['/', '\\']))
            });
        let named = if endless || nests {
            authority
        } else {
            authority.trim_end_matches(['.', ',', ';', ':', '!', '*', '_', '~'])
        };
        let is_host =
            named.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte));
        let host = if is_host {
            Some(format!("{start}{named}"))
        } else {
            inert::host(&format!("https://{start}{named}"))
        };
        self.changed = true;
        self.counts.link();
        if named.is_empty()
            && !start.is_empty()
            && !here.get(1..).is_some_and(|rest| rest.starts_with(['(', ':', '[']))
        {
            out.push_str("www[.]");
            return Step::Consumed(1);
        }
        out.push_str(scheme);
        match host.as_deref().map(inert::dotted).filter(|host| !host.is_empty()) {
            Some(host) => out.push_str(&host),
            None => out.push('\u{2026}'),
        }
        let next = behind.get(named.len()..).and_then(|rest| rest.chars().next());
        self.mode = match next {
            _ if endless => Mode::Rest(None),
            Some('/') => Mode::Path(PATH, 0),
            Some('?' | '#' | '\\') => {
                out.push_str("/\u{2026}");
                Mode::Rest(None)
            }
            _ => Mode::Text,
        };
        // The text after the dot may be escaped, and part of the host.
        let dot = next == Some('.') && named.to_ascii_lowercase().ends_with("www");
        let links =
            || behind.get(named.len() + 1..).is_some_and(|rest| rest.starts_with(['(', ':', '[']));
        if dot && !links() {
            out.push_str("[.]");
            return Step::Consumed(slashes + named.len() + 1);
        }
        Step::Consumed(slashes + named.len())
    }

    /// Handles the text after the host of a defanged URL. Returns the number of consumed bytes.
    fn address(&mut self, text: &str, out: &mut String) -> usize {
        let mut taken = 0;
        for c in text.chars() {
            match self.mode {
                Mode::Path(left, w) => {
                    let shown = c.is_ascii_alphanumeric()
                        || matches!(c, '/' | '-' | '.') && !(c == '.' && w >= 3);
                    // After a colon there may be another URL, whose scheme was already consumed.
                    if !shown && (ends_address(c) || matches!(c, ',' | ';' | '!' | '*' | '_' | '~'))
                    {
                        self.mode = Mode::Text;
                        return taken;
                    }
                    if shown && left > 0 {
                        out.push(c);
                        self.mode = Mode::Path(
                            left - 1,
                            if matches!(c, 'w' | 'W') { w.saturating_add(1) } else { 0 },
                        );
                    } else {
                        out.push('\u{2026}');
                        self.mode = Mode::Rest((c == ':').then_some(c));
                    }
                }
                Mode::Rest(sign) if ends_address(c) => {
                    out.extend(sign);
                    self.mode = Mode::Text;
                    return taken;
                }
                Mode::Rest(_) => {
                    self.mode = Mode::Rest(matches!(c, '.' | ',' | ';' | ':' | '!').then_some(c));
                }
                Mode::Text => return taken,
            }
            taken += c.len_utf8();
        }
        taken
    }

    /// Handles an `&` or a backslash: the word around it may hide a URL.
    fn escape(&mut self, run: &str, here: &str, end: bool, out: &mut String) -> Step {
        let first = here.chars().next().unwrap_or_default();
        let (c, length) = match entity::at(here, end) {
            Escape::Wait => return Step::Wait,
            Escape::Hides(seen) => seen,
            Escape::Other => {
                out.push_str(run);
                out.push(first);
                return Step::Consumed(1);
            }
        };
        self.word((c, length), run, here, end, out)
    }

    /// Handles a character that is hidden behind an escape, or precedes one: decodes the whole
    /// word.
    fn word(
        &mut self,
        (c, length): (char, usize),
        run: &str,
        here: &str,
        end: bool,
        out: &mut String,
    ) -> Step {
        let first = here.chars().next().unwrap_or_default();
        if !self.escapes || self.plain > 0 {
            out.push_str(run);
            out.push(first);
            return Step::Consumed(1);
        }
        let ends =
            |window: &str| window.find(|c: char| c.is_whitespace() || matches!(c, '<' | '>'));
        let known = if self.endless > 0 {
            None
        } else {
            here.get(..here.floor_char_boundary(LONGEST_LINK)).and_then(ends)
        };
        let word = match known {
            Some(word) => word,
            None if self.endless == 0 && here.len() < LONGEST_LINK && end => here.len(),
            None if self.endless == 0 && here.len() < LONGEST_LINK => return Step::Wait,
            None => {
                // A word without an end is not decoded. Each hidden character in it is separated
                // instead.
                if self.endless == 0 {
                    self.endless = LONGEST_LINK;
                }
                self.changed = true;
                self.counts.link();
                out.push_str(run);
                out.extend(['{', c, '}']);
                return Step::Consumed(length);
            }
        };
        let hidden = here.get(..word).unwrap_or_default();
        let whole = format!("{run}{hidden}");
        let seen = entity::decoded(&whole);
        let mut inner =
            Self { escapes: false, line_starts: false, ..Self::new(self.allowed.clone()) };
        let mut shown = String::new();
        if entity::addresses(&seen) > entity::addresses(&whole) {
            inner.pass(&seen, true, &mut shown);
        }
        if !inner.changed {
            self.plain = run.len() + word;
            out.push_str(run);
            out.push(first);
            return Step::Consumed(1);
        }
        out.push_str(&shown);
        self.changed = true;
        self.counts.images = self.counts.images.saturating_add(inner.counts.images);
        self.counts.links = self.counts.links.saturating_add(inner.counts.links);
        Step::Consumed(word)
    }
}

/// Returns whether a construct may start with this character.
fn begins(c: char) -> bool {
    matches!(c, '[' | ']' | '<' | ':' | '.' | '&' | '\\')
}

/// Returns whether this byte may precede a definition on its line: markers of quotations, lists,
/// tasks and footnotes.
fn opens_line(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte.is_ascii_digit() || b">-+*.):[]xX^!".contains(&byte)
}

/// Returns whether this character ends a defanged URL.
fn ends_address(c: char) -> bool {
    !c.is_ascii()
        || c.is_ascii_whitespace()
        || c.is_ascii_control()
        || matches!(c, '<' | '>' | '"' | '\'' | '`' | '(' | ')' | '[' | ']' | '{' | '}' | '|' | '^')
}

/// Returns the letters and digits at the end of a text, which may be a scheme.
fn run_before(text: &str) -> &str {
    let length = text.bytes().rev().take(SCHEME).take_while(u8::is_ascii_alphanumeric).count();
    text.get(text.len() - length..).unwrap_or_default()
}
