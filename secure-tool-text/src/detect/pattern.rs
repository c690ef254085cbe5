//! A compiled pattern: takes a text and a position, returns the matches there.

use std::ops::Range;
use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::rules::REACH;

/// A compiled pattern.
pub(crate) struct Pattern {
    /// The index of its rule.
    pub(crate) rule: usize,
    pub(crate) regex: Regex,
    /// Whether a window must contain a literal of the second set.
    pub(crate) needs_second: bool,
    /// Whether every match starts with a literal of the first set.
    pub(crate) leads: bool,
    /// For patterns that lead: any one byte and then the pattern, anchored. Compiled on first use.
    anchored: OnceLock<Option<Regex>>,
}

fn build(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).build()
}

impl Pattern {
    pub(crate) fn compile(
        rule: usize,
        pattern: &str,
        needs_second: bool,
        leads: bool,
    ) -> Result<Self, regex::Error> {
        Ok(Self { rule, regex: build(pattern)?, needs_second, leads, anchored: OnceLock::new() })
    }

    /// Returns the window of a possible match around a literal of the first set. It has one more
    /// byte on each side, so that word boundaries are visible.
    pub(crate) fn window(&self, literal: Range<usize>, length: usize) -> Range<usize> {
        let start = if self.leads {
            literal.start.saturating_sub(1)
        } else {
            literal.end.saturating_sub(REACH + 1)
        };
        start..(literal.start + REACH + 1).min(length)
    }

    /// Returns the match that starts at a position, if it ends before its window or the text does.
    pub(crate) fn match_at(&self, text: &[u8], at: usize) -> Option<Range<usize>> {
        let window = self.window(at..at, text.len());
        let slice = text.get(window.clone())?;
        let found = if at == 0 {
            self.regex.find(slice).filter(|found| found.start() == 0)
        } else {
            self.anchored
                .get_or_init(|| build(&format!("\\A(?s:.)(?:{})", self.regex.as_str())).ok())
                .as_ref()?
                .find(slice)
        }?;
        let end = window.start + found.end();
        (end < window.end || end == text.len()).then_some(at..end)
    }

    /// Calls `each` for the matches within a window. A match that touches an edge of the window may
    /// not be a match of the whole text. The search continues after it.
    pub(crate) fn matches_in(
        &self,
        text: &[u8],
        window: Range<usize>,
        mut each: impl FnMut(Range<usize>),
    ) {
        let Some(slice) = text.get(window.clone()) else { return };
        let mut from = 0;
        while let Some(found) = self.regex.find_at(slice, from) {
            let cut = (found.start() == 0 && window.start > 0)
                || (found.end() == slice.len() && window.end < text.len());
            if !cut {
                each(window.start + found.start()..window.start + found.end());
            }
            from = if cut { found.start() + 1 } else { found.end().max(found.start() + 1) };
            if from > slice.len() {
                break;
            }
        }
    }
}
