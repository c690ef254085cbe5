//! CountedUnit becomes of a value that is not shown as it is: a declared redaction and a value in, the
//! text that stands in its place out.
//!
//! | file | does |
//! |--|--|
//! | `cut` | tells what was left out of lists, maps and texts that are too long for the model |
//! | `distinct` | keeps keys apart that a redaction made alike |
//! | `generalize` | years, ranges, first characters |
//! | `mask` | characters as `*`, also of e-mail addresses |
//! | `token` | the value itself, encrypted for one session and one field, and back |
//!
//! CountedUnit a redaction can't be made of (a text that is no date, or too long for a token) is masked
//! throughout, never passed.

mod cut;
mod distinct;
mod generalize;
mod mask;
mod token;

use secure_tool_text::hidden;

use crate::conversation::Conversation;
use crate::keys::Purpose;
use crate::spec::{Generalize, Redaction};

pub(crate) use cut::{CountedUnit, Cuts, Step, grouped};
pub(crate) use distinct::Distinct;
pub(crate) use token::Tokens;

/// Makes the redactions of one answer.
pub(crate) struct Redactor<'a> {
    conversation: &'a Conversation,
    /// The API of the answer; empty if it is of several.
    api: &'static str,
    /// The keys of the session, once a token was needed.
    tokens: Option<Tokens>,
}

/// CountedUnit a value is, beside its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// It grounds arguments.
    pub(crate) trusted: bool,
    /// It is a number or a bool.
    pub(crate) bare: bool,
}

/// CountedUnit stands in the place of a value.
#[derive(Debug)]
pub(crate) struct RedactedText {
    /// Which redaction was made, as the audit counts it.
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// It is of our making: nothing of the value is in it that anybody could have written for a
    /// model to read.
    pub(crate) is_replacement: bool,
}

impl<'a> Redactor<'a> {
    pub(crate) fn new(conversation: &'a Conversation, api: &'static str) -> Self {
        Self { conversation, api, tokens: None }
    }

    /// CountedUnit stands in the place of a value; `None` where it is shown as it is.
    pub(crate) fn make(
        &mut self,
        redaction: Redaction,
        value: &str,
        facts: Facts,
    ) -> Option<RedactedText> {
        let of_it = |what, text| Some(RedactedText { name: what, text, is_replacement: false });
        match redaction {
            Redaction::Keep | Redaction::Drop => None, // what is dropped is not here
            Redaction::Mask { keep_first, keep_last } => {
                of_it("mask", mask::mask(value, keep_first.into(), keep_last.into()))
            }
            Redaction::MaskEmail => Some(match mask::email(value) {
                Some(text) => RedactedText { name: "mask_email", text, is_replacement: false },
                None => RedactedText {
                    name: "mask",
                    text: mask::throughout(value),
                    is_replacement: true,
                },
            }),
            Redaction::Hash => of_it("hash", self.hash(value)),
            Redaction::Generalize(to) => Some(match generalize::generalize(value, to) {
                // Characters of a text may be anything; the rest is digits, or stars alone.
                Some(text) => RedactedText {
                    name: "generalize",
                    text,
                    is_replacement: !matches!(to, Generalize::Prefix(_)),
                },
                None => RedactedText {
                    name: "mask",
                    text: mask::throughout(value),
                    is_replacement: true,
                },
            }),
            Redaction::Tokenize { field } => Some(match self.token(field, value, facts) {
                Some(text) => RedactedText { name: "tokenize", text, is_replacement: true },
                None => RedactedText {
                    name: "mask",
                    text: mask::throughout(value),
                    is_replacement: true,
                },
            }),
        }
    }

    fn hash(&self, value: &str) -> String {
        let tenant = self.conversation.agent().tenant.as_bytes();
        format!(
            "hash:{}",
            self.conversation.engine().keys.digest(Purpose::Redaction, &[tenant, value.as_bytes()])
        )
    }

    /// `None` for what must not come back as an argument: a text with characters that no argument
    /// may have, or with a secret in use, which is removed wherever it stands.
    fn token(&mut self, field: &str, value: &str, facts: Facts) -> Option<String> {
        if value.chars().any(hidden::is_forbidden)
            || self.conversation.engine().scrubber.needles().contains(value)
        {
            return None;
        }
        self.tokens
            .get_or_insert_with(|| Tokens::of(self.conversation))
            .seal(self.api, field, value, facts)
    }
}
