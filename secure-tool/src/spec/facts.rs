//! Facts about shapes, for the compile-time rules, gathered in one walk.
//!
//! Only [`Facts::of`] matches every kind of shape. The facts about a record are computed where it
//! is declared and stored in it. Each type is therefore walked once, however many tools use it. A
//! recursive reference counts as empty, because constants can't follow it. A guard follows it at
//! start-up.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads"
)]

use super::{Class, Field, Integrity, Named, RemainingText, Shape, Source, Variants};

/// Facts about a shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Facts about the value itself, without the fields inside.
    pub(crate) own: ValueFacts,
    /// The words on the fields of its type.
    words: Words,
    /// Facts about everything inside, as an argument.
    pub(crate) argument: ArgumentFacts,
    /// Facts about everything inside, as a response.
    pub(crate) response: ResponseFacts,
}

/// Facts about a value itself, seen through newtypes, options, lists and enums.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct ValueFacts {
    /// Whether it is text other than a handle or a choice, a list of such texts, or a map, whose
    /// keys are text.
    pub(crate) is_text: bool,
    /// Whether it is a number.
    pub(crate) is_number: bool,
    /// Whether it is one scalar.
    pub(crate) is_scalar: bool,
    /// Whether it is one scalar or a list of scalars.
    pub(crate) is_scalars: bool,
    /// Whether it is a map of scalars or of lists of scalars.
    pub(crate) is_map_of_scalars: bool,
    /// Whether it can't carry an instruction.
    pub(crate) is_closed: bool,
    /// Whether it can name a recipient or target of an effect: a text, a number, or a struct that
    /// contains a text without a source.
    pub(crate) names_target: bool,
    /// Whether it is a URL, or a list, a map or an enum of URLs.
    pub(crate) is_url: bool,
    /// Whether it contains untrusted text outside of named fields.
    pub(crate) has_free_text: bool,
    /// Whether all its scalars are numbers.
    pub(crate) is_only_numbers: bool,
    /// Whether all its scalars are texts.
    pub(crate) is_only_texts: bool,
    /// The unit that a `max` on it counts.
    pub(crate) counts: Counts,
    /// The kind of the handle, if it is a handle or a list of handles.
    pub(crate) handle: Option<&'static str>,
}

/// The unit that a `max` counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counts {
    Nothing,
    /// List items or map entries.
    Items,
    /// Characters.
    Characters,
}

/// Facts about a value as an argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArgumentFacts {
    /// The confidentiality classes of all fields inside, one bit each.
    classes: u8,
    /// A field inside whose name is that of a credential.
    pub(crate) credential: Option<&'static str>,
    /// A field inside that names a recipient and requires no source.
    pub(crate) recipient: Option<&'static str>,
    /// A URL field inside that declares no domains.
    pub(crate) url_without_domains: Option<&'static str>,
    /// The missing bound in a record.
    pub(crate) unbounded: Option<Unbounded>,
    /// Whether it contains a URL that the model may write.
    pub(crate) writes_url: bool,
    /// A type inside whose words apply to responses only.
    pub(crate) misplaced: Option<Misplaced>,
}

/// Facts about a value as a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseFacts {
    /// Whether it contains untrusted text.
    pub(crate) is_untrusted: bool,
    /// The highest class that reaches the model without redaction.
    pub(crate) class: Class,
    /// A type inside whose words apply to arguments only.
    pub(crate) misplaced: Option<Misplaced>,
}

/// A word for the other direction, on a type with no words for the direction it is used in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Misplaced {
    /// The field.
    pub(crate) field: &'static str,
    /// The word; empty if the type can be used in the other direction only.
    pub(crate) word: &'static str,
}

/// The first words on a type's fields that apply in one direction only.
#[derive(Debug, Clone, Copy)]
struct Words {
    /// A word that applies to arguments only.
    argument: Option<Misplaced>,
    /// A word that applies to responses only.
    response: Option<Misplaced>,
    /// A field without an argument policy.
    no_argument: Option<Misplaced>,
}

impl Words {
    const NONE: Self = Self { argument: None, response: None, no_argument: None };

    const fn of(field: &Field) -> Self {
        let mut words = Self::NONE;
        match field.argument() {
            Some(argument) => words.argument = Misplaced::of(field, argument.word),
            None => words.no_argument = Some(Misplaced { field: field.name, word: "" }),
        }
        if let Some(response) = field.response() {
            words.response = Misplaced::of(field, response.word);
        }
        words
    }

