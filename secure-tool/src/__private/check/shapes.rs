//! What the rules ask of a shape.
#![expect(
    clippy::indexing_slicing,
    clippy::match_same_arms,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

use super::domains::is_address;
use super::message::same;
use crate::spec::{ApiSpec, Class, Field, Generalize, Integrity, Named, Redaction, Shape, Source};
use crate::tool::Tool;

/// Whether a shape is text that is no handle and no choice, or a list of such.
pub(super) const fn is_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text => true,
        Shape::Named(named) => !named.handle && is_text(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => is_text(inner),
        Shape::Map(_) => true, // its keys
        _ => false,
    }
}

/// Whether a value can name someone or something that an effect reaches: a text, a number, or a
/// struct with such a field without a source.
pub(super) const fn directs(shape: &Shape) -> bool {
    match shape {
        Shape::Number => true,
        Shape::Named(named) => !named.handle && directs(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => directs(inner),
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                if matches!(record.fields[i].source, Source::Unchecked)
                    && is_text(record.fields[i].shape)
                {
                    return true;
                }
                i += 1;
            }
            false
        }
        other => is_text(other),
    }
}

/// A field inside a shape with the name of a credential (true) or, where the tool acts, of a
/// recipient without a source (false).
pub(super) const fn hidden_inside(shape: &Shape, acts: bool) -> Option<(&'static str, bool)> {
    match shape {
        Shape::Named(named) => hidden_inside(named.inner, acts),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            hidden_inside(inner, acts)
        }
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                if field.is_credential && is_text(field.shape) {
                    return Some((field.name, true));
                }
                let reaches = field.is_recipient && directs(field.shape) || is_address(field.shape);
                if acts && reaches && matches!(field.source, Source::Unchecked) {
                    return Some((field.name, false));
                }
                if let Some(found) = hidden_inside(field.shape, acts) {
                    return Some(found);
                }
                i += 1;
            }
            None
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if let Some(found) = hidden_inside(variants.variants[i].shape, acts) {
                    return Some(found);
                }
                i += 1;
            }
            None
        }
        _ => None,
    }
}

pub(super) const fn is_closed(shape: &Shape) -> bool {
    match shape {
        Shape::Empty | Shape::Bool | Shape::Number | Shape::Choice(_) => true,
        Shape::Named(Named { closed: true, inner: Shape::Text, .. }) => true,
        Shape::Named(named) => !matches!(named.inner, Shape::Text) && is_closed(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => is_closed(inner),
        _ => false,
    }
}

pub(super) const fn is_handle(shape: &Shape) -> bool {
    match shape {
        Shape::Named(named) => named.handle,
        Shape::Optional(inner) | Shape::List(inner) => is_handle(inner),
        _ => false,
    }
}

pub(super) const fn is_number(shape: &Shape) -> bool {
    match shape {
        Shape::Number => true,
        Shape::Named(named) => is_number(named.inner),
        Shape::Optional(inner) => is_number(inner),
        _ => false,
    }
}

/// Whether the scalars of a shape are all numbers, or all texts.
pub(super) const fn holds_only(shape: &Shape, numbers: bool) -> bool {
    match shape {
        Shape::Number => numbers,
        Shape::Text => !numbers,
        Shape::Named(named) => holds_only(named.inner, numbers),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            holds_only(inner, numbers)
        }
        // Told by `rules_fit`, once.
        Shape::Record(_) | Shape::Variants(_) | Shape::Any | Shape::Empty | Shape::Recursive(_) => {
            true
        }
        Shape::Bool | Shape::Choice(_) => false,
    }
}

/// Whether a shape is a map whose values are scalars or lists of them: one map, in which each key
/// stands for itself.
pub(super) const fn is_plain_map(shape: &Shape) -> bool {
    match shape {
        Shape::Map(inner) => is_scalar(inner, true),
        Shape::Named(named) => is_plain_map(named.inner),
        Shape::Optional(inner) => is_plain_map(inner),
        _ => false,
    }
}

