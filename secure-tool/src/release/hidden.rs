//! Removes hidden characters; see [`secure_tool_text::hidden`].

use secure_tool_text::hidden::{Counts, is_plain};
use secure_tool_text::internal::kept;

use super::stage::Stage;

#[derive(Debug, Default)]
pub(super) struct Hidden {
    /// The last character that was kept.
    before: Option<char>,
}

impl Stage for Hidden {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        if is_plain(text) {
            out.push_str(text);
            self.before = text.chars().next_back().or(self.before);
            return text.len();
        }
        let mut counts = Counts::default();
        let mut rest = text.chars();
        loop {
            let left = rest.as_str().len();
            let Some(c) = rest.next() else { return text.len() };
            let next = rest.clone().next();
            // Whether a hidden character is legitimate can depend on the next character.
            if next.is_none() && !end && !(' '..='~').contains(&c) {
                return text.len() - left;
            }
            if let Some(kept) = kept(self.before, c, next, &mut counts) {
                out.push(kept);
                self.before = Some(kept);
            }
        }
    }
}