    const fn and(self, other: Self) -> Self {
        Self {
            argument: first_misplaced(self.argument, other.argument),
            response: first_misplaced(self.response, other.response),
            no_argument: first_misplaced(self.no_argument, other.no_argument),
        }
    }
}

impl Misplaced {
    const fn of(field: &Field, word: &'static str) -> Option<Self> {
        if word.is_empty() { None } else { Some(Self { field: field.name, word }) }
    }
}

/// A missing bound.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unbounded {
    /// The length of a text, list or map. Contains the field's name, empty for the value itself.
    Length(&'static str),
    /// The range of a number.
    Range(&'static str),
    /// Any JSON, which has no bounds.
    Any,
}

/// The bounds on a field.
#[derive(Clone, Copy)]
struct Bounds {
    length: bool,
    range: bool,
    pattern: bool,
}

impl Bounds {
    const NONE: Self = Self { length: false, range: false, pattern: false };

    const fn of(field: &Field) -> Self {
        Self {
            length: field.length.is_some(),
            range: field.range.is_some(),
            pattern: field.pattern.is_some(),
        }
    }
}

impl Facts {
    /// The facts about an empty value.
    const EMPTY: Self = Self {
        own: ValueFacts {
            is_text: false,
            is_number: false,
            is_scalar: false,
            is_scalars: false,
            is_map_of_scalars: false,
            is_closed: false,
            names_target: false,
            is_url: false,
            has_free_text: false,
            // Non-scalars are reported once, by the rule on scalars.
            is_only_numbers: true,
            is_only_texts: true,
            counts: Counts::Nothing,
            handle: None,
        },
        words: Words::NONE,
        argument: ArgumentFacts {
            classes: 0,
            credential: None,
            recipient: None,
            url_without_domains: None,
            unbounded: None,
            writes_url: false,
            misplaced: None,
        },
        response: ResponseFacts { is_untrusted: false, class: Class::Public, misplaced: None },
    };

    /// Returns the facts about a bool or a choice.
    const CLOSED_SCALAR: Self = Self {
        own: ValueFacts {
            is_scalar: true,
            is_scalars: true,
            is_closed: true,
            is_only_numbers: false,
            is_only_texts: false,
            ..Self::EMPTY.own
        },
        ..Self::EMPTY
    };

    /// Returns the facts about a shape.
    pub(crate) const fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Empty => {
                Self { own: ValueFacts { is_closed: true, ..Self::EMPTY.own }, ..Self::EMPTY }
            }
            Shape::Bool | Shape::Choice(_) => Self::CLOSED_SCALAR,
            Shape::Number => Self {
                own: ValueFacts {
                    is_number: true,
                    is_only_numbers: true,
                    names_target: true,
                    ..Self::CLOSED_SCALAR.own
                },
                ..Self::EMPTY
            },
            Shape::Text => Self {
                own: ValueFacts {
                    is_text: true,
                    is_closed: false,
                    is_only_texts: true,
                    names_target: true,
                    has_free_text: true,
                    counts: Counts::Characters,
                    ..Self::CLOSED_SCALAR.own
                },
                response: ResponseFacts { is_untrusted: true, ..Self::EMPTY.response },
                ..Self::EMPTY
            },
            Shape::Any => Self {
                own: ValueFacts { has_free_text: true, ..Self::EMPTY.own },
                response: ResponseFacts { is_untrusted: true, ..Self::EMPTY.response },
                ..Self::EMPTY
            },
            Shape::Recursive(_) => {
                Self { own: ValueFacts { has_free_text: true, ..Self::EMPTY.own }, ..Self::EMPTY }
            }
            Shape::Named(named) => Self::of(named.inner).in_newtype(named),
            Shape::Optional(inner) => Self::of(inner),
            Shape::List(inner) => Self::of(inner).in_list(),
            Shape::Map(inner) => Self::of(inner).in_map(),
            Shape::Record(record) => record.facts,
            Shape::Variants(variants) => Self::of_variants(variants),
        }
    }

    const fn in_newtype(mut self, named: &Named) -> Self {
        let is_over_text = matches!(named.inner, Shape::Text);
        self.own.is_scalars = self.own.is_scalar;
        self.own.is_closed = if is_over_text { named.closed } else { self.own.is_closed };
        self.own.is_url |= named.is_url();
        self.own.handle = None;
        if named.handle {
            self.own.handle = Some(named.kind.name());
            self.own.is_text = false;
            self.own.names_target = false;
            self.own.has_free_text = false;
            self.own.counts = Counts::Nothing;
            self.response.is_untrusted = false;
        }
        self
    }

    const fn in_list(mut self) -> Self {
        self.own.is_number = false;
        self.own.is_scalars = self.own.is_scalar;
        self.own.is_scalar = false;
        self.own.is_map_of_scalars = false;
        self.own.counts = Counts::Items;
        self
    }

    /// Returns the facts about a map, whose keys are free text.
    const fn in_map(self) -> Self {
        let is_map_of_scalars = self.own.is_scalars;
        let mut map = self.in_list();
        map.own.is_map_of_scalars = is_map_of_scalars;
        map.own.is_scalars = false;
        map.own.is_text = true;
        map.own.is_closed = false;
        map.own.names_target = true;
        map.own.has_free_text = true;
        map.own.handle = None;
        map.response.is_untrusted = true;
        map
    }

    const fn of_variants(variants: &Variants) -> Self {
        let mut all = Self::EMPTY;
        let mut i = 0;
        while i < variants.variants.len() {
            let one = Self::of(variants.variants[i].shape);
            all.own.is_url |= one.own.is_url;
            all.own.has_free_text |= one.own.has_free_text;
            all.words = all.words.and(one.words);
            all.argument = all.argument.and(one.argument);
            all.response = all.response.and(one.response);
            i += 1;
        }
        all
    }

    /// Returns the facts about a record, from its fields.
    pub(super) const fn of_fields(fields: &[Field]) -> Self {
        let mut all = Self::EMPTY;
        let mut i = 0;
        while i < fields.len() {
            let (field, inside) = (&fields[i], Self::of(fields[i].shape));
            all.own.names_target |=
                matches!(field.as_argument().source, Source::Unchecked) && inside.own.is_text;
            all.words = all.words.and(Words::of(field));
            all.argument = all.argument.and(inside.argument_in(field));
            all.response = all.response.and(inside.response_in(field));
            i += 1;
        }
        all
    }

    /// Returns a word without effect, if the type is used as an argument and has no words for
    /// arguments.
    pub(crate) const fn misplaced_as_argument(&self) -> Option<Misplaced> {
        let own = match (self.words.no_argument, self.words.argument) {
            (Some(field), _) => Some(field),
            (None, None) => self.words.response,
            (None, Some(_)) => None,
        };
        first_misplaced(own, self.argument.misplaced)
    }

    /// Returns a word without effect, if the type is used in a response and has no words for
    /// responses.
    pub(crate) const fn misplaced_as_response(&self) -> Option<Misplaced> {
        let own = if self.words.response.is_some() { None } else { self.words.argument };
        first_misplaced(own, self.response.misplaced)
    }

    /// Returns the facts about an argument field.
    const fn argument_in(&self, field: &Field) -> ArgumentFacts {
        let (own, mut facts) = (&self.own, self.argument);
        let argument = field.as_argument();
        let is_unchecked = matches!(argument.source, Source::Unchecked);
        facts.classes |= 1 << field.class as u8;
        if argument.is_credential && own.is_text {
            facts.credential = Some(field.name);
        }
        if is_unchecked && (argument.is_recipient && own.names_target || own.is_url) {
            facts.recipient = Some(field.name);
        }
        if own.is_url && argument.domains.is_empty() {
            facts.url_without_domains = Some(field.name);
        }
        facts.unbounded = match unbounded(field.shape, Bounds::of(field)) {
            Some(Unbounded::Length(_)) => Some(Unbounded::Length(field.name)),
            Some(Unbounded::Range(_)) => Some(Unbounded::Range(field.name)),
            Some(Unbounded::Any) => Some(Unbounded::Any),
            None => None,
        };
        facts.writes_url |= own.is_url && !argument.source.is_grounded();
        facts.misplaced = self.misplaced_as_argument();
        facts
    }

    /// Returns the facts about a response field.
    const fn response_in(&self, field: &Field) -> ResponseFacts {
        let response = field.as_response();
        if response.redaction.drops() {
            return Self::EMPTY.response;
        }
        let (redaction, keys) = (response.redaction.facts(), response.key_redaction().facts());
        let keeps_text = !matches!(redaction.remains, RemainingText::Nothing)
            || response.keys.is_some() && !matches!(keys.remains, RemainingText::Nothing);
        let is_untrusted = self.response.is_untrusted
            && matches!(response.integrity, Integrity::Untrusted)
            && keeps_text;
        let class = if response.is_shown() {
            higher(self.response.class, field.class)
        } else {
            Class::Public
        };
        ResponseFacts { is_untrusted, class, misplaced: self.misplaced_as_response() }
    }
}

