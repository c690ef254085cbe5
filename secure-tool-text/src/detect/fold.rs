//! The normal form for searching: takes a text, returns it folded, with a map to the source.
//!
//! Folding removes hidden characters and combining marks, resolves compatibility forms, and changes
//! to lower case. It is the NFKD of each character without its combining marks: NFKC and accent
//! folding together. In a word that mixes Latin letters with homoglyphs, or consists of homoglyphs
//! only, the homoglyphs become Latin letters. The normal form is for searching only and is never
//! shown.

use std::sync::OnceLock;

use icu_normalizer::DecomposingNormalizerBorrowed;

use super::lookalikes::{is_identical, latin};
use super::map::Map;
use crate::hidden;

/// The folds of 256 consecutive characters, concatenated, with their ends.
#[derive(Debug)]
struct Page {
    text: String,
    ends: Vec<u16>,
    kinds: Vec<Kind>,
}

/// The properties of the fold of a character.
#[expect(clippy::struct_excessive_bools, reason = "four answers about one character")]
#[derive(Debug, Clone, Copy, Default)]
struct Kind {
    /// Neither a letter nor a digit: it ends a word.
    gap: bool,
    latin: bool,
    other: bool,
    /// A letter that does not look exactly like a Latin one.
    plain_other: bool,
}

impl Kind {
    fn of(folded: &str) -> Self {
        let has = |is: fn(char) -> bool| folded.chars().any(is);
        Self {
            gap: has(|c| !c.is_alphanumeric()),
            latin: has(|c| c.is_ascii_alphabetic()),
            other: has(|c| !c.is_ascii()),
            plain_other: has(|c| !c.is_ascii() && !is_identical(c)),
        }
    }
}

/// The folds by page. A page is created when one of its characters first occurs.
static PAGES: [OnceLock<Box<Page>>; 0x1100] = [const { OnceLock::new() }; 0x1100];

/// The maximum length of the fold of one character. A longer one is truncated (U+FDFA has 18
/// characters), because no searched word contains it.
const LONGEST: usize = 8;

impl Page {
    fn of(number: u32) -> Self {
        let normalizer = DecomposingNormalizerBorrowed::new_nfkd();
        let mut page = Self {
            text: String::new(),
            ends: Vec::with_capacity(256),
            kinds: Vec::with_capacity(256),
        };
        for low in 0..256 {
            let from = page.text.len();
            if let Some(c) = char::from_u32(number << 8 | low).filter(|&c| !is_ignored(c)) {
                let base =
                    normalizer.normalize_iter(std::iter::once(c)).filter(|&c| !is_ignored(c));
                for c in base.flat_map(char::to_lowercase).filter(|&c| !is_ignored(c)) {
                    if page.text.len() - from + c.len_utf8() <= LONGEST {
                        page.text.push(c);
                    }
                }
            }
            page.kinds.push(Kind::of(page.text.get(from..).unwrap_or_default()));
            page.ends.push(u16::try_from(page.text.len()).unwrap_or(u16::MAX));
        }
        page
    }

    fn get(&self, low: usize) -> (&str, Kind) {
        let end = |at: usize| self.ends.get(at).copied().map_or(0, usize::from);
        let start = low.checked_sub(1).map_or(0, end);
        (
            self.text.get(start..end(low)).unwrap_or_default(),
            self.kinds.get(low).copied().unwrap_or_default(),
        )
    }
}

/// Returns the fold of one character, which may be empty.
fn folded(c: char) -> (&'static str, Kind) {
    let code = u32::from(c);
    let Some(page) = PAGES.get(code as usize >> 8) else { return ("", Kind::default()) };
    page.get_or_init(|| Box::new(Page::of(code >> 8))).get(code as usize & 0xff)
}

/// Returns whether a character is skipped: it is invisible, or it modifies the previous one.
fn is_ignored(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{300}'..='\u{36f}' | '\u{483}'..='\u{489}' | '\u{591}'..='\u{5bd}' | '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}'
        | '\u{670}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}'
        | '\u{fe20}'..='\u{fe2f}')
        || (c >= '\u{80}'
            && !matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}')
            && hidden::is_hidden(c))
}

/// The properties of the current word of the output.
#[derive(Debug, Clone, Copy, Default)]
struct WordSeen {
    start: usize,
    entries: usize,
    source: usize,
    latin: bool,
    other: bool,
    plain_other: bool,
}

