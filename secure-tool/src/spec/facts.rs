//! What the rules ask of a shape, gathered in one walk.
//!
//! [`Facts::of`] is the only place that decides for every kind of shape. The facts about a record
//! are gathered where it is declared and kept in it, so each type is walked once, however many
//! tools use it. An edge of a type that contains itself counts as holding nothing, because constants
//! can't follow it; a guard looks behind it.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads"
)]

use super::{Class, Field, Integrity, Leaves, Named, Shape, Source, Variants};

/// Facts about a shape.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// Of the value itself: what stands in fields of its own is not counted.
    pub(crate) own: Own,
    /// The words on the fields of its type.
    words: Words,
    /// Of all that is inside, as an argument.
    pub(crate) argument: ArgumentFacts,
    /// Of all that is inside, as a response.
    pub(crate) response: ResponseFacts,
}

/// Facts about a value itself, through newtypes, options, lists and enums.
#[derive(Debug, Clone, Copy)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Own {
    /// It is text that is no handle and no choice, a list of such, or a map, whose keys are text.
    pub(crate) is_text: bool,
    /// It is a number.
    pub(crate) is_number: bool,
    /// It is one scalar.
    pub(crate) is_scalar: bool,
    /// It is one scalar or a list of scalars.
    pub(crate) is_scalars: bool,
    /// It is a map of such: one map, in which each key stands for itself.
    pub(crate) is_map_of_scalars: bool,
    /// It can't carry an instruction.
    pub(crate) is_closed: bool,
    /// It can name someone or something that an effect reaches: a text, a number, or a struct with
    /// a text without a source.
    pub(crate) directs: bool,
    /// It is a URL, or a list, a map or an enum of URLs.
    pub(crate) is_url: bool,
    /// It has text of its own that anyone could have written.
    pub(crate) holds_text: bool,
    /// No scalar of it is anything else than a number.
    pub(crate) is_only_numbers: bool,
    /// No scalar of it is anything else than a text.
    pub(crate) is_only_texts: bool,
    /// What a `max` counts in it.
    pub(crate) counts: Counts,
    /// The kind of the handle that it is, or that its items are.
    pub(crate) handle: Option<&'static str>,
}

/// What a `max` counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Counts {
    Nothing,
    /// Items or entries.
    Items,
    /// Characters.
    Characters,
}

/// Facts about a value as an argument.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArgumentFacts {
    /// The classes of all fields inside, one bit each.
    classes: u8,
    /// A field inside with the name of a credential.
    pub(crate) credential: Option<&'static str>,
    /// A field inside that reaches someone and has no source.
    pub(crate) recipient: Option<&'static str>,
    /// A field inside that is a URL and names no domains.
    pub(crate) unlimited: Option<&'static str>,
    /// What is unbounded in a record.
    pub(crate) unbounded: Option<Unbounded>,
    /// Whether the model may write a URL inside.
    pub(crate) writes_url: bool,
    /// A type inside whose words have an effect on responses only.
    pub(crate) misplaced: Option<Misplaced>,
}

/// Facts about a value as a response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseFacts {
    /// Whether text in it could have been written by anyone.
    pub(crate) is_untrusted: bool,
    /// The highest class that reaches the model unredacted.
    pub(crate) class: Class,
    /// A type inside whose words have an effect on arguments only.
    pub(crate) misplaced: Option<Misplaced>,
}

/// A word of the other direction, on a type that has none for the direction in which it is used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Misplaced {
    /// The field.
    pub(crate) field: &'static str,
    /// Its word; empty if the type serves the other direction only.
    pub(crate) word: &'static str,
}

