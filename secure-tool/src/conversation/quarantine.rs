//! Texts that were withheld from a model: kept for a program or a person, within bounds.

use std::fmt;

/// The most texts that a session keeps.
const MOST: usize = 256;
/// The most bytes of them together.
const MOST_BYTES: usize = 1 << 20;

/// A text that was withheld from the model, because detectors flagged it and its field says
/// `on_injection = quarantine`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// The tool whose answer it stood in.
    pub tool: &'static str,
    /// The declared field that it stood in.
    pub field: &'static str,
    text: String,
}

impl Quarantined {
    /// The text, as it came: with what gives orders in it, with hidden characters, and without
    /// secrets in use. For programs and persons; a model would read the orders.
    #[must_use]
    pub fn text_not_for_models(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Quarantined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool, field, text } = self;
        f.debug_struct("Quarantined")
            .field("tool", tool)
            .field("field", field)
            .field("bytes", &text.len())
            .finish_non_exhaustive()
    }
}

/// Those of one session.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    texts: Vec<Quarantined>,
    bytes: usize,
}

impl Quarantine {
    /// Keeps one and gives its number, from 1. `None` if there is no room; then it is gone.
    pub(super) fn keep(
        &mut self,
        tool: &'static str,
        field: &'static str,
        text: String,
    ) -> Option<usize> {
        if self.texts.len() >= MOST || self.bytes + text.len() > MOST_BYTES {
            return None;
        }
        self.bytes += text.len();
        self.texts.push(Quarantined { tool, field, text });
        Some(self.texts.len())
    }

    pub(super) fn get(&self, number: usize) -> Option<&Quarantined> {
        self.texts.get(number.checked_sub(1)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_kept_than_there_is_room_for() {
        let mut many = Quarantine::default();
        assert!((1..=MOST).all(|number| many.keep("tool", "field", "x".into()) == Some(number)));
        assert_eq!(many.keep("tool", "field", "x".into()), None);
        let mut large = Quarantine::default();
        assert_eq!(large.keep("tool", "field", "x".repeat(MOST_BYTES + 1)), None);
        assert_eq!(large.keep("tool", "field", "x".repeat(MOST_BYTES)), Some(1));
        assert_eq!(large.keep("tool", "field", "x".into()), None);
        assert!(large.get(0).is_none() && large.get(1).is_some() && large.get(2).is_none());
        assert!(!format!("{large:?}").contains("xx"));
    }
}
