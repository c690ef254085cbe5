//! What a value looks like on the wire, and what may be done with it.

use std::borrow::Cow;

use serde::{Serialize, Serializer};

use super::{Links, OnInjection, Spotlighting};

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
    /// What tells it from all others, such as `shop.sku`.
    pub kind: &'static str,
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
    /// Whether it is a web address: an argument of it says of which domains.
    pub web: bool,
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
    /// What a literal starts from.
    pub const DEFAULT: Self = Self {
        kind: "",
        name: "",
        handle: false,
        pattern: None,
        max_length: None,
        closed: false,
        web: false,
        accepts: None,
        canonical: None,
        inner: &Shape::Text,
    };
}

/// An object with declared fields. Others never pass.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Record {
    /// The type's name.
    pub name: &'static str,
    /// Its fields, by their names on the wire.
    pub fields: &'static [Field],
}

/// One field: its shape, the rules on it, and its labels. The request half reads `source` and
/// `place`, the response half the rest.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it looks like.
    pub shape: &'static Shape,
    /// Whether it may not be absent.
    pub required: bool,
    /// What the whole text must match; of a list, every item.
    pub pattern: Option<&'static str>,
    /// The fewest and most characters of a text, or items of a list.
    pub length: Option<(u32, u32)>,
    /// The least and greatest number.
    pub range: Option<(f64, f64)>,
    /// How confidential it is.
    pub class: Class,
    /// Response: who could have written it.
    pub integrity: Integrity,
    /// Response: what becomes of it before the model sees it.
    pub redaction: Redaction,
    /// Response, of a map: what becomes of its keys; if nothing is said, the same as of its values.
    pub keys: Option<Redaction>,
    /// Response: the most items of a list, entries of a map or characters of a text that the model
    /// is shown.
    pub max: Option<u32>,
    /// Response: what is done if it is flagged, where that is not what the tool says.
    pub on_injection: Option<OnInjection>,
    /// Response: how it is isolated, where that is not what the tool says.
    pub spotlighting: Option<Spotlighting>,
    /// Response: what becomes of links and images in it, where that is not what the tool says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<Links>,
    /// Argument: where its value must come from.
    pub source: Source,
    /// Argument: where it stands in the request.
    pub place: Place,
    /// Argument: how much may be spent.
    pub cap: Option<Cap>,
    /// Argument: the domains that a web address in it may be of, subdomains included.
    pub domains: &'static [&'static str],
    /// Argument: the field of an answer whose tokens it takes, such as `Product.supplier_email`, or
    /// `Shop::Product.supplier_email` of another API than the tool's.
    pub token: Option<&'static str>,
    /// Whether it has the name of a credential.
    pub is_credential: bool,
    /// Whether it has the name of someone or something that an effect reaches.
    pub is_recipient: bool,
}

impl Field {
    /// What a literal starts from.
    pub const DEFAULT: Self = Self {
        name: "",
        shape: &Shape::Any,
        required: true,
        pattern: None,
        length: None,
        range: None,
        class: Class::Public,
        integrity: Integrity::Untrusted,
        redaction: Redaction::Keep,
        keys: None,
        max: None,
        on_injection: None,
        spotlighting: None,
        links: None,
        source: Source::Unchecked,
        place: Place::Body,
        cap: None,
        domains: &[],
        token: None,
        is_credential: false,
        is_recipient: false,
    };
}

impl Field {
    /// What becomes of the keys of a map.
    #[must_use]
    pub const fn key_redaction(&self) -> Redaction {
        match self.keys {
            Some(redaction) => redaction,
            None => self.redaction,
        }
    }

