//! Values that the model has seen and the readers of its answer may not see. The session remembers
//! them and removes them from released text.
//!
//! A value is matched regardless of case. With six or more letters or digits, it is also matched
//! regardless of the characters between them: `+49 30 1234567` matches `49-30-123 45 67`. Only
//! whole words match. Values that the user typed are not removed. The sentences of a longer text
//! are also matched individually. Paraphrases, translations, other encodings, parts of a value and
//! sums are not detected.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::spec::Class;
use secure_tool_text::hidden::{self, Counts};
use secure_tool_text::internal::Prefixes;

/// The minimum number of letters and digits in a value. Shorter values would match harmless text.
const SHORTEST: usize = 4;
/// The minimum number of letters and digits for matching regardless of the characters between them.
const LOOSE: usize = 6;
/// The maximum length of a value that is matched as a whole, in bytes.
const LONGEST: usize = 512;
/// The minimum number of letters and digits in a sentence that is matched individually.
const SENTENCE: usize = 20;
/// The maximum number of characters between two letters of a value.
const GAP: usize = 8;
/// The maximum number of values per session, and their maximum size in bytes.
const MOST_VALUES: usize = 20_000;
const MOST_BYTES: usize = 1 << 20;
/// The maximum size of the user's typed text that is compared, in bytes.
const MOST_SAID: usize = 256 * 1024;

/// The remembered values of a session.
#[derive(Debug, Default)]
pub(crate) struct Confidential {
    values: HashMap<String, Value>,
    bytes: usize,
    said: String,
    search: Option<Arc<Search>>,
}

#[derive(Debug, Clone)]
struct Value {
    class: Class,
    /// The value as shown, in lower case, if it is short.
    exact: Option<String>,
}

impl Confidential {
    /// Remembers a value that the model sees. Returns false if the session is full.
    pub(crate) fn remember(&mut self, class: Class, value: &str) -> bool {
        let value = hidden::clean(value, &mut Counts::default());
        let mut room = value.len() > LONGEST || self.insert(class, value.trim(), SHORTEST);
        if value.len() > SENTENCE {
            let sentences = value
                .split(['.', '!', '?', ';', '\n', '。', '！', '？', '；'])
                .filter(|sentence| sentence.len() < value.len() || value.len() > LONGEST);
            for sentence in sentences {
                room &= pieces(sentence).all(|piece| self.insert(class, piece.trim(), SENTENCE));
            }
        }
        room
    }

    fn insert(&mut self, class: Class, value: &str, shortest: usize) -> bool {
        let normal: String = letters(value).flat_map(|(_, c)| c.to_lowercase()).collect();
        let count = normal.chars().count();
        if count < shortest {
            return true;
        }
        if let Some(known) = self.values.get_mut(&normal) {
            if known.class < class {
                known.class = class;
                self.search = None;
            }
            return true;
        }
        if self.values.len() >= MOST_VALUES || self.bytes + normal.len() > MOST_BYTES {
            return false;
        }
        self.bytes += normal.len();
        self.search = None;
        self.values
            .insert(normal, Value { class, exact: (count < LOOSE).then(|| value.to_lowercase()) });
        true
    }

    /// Adds text that the user typed. Values in it are not removed.
    pub(crate) fn said(&mut self, text: &str) {
        let room = MOST_SAID.saturating_sub(self.said.len());
        self.said.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or(text));
        self.said.push('\n');
        self.search = None;
    }

    /// Returns the search for all values except those that the user typed.
    pub(crate) fn search(&mut self) -> Arc<Search> {
        if let Some(search) = &self.search {
            return search.clone();
        }
        let all = Search::new(self.values.iter());
        let mut known = self.values.clone();
        for (_, (normal, _)) in all.spans(&self.said, true, false).found {
            if let Some(normal) = all.needles.get(normal) {
                known.remove(normal);
            }
        }
        let search = Arc::new(Search::new(known.iter()));
        self.search = Some(search.clone());
        search
    }
}

/// Returns the letters and digits of a text with their positions.
fn letters(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, c)| c.is_alphanumeric())
}

