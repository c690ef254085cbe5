//! Replaces handles such as `Sku#3` with their values, where they are known and unambiguous.

use super::stage::Stage;
use std::sync::Arc;

use crate::conversation::Conversation;

pub(super) struct Handles {
    conversation: Arc<Conversation>,
    /// Whether the next text continues a word that began before.
    within_word: bool,
}

/// The maximum number of digits in a handle.
const DIGITS: usize = 6;

impl Handles {
    pub(super) fn new(conversation: Arc<Conversation>) -> Self {
        Self { conversation, within_word: false }
    }

    fn is_name(&self, name: &str) -> bool {
        self.conversation.engine().handles.iter().any(|(_, shown)| *shown == name)
    }

    fn begins_name(&self, name: &str) -> bool {
        self.conversation.engine().handles.iter().any(|(_, shown)| shown.starts_with(name))
    }

    /// Returns the value of a handle, formatted for text.
    fn value(&self, name: &str, digits: &str) -> Option<String> {
        let number = digits.parse().ok().filter(|_| digits.len() <= DIGITS)?;
        let state = self.conversation.state();
        Some(match state.shown_handle(&self.conversation.engine().handles, name, number)? {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        })
    }

    /// Returns the start of the word at the end of a text. A word that began before the text can't
    /// be the name of a handle.
    fn word(&self, text: &str) -> usize {
        let start = text.trim_end_matches(is_word).len();
        if start == 0 && self.within_word { text.len() } else { start }
    }
}

impl Stage for Handles {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        let mut rest = text;
        if self.conversation.engine().handles.is_empty() {
            out.push_str(text);
            return text.len();
        }
        while let Some((before, after)) = rest.split_once('#') {
            let (plain, name) = before.split_at_checked(self.word(before)).unwrap_or((before, ""));
            out.push_str(plain);
            let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
            if self.is_name(name) && digits == after.len() && digits <= DIGITS && !end {
                self.within_word = false; // the buffered text begins with a name
                return text.len() - rest.len() + plain.len();
            }
            self.within_word = false;
            match self.value(name, after.get(..digits).unwrap_or_default()) {
                Some(value) => {
                    out.push_str(&value);
                    rest = after.get(digits..).unwrap_or_default();
                }
                None => {
                    out.push_str(name);
                    out.push('#');
                    rest = after;
                }
            }
        }
        let start = self.word(rest);
        let (plain, name) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let held = if end || !self.begins_name(name) { 0 } else { name.len() };
        let settled = rest.get(..rest.len() - held).unwrap_or(rest);
        out.push_str(settled);
        if !settled.is_empty() {
            self.within_word = plain.len() < settled.len() || settled.ends_with(is_word);
        }
        text.len() - held
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}