    /// Whether values of it, or keys, reach the model as they are.
    #[must_use]
    pub const fn is_shown(&self) -> bool {
        match self.redaction {
            Redaction::Keep => true,
            Redaction::Drop => false,
            _ => matches!(self.keys, Some(Redaction::Keep)),
        }
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

/// How confidential a value is, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Anyone may know it.
    Public,
    /// The organisation may know it.
    Internal,
    /// It says something about a person.
    Pii,
    /// A credential or the like; it does not compile without a redaction.
    Secret,
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

/// What becomes of a field before the model sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Redaction {
    /// Nothing.
    Keep,
    /// It is left out.
    Drop,
    /// All but the first and last few characters become `*`; a value not longer than what is kept
    /// becomes `*` throughout.
    Mask {
        /// How many characters at the start are kept.
        keep_first: u8,
        /// How many characters at the end are kept.
        keep_last: u8,
    },
    /// A keyed digest: equal values stay equal within one deployment.
    Hash,
    /// Less exact: a year, a range, the first characters. What can't be made so becomes `*`
    /// throughout.
    Generalize(Generalize),
    /// The value itself, encrypted for this session and this field; arguments that take its tokens
    /// get it back.
    Tokenize {
        /// What the tokens are of: the name of the type, a dot, and the field's name on the wire.
        field: &'static str,
    },
}

/// What is left of a value that is made less exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Generalize {
    /// Of a date as in RFC 3339, the year: `2024`.
    Year,
    /// Of a date as in RFC 3339, year and month: `2024-05`.
    Month,
    /// Of a number, the range of this width that it is in: `100 to <200`.
    Step(u64),
    /// Of a text, so many characters from its start; the others become `*`.
    Prefix(u8),
}

/// Where an argument's value must come from.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nothing is asked.
    Unchecked,
    /// It must stand in what the user typed.
    Prompt,
    /// It must stand in what the user typed, or come from a trusted field.
    Trusted,
    /// It must be a handle of its kind, or stand in what the user typed.
    Handle,
    /// Free text that the model writes.
    Free,
    /// Anything, for the reason given.
    Any {
        /// Why that is right.
        reason: &'static str,
    },
}

/// Where an argument stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A segment of the path.
    Path,
    /// A pair of the query.
    Query,
    /// A field of the JSON body.
    Body,
    /// A header of this name, in lower case.
    Header(&'static str),
}

/// How much may be spent, in the unit of the argument.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Cap {
    /// In one call.
    pub per_call: f64,
    /// In one day of UTC, by one agent through one tool.
    pub per_day: f64,
}

/// What [`Record::each`] and [`Shape::each`] come by.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    Shape(&'static Shape),
    Field(&'static Field),
}

impl Shape {
    /// Calls with every shape and field that can be reached, those behind the edges that constants
    /// can't follow too. It goes inside where the call says so.
    pub(crate) fn each(&'static self, look: &mut dyn FnMut(Part) -> bool) {
        inside(self, look, &mut Vec::new());
    }
}

impl Record {
    /// The same for the fields of a record.
    pub(crate) fn each(&'static self, look: &mut dyn FnMut(Part) -> bool) {
        let mut seen = Vec::new();
        for field in self.fields.iter().filter(|field| look(Part::Field(field))).collect::<Vec<_>>()
        {
            inside(field.shape, look, &mut seen);
        }
    }
}

fn inside(shape: &'static Shape, look: &mut dyn FnMut(Part) -> bool, seen: &mut Vec<*const Shape>) {
    if !look(Part::Shape(shape)) {
        return;
    }
    match shape {
        Shape::Named(named) => inside(named.inner, look, seen),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            inside(inner, look, seen);
        }
        Shape::Record(record) => {
            for field in record.fields {
                if look(Part::Field(field)) {
                    inside(field.shape, look, seen);
                }
            }
        }
        Shape::Variants(variants) => {
            variants.variants.iter().for_each(|variant| inside(variant.shape, look, seen));
        }
        Shape::Recursive(edge) => {
            let edge = edge();
            // An edge leads to a constant, which has as many addresses as the compiler gave it, and
            // no more.
            if !seen.contains(&std::ptr::from_ref(edge)) {
                seen.push(edge);
                inside(edge, look, seen);
            }
        }
        Shape::Empty
        | Shape::Bool
        | Shape::Number
        | Shape::Text
        | Shape::Choice(_)
        | Shape::Any => {}
    }
}
