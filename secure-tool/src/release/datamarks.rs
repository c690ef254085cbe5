//! Text in, the same with spaces in the place of the marks that a model copied out of datamarked
//! texts (see [`secure_tool_text::spotlighting`]) out.
//!
//! A mark is one only if it was given to the model in this session: other characters for private
//! use stay. As it is written, so it is read: a mark before other white space and behind sixteen
//! letters in a row is none of the text's, nor is one at an end of it.

use std::collections::BTreeSet;

use secure_tool_text::internal::RUN;
use secure_tool_text::internal::{CLOSE, OPEN};

use super::stage::Stage;

#[derive(Debug)]
pub(super) struct Datamarks {
    marks: BTreeSet<char>,
    /// The last character, whatever became of it.
    before: Option<char>,
    /// How many letters outside of ASCII stand in a row.
    run: usize,
}

impl Datamarks {
    pub(super) fn new(marks: BTreeSet<char>) -> Self {
        Self { marks, before: None, run: 0 }
    }

    /// Whether a mark stands for a space.
    fn is_space(&self, next: Option<char>) -> bool {
        // What the mark is told by is a delimiter, and goes as a whole.
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
                return text.len() - left; // what it stands for hangs on what comes
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
