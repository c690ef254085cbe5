//! When a judge classifies a response, and what a missing verdict means.

use std::fmt;

use serde::Serialize;

/// Which responses are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Responses in which a detector scored at least half of the flagging threshold. They are few,
    /// which keeps the cost of the judge low.
    Flagged,
    /// Every response with untrusted text.
    Always,
}

/// The effect of a missing verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The text counts as flagged. An attacker gains nothing by stopping the judge from answering.
    Flag,
    /// Only the detectors decide, as in a guard without a judge. The audit record contains the
    /// failure.
    Pass,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flagged => "classifies responses that a detector finds suspicious",
            Self::Always => "classifies every response with untrusted text",
        })
    }
}

impl fmt::Display for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "a missing verdict flags the text",
            Self::Pass => "a missing verdict leaves the decision to the detectors",
        })
    }
}
