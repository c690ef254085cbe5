//! The shape of a serialized value.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::facts::Facts;
use super::{Argument, Field, Kind, ResponseField};

/// The shape of a serialized value.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// No value: an empty body, or `null`.
    Empty,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// Free text.
    Text,
    /// A text from a fixed list: an enum of unit variants.
    Choice(&'static [&'static str]),
    /// A nominal type: a newtype, or a value type of this crate.
    Named(&'static Named),
    /// An optional value: the value, `null` or absent.
    Optional(&'static Shape),
    /// A list of items with the same shape.
    List(&'static Shape),
    /// An object with arbitrary keys. The keys are free text.
    Map(&'static Shape),
    /// An object with declared fields.
    Record(&'static Record),
    /// An enum with data.
    Variants(&'static Variants),
    /// Any JSON. Every text and key in it is untrusted.
    Any,
    /// A reference from a recursive type to itself, which constants can't follow.
    Recursive(#[serde(serialize_with = "edge")] fn() -> &'static Shape),
}

impl Shape {
    /// A placeholder that the derive emits next to a compile error. It breaks no rule about types,
    /// so that the error is reported only once.
    pub const BROKEN: Self = Self::Named(&Named {
        handle: true,
        max_length: Some(0),
        closed: true,
        inner: &Self::Choice(&[]),
        ..Named::DEFAULT
    });
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn edge<S: Serializer>(_: &fn() -> &'static Shape, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("self")
}

/// A nominal type over a scalar.
#[derive(Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Named {
    /// The kind. A value is a source only for arguments of its own kind.
    pub kind: Kind,
    /// The name shown to the model, such as `Sku`.
    pub name: &'static str,
    /// Whether the value is a handle. The model sees `Sku#3`, which is accepted only in arguments
    /// of its kind.
    pub handle: bool,
    /// The pattern that the whole text must match.
    pub pattern: Option<&'static str>,
    /// The maximum number of characters, if the type bounds it.
    pub max_length: Option<u32>,
    /// Whether the text can't carry an instruction: no white space, at most 64 characters.
    pub closed: bool,
    /// A check that a pattern can't express.
    #[serde(skip)]
    pub accepts: Option<fn(&str) -> bool>,
    /// Normalizes a text before comparison.
    #[serde(skip)]
    pub canonical: Option<fn(&str) -> Cow<'_, str>>,
    /// The shape of the inner value.
    pub inner: &'static Shape,
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Named {
    /// Returns whether it is a URL. A URL argument must declare its domains.
    #[must_use]
    pub const fn is_url(&self) -> bool {
        matches!(self.kind, Kind::WebUrl)
    }

    /// The base of struct literals.
    pub const DEFAULT: Self = Self {
        kind: Kind::Nominal(""),
        name: "",
        handle: false,
        pattern: None,
        max_length: None,
        closed: false,
        accepts: None,
        canonical: None,
        inner: &Shape::Text,
    };
}

/// An object with declared fields. Unexpected fields are always rejected or removed.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Record {
    /// The type's name.
    pub name: &'static str,
    /// The fields, by their serialized names.
    pub fields: &'static [Field],
    /// The facts about the fields, computed once.
    #[serde(skip)]
    pub(crate) facts: Facts,
}

impl Record {
    /// Creates a record and computes the facts that the rules need, once for each type.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields, facts: Facts::of_fields(fields) }
    }

    /// A record without fields.
    pub(crate) const EMPTY: Self = Self::new("", &[]);

    /// Returns whether no field is required, so that an object without fields is complete.
    pub(crate) fn needs_nothing(&self) -> bool {
        self.fields.iter().all(|field| !field.required)
    }

    /// Returns the fields viewed as arguments.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Argument> + use<> {
        self.fields.iter().map(Argument::of)
    }

    /// Returns the fields viewed as parts of a response.
    pub(crate) fn response_fields(&self) -> impl Iterator<Item = ResponseField> + use<> {
        self.fields.iter().map(ResponseField::of)
    }
}

/// An enum with data, as serde serializes it.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Variants {
    /// The position of the variant's name.
    pub tagging: Tagging,
    /// The variants, by their serialized names.
    pub variants: &'static [Variant],
}

/// One variant.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Variant {
    /// The serialized name.
    pub name: &'static str,
    /// The shape of the data; [`Shape::Empty`] for a unit variant.
    pub shape: &'static Shape,
}

/// The position of a variant's name.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Tagging {
    /// `{"Name": …}`, and `"Name"` for a unit variant.
    External,
    /// `{"tag": "Name", …fields}`.
    Internal {
        /// The key.
        tag: &'static str,
    },
    /// `{"tag": "Name", "content": …}`.
    Adjacent {
        /// The key of the variant's name.
        tag: &'static str,
        /// The key of the variant's data.
        content: &'static str,
    },
}

/// The parts of a shape, one level down. Rules that return names walk the parts. All other rules
/// read the facts of a shape.
pub(crate) enum Parts {
    /// None: a scalar, any JSON, or a recursive reference.
    None,
    /// The inner shape of a newtype, an option, a list or a map.
    One(&'static Shape),
    /// The fields of a record.
    Fields(&'static [Field]),
    /// The variants of an enum.
    Variants(&'static [Variant]),
}

impl Shape {
    /// Returns the parts of the shape.
    pub(crate) const fn parts(&self) -> Parts {
        match self {
            Self::Named(named) => Parts::One(named.inner),
            Self::Optional(inner) | Self::List(inner) | Self::Map(inner) => Parts::One(inner),
            Self::Record(record) => Parts::Fields(record.fields),
            Self::Variants(variants) => Parts::Variants(variants.variants),
            Self::Empty
            | Self::Bool
            | Self::Number
            | Self::Text
            | Self::Choice(_)
            | Self::Any
            | Self::Recursive(_) => Parts::None,
        }
    }

    /// Calls `look` for every shape and field that a response can contain, through recursive
    /// references too. Descends only if `look` returns true.
    pub(crate) fn each_of_response(
        &'static self,
        look: &mut dyn FnMut(Part<ResponseField>) -> bool,
    ) {
        inside(self, look, &mut Vec::new());
    }
}

impl Record {
    /// Calls `look` for every shape and field that arguments can contain, as
    /// [`Shape::each_of_response`] does. The record itself is not visited.
    pub(crate) fn each_argument(&'static self, look: &mut dyn FnMut(Part<Argument>) -> bool) {
        let mut seen = Vec::new();
        for argument in self.arguments().filter(|one| look(Part::Field(*one))).collect::<Vec<_>>() {
            inside(argument.shape(), look, &mut seen);
        }
    }
}

/// A part of a type, viewed in one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<F> {
    Shape(&'static Shape),
    Field(F),
}

impl<F> Part<F> {
    /// Returns the shape if the part is one.
    pub(crate) fn shape(self) -> Option<&'static Shape> {
        match self {
            Self::Shape(shape) => Some(shape),
            Self::Field(_) => None,
        }
    }
}

/// A field viewed in one direction.
pub(crate) trait Directed: Copy {
    fn of(field: &'static Field) -> Self;

    /// Returns the pattern that the whole text must match.
    fn pattern(self) -> Option<&'static str>;
}

fn inside<F: Directed>(
    shape: &'static Shape,
    look: &mut dyn FnMut(Part<F>) -> bool,
    seen: &mut Vec<*const Shape>,
) {
    if !look(Part::Shape(shape)) {
        return;
    }
    if let Shape::Recursive(edge) = shape {
        let edge = edge();
        // A recursive reference leads to a constant. The compiler may place it at several memory
        // addresses, but only at finitely many.
        if !seen.contains(&std::ptr::from_ref(edge)) {
            seen.push(edge);
            inside(edge, look, seen);
        }
        return;
    }
    match shape.parts() {
        Parts::None => {}
        Parts::One(inner) => inside(inner, look, seen),
        Parts::Fields(fields) => {
            for field in fields {
                if look(Part::Field(F::of(field))) {
                    inside(field.shape, look, seen);
                }
            }
        }
        Parts::Variants(variants) => {
            for variant in variants {
                inside(variant.shape, look, seen);
            }
        }
    }
}
