//! What is done about a text that seems to give a model orders.

use serde::Serialize;

/// What is done about a text that detectors flag. The most lenient comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum OnInjection {
    /// It passes, isolated as all untrusted text is, and is reported.
    #[default]
    Mark,
    /// What was flagged is taken out of it, with the sentences that it stands in.
    Redact,
    /// The model gets a name for it, and the session keeps it for a person.
    Quarantine,
    /// The call is refused.
    Refuse,
}
