//! Findings of recognizers: kinds and spans, never the text. Also [`Recognizer`], the trait that
//! finds them.

use std::fmt::Debug;
use std::ops::Range;

use super::kind::{Kind, Kinds};

/// A finding of a recognizer: the kind and the span of an entity, never its text.
///
/// ```
/// use secure_tool_text::entities::Entities;
///
/// let text = "Write to ann@shop.example.";
/// let entities = Entities::new().find(text);
/// assert_eq!(entities[0].kind.id(), "email");
/// assert_eq!(&text[entities[0].span.clone()], "ann@shop.example");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entity {
    /// The kind.
    pub kind: Kind,
    /// The span in bytes of the text, on character boundaries.
    pub span: Range<usize>,
}

/// The findings of one search. A [`Recognizer`] adds to them.
///
/// ```
/// use secure_tool_text::entities::{Found, Kind};
///
/// let mut found = Found::new();
/// found.add(Kind::EMAIL, 9..25);
/// assert_eq!(found.entities()[0].span, 9..25);
/// ```
#[derive(Debug, Default)]
pub struct Found {
    entities: Vec<Entity>,
}

impl Found {
    /// Creates an empty list.
    #[must_use]
    pub const fn new() -> Self {
        Self { entities: Vec::new() }
    }

    /// Adds an entity. An empty span, or one that is outside of the text or not on character
    /// boundaries, is dropped later.
    pub fn add(&mut self, kind: Kind, span: Range<usize>) {
        self.entities.push(Entity { kind, span });
    }

    /// Returns the entities found so far, in the order of finding.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Returns the valid entities of some kinds, in order and with overlapping entities merged. A
    /// merged entity spans all its parts and has the kind of the longest. Ties: a credential wins
    /// over an identity, an identity over contact data, then the first one. So no part of a finding
    /// remains.
    pub(super) fn resolve(mut self, text: &str, kinds: &Kinds) -> Vec<Entity> {
        let wanted = |entity: &Entity| {
            !entity.span.is_empty()
                && text.get(entity.span.clone()).is_some()
                && kinds.contains(entity.kind)
        };
        self.entities.retain(wanted);
        if self.entities.windows(2).all(|pair| matches!(pair, [a, b] if a.span.end <= b.span.start))
        {
            return self.entities;
        }
        self.entities.sort_by_key(|entity| entity.span.start);
        let mut resolved: Vec<Entity> = Vec::with_capacity(self.entities.len());
        let mut best = 0; // the length of the longest entity in the current group
        for entity in self.entities {
            let length = entity.span.len();
            match resolved.last_mut() {
                Some(last) if entity.span.start < last.span.end => {
                    if (length, entity.kind.class()) > (best, last.kind.class()) {
                        (last.kind, best) = (entity.kind, length);
                    }
                    last.span.end = last.span.end.max(entity.span.end);
                }
                _ => {
                    best = length;
                    resolved.push(entity);
                }
            }
        }
        resolved
    }
}

/// Finds entities of one or several kinds.
///
/// It must take time linear in the text, whatever the text is, and must not store the text.
///
/// ```
/// use std::collections::BTreeMap;
///
/// use secure_tool_text::entities::{Class, Entities, Found, Kind, Kinds, Label, Recognizer};
///
/// static BADGE: Label = Label::new("badge", Class::Identity, "[badge removed]");
///
/// /// Recognizes badges: `B-` and six digits.
/// #[derive(Debug)]
/// struct Badges;
///
/// impl Recognizer for Badges {
///     fn find(&self, text: &str, found: &mut Found) {
///         for (at, prefix) in text.match_indices("B-") {
///             let digits = text[at + prefix.len()..].bytes().take(7).take_while(u8::is_ascii_digit).count();
///             if digits == 6 {
///                 found.add(Kind::of(&BADGE), at..at + prefix.len() + digits);
///             }
///         }
///     }
/// }
///
/// let entities = Entities::new().and(Badges);
/// let mut counts = BTreeMap::new();
/// assert_eq!(entities.redact("Ann has B-123456.", &Kinds::all(), &mut counts), "Ann has [badge removed].");
/// assert_eq!(counts, BTreeMap::from([("badge", 1)]));
/// ```
pub trait Recognizer: Debug + Send + Sync {
    /// Searches a text and adds its entities to `found`.
    fn find(&self, text: &str, found: &mut Found);
}
