//! Redaction: replaces a value as its field declares.
//!
//! | file | content |
//! |--|--|
//! | `cut` | the note about truncated lists, maps and texts |
//! | `distinct` | keeps redacted keys distinct |
//! | `generalize` | years, ranges, first characters |
//! | `mask` | masking of characters and e-mail addresses |
//! | `token` | encrypted values for one session and one field |
//!
//! A value that a redaction can't process, such as a text that is not a date or is too long for a
//! token, is masked completely. It is never passed through.

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

/// Applies the redactions of one response.
pub(crate) struct Redactor<'a> {
    conversation: &'a Conversation,
    /// The API of the response; empty for several APIs.
    api: &'static str,
    /// The session's token keys, derived for the first token.
    tokens: Option<Tokens>,
}

/// Facts about a value besides its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Whether the value is a source for arguments.
    pub(crate) trusted: bool,
    /// Whether the value is a number or a bool.
    pub(crate) bare: bool,
}

/// The replacement of a redacted value.
#[derive(Debug)]
pub(crate) struct RedactedText {
    /// The name of the redaction, as counted in the audit record.
    pub(crate) name: &'static str,
    pub(crate) text: String,
    /// Whether the text contains nothing of the value that could carry an instruction.
    pub(crate) is_replacement: bool,
}

impl<'a> Redactor<'a> {
    pub(crate) fn new(conversation: &'a Conversation, api: &'static str) -> Self {
        Self { conversation, api, tokens: None }
    }

    /// Returns the replacement of a value, or `None` if the value is shown without redaction.
    pub(crate) fn make(
        &mut self,
        redaction: Redaction,
        value: &str,
        facts: Facts,
    ) -> Option<RedactedText> {
        let of_it = |what, text| Some(RedactedText { name: what, text, is_replacement: false });
        match redaction {
            Redaction::Keep | Redaction::Drop => None, // dropped values were removed before
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
                // A prefix keeps arbitrary characters. All other forms contain only digits.
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

    /// Returns a token. Returns `None` for a text that must not come back as an argument: one with
    /// characters that arguments can't contain, or with a secret in use.
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
