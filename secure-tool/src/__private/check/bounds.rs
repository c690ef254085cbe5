//! How large an argument may be.
#![expect(
    clippy::indexing_slicing,
    clippy::match_same_arms,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

use super::message::Message;
use crate::spec::{Field, Named, Record, Shape, Variants};

/// E01 and E02: every text, list and map of an argument has an upper bound, and every number a
/// range.
#[track_caller]
pub const fn argument_is_bounded(field: &Field) {
    let (length, range, pattern) =
        (field.length.is_some(), field.range.is_some(), field.pattern.is_some());
    match unbounded(field.shape, length, range, pattern) {
        None => {}
        Some(Unbounded::Length(at)) => said_where(Message::new("ST0001"), field, at)
            .add(" has no upper bound, so a model can be made to fill memory and context with it; write `#[validate(length(max = …))]` or `#[secure(pattern = \"…{1,40}\")]`")
            .stop(),
        Some(Unbounded::Range(at)) => said_where(Message::new("ST0002"), field, at)
            .add(" is a number without a range, so a hijacked model can go to its extremes; write `#[validate(range(min = …, max = …))]`")
            .stop(),
        Some(Unbounded::Any) => Message::new("ST0042")
            .quote(field.name)
            .add(" takes any JSON, so fields that nobody looked at reach the API; declare a struct with `SecureValue`")
            .stop(),
    }
}

const fn said_where(message: Message, field: &Field, inside: &str) -> Message {
    let message = message.quote(field.name);
    if inside.is_empty() { message } else { message.add(" holds ").quote(inside).add(", which") }
}

/// Whether a field is bounded, also where a type was cut because it contains itself: for what
/// constants can't follow.
#[must_use]
pub(crate) const fn is_bounded(field: &Field, shape: &Shape) -> bool {
    unbounded(shape, field.length.is_some(), field.range.is_some(), field.pattern.is_some())
        .is_none()
}

enum Unbounded {
    Length(&'static str),
    Range(&'static str),
    Any,
}

/// What is unbounded in a shape, given which bounds stand on the field itself. A bound on a list's
/// length does not bound its items, but a pattern does.
const fn unbounded(shape: &Shape, length: bool, range: bool, pattern: bool) -> Option<Unbounded> {
    match shape {
        Shape::Empty | Shape::Bool | Shape::Choice(_) | Shape::Recursive(_) => None,
        Shape::Number if range => None,
        Shape::Number => Some(Unbounded::Range("")),
        Shape::Text if length || pattern => None,
        Shape::Text => Some(Unbounded::Length("")),
        Shape::Named(Named {
            max_length: Some(_), inner: Shape::Text | Shape::Choice(_), ..
        }) => None,
        // A numeric handle is only ever one that a guard has seen, and validator can't say a range
        // of a newtype.
        Shape::Named(Named { handle: true, inner: Shape::Number, .. }) => None,
        Shape::Named(named) => unbounded(named.inner, length, range, pattern),
        Shape::Optional(inner) => unbounded(inner, length, range, pattern),
        Shape::List(item) | Shape::Map(item) if length => {
            match unbounded(item, false, range, pattern) {
                Some(Unbounded::Length(_)) => Some(Unbounded::Length("an item")),
                other => other,
            }
        }
        Shape::List(_) | Shape::Map(_) => Some(Unbounded::Length("")),
        Shape::Record(record) => unbounded_record(record),
        Shape::Variants(variants) => unbounded_variants(variants),
        Shape::Any => Some(Unbounded::Any),
    }
}

const fn unbounded_record(record: &Record) -> Option<Unbounded> {
    let mut i = 0;
    while i < record.fields.len() {
        let field = &record.fields[i];
        match unbounded(
            field.shape,
            field.length.is_some(),
            field.range.is_some(),
            field.pattern.is_some(),
        ) {
            None => {}
            Some(Unbounded::Length(_)) => return Some(Unbounded::Length(field.name)),
            Some(Unbounded::Range(_)) => return Some(Unbounded::Range(field.name)),
            Some(Unbounded::Any) => return Some(Unbounded::Any),
        }
        i += 1;
    }
    None
}

const fn unbounded_variants(variants: &Variants) -> Option<Unbounded> {
    let mut i = 0;
    while i < variants.variants.len() {
        if let Some(found) = unbounded(variants.variants[i].shape, false, false, false) {
            return Some(found);
        }
        i += 1;
    }
    None
}
