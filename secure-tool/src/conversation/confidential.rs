//! Values that the model was shown and the readers of its answer may not see: remembered by a
//! session, removed from what it releases.
//!
//! A value is found as it was shown, in capitals or small letters, and, if it has six letters or
//! digits or more, whatever stands between these: `+49 30 1234567` is found in `49-30-123 45 67`.
//! It has to stand as a word of its own. What the user typed themselves is not removed. Of a longer
//! text its sentences are looked for too. It does not see a paraphrase, a translation, another
//! encoding, a part of a value, or a sum.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::spec::Class;
use secure_tool_text::hidden::{self, Counts};
use secure_tool_text::internal::Prefixes;

/// The fewest letters and digits of a value. To remove shorter ones would cut honest text.
const SHORTEST: usize = 4;
/// The fewest with which it does not matter what stands between them.
const LOOSE: usize = 6;
/// The most bytes of a value that is looked for as a whole.
const LONGEST: usize = 512;
/// The fewest letters and digits of a sentence that is looked for by itself.
const SENTENCE: usize = 20;
/// The most characters between two letters of a value.
const GAP: usize = 8;
/// The most values of one session, and their bytes.
const MOST_VALUES: usize = 20_000;
const MOST_BYTES: usize = 1 << 20;
/// The most bytes of what the user typed that are looked at.
const MOST_SAID: usize = 256 * 1024;

/// What a session remembers.
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
    /// The value as it was shown, in small letters; of a short one.
    exact: Option<String>,
}

impl Confidential {
    /// Remembers a value that the model is shown. False if the session is full.
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

    /// The user typed this: they know it.
    pub(crate) fn said(&mut self, text: &str) {
        let room = MOST_SAID.saturating_sub(self.said.len());
        self.said.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or(text));
        self.said.push('\n');
        self.search = None;
    }

    /// The search for all of it, but what the user typed.
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

/// The letters and digits of a text, and where they stand.
fn letters(text: &str) -> impl Iterator<Item = (usize, char)> {
    text.char_indices().filter(|(_, c)| c.is_alphanumeric())
}

/// A sentence in pieces that are not too long, cut between words.
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

/// A search for many values at once.
#[derive(Debug)]
pub(crate) struct Search {
    prefixes: Option<Prefixes>,
    needles: Vec<String>,
    values: Vec<Value>,
}

/// A value, by its place in the search.
pub(crate) type FindingId = (usize, Class);

/// What was found in a text.
pub(crate) struct Spans {
    /// Where, and which.
    pub(crate) found: Vec<(Range<usize>, FindingId)>,
    /// So many bytes hang on nothing that comes.
    pub(crate) settled: usize,
}

impl Search {
    fn new<'a>(values: impl Iterator<Item = (&'a String, &'a Value)>) -> Self {
        let (needles, values): (Vec<String>, Vec<Value>) =
            values.map(|(normal, value)| (normal.clone(), value.clone())).unzip();
        // Within the bounds above it can be built.
        let prefixes = if needles.is_empty() { None } else { Prefixes::new(&needles) };
        Self { prefixes, needles, values }
    }

    /// Finds values that stand as words of their own. `within`: the text goes on with a word that
    /// began before.
    pub(crate) fn spans(&self, text: &str, end: bool, within: bool) -> Spans {
        let mut spans = Spans { found: Vec::new(), settled: text.len() };
        let Some(prefixes) = &self.prefixes else { return spans };
        let mut state = prefixes.start();
        // Where each byte that was walked over stands, and whether a word starts there.
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
        // An exact one may begin or end with signs, which were not walked over.
        let is_it = value.exact.as_ref().is_none_or(|exact| {
            exact.trim_matches(|c: char| !c.is_alphanumeric()) == written.to_lowercase()
        });
        (starts_word && is_it).then_some((start..stop, (which, value.class)))
    }
}
