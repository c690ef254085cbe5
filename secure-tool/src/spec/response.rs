//! The policy of a response field: who could have written it, and what the model sees of it.

use serde::Serialize;

use super::field::view;
use super::{Links, OnInjection, Redaction, Spotlighting};

/// The policy of a field of a response, or of a value inside one.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ResponsePolicy {
    /// Who could have written it.
    pub integrity: Integrity,
    /// How it is redacted before the model sees it.
    pub redaction: Redaction,
    /// How the keys of a map are redacted. Default: as its values.
    pub keys: Option<Redaction>,
    /// The most items of a list, entries of a map or characters of a text that the model is shown.
    pub max: Option<u32>,
    /// What is done if it is flagged. Default: what the tool says.
    pub on_injection: Option<OnInjection>,
    /// How it is isolated. Default: what the tool says.
    pub spotlighting: Option<Spotlighting>,
    /// Whether links and images in it are defanged. Default: what the tool says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// The first word on the field that has an effect on responses only; empty without one.
    #[serde(skip)]
    pub word: &'static str,
}

impl ResponsePolicy {
    /// What a literal starts from.
    pub const DEFAULT: Self = Self {
        integrity: Integrity::Untrusted,
        redaction: Redaction::Keep,
        keys: None,
        max: None,
        on_injection: None,
        spotlighting: None,
        links: None,
        word: "",
    };

    /// Returns the redaction of the keys of a map.
    #[must_use]
    pub const fn key_redaction(&self) -> Redaction {
        match self.keys {
            Some(redaction) => redaction,
            None => self.redaction,
        }
    }

    /// Returns whether values of it, or keys, reach the model unredacted.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        if self.redaction.drops() {
            return false;
        }
        self.redaction.keeps() || matches!(self.keys, Some(keys) if keys.keeps())
    }
}

view! {
    /// A field as a part of a response: the policy of the other direction is out of reach.
    ResponseField: response(), as_response() -> ResponsePolicy
}

/// Who could have written a value that came back from an API.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Anyone.
    Untrusted,
    /// Only the one named; the value grounds arguments of the same kind.
    Trusted(Author),
    /// The principal, if this field of the same record holds the principal's identity; else anyone.
    TrustedIf {
        /// The field that says who wrote the record.
        field: &'static str,
    },
    /// An identifier that fills only arguments of its kind; the model sees a number in its place.
    Handle,
}

/// Who writes a trusted field.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The provider itself: ids, balances.
    Provider,
    /// The person for whom the agent works.
    Principal,
}
