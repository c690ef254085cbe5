//! Recognizers of entities: takes free text, returns the kinds and spans of personal data and keys,
//! or the text with placeholders in their place.
//!
//! - [`Class::Contact`]: e-mail addresses, telephone numbers, IP and hardware addresses.
//! - [`Class::Identity`]: payment cards, account numbers, national numbers of about 25 countries.
//! - [`Class::Credential`]: keys of providers, JSON Web Tokens, private keys, credentials in URLs, and
//!   random values of secret names.
//!
//! A number with check digits is an entity only if they are valid. A number with a weak check
//! digit, or without one, is an entity only near a word that names its kind. The search takes time
//! linear in the length of any text.
//!
//! Names, postal addresses, and values that are spelled out, split or encoded are not found.
//! Redaction reduces what a reader sees. It is not a guarantee.
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
pub use found::{Entity, Found, Recognizer};
pub use kind::{Class, Kind, Kinds, Label};

/// A set of recognizers: the built-in ones, and those added with [`and`](Self::and).
///
/// ```
/// use secure_tool_text::entities::Entities;
///
/// assert_eq!(Entities::new().find("Call +49 30 1234567.").len(), 1);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Entities {
    own: Vec<Arc<dyn Recognizer>>,
}

impl Entities {
    /// Creates the set of built-in recognizers.
    #[must_use]
    pub const fn new() -> Self {
        Self { own: Vec::new() }
    }

    /// Adds a recognizer to the built-in ones.
    #[must_use]
    pub fn and(mut self, recognizer: impl Recognizer + 'static) -> Self {
        self.own.push(Arc::new(recognizer));
        self
    }

    /// Returns the entities of all kinds in a text, in order and without overlaps.
    ///
    /// Overlapping entities become one, which spans all of them and has the kind of the longest. On
    /// a tie a credential wins over an identity, an identity over contact data, and then the first
    /// one.
    ///
    /// ```
    /// use secure_tool_text::entities::{Entities, Kind};
    ///
    /// let entities = Entities::new().find("ann@shop.example, 4111 1111 1111 1111");
    /// let kinds: Vec<_> = entities.iter().map(|entity| entity.kind).collect();
    /// assert_eq!(kinds, [Kind::EMAIL, Kind::CARD]);
    /// ```
    #[must_use]
    pub fn find(&self, text: &str) -> Vec<Entity> {
        self.find_kinds(text, &Kinds::all())
    }

    /// Returns the entities of some kinds, as [`find`](Self::find) does for all kinds. Entities of
    /// other kinds are ignored, even where they overlap.
    ///
    /// ```
    /// use secure_tool_text::entities::{Class, Entities, Kind, Kinds};
    ///
    /// let text = "ann@shop.example, 4111 1111 1111 1111";
    /// let entities = Entities::new().find_kinds(text, &Kinds::of(&[Class::Identity]));
    /// assert_eq!((entities.len(), entities[0].kind), (1, Kind::CARD));
    /// ```
    #[must_use]
    pub fn find_kinds(&self, text: &str, kinds: &Kinds) -> Vec<Entity> {
        let mut found = Found::new();
        scan::scan(text, &mut found);
        for recognizer in &self.own {
            recognizer.find(text, &mut found);
        }
        found.resolve(text, kinds)
    }

    /// Replaces each entity of these kinds with its placeholder. Returns the text without a copy if
    /// it has none. Adds the number of replaced entities to the counts, by the id of their kind.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use secure_tool_text::entities::{Class, Entities, Kinds};
    ///
    /// let (kinds, mut counts) = (Kinds::of(&[Class::Contact]), BTreeMap::new());
    /// let text = Entities::new().redact("Mail ann@shop.example.", &kinds, &mut counts);
    /// assert_eq!(text, "Mail [email removed].");
    /// assert_eq!(counts["email"], 1);
    /// ```
    pub fn redact<'t>(
        &self,
        text: &'t str,
        kinds: &Kinds,
        counts: &mut BTreeMap<&'static str, u32>,
    ) -> Cow<'t, str> {
        replace(text, &self.find_kinds(text, kinds), counts)
    }
}

/// Replaces entities with their placeholders. The entities must be in order and disjoint.
pub(crate) fn replace<'t>(
    text: &'t str,
    entities: &[Entity],
    counts: &mut BTreeMap<&'static str, u32>,
) -> Cow<'t, str> {
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
