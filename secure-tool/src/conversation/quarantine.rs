//! Texts withheld from a model and stored for review, within limits.

use std::fmt;

/// The maximum number of quarantined texts per session.
const MOST: usize = 256;
/// The maximum total size of the quarantined texts, in bytes.
const MOST_BYTES: usize = 1 << 20;

/// A text withheld from the model because detectors flagged it and its field declares `on_injection
/// = quarantine`.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quarantined {
    /// The tool that returned the text.
    pub tool: &'static str,
    /// The declared field that contained the text.
    pub field: &'static str,
    text: String,
}

impl Quarantined {
    /// The original text without secrets in use. It contains the suspected injection and hidden
    /// characters. For programs and human review; a model could follow the injection.
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

/// The quarantined texts of one session.
#[derive(Debug, Default)]
pub(super) struct Quarantine {
    texts: Vec<Quarantined>,
    bytes: usize,
}

impl Quarantine {
    /// Stores a text and returns its number, starting at 1. Returns `None` if the limits are
    /// reached; the text is then discarded.
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
    fn quarantine_is_bounded() {
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
