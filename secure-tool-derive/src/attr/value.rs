//! `#[derive(SecureResponse)]` and `#[derive(SecureValue)]` as written.

use proc_macro2::{Ident, Span};
use syn::{Data, DeriveInput, Fields, LitStr};

use super::Item;
use super::field::Field;
use super::foreign::Serde;
use super::rows::Position;
use super::words::{Form, Table, Words, Written};
use crate::codes;
use crate::diagnostics::Errors;

const WORDS: Table = &[
    ("handle", "handle` or `handle = \"shop.sku\""),
    ("pattern", "pattern = \"[A-Z0-9-]{4,20}\""),
    ("crate", "crate = path::to::secure_tool"),
];

const RESPONSE_WORDS: Table = &[("crate", "crate = path::to::secure_tool")];

/// A response or a value, as written.
pub(crate) struct Value {
    pub(crate) item: Item,
    /// Whether it is the response of a tool.
    pub(crate) response: bool,
    pub(crate) serde: Serde,
    pub(crate) handle: Written<Handle>,
    pub(crate) pattern: Written<LitStr>,
    pub(crate) body: Body,
}

/// `handle` or `handle = "kind"`
pub(crate) struct Handle {
    pub(crate) span: Span,
    pub(crate) kind: Option<LitStr>,
}

/// The form of a type.
pub(crate) enum Body {
    /// Named fields.
    Struct(Vec<Field>),
    /// One field without a name.
    Newtype(Box<Field>),
    Enum(Vec<Variant>),
    /// A form that no derive supports. The mistake is reported.
    Refused,
}

/// One variant.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) serde: Serde,
    pub(crate) body: VariantBody,
}

pub(crate) enum VariantBody {
    Unit,
    Newtype(Box<Field>),
    Struct(Vec<Field>),
    /// Several fields without names. The mistake is reported.
    Refused,
}

impl Value {
    pub(crate) fn read(input: &DeriveInput, response: bool, errors: &mut Errors) -> Self {
        let mut words =
            Words::read(&input.attrs, if response { RESPONSE_WORDS } else { WORDS }, errors);
        let serde = Serde::read(&input.attrs);
        Self {
            item: Item::read(input, &mut words, errors),
            response,
            handle: handle(&mut words, errors),
            pattern: words.value("pattern", errors),
            body: body(input, response, &serde, errors),
            serde,
        }
    }

    /// Whether the derive writes a redacting `Debug`: for every response, and for values with
    /// confidential fields.
    pub(crate) fn needs_debug(&self) -> bool {
        self.response || self.fields().iter().any(|field| field.is_sensitive())
    }

    /// All fields, of all variants.
    fn fields(&self) -> Vec<&Field> {
        match &self.body {
            Body::Struct(fields) => fields.iter().collect(),
            Body::Newtype(field) => vec![field],
            Body::Enum(variants) => {
                variants.iter().flat_map(|variant| variant.body.fields()).collect()
            }
            Body::Refused => Vec::new(),
        }
    }
}

impl VariantBody {
    fn fields(&self) -> Vec<&Field> {
        match self {
            Self::Unit | Self::Refused => Vec::new(),
            Self::Newtype(field) => vec![field],
            Self::Struct(fields) => fields.iter().collect(),
        }
    }
}

fn handle(words: &mut Words, errors: &mut Errors) -> Written<Handle> {
    match words.any_form("handle") {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present(word) => match &word.form {
            Form::Alone => Written::Present(Handle { span: word.name.span(), kind: None }),
            Form::Value(tokens) => match syn::parse2(tokens.clone()) {
                Ok(kind) => Written::Present(Handle { span: word.name.span(), kind: Some(kind) }),
                Err(_) => words.refuse(&word, errors),
            },
            Form::Call(_) => words.refuse(&word, errors),
        },
    }
}

fn body(input: &DeriveInput, response: bool, serde: &Serde, errors: &mut Errors) -> Body {
    let what =
        if response { codes::not_named_fields("SecureResponse") } else { codes::not_a_value() };
    match &input.data {
        Data::Struct(syn::DataStruct { fields: Fields::Named(named), .. }) => {
            let fields = fields(
                &named.named,
                if response { Position::Response } else { Position::Value },
                errors,
            );
            if serde.transparent && !response {
                only(fields).map_or_else(Body::Struct, Body::Newtype)
            } else {
                Body::Struct(fields)
            }
        }
        Data::Struct(syn::DataStruct { fields: Fields::Unnamed(unnamed), .. }) if !response => {
            only(fields(&unnamed.unnamed, Position::Value, errors))
                .map_or_else(|_| refused(input, what, errors), Body::Newtype)
        }
        Data::Enum(data) if !response => {
            Body::Enum(data.variants.iter().map(|variant| one_variant(variant, errors)).collect())
        }
        _ => refused(input, what, errors),
    }
}

fn refused(input: &DeriveInput, message: codes::Message, errors: &mut Errors) -> Body {
    errors.at(&input.ident, message);
    Body::Refused
}

fn fields<'a>(
    fields: impl IntoIterator<Item = &'a syn::Field>,
    position: Position,
    errors: &mut Errors,
) -> Vec<Field> {
    (0..).zip(fields).map(|(index, field)| Field::read(field, index, position, errors)).collect()
}

/// The one field, or all of them if there is not exactly one.
fn only(mut fields: Vec<Field>) -> Result<Box<Field>, Vec<Field>> {
    match (fields.pop(), fields.is_empty()) {
        (Some(field), true) => Ok(Box::new(field)),
        (last, _) => {
            fields.extend(last);
            Err(fields)
        }
    }
}

fn one_variant(variant: &syn::Variant, errors: &mut Errors) -> Variant {
    Words::read(&variant.attrs, Vec::new(), errors); // A variant supports no words.
    let body = match &variant.fields {
        Fields::Unit => VariantBody::Unit,
        Fields::Named(named) => VariantBody::Struct(fields(&named.named, Position::Value, errors)),
        Fields::Unnamed(unnamed) => only(fields(&unnamed.unnamed, Position::Value, errors))
            .map_or_else(
                |_| {
                    errors.at(&variant.ident, codes::tuple_variant());
                    VariantBody::Refused
                },
                VariantBody::Newtype,
            ),
    };
    Variant { ident: variant.ident.clone(), serde: Serde::read(&variant.attrs), body }
}
