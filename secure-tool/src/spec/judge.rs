//! When a judge classifies a response, and what a missing verdict means.

use std::fmt;

use serde::Serialize;

/// Which answers are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Those in which a detector found something, be it half of what flags a text: few, and so are
    /// the requests and what they cost.
    Flagged,
    /// Each that holds text which anyone may have written.
    Always,
}

/// What holds where a judge gives no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
#[serde(rename_all = "snake_case")]
pub enum OnFailure {
    /// The text counts as flagged: whoever can keep the judge from answering gains nothing.
    Flag,
    /// The detectors alone decide, as in a guard without a judge. The failure stands in the record.
    Pass,
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flagged => "asked of what detectors find suspicious",
            Self::Always => "asked of each answer with untrusted text",
        })
    }
}

impl fmt::Display for OnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flag => "what it can't judge is flagged",
            Self::Pass => "what it can't judge passes, if no detector flags it",
        })
    }
}