impl ArgumentFacts {
    /// Returns the facts about an argument and everything inside it.
    pub(crate) const fn of(field: &Field) -> Self {
        Facts::of(field.shape).argument_in(field)
    }

    /// Merges the facts about another part.
    const fn and(self, other: Self) -> Self {
        Self {
            classes: self.classes | other.classes,
            credential: first(self.credential, other.credential),
            recipient: first(self.recipient, other.recipient),
            url_without_domains: first(self.url_without_domains, other.url_without_domains),
            unbounded: if self.unbounded.is_some() { self.unbounded } else { other.unbounded },
            writes_url: self.writes_url | other.writes_url,
            misplaced: first_misplaced(self.misplaced, other.misplaced),
        }
    }

    /// Returns whether every class inside is public or in `classes`.
    pub(crate) const fn is_within(&self, classes: &[Class]) -> bool {
        let mut within = 1 << Class::Public as u8;
        let mut i = 0;
        while i < classes.len() {
            within |= 1 << classes[i] as u8;
            i += 1;
        }
        self.classes & !within == 0
    }
}

impl ResponseFacts {
    /// Merges the facts about another part.
    const fn and(self, other: Self) -> Self {
        Self {
            is_untrusted: self.is_untrusted | other.is_untrusted,
            class: higher(self.class, other.class),
            misplaced: first_misplaced(self.misplaced, other.misplaced),
        }
    }
}