/// Splits a sentence between words into pieces of bounded length.
fn pieces(sentence: &str) -> impl Iterator<Item = &str> {
    let mut rest = sentence;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let window = rest.get(..rest.floor_char_boundary(LONGEST)).unwrap_or(rest);
        let cut = if window.len() < rest.len() {
            window
                .rfind(|c: char| !c.is_alphanumeric())
                .filter(|at| *at > 0)
                .unwrap_or(window.len())
        } else {
            window.len()
        };
        let (piece, after) = rest.split_at_checked(cut).unwrap_or((rest, ""));
        rest = after;
        Some(piece)
    })
}

/// A multi-pattern search for values.
#[derive(Debug)]
pub(crate) struct Search {
    prefixes: Option<Prefixes>,
    needles: Vec<String>,
    values: Vec<Value>,
}

/// A value, by its index in the search.
pub(crate) type FindingId = (usize, Class);

/// The matches in a text.
pub(crate) struct Spans {
    /// The range and the value of each match.
    pub(crate) found: Vec<(Range<usize>, FindingId)>,
    /// The number of bytes that no further input can change.
    pub(crate) settled: usize,
}

impl Search {
    fn new<'a>(values: impl Iterator<Item = (&'a String, &'a Value)>) -> Self {
        let (needles, values): (Vec<String>, Vec<Value>) =
            values.map(|(normal, value)| (normal.clone(), value.clone())).unzip();
        // Building can't fail within the limits above.
        let prefixes = if needles.is_empty() { None } else { Prefixes::new(&needles) };
        Self { prefixes, needles, values }
    }

    /// Finds values as whole words. `within` is true if the text continues a word that began
    /// before.
    pub(crate) fn spans(&self, text: &str, end: bool, within: bool) -> Spans {
        let mut spans = Spans { found: Vec::new(), settled: text.len() };
        let Some(prefixes) = &self.prefixes else { return spans };
        let mut state = prefixes.start();
        // The position of each normalized byte in the text, and whether a word starts there.
        let mut places: Vec<(usize, bool)> = Vec::new();
        let (mut gap, mut in_word) = (0, within);
        let mut chars = text.char_indices().peekable();
        while let Some((at, c)) = chars.next() {
            if !c.is_alphanumeric() {
                (gap, in_word) = (gap + 1, false);
                if gap > GAP {
                    state = prefixes.start();
                }
                continue;
            }
            gap = 0;
            for small in c.to_lowercase() {
                let mut buffer = [0; 4];
                for byte in small.encode_utf8(&mut buffer).bytes() {
                    state = prefixes.next(state, byte);
                    places.push((at, !in_word));
                }
            }
            in_word = true;
            let stop = at + c.len_utf8();
            let ends = match chars.peek() {
                Some((_, next)) => !next.is_alphanumeric(),
                None => end,
            };
            if ends {
                let matched: Vec<_> = prefixes
                    .ended(state)
                    .filter_map(|id| {
                        self.span(id.as_usize(), prefixes.length(id), &places, stop, text)
                    })
                    .collect();
                spans.found.extend(matched);
            }
        }
        if !end {
            let held = prefixes.depth(state);
            spans.settled = places
                .len()
                .checked_sub(held)
                .and_then(|at| places.get(at))
                .map_or(text.len(), |(at, _)| *at);
        }
        spans
    }

    fn span(
        &self,
        which: usize,
        length: usize,
        places: &[(usize, bool)],
        stop: usize,
        text: &str,
    ) -> Option<(Range<usize>, FindingId)> {
        let (start, starts_word) = *places.get(places.len().checked_sub(length)?)?;
        let value = self.values.get(which)?;
        let written = text.get(start..stop)?;
        // An exact match may begin or end with signs, which normalization removes.
        let is_it = value.exact.as_ref().is_none_or(|exact| {
            exact.trim_matches(|c: char| !c.is_alphanumeric()) == written.to_lowercase()
        });
        (starts_word && is_it).then_some((start..stop, (which, value.class)))
    }
}
