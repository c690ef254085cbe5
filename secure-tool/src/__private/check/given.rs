//! The handles and tokens that the tools of a set issue and accept.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads"
)]

use super::message::same;
use crate::spec::{ApiSpec, Class, Field, Integrity, Parts, Redaction, Shape};
use crate::tool::Tool;

/// Returns whether a response contains a value of this kind.
pub(super) const fn shows_kind(shape: &Shape, kind: &str) -> bool {
    if let Shape::Named(named) = shape
        && same(named.kind.name(), kind)
    {
        return true;
    }
    match shape.parts() {
        Parts::None => false,
        Parts::One(inner) => shows_kind(inner, kind),
        Parts::Fields(fields) => {
            let mut i = 0;
            while i < fields.len() {
                if shows_kind(fields[i].shape, kind) {
                    return true;
                }
                i += 1;
            }
            false
        }
        Parts::Variants(variants) => {
            let mut i = 0;
            while i < variants.len() {
                if shows_kind(variants[i].shape, kind) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

/// Returns whether a field of a response issues handles of this kind.
pub(super) const fn gives_handle(shape: &Shape, kind: &str) -> bool {
    match shape.parts() {
        Parts::None => false,
        Parts::One(inner) => gives_handle(inner, kind),
        Parts::Fields(fields) => {
            let mut i = 0;
            while i < fields.len() {
                let is_given = matches!(fields[i].as_response().integrity, Integrity::Handle);
                if is_given && is_kind(fields[i].shape, kind) || gives_handle(fields[i].shape, kind)
                {
                    return true;
                }
                i += 1;
            }
            false
        }
        Parts::Variants(variants) => {
            let mut i = 0;
            while i < variants.len() {
                if gives_handle(variants[i].shape, kind) {
                    return true;
                }
                i += 1;
            }
            false
        }
    }
}

const fn is_kind(shape: &Shape, kind: &str) -> bool {
    match shape.facts().own.handle {
        Some(found) => same(found, kind),
        None => false,
    }
}

/// Returns the class of the field, if a response issues its tokens.
const fn given_class(shape: &Shape, of: &str) -> Option<Class> {
    match shape.parts() {
        Parts::None => None,
        Parts::One(inner) => given_class(inner, of),
        Parts::Fields(fields) => {
            let mut i = 0;
            while i < fields.len() {
                let redaction = fields[i].as_response().redaction;
                if let Redaction::Tokenize { field: name } = redaction
                    && same(name, of)
                {
                    return Some(fields[i].class);
                }
                if !redaction.drops()
                    && let Some(class) = given_class(fields[i].shape, of)
                {
                    return Some(class);
                }
                i += 1;
            }
            None
        }
        Parts::Variants(variants) => {
            let mut i = 0;
            while i < variants.len() {
                if let Some(class) = given_class(variants[i].shape, of) {
                    return Some(class);
                }
                i += 1;
            }
            None
        }
    }
}

/// What is wrong with an argument that takes tokens.
pub(super) enum TokenFlaw {
    /// No tool of the set issues them.
    NotIssued,
    /// They come from another API, and their class is above that of the argument.
    HigherClass,
}

/// Returns the first argument in a list of fields that can't accept the tokens it declares: its
/// name, the tokens, and the flaw.
pub(super) const fn token_flaw(
    fields: &[Field],
    apis: &[&ApiSpec],
    tools: &[Tool],
) -> Option<(&'static str, &'static str, TokenFlaw)> {
    let mut i = 0;
    while i < fields.len() {
        let field = &fields[i];
        if let Some(of) = field.as_argument().token {
            match given(of, apis, tools) {
                None => return Some((field.name, of, TokenFlaw::NotIssued)),
                Some((class, true)) if class as u8 > field.class as u8 => {
                    return Some((field.name, of, TokenFlaw::HigherClass));
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
    match shape.parts() {
        Parts::None => None,
        Parts::One(inner) => flaw_inside(inner, apis, tools),
        Parts::Fields(fields) => token_flaw(fields, apis, tools),
        Parts::Variants(variants) => {
            let mut i = 0;
            while i < variants.len() {
                if let Some(found) = flaw_inside(variants[i].shape, apis, tools) {
                    return Some(found);
                }
                i += 1;
            }
            None
        }
    }
}

/// Returns the class of the field, if a tool of its API in the set issues its tokens, and whether
/// that is another API. Tokens from a handler of several APIs belong to none of them.
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

/// Splits `Shop::Product.supplier_email` into the API, if it is named, and the field.
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
