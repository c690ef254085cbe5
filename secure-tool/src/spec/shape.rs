//! What a value looks like on the wire.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::facts::Facts;
use super::{Argument, Field, Kind, ResponseField};

/// What a value looks like on the wire.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Nothing: no body, or `null`.
    Empty,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// Free text.
    Text,
    /// A text from a fixed list, as an enum of unit variants is written.
    Choice(&'static [&'static str]),
    /// A nominal type: a newtype, or a value type of this crate.
    Named(&'static Named),
    /// The value, or `null`, or absent.
    Optional(&'static Shape),
    /// A list of one shape.
    List(&'static Shape),
    /// An object with any keys; the keys are free text.
    Map(&'static Shape),
    /// An object with declared fields.
    Record(&'static Record),
    /// An enum with data.
    Variants(&'static Variants),
    /// Any JSON at all: every text and key in it is untrusted.
    Any,
    /// The edge of a type that contains itself; constants can't follow it.
    Recursive(#[serde(serialize_with = "edge")] fn() -> &'static Shape),
}

impl Shape {
    /// The stub that stands beside compile errors: it breaks no rule about types, so that the
    /// mistake is reported once.
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
    /// The kind: values ground arguments of their own kind only.
    pub kind: Kind,
    /// What the model sees of it, such as `Sku`.
    pub name: &'static str,
    /// Whether it is a handle: shown to the model as `Sku#3`, and filling only arguments of its
    /// kind.
    pub handle: bool,
    /// What the whole text must match.
    pub pattern: Option<&'static str>,
    /// The most characters that it can have, where the type itself bounds it.
    pub max_length: Option<u32>,
    /// Whether a text of it can't carry an instruction: no white space, at most 64 characters.
    pub closed: bool,
    /// A check that a pattern can't express.
    #[serde(skip)]
    pub accepts: Option<fn(&str) -> bool>,
    /// The form in which two of them are compared.
    #[serde(skip)]
    pub canonical: Option<fn(&str) -> Cow<'_, str>>,
    /// What it is made of.
    pub inner: &'static Shape,
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Named {
    /// Returns whether it is a URL: an argument of it says of which domains.
    #[must_use]
    pub const fn is_url(&self) -> bool {
        matches!(self.kind, Kind::WebUrl)
    }

    /// What a literal starts from.
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

/// An object with declared fields. Others never pass.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Record {
    /// The type's name.
    pub name: &'static str,
    /// Its fields, by their names on the wire.
    pub fields: &'static [Field],
    /// The facts about its fields, gathered once.
    #[serde(skip)]
    pub(crate) facts: Facts,
}

impl Record {
    /// Declares an object. The facts that the rules ask for are gathered here, once for each type.
    #[must_use]
    pub const fn new(name: &'static str, fields: &'static [Field]) -> Self {
        Self { name, fields, facts: Facts::of_fields(fields) }
    }

    /// An object without fields.
    pub(crate) const EMPTY: Self = Self::new("", &[]);

    /// Returns the fields as arguments.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = Argument> + use<> {
        self.fields.iter().map(Argument::of)
    }

    /// Returns the fields as parts of a response.
    pub(crate) fn response_fields(&self) -> impl Iterator<Item = ResponseField> + use<> {
        self.fields.iter().map(ResponseField::of)
    }
}

/// An enum with data, as serde writes it.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Variants {
    /// Where the variant's name stands.
    pub tagging: Tagging,
    /// The variants by their names on the wire.
    pub variants: &'static [Variant],
}

/// One variant.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Variant {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it holds; [`Shape::Empty`] for a unit variant.
    pub shape: &'static Shape,
}

/// Where the name of a variant stands.
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
        /// The key of the name.
        tag: &'static str,
        /// The key of the data.
        content: &'static str,
    },
}

/// The parts of a shape, one level down. Rules that return names walk along them; all others read
/// the facts of a shape.
pub(crate) enum Parts {
    /// A scalar, any JSON, or an edge that constants can't follow.
    None,
    /// The shape of which it consists: of a newtype, an option, a list or a map.
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

    /// Calls `look` with every shape and field that a response can reach, also behind the edges
    /// that constants can't follow. It descends where `look` returns true.
    pub(crate) fn each_of_response(
        &'static self,
        look: &mut dyn FnMut(Part<ResponseField>) -> bool,
    ) {
        inside(self, look, &mut Vec::new());
    }
}

impl Record {
    /// Calls `look` with every shape and field that arguments can reach, as
    /// [`Shape::each_of_response`] does. The record itself is no part.
    pub(crate) fn each_argument(&'static self, look: &mut dyn FnMut(Part<Argument>) -> bool) {
        let mut seen = Vec::new();
        for argument in self.arguments().filter(|one| look(Part::Field(*one))).collect::<Vec<_>>() {
            inside(argument.shape(), look, &mut seen);
        }
    }
}

/// A part of a type, in one direction.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part<F> {
    Shape(&'static Shape),
    Field(F),
}

impl<F> Part<F> {
    /// Returns the shape, of a part that is one.
    pub(crate) fn shape(self) -> Option<&'static Shape> {
        match self {
            Self::Shape(shape) => Some(shape),
            Self::Field(_) => None,
        }
    }
}

/// A field in one direction.
pub(crate) trait Directed: Copy {
    fn of(field: &'static Field) -> Self;

    /// Returns what the whole text must match.
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
        // An edge leads to a constant, which has as many addresses as the compiler gave it, and no
        // more.
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
