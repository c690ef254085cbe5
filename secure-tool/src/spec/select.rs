//! Selection of response fields: a request asks only for the declared fields.

use serde::Serialize;

use super::{Record, ResponseField, Shape};

/// The query parameter in which a tool lists the declared fields.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Select {
    /// The name of the query parameter.
    pub query: &'static str,
    /// The notation for nested fields.
    pub style: Style,
}

/// The provider's notation for response fields. Fields are separated by commas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Style {
    /// `total,items.sku,items.price`
    Dotted,
    /// `total,items(sku,price)`
    Nested,
    /// `total,items`
    Top,
}

impl Select {
    /// Returns the selection: the declared fields of a response without dropped ones. Returns
    /// `None` if the response is neither a record nor a list of records.
    pub(crate) fn value(&self, answer: &'static Shape) -> Option<String> {
        let mut out = String::new();
        write(answer.record()?, "", self.style, &mut out);
        Some(out)
    }
}

impl Shape {
    /// Returns the record that a value is or that a list contains. Fields inside maps, enums and
    /// any JSON can't be selected.
    pub(crate) const fn record(&self) -> Option<&'static Record> {
        match self {
            Self::Record(record) => Some(record),
            Self::Named(named) => named.inner.record(),
            Self::Optional(inner) | Self::List(inner) => inner.record(),
            Self::Empty
            | Self::Bool
            | Self::Number
            | Self::Text
            | Self::Choice(_)
            | Self::Map(_)
            | Self::Variants(_)
            | Self::Any
            | Self::Recursive(_) => None,
        }
    }
}

fn asked(record: &'static Record) -> impl Iterator<Item = ResponseField> {
    record.response_fields().filter(|field| !field.policy().redaction.drops())
}

fn write(record: &'static Record, prefix: &str, style: Style, out: &mut String) {
    for field in asked(record) {
        let inner = field
            .shape()
            .record()
            .filter(|inner| style != Style::Top && asked(inner).next().is_some());
        if let (Some(inner), Style::Dotted) = (inner, style) {
            write(inner, &format!("{prefix}{}.", field.name()), style, out);
            continue;
        }
        if !out.is_empty() && !out.ends_with('(') {
            out.push(',');
        }
        out.push_str(prefix);
        out.push_str(field.name());
        if let Some(inner) = inner {
            out.push('(');
            write(inner, "", style, out);
            out.push(')');
        }
    }
}