/// The first words on the fields of a type that have an effect in one direction only.
#[derive(Debug, Clone, Copy)]
struct Words {
    /// On arguments only.
    argument: Option<Misplaced>,
    /// On responses only.
    response: Option<Misplaced>,
    /// A field without a policy as an argument.
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

/// What has no bound.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unbounded {
    /// A text, list or map; the name of its field, or empty for the value itself.
    Length(&'static str),
    /// A number.
    Range(&'static str),
    /// Any JSON.
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
    /// Of a value that holds nothing.
    const EMPTY: Self = Self {
        own: Own {
            is_text: false,
            is_number: false,
            is_scalar: false,
            is_scalars: false,
            is_map_of_scalars: false,
            is_closed: false,
            directs: false,
            is_url: false,
            holds_text: false,
            // What is no scalar is reported by the rule on scalars, once.
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
            unlimited: None,
            unbounded: None,
            writes_url: false,
            misplaced: None,
        },
        response: ResponseFacts { is_untrusted: false, class: Class::Public, misplaced: None },
    };

    /// Of a bool or a choice.
    const CLOSED_SCALAR: Self = Self {
        own: Own {
            is_scalar: true,
            is_scalars: true,
            is_closed: true,
            is_only_numbers: false,
            is_only_texts: false,
            ..Self::EMPTY.own
        },
        ..Self::EMPTY
    };

    /// Gathers the facts about a shape.
    pub(crate) const fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Empty => Self { own: Own { is_closed: true, ..Self::EMPTY.own }, ..Self::EMPTY },
            Shape::Bool | Shape::Choice(_) => Self::CLOSED_SCALAR,
            Shape::Number => Self {
                own: Own {
                    is_number: true,
                    is_only_numbers: true,
                    directs: true,
                    ..Self::CLOSED_SCALAR.own
                },
                ..Self::EMPTY
            },
            Shape::Text => Self {
                own: Own {
                    is_text: true,
                    is_closed: false,
                    is_only_texts: true,
                    directs: true,
                    holds_text: true,
                    counts: Counts::Characters,
                    ..Self::CLOSED_SCALAR.own
                },
                response: ResponseFacts { is_untrusted: true, ..Self::EMPTY.response },
                ..Self::EMPTY
            },
            Shape::Any => Self {
                own: Own { holds_text: true, ..Self::EMPTY.own },
                response: ResponseFacts { is_untrusted: true, ..Self::EMPTY.response },
                ..Self::EMPTY
            },
            Shape::Recursive(_) => {
                Self { own: Own { holds_text: true, ..Self::EMPTY.own }, ..Self::EMPTY }
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
            self.own.directs = false;
            self.own.holds_text = false;
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

    /// Of a map, whose keys are free text.
    const fn in_map(self) -> Self {
        let is_map_of_scalars = self.own.is_scalars;
        let mut map = self.in_list();
        map.own.is_map_of_scalars = is_map_of_scalars;
        map.own.is_scalars = false;
        map.own.is_text = true;
        map.own.is_closed = false;
        map.own.directs = true;
        map.own.holds_text = true;
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
            all.own.holds_text |= one.own.holds_text;
            all.words = all.words.and(one.words);
            all.argument = all.argument.and(one.argument);
            all.response = all.response.and(one.response);
            i += 1;
        }
        all
    }

    /// Gathers the facts about a record from its fields.
    pub(super) const fn of_fields(fields: &[Field]) -> Self {
        let mut all = Self::EMPTY;
        let mut i = 0;
        while i < fields.len() {
            let (field, inside) = (&fields[i], Self::of(fields[i].shape));
            all.own.directs |=
                matches!(field.as_argument().source, Source::Unchecked) && inside.own.is_text;
            all.words = all.words.and(Words::of(field));
            all.argument = all.argument.and(inside.argument_in(field));
            all.response = all.response.and(inside.response_in(field));
            i += 1;
        }
        all
    }

    /// Returns a word that has no effect where the value is an argument, on a type that has none
    /// for arguments.
    pub(crate) const fn misplaced_as_argument(&self) -> Option<Misplaced> {
        let own = match (self.words.no_argument, self.words.argument) {
            (Some(field), _) => Some(field),
            (None, None) => self.words.response,
            (None, Some(_)) => None,
        };
        first_misplaced(own, self.argument.misplaced)
    }

    /// Returns a word that has no effect where the value is a response, on a type that has none for
    /// responses.
    pub(crate) const fn misplaced_as_response(&self) -> Option<Misplaced> {
        let own = if self.words.response.is_some() { None } else { self.words.argument };
        first_misplaced(own, self.response.misplaced)
    }

    /// The facts about an argument with such a value.
    const fn argument_in(&self, field: &Field) -> ArgumentFacts {
        let (own, mut facts) = (&self.own, self.argument);
        let argument = field.as_argument();
        let is_unchecked = matches!(argument.source, Source::Unchecked);
        facts.classes |= 1 << field.class as u8;
        if argument.is_credential && own.is_text {
            facts.credential = Some(field.name);
        }
        if is_unchecked && (argument.is_recipient && own.directs || own.is_url) {
            facts.recipient = Some(field.name);
        }
        if own.is_url && argument.domains.is_empty() {
            facts.unlimited = Some(field.name);
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

    /// The facts about a response field with such a value.
    const fn response_in(&self, field: &Field) -> ResponseFacts {
        let response = field.as_response();
        if response.redaction.drops() {
            return Self::EMPTY.response;
        }
        let (redaction, keys) = (response.redaction.facts(), response.key_redaction().facts());
        let leaves_text = !matches!(redaction.leaves, Leaves::Nothing)
            || response.keys.is_some() && !matches!(keys.leaves, Leaves::Nothing);
        let is_untrusted = self.response.is_untrusted
            && matches!(response.integrity, Integrity::Untrusted)
            && leaves_text;
        let class = if response.is_shown() {
            higher(self.response.class, field.class)
        } else {
            Class::Public
        };
        ResponseFacts { is_untrusted, class, misplaced: self.misplaced_as_response() }
    }
}

impl ArgumentFacts {
    /// Gathers the facts about an argument with all that is inside.
    pub(crate) const fn of(field: &Field) -> Self {
        Facts::of(field.shape).argument_in(field)
    }

    /// Adds those of another part.
    const fn and(self, other: Self) -> Self {
        Self {
            classes: self.classes | other.classes,
            credential: first(self.credential, other.credential),
            recipient: first(self.recipient, other.recipient),
            unlimited: first(self.unlimited, other.unlimited),
            unbounded: if self.unbounded.is_some() { self.unbounded } else { other.unbounded },
            writes_url: self.writes_url | other.writes_url,
            misplaced: first_misplaced(self.misplaced, other.misplaced),
        }
    }

    /// Returns whether all classes inside are public or among these.
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
    /// Adds those of another part.
    const fn and(self, other: Self) -> Self {
        Self {
            is_untrusted: self.is_untrusted | other.is_untrusted,
            class: higher(self.class, other.class),
            misplaced: first_misplaced(self.misplaced, other.misplaced),
        }
    }
}

/// What is unbounded in a shape with these bounds on its field. A bound on a list's length does not
/// bound its items, but a pattern does.
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
        // A numeric handle is only ever one that a guard has seen, and validator can't say a range
        // of a newtype.
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
    /// Returns what is unbounded in it, as if it had this shape: a guard looks behind an edge that
    /// constants can't follow.
    pub(crate) const fn unbounded_as(&self, shape: &Shape) -> Option<Unbounded> {
        unbounded(shape, Bounds::of(self))
    }
}

impl Shape {
    /// Returns the facts about it.
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