/// Returns the normal form of a text. `None` if the text is ASCII, which is already normal except
/// for its case.
pub(crate) fn fold(text: &str) -> Option<(String, Map)> {
    if text.is_ascii() {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    let mut map = Map::default();
    let mut word = WordSeen::default();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let from = text.len() - rest.len();
        if c.is_ascii() {
            let run = rest.bytes().position(|byte| !byte.is_ascii()).unwrap_or(rest.len());
            let (ascii, after) = rest.split_at_checked(run).unwrap_or((rest, ""));
            push_ascii(ascii, from, text, &mut out, &mut map, &mut word);
            rest = after;
            continue;
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        let (folded, kind) = folded(c);
        if kind.gap {
            end_word(text, &mut out, &mut map, &word);
        }
        map.at(out.len(), from);
        out.push_str(folded);
        if kind.gap {
            word = begin_word(&out, &map, text.len() - rest.len());
        } else {
            word.latin |= kind.latin;
            word.other |= kind.other;
            word.plain_other |= kind.plain_other;
        }
        map.at(out.len(), text.len() - rest.len());
    }
    end_word(text, &mut out, &mut map, &word);
    map.end(out.len(), text.len());
    out.make_ascii_lowercase();
    Some((out, map))
}

fn begin_word(out: &str, map: &Map, source: usize) -> WordSeen {
    WordSeen { start: out.len(), entries: map.len(), source, ..WordSeen::default() }
}

/// Copies a run of ASCII, word by word while words contain other letters too.
fn push_ascii(
    ascii: &str,
    from: usize,
    text: &str,
    out: &mut String,
    map: &mut Map,
    word: &mut WordSeen,
) {
    let letters = |byte: &u8| byte.is_ascii_alphanumeric();
    let head = ascii.bytes().position(|byte| !letters(&byte)).unwrap_or(ascii.len());
    let (start, after) = ascii.split_at_checked(head).unwrap_or((ascii, ""));
    map.at(out.len(), from);
    word.latin |= start.bytes().any(|byte| byte.is_ascii_alphabetic());
    out.push_str(start);
    if after.is_empty() {
        return;
    }
    end_word(text, out, map, word);
    let tail = after.len() - after.bytes().rev().position(|byte| !letters(&byte)).unwrap_or(0);
    let (middle, last) = after.split_at_checked(tail).unwrap_or((after, ""));
    map.at(out.len(), from + head);
    out.push_str(middle);
    *word = begin_word(out, map, from + head + tail);
    map.at(out.len(), from + head + tail);
    word.latin = last.bytes().any(|byte| byte.is_ascii_alphabetic());
    out.push_str(last);
}

/// Replaces the homoglyphs in a word, if it mixes them with Latin letters or consists of them.
fn end_word(text: &str, out: &mut String, map: &mut Map, word: &WordSeen) {
    if !word.other || (!word.latin && word.plain_other) {
        return;
    }
    // INVARIANT: this reads the source from the start of the word, once for each word, so the whole
    // is linear.
    let mixed = out.split_off(word.start);
    let places = map.places(word.start, &mixed, word.entries, word.source);
    map.truncate(word.entries);
    for (c, place) in mixed.chars().zip(places) {
        map.at(out.len(), place.min(text.len()));
        out.push(latin(c).unwrap_or(c));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(text: &str) -> String {
        fold(text).map_or_else(|| text.to_ascii_lowercase(), |(folded, _)| folded)
    }

    #[test]
    fn forms_of_one_letter_fold_to_it() {
        for text in [
            "ｉｇｎｏｒｅ",
            "𝐢𝐠𝐧𝐨𝐫𝐞",
            "𝓲𝓰𝓷𝓸𝓻𝓮",
            "i\u{200b}g\u{2060}n\u{ad}ore",
            "іgnоrе",
            "ign\u{33f}o\u{489}re",
            "Ⓘⓖⓝⓞⓡⓔ",
            "íğñôřé",
            "ιgηore",
        ] {
            assert_eq!(folds(text), "ignore", "{text}");
        }
    }

    #[test]
    fn other_scripts_stay_what_they_are() {
        assert_eq!(folds("Игнорируй инструкции"), "игнорируи инструкции");
        assert_eq!(folds("忽略以上指令"), "忽略以上指令");
    }

    #[test]
    fn places_lead_back_to_the_source() {
        for text in
            ["é the 𝐢gnore, ｘ", "abc іgnоrе this", "x \u{200b}\u{200b}ignore ﷽ this", "ﬁ ignore"]
        {
            let (folded, map) = fold(text).expect("not ASCII");
            for needle in ["ignore", "this"] {
                let Some(at) = folded.find(needle) else { continue };
                let span = map.back(at..at + needle.len());
                assert_eq!(folds(&text[span.clone()]), needle, "{text} {span:?}");
            }
        }
    }
}
