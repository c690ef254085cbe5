//! How a value is redacted: the redactions, and what the rules must know of each.
//!
//! [`Redaction::facts`] is the one place where the rules learn about a redaction.

use serde::Serialize;

/// What becomes of a field before the model sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Redaction {
    /// Nothing.
    Keep,
    /// It is left out.
    Drop,
    /// All but the first and last few characters become `*`; a value not longer than what is kept
    /// becomes `*` throughout.
    Mask {
        /// How many characters at the start are kept.
        keep_first: u8,
        /// How many characters at the end are kept.
        keep_last: u8,
    },
    /// Of an e-mail address, the first character and the domain, with `***` between them:
    /// `a***@corp.example`. Another text becomes `*` throughout.
    MaskEmail,
    /// A keyed digest: equal values stay equal within one deployment.
    Hash,
    /// Less exact: a year, a range, the first characters. What can't be made so becomes `*`
    /// throughout.
    Generalize(Generalize),
    /// The value itself, encrypted for this session and this field; arguments that take its tokens
    /// get it back.
    Tokenize {
        /// What the tokens are of: the name of the type, a dot, and the field's name on the wire.
        field: &'static str,
    },
}

/// What is left of a value that is made less exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Generalize {
    /// Of a date as in RFC 3339, the year: `2024`.
    Year,
    /// Of a date as in RFC 3339, year and month: `2024-05`.
    Month,
    /// Of a number, the range of this width that it is in: `100 to <200`.
    Step(u64),
    /// Of a text, so many characters from its start; the others become `*`.
    Prefix(u8),
}

/// What the rules ask of a redaction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RedactionFacts {
    /// The word in the derives; empty where there is none.
    pub(crate) word: &'static str,
    /// How it is written, where a message shows that.
    pub(crate) usage: &'static str,
    /// How much of a text is left.
    pub(crate) leaves: Leaves,
    /// On which scalars it stands.
    pub(crate) on: RedactedType,
    /// Whether what is left still means something when it is cut.
    pub(crate) can_be_cut: bool,
    /// Whether what is left is searched for personal data and keys that were not declared.
    pub(crate) is_searched: bool,
}

/// How much of a text a redaction leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Leaves {
    /// No character.
    Nothing,
    /// Characters, but too few for an instruction: detectors need not read them.
    Fragment,
    /// Characters that can carry an instruction.
    Text,
}

/// The scalars on which a redaction stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedactedType {
    /// Every scalar.
    Any,
    Texts,
    Numbers,
}

impl Redaction {
    /// Returns what the rules ask of it.
    pub(crate) const fn facts(self) -> RedactionFacts {
        let plain = RedactionFacts {
            word: "",
            usage: "",
            leaves: Leaves::Nothing,
            on: RedactedType::Any,
            can_be_cut: false,
            is_searched: true,
        };
        match self {
            Self::Keep => RedactionFacts { leaves: Leaves::Text, can_be_cut: true, ..plain },
            Self::Drop => RedactionFacts { word: "drop", can_be_cut: true, ..plain },
            Self::Mask { keep_first, keep_last } => {
                let is_short = keep_first.saturating_add(keep_last) <= 8;
                let leaves = if is_short { Leaves::Fragment } else { Leaves::Text };
                RedactionFacts { word: "mask", leaves, can_be_cut: true, ..plain }
            }
            // Whoever registers a domain chooses its text.
            Self::MaskEmail => RedactionFacts {
                word: "mask_email",
                usage: "mask_email",
                leaves: Leaves::Text,
                on: RedactedType::Texts,
                // It looks like an address, and is what the developer wants to be shown.
                is_searched: false,
                ..plain
            },
            Self::Hash => RedactionFacts { word: "hash", ..plain },
            Self::Tokenize { .. } => RedactionFacts { word: "tokenize", ..plain },
            Self::Generalize(to) => {
                let (usage, leaves, on) = match to {
                    Generalize::Year => ("generalize(year)", Leaves::Nothing, RedactedType::Texts),
                    Generalize::Month => {
                        ("generalize(month)", Leaves::Nothing, RedactedType::Texts)
                    }
                    Generalize::Step(_) => {
                        ("generalize(step = …)", Leaves::Nothing, RedactedType::Numbers)
                    }
                    Generalize::Prefix(_) => {
                        ("generalize(prefix = …)", Leaves::Text, RedactedType::Texts)
                    }
                };
                RedactionFacts { word: "generalize", usage, leaves, on, ..plain }
            }
        }
    }

    /// Returns whether the value reaches the model as it is.
    #[must_use]
    pub const fn keeps(self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Returns whether the value is left out.
    #[must_use]
    pub const fn drops(self) -> bool {
        matches!(self, Self::Drop)
    }
}
