//! Entities and keys in free text: text in, what must not be shown out, as kinds and places, or the
//! text with constants in their places.
//!
//! | class | kinds |
//! |--|--|
//! | [`Class::Contact`] | e-mail addresses, telephone numbers, IP and hardware addresses |
//! | [`Class::Identity`] | payment cards, account numbers, the national numbers of some twenty-five countries |
//! | [`Class::Credential`] | keys of providers, JSON web tokens, private keys, credentials in web addresses, random values that are assigned to secret names |
//!
//! What has check digits is found if they are right and left alone if they are not; a number whose
//! check digit is weak, or that has none, counts near a word that says what it is. It is one walk
//! over the bytes: time linear in the text, whatever the text is. It doesn't find what is spelled
//! out, cut in pieces or encoded, nor names and postal addresses, for which no form is known; so it
//! lessens what is shown, and nothing should rest on it alone.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use secure_tool_text::entities::{Entities, Kinds};
//!
//! let mut counts = BTreeMap::new();
//! let text = "Ann (ann@shop.example) paid with 4111 1111 1111 1111 for order 4111 1111 1111 1112.";
//! let redacted = Entities::new().redact(text, &Kinds::all(), &mut counts);
//! assert_eq!(redacted, "Ann ([email removed]) paid with [card removed] for order 4111 1111 1111 1112.");
//! assert_eq!(counts, BTreeMap::from([("card", 1), ("email", 1)]));
//! ```

mod addresses;
mod assignments;
mod bytes;
mod cards;
mod checks;
mod context;
mod entropy;
mod found;
mod groups;
mod iban;
mod keys;
mod kind;
mod lettered;
mod mail;
mod national;
mod phones;
mod providers;
mod scan;
mod tokens;
mod walk;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

#[doc(hidden)]
pub use checks::mod_97;
pub use found::{Entity, Found, Recogniser};
pub use kind::{Class, Kind, Kinds, Label};

/// The recognisers of a guard: the shipped ones, and the user's own.
#[derive(Debug, Clone, Default)]
pub struct Entities {
    own: Vec<Arc<dyn Recogniser>>,
}

impl Entities {
    /// The shipped recognisers.
    #[must_use]
    pub const fn new() -> Self {
        Self { own: Vec::new() }
    }

    /// With a recogniser of the user's own beside them.
    #[must_use]
    pub fn and(mut self, recogniser: impl Recogniser + 'static) -> Self {
        self.own.push(Arc::new(recogniser));
        self
    }

    /// What is in a text, in order and without overlaps: entities that overlap are made one, as
    /// wide as all of them, of the kind of the longest; among equals a credential comes before an
    /// identity, an identity before contact data, and then what begins first.
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Entity> {
        self.find_some(text, &Kinds::all())
    }

    /// The same for some kinds: others are as if they were not there.
    #[must_use]
    pub fn find_some(&self, text: &str, kinds: &Kinds) -> Vec<Entity> {
        let mut found = Found::new();
        scan::scan(text, &mut found);
        for recogniser in &self.own {
            recogniser.find(text, &mut found);
        }
        found.resolve(text, kinds)
    }

    /// The text with a constant in the place of each entity of these kinds; the same text, without
    /// a copy, if there are none. How many were removed is added to the counts, by the id of their
    /// kind.
    pub fn redact<'t>(
        &self,
        text: &'t str,
        kinds: &Kinds,
        counts: &mut BTreeMap<&'static str, u32>,
    ) -> Cow<'t, str> {
        let entities = self.find_some(text, kinds);
        if entities.is_empty() {
            return Cow::Borrowed(text);
        }
        let (mut redacted, mut from) = (String::with_capacity(text.len()), 0);
        for entity in entities {
            redacted.push_str(text.get(from..entity.span.start).unwrap_or_default());
            redacted.push_str(entity.kind.placeholder());
            *counts.entry(entity.kind.id()).or_default() += 1;
            from = entity.span.end;
        }
        redacted.push_str(text.get(from..).unwrap_or_default());
        Cow::Owned(redacted)
    }
}
