//! The policy of a response field: its author, and what the model sees of it.

use serde::Serialize;

use super::field::view;
use super::{Links, OnInjection, Redaction, Spotlighting};

/// The policy of a response field, or of a field inside one.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ResponsePolicy {
    /// The possible author of the value.
    pub integrity: Integrity,
    /// The redaction, applied before the model sees the value.
    pub redaction: Redaction,
    /// The redaction of the keys of a map. Default: that of the values.
    pub keys: Option<Redaction>,
    /// The maximum number of list items, map entries or characters that the model sees.
    pub max: Option<u32>,
    /// The action for a flagged text. Default: the tool's `on_injection`.
    pub on_injection: Option<OnInjection>,
    /// The isolation of untrusted text. Default: the tool's `spotlighting`.
    pub spotlighting: Option<Spotlighting>,
    /// The treatment of links and images. Default: the tool's `links`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// The first word on the field that applies to responses only; empty if there is none.
    #[serde(skip)]
    pub word: &'static str,
}

impl ResponsePolicy {
    /// The base of struct literals.
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

    /// Returns whether values or keys of this field reach the model without redaction.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        if self.redaction.drops() {
            return false;
        }
        self.redaction.keeps() || matches!(self.keys, Some(keys) if keys.keeps())
    }
}

view! {
    /// A field viewed as part of a response. The argument policy is not accessible.
    ResponseField: response(), as_response() -> ResponsePolicy
}

/// The possible author of a value in a response.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Integrity {
    /// Anyone. The value is untrusted.
    Untrusted,
    /// Only the named author. The value is a trusted source for arguments of the same kind.
    Trusted(Author),
    /// The principal if the named field of the same record contains the principal's identity;
    /// otherwise anyone.
    TrustedIf {
        /// The field that identifies the author of the record.
        field: &'static str,
    },
    /// A handle: an identifier that is accepted only in arguments of its kind. The model sees a
    /// number instead.
    Handle,
}

/// The author of a trusted field.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Author {
    /// The provider: IDs, balances.
    Provider,
    /// The principal that the agent works for.
    Principal,
}
