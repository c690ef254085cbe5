//! The redactions, and the facts that the rules need about each.
//!
//! [`Redaction::facts`] is the only source of these facts.

use serde::Serialize;

/// The redaction of a field before the model sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Redaction {
    /// No redaction.
    Keep,
    /// Removes the value.
    Drop,
    /// Masks all but the first and last characters with `*`. A value that is not longer than the
    /// kept part is masked completely.
    Mask {
        /// The number of characters kept at the start.
        keep_first: u8,
        /// The number of characters kept at the end.
        keep_last: u8,
    },
    /// Masks an e-mail address to its first character and its domain: `a***@corp.example`. Any
    /// other text is masked completely.
    MaskEmail,
    /// Replaces the value with a keyed hash. Equal values have equal hashes within one deployment.
    Hash,
    /// Generalizes the value to a year, a range or its first characters. A value that can't be
    /// generalized is masked completely.
    Generalize(Generalize),
    /// Replaces the value with a token: the value, encrypted for this session and this field.
    /// Arguments that take its tokens receive the original value.
    Tokenize {
        /// The source of the tokens: the name of the type, a dot and the serialized name of the
        /// field.
        field: &'static str,
    },
}

/// The precision of a generalized value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Generalize {
    /// The year of an RFC 3339 date: `2024`.
    Year,
    /// The year and month of an RFC 3339 date: `2024-05`.
    Month,
    /// The range of this width that contains the number: `100 to <200`.
    Step(u64),
    /// The first characters of a text, in this number. The others are masked with `*`.
    Prefix(u8),
}

/// Facts about a redaction, for the rules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RedactionFacts {
    /// The word in the derives; empty if there is none.
    pub(crate) word: &'static str,
    /// The attribute as written in source code, for messages.
    pub(crate) usage: &'static str,
    /// How much of a text remains.
    pub(crate) remains: RemainingText,
    /// The scalars that the redaction applies to.
    pub(crate) on: RedactedType,
    /// Whether the redacted text remains meaningful when truncated.
    pub(crate) can_be_cut: bool,
    /// Whether the redacted text is scanned for undeclared personal data and keys.
    pub(crate) is_searched: bool,
}

/// How much of a text a redaction keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RemainingText {
    /// No characters.
    Nothing,
    /// Too few characters for an instruction. Detectors skip the text.
    Fragment,
    /// Enough characters for an instruction. Detectors scan the text.
    Text,
}

/// The scalars that a redaction applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RedactedType {
    /// All scalars.
    Any,
    Texts,
    Numbers,
}

impl Redaction {
    /// Returns the facts about this redaction.
    pub(crate) const fn facts(self) -> RedactionFacts {
        let plain = RedactionFacts {
            word: "",
            usage: "",
            remains: RemainingText::Nothing,
            on: RedactedType::Any,
            can_be_cut: false,
            is_searched: true,
        };
        match self {
            Self::Keep => {
                RedactionFacts { remains: RemainingText::Text, can_be_cut: true, ..plain }
            }
            Self::Drop => RedactionFacts { word: "drop", can_be_cut: true, ..plain },
            Self::Mask { keep_first, keep_last } => {
                let is_short = keep_first.saturating_add(keep_last) <= 8;
                let remains = if is_short { RemainingText::Fragment } else { RemainingText::Text };
                RedactionFacts { word: "mask", remains, can_be_cut: true, ..plain }
            }
            // An attacker can choose the text of a domain by registering it.
            Self::MaskEmail => RedactionFacts {
                word: "mask_email",
                usage: "mask_email",
                remains: RemainingText::Text,
                on: RedactedType::Texts,
                // The masked text looks like an e-mail address. The developer chose to show it.
                is_searched: false,
                ..plain
            },
            Self::Hash => RedactionFacts { word: "hash", ..plain },
            Self::Tokenize { .. } => RedactionFacts { word: "tokenize", ..plain },
            Self::Generalize(to) => {
                let (usage, remains, on) = match to {
                    Generalize::Year => {
                        ("generalize(year)", RemainingText::Nothing, RedactedType::Texts)
                    }
                    Generalize::Month => {
                        ("generalize(month)", RemainingText::Nothing, RedactedType::Texts)
                    }
                    Generalize::Step(_) => {
                        ("generalize(step = …)", RemainingText::Nothing, RedactedType::Numbers)
                    }
                    Generalize::Prefix(_) => {
                        ("generalize(prefix = …)", RemainingText::Text, RedactedType::Texts)
                    }
                };
                RedactionFacts { word: "generalize", usage, remains, on, ..plain }
            }
        }
    }

    /// Returns whether the value reaches the model unchanged.
    #[must_use]
    pub const fn keeps(self) -> bool {
        matches!(self, Self::Keep)
    }

    /// Returns whether the value is removed.
    #[must_use]
    pub const fn drops(self) -> bool {
        matches!(self, Self::Drop)
    }
}