pub(crate) const fn is_scalar(shape: &Shape, lists: bool) -> bool {
    match shape {
        Shape::Bool | Shape::Number | Shape::Text | Shape::Choice(_) => true,
        Shape::Named(named) => is_scalar(named.inner, false),
        Shape::Optional(inner) => is_scalar(inner, lists),
        Shape::List(inner) => lists && is_scalar(inner, false),
        _ => false,
    }
}

/// Whether a shape holds text that anyone could have written.
#[must_use]
pub const fn holds_untrusted(shape: &Shape) -> bool {
    match shape {
        Shape::Text | Shape::Any | Shape::Map(_) => true,
        Shape::Empty | Shape::Bool | Shape::Number | Shape::Choice(_) | Shape::Recursive(_) => {
            false
        }
        Shape::Named(named) => !named.handle && holds_untrusted(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => holds_untrusted(inner),
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                let shows = shows_text(field.redaction)
                    || field.keys.is_some() && shows_text(field.key_redaction());
                let free = matches!(field.integrity, Integrity::Untrusted)
                    && shows
                    && !matches!(field.redaction, Redaction::Drop);
                if free && holds_untrusted(field.shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if holds_untrusted(variants.variants[i].shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

/// Whether characters of a text are left of it.
const fn shows_text(redaction: Redaction) -> bool {
    match redaction {
        Redaction::Keep | Redaction::Mask { .. } | Redaction::Generalize(Generalize::Prefix(_)) => {
            true
        }
        Redaction::Drop
        | Redaction::Hash
        | Redaction::Tokenize { .. }
        | Redaction::Generalize(_) => false,
    }
}

/// Whether a shape holds something that is not public and reaches the model.
#[must_use]
pub const fn holds_private(shape: &Shape) -> bool {
    highest_class(shape) as u8 > Class::Public as u8
}

/// The highest class in a shape that reaches the model unredacted.
#[must_use]
pub const fn highest_class(shape: &Shape) -> Class {
    let mut highest = Class::Public;
    match shape {
        Shape::Named(named) => return highest_class(named.inner),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            return highest_class(inner);
        }
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                if field.is_shown() {
                    highest = higher(higher(highest, field.class), highest_class(field.shape));
                }
                i += 1;
            }
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                highest = higher(highest, highest_class(variants.variants[i].shape));
                i += 1;
            }
        }
        _ => {}
    }
    highest
}

const fn higher(a: Class, b: Class) -> Class {
    if a as u8 >= b as u8 { a } else { b }
}

/// The kind of a handle, of a shape that is one or a list of such.
pub(super) const fn handle_kind(shape: &Shape) -> Option<&'static str> {
    match shape {
        Shape::Named(Named { handle: true, kind, .. }) => Some(kind),
        Shape::Optional(inner) | Shape::List(inner) => handle_kind(inner),
        _ => None,
    }
}

/// Whether a value of this kind stands in a shape; with `as_handle`, in a field that gives it out
/// as one.
pub(super) const fn shows(shape: &Shape, kind: &str, as_handle: bool) -> bool {
    match shape {
        Shape::Named(named) => {
            !as_handle && same(named.kind, kind) || shows(named.inner, kind, as_handle)
        }
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            shows(inner, kind, as_handle)
        }
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                let is_given = matches!(field.integrity, Integrity::Handle);
                if is_given && holds_kind(field.shape, kind) || shows(field.shape, kind, as_handle)
                {
                    return true;
                }
                i += 1;
            }
            false
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if shows(variants.variants[i].shape, kind, as_handle) {
                    return true;
                }
                i += 1;
            }
            false
        }
        _ => false,
    }
}

/// The class of the field whose tokens a shape gives, if it does.
const fn given_class(shape: &Shape, of: &str) -> Option<Class> {
    match shape {
        Shape::Named(named) => given_class(named.inner, of),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => given_class(inner, of),
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                if let Redaction::Tokenize { field: name } = field.redaction
                    && same(name, of)
                {
                    return Some(field.class);
                }
                if !matches!(field.redaction, Redaction::Drop)
                    && let Some(class) = given_class(field.shape, of)
                {
                    return Some(class);
                }
                i += 1;
            }
            None
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if let Some(class) = given_class(variants.variants[i].shape, of) {
                    return Some(class);
                }
                i += 1;
            }
            None
        }
        _ => None,
    }
}

