//! The kind of a nominal type.

use serde::{Serialize, Serializer};

use super::Named;

/// The kind of a nominal type, which distinguishes its values from those of all other types. A
/// value is a source only for arguments of its own kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
pub enum Kind {
    /// An e-mail address.
    Email,
    /// A bank account number.
    Iban,
    /// A calendar date.
    Date,
    /// An https URL.
    WebUrl,
    /// A kind that the developer declares, such as `shop.sku`.
    Nominal(&'static str),
}

impl Kind {
    /// The kinds that are searched for in a prompt, in addition to plain text.
    const KNOWN: [Self; 4] = [Self::Email, Self::Iban, Self::Date, Self::WebUrl];

    /// Returns the name, as written in a session and in a manifest.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Iban => "iban",
            Self::Date => "date",
            Self::WebUrl => "web_url",
            Self::Nominal(name) => name,
        }
    }

    /// Returns the kind of a scalar. Without a nominal type, only the field's name distinguishes
    /// the value: a balance is not an account number, and a field `email` contains an e-mail
    /// address.
    pub(crate) fn of(named: Option<&Named>, field: &'static str) -> Self {
        let by_name = || Self::KNOWN.into_iter().find(|kind| kind.name() == field);
        match named {
            Some(named) => named.kind,
            None => by_name().unwrap_or(Self::Nominal(field)),
        }
    }
}

impl Serialize for Kind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
