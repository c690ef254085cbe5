//! The rules of `#[derive(SecureResponse)]` and `#[derive(SecureValue)]`.

use proc_macro2::Ident;

use super::case::{Case, snake};
use super::field::{Container, field, mentions, names_differ, no_labels, wire, without_self};
use super::{head, pattern};
use crate::attr::words::Written;
use crate::attr::{self, Serde};
use crate::codes::{self, WireFlaw};
use crate::diagnostics::Errors;
use crate::model::{Body, Field, Newtype, Tagging, Value, Variant, VariantBody};

/// Checks a response or a value.
pub(crate) fn value(written: &attr::Value, errors: &mut Errors) -> Option<Value> {
    let head = head(
        &written.item,
        if written.response { "SecureResponse" } else { "SecureValue" },
        errors,
    );
    wire(&written.serde, errors);
    let body = body(written, errors);
    Some(Value { head, response: written.response, debug: written.needs_debug(), body: body? })
}

fn body(written: &attr::Value, errors: &mut Errors) -> Option<Body> {
    let ident = &written.item.ident;
    if !matches!(written.body, attr::Body::Newtype(_)) {
        if let Written::Present(handle) = &written.handle {
            errors.at_span(handle.span, codes::only_newtypes("handle"));
        }
        if let Written::Present(literal) = &written.pattern {
            errors.at(literal, codes::only_newtypes("pattern"));
        }
        if let Some(word) = &written.serde.from {
            errors.at(word, codes::wire(&WireFlaw::From));
        }
    }
    match &written.body {
        attr::Body::Refused => None,
        attr::Body::Newtype(one) => newtype(written, one, errors),
        attr::Body::Struct(all) => Some(Body::Record {
            fields: fields(&Container::of(ident, &written.serde, all), errors),
        }),
        attr::Body::Enum(all) => Some(enumeration(&written.serde, ident, all, errors)),
    }
}

fn fields(container: &Container<'_>, errors: &mut Errors) -> Vec<Field> {
    let fields: Vec<Field> = container
        .fields
        .iter()
        .filter(|one| !one.serde.skip)
        .map(|one| field(one, container, errors))
        .collect();
    names_differ(&fields, errors);
    fields
}

fn newtype(written: &attr::Value, one: &attr::Field, errors: &mut Errors) -> Option<Body> {
    let ident = &written.item.ident;
    no_labels(one, errors);
    wire(&one.serde, errors);
    let pattern =
        written.pattern.as_ref().ok().and_then(|literal| pattern::pattern(literal, errors));
    let (handle, kind) = match &written.handle {
        Written::Malformed => return None,
        Written::Absent => (false, None),
        Written::Present(handle) => (true, handle.kind.as_ref()),
    };
    if let Some(literal) = kind.filter(|literal| !super::is_plain_name(&literal.value())) {
        errors.at(literal, codes::malformed("handle", "handle = \"shop.sku\""));
    }
    Some(Body::Newtype(Box::new(Newtype {
        member: one.member.clone(),
        ty: without_self(&one.ty, ident),
        recursive: one.recursive || mentions(&one.ty, ident),
        kind: kind.map(syn::LitStr::value),
        snake: snake(&ident.to_string()),
        handle,
        closed: pattern.as_ref().is_some_and(pattern::is_closed),
        pattern,
    })))
}

fn enumeration(
    serde: &Serde,
    ident: &Ident,
    written: &[attr::Variant],
    errors: &mut Errors,
) -> Body {
    let tagging = match (&serde.tag, &serde.content) {
        (None, _) => Tagging::External,
        (Some(tag), None) => Tagging::Internal { tag: tag.clone() },
        (Some(tag), Some(content)) => {
            Tagging::Adjacent { tag: tag.clone(), content: content.clone() }
        }
    };
    let case = Case::of(serde.rename_all.as_deref());
    let mut variants = Vec::new();
    for one in written.iter().filter(|one| !one.serde.skip) {
        wire(&one.serde, errors);
        let rust = one.ident.to_string();
        let name = one
            .serde
            .rename
            .clone()
            .unwrap_or_else(|| case.map_or(rust.clone(), |case| case.variant(&rust)));
        if let Some(body) = variant_body(serde, ident, one, errors) {
            variants.push(Variant { ident: one.ident.clone(), name, body });
        }
    }
    let plain = matches!(tagging, Tagging::External)
        && variants.iter().all(|one| matches!(one.body, VariantBody::Unit));
    if plain {
        return Body::Choice { names: variants.into_iter().map(|one| one.name).collect() };
    }
    Body::Variants { tagging, skipped: written.iter().any(|one| one.serde.skip), variants }
}

fn variant_body(
    serde: &Serde,
    ident: &Ident,
    written: &attr::Variant,
    errors: &mut Errors,
) -> Option<VariantBody> {
    match &written.body {
        attr::VariantBody::Refused => None,
        attr::VariantBody::Unit => Some(VariantBody::Unit),
        attr::VariantBody::Newtype(one) => {
            no_labels(one, errors);
            Some(VariantBody::Newtype {
                ty: Box::new(without_self(&one.ty, ident)),
                recursive: one.recursive || mentions(&one.ty, ident),
            })
        }
        attr::VariantBody::Struct(all) => {
            let case = written.serde.rename_all.as_deref().or(serde.rename_all_fields.as_deref());
            let container = Container { ident, case: Case::of(case), default: false, fields: all };
            Some(VariantBody::Struct(fields(&container, errors)))
        }
    }
}