/// What is wrong with an argument that takes tokens.
pub(super) enum TokenFlaw {
    /// No tool of the set gives them.
    OfNobody,
    /// They are of another API, and of a higher class than the argument says that this one is sent.
    AboveClass,
}

/// The first argument inside a list of fields that takes tokens that it can't: its name, what it
/// takes, and what is wrong.
pub(super) const fn token_flaw(
    fields: &[Field],
    apis: &[&ApiSpec],
    tools: &[Tool],
) -> Option<(&'static str, &'static str, TokenFlaw)> {
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        if let Some(of) = field.token {
            match given(of, apis, tools) {
                None => return Some((field.name, of, TokenFlaw::OfNobody)),
                Some((class, true)) if class as u8 > field.class as u8 => {
                    return Some((field.name, of, TokenFlaw::AboveClass));
                }
                Some(_) => {}
            }
        }
        if let Some(found) = flaw_inside(field.shape, apis, tools) {
            return Some(found);
        }
        i += 1;
    }
    None
}

const fn flaw_inside(
    shape: &Shape,
    apis: &[&ApiSpec],
    tools: &[Tool],
) -> Option<(&'static str, &'static str, TokenFlaw)> {
    match shape {
        Shape::Named(named) => flaw_inside(named.inner, apis, tools),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            flaw_inside(inner, apis, tools)
        }
        Shape::Record(record) => token_flaw(record.fields, apis, tools),
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if let Some(found) = flaw_inside(variants.variants[i].shape, apis, tools) {
                    return Some(found);
                }
                i += 1;
            }
            None
        }
        _ => None,
    }
}

/// The class of the field, if a tool of the API that gives its tokens is in the set, and whether
/// that is another API. What a handler of several APIs gives is of none.
const fn given(of: &str, apis: &[&ApiSpec], tools: &[Tool]) -> Option<(Class, bool)> {
    let (named, of) = split_api(of);
    let mut i = 0;
    while i < tools.len() {
        let spec = tools[i].spec;
        if spec.apis.len() == 1 {
            let own = holds_api(apis, spec.apis[0].name);
            let is_meant = match named {
                Some(name) => same(spec.apis[0].name, name),
                None => own,
            };
            if is_meant && let Some(class) = given_class(spec.response, of) {
                return Some((class, !own));
            }
        }
        i += 1;
    }
    None
}

/// `Shop::Product.supplier_email`: the API, if it is said, and the field.
const fn split_api(of: &str) -> (Option<&str>, &str) {
    let bytes = of.as_bytes();
    let mut i = 0;
    while i + 1 < bytes.len() {
        if bytes[i] == b':' && bytes[i + 1] == b':' {
            let (api, rest) = of.split_at(i);
            return (Some(api), rest.split_at(2).1);
        }
        i += 1;
    }
    (None, of)
}

const fn holds_api(apis: &[&ApiSpec], name: &str) -> bool {
    let mut i = 0;
    while i < apis.len() {
        if same(apis[i].name, name) {
            return true;
        }
        i += 1;
    }
    false
}

const fn holds_kind(shape: &Shape, kind: &str) -> bool {
    match handle_kind(shape) {
        Some(found) => same(found, kind),
        None => false,
    }
}

/// Whether texts in a shape that anyone could have written are of the field that has the shape, and
/// not of fields inside.
pub(super) const fn holds_own_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text | Shape::Any | Shape::Map(_) | Shape::Recursive(_) => true,
        Shape::Named(named) => !named.handle && holds_own_text(named.inner),
        Shape::Optional(inner) | Shape::List(inner) => holds_own_text(inner),
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if holds_own_text(variants.variants[i].shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Shape::Empty | Shape::Bool | Shape::Number | Shape::Choice(_) | Shape::Record(_) => false,
    }
}