/// Returns the missing bound of a shape whose field has these bounds. A length bound on a list does
/// not bound its items, but a pattern does.
#[expect(clippy::match_same_arms, reason = "a newtype and a shape without a text are two cases")]
const fn unbounded(shape: &Shape, bounds: Bounds) -> Option<Unbounded> {
    match shape {
        Shape::Empty | Shape::Bool | Shape::Choice(_) | Shape::Recursive(_) => None,
        Shape::Number => {
            if bounds.range {
                None
            } else {
                Some(Unbounded::Range(""))
            }
        }
        Shape::Text => {
            if bounds.length || bounds.pattern {
                None
            } else {
                Some(Unbounded::Length(""))
            }
        }
        // A numeric handle always comes from a guard, and the `validator` crate can't express a
        // range on a newtype.
        Shape::Named(
            Named { max_length: Some(_), inner: Shape::Text | Shape::Choice(_), .. }
            | Named { handle: true, inner: Shape::Number, .. },
        ) => None,
        Shape::Named(named) => unbounded(named.inner, bounds),
        Shape::Optional(inner) => unbounded(inner, bounds),
        Shape::List(item) | Shape::Map(item) => {
            if !bounds.length {
                return Some(Unbounded::Length(""));
            }
            match unbounded(item, Bounds { length: false, ..bounds }) {
                Some(Unbounded::Length(_)) => Some(Unbounded::Length("an item")),
                other => other,
            }
        }
        Shape::Record(record) => record.facts.argument.unbounded,
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                let found = unbounded(variants.variants[i].shape, Bounds::NONE);
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
        Shape::Any => Some(Unbounded::Any),
    }
}

impl Field {
    /// Returns the missing bound as if the field had this shape. A guard follows recursive
    /// references, which constants can't.
    pub(crate) const fn unbounded_as(&self, shape: &Shape) -> Option<Unbounded> {
        unbounded(shape, Bounds::of(self))
    }
}

impl Shape {
    /// Returns the facts about this shape.
    pub(crate) const fn facts(&self) -> Facts {
        Facts::of(self)
    }
}

const fn first(a: Option<&'static str>, b: Option<&'static str>) -> Option<&'static str> {
    if a.is_some() { a } else { b }
}

const fn first_misplaced(a: Option<Misplaced>, b: Option<Misplaced>) -> Option<Misplaced> {
    if a.is_some() { a } else { b }
}

const fn higher(a: Class, b: Class) -> Class {
    if a as u8 >= b as u8 { a } else { b }
}
