//! The action for a text that contains a suspected prompt injection.

use serde::Serialize;

/// The action for a text that detectors flag, from the most lenient to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum OnInjection {
    /// Passes the text, isolated like all untrusted text, and reports the finding.
    #[default]
    Mark,
    /// Removes the sentences that contain the finding.
    Redact,
    /// Replaces the text with a reference. The session keeps the text for human review.
    Quarantine,
    /// Refuses the call.
    Refuse,
}
