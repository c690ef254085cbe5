//! Replaces the datamarks that a model copied from datamarked texts with spaces (see
//! [`secure_tool_text::spotlighting`]).
//!
//! A character counts as a datamark only if this session used it as one. Other private-use
//! characters are kept. The rules mirror how datamarks are written. A datamark that did not replace
//! a space is removed: one before white space, after sixteen non-ASCII letters in a row, or at the
//! start or end of a text.

use std::collections::BTreeSet;

use secure_tool_text::internal::RUN;
use secure_tool_text::internal::{CLOSE, OPEN};

use super::stage::Stage;

#[derive(Debug)]
pub(super) struct Datamarks {
    marks: BTreeSet<char>,
    /// The previous character, kept or not.
    before: Option<char>,
    /// The number of consecutive non-ASCII letters.
    run: usize,
}

impl Datamarks {
    pub(super) fn new(marks: BTreeSet<char>) -> Self {
        Self { marks, before: None, run: 0 }
    }

    /// Returns whether a datamark replaces a space.
    fn is_space(&self, next: Option<char>) -> bool {
        // A mark before a closing bracket belongs to a delimiter, which the next step removes as a
        // whole.
        let told = next == Some(CLOSE);
        let first = self.before.is_none_or(|before| before == ' ' || before == CLOSE);
        let last = next.is_none_or(|next| next.is_whitespace() || next == OPEN);
        told || !first && !last && self.run != RUN
    }
}

impl Stage for Datamarks {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        if self.marks.is_empty() {
            out.push_str(text);
            return text.len();
        }
        let mut rest = text.chars();
        loop {
            let left = rest.as_str().len();
            let Some(c) = rest.next() else { return text.len() };
            let next = rest.clone().next();
            if !self.marks.contains(&c) {
                out.push(c);
                self.run = if c.is_ascii() || c.is_whitespace() { 0 } else { self.run + 1 };
            } else if next.is_none() && !end {
                return text.len() - left; // the replacement depends on the next character
            } else {
                if self.is_space(next) {
                    out.push(' ');
                }
                self.run = 0;
            }
            self.before = Some(c);
        }
    }
}
