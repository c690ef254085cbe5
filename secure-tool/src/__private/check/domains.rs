//! Of which domains an argument may be that is a web address.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

use secure_tool_text::host_name::host_flaw;

use super::message::Message;
use crate::spec::{Field, Named, Record, Shape, Source, ToolSpec};

/// E04: an argument that is a web address, or holds one, says of which domains it may be.
#[track_caller]
pub const fn address_has_domains(field: &Field) {
    match unlimited(field.shape, !field.domains.is_empty()) {
        None => {}
        Some(inside) => {
            let message = Message::new("ST0004").quote(field.name);
            let message = if inside.is_empty() {
                message
            } else {
                message.add(" holds ").quote(inside).add(", which")
            };
            message
                .add(" is a web address and names no domains, so a hijacked model could aim it at any host; write `#[secure(domains(\"shop.example\"))]` with the domains that it may be of")
                .stop()
        }
    }
}

/// E04: a domain is a name out in the world.
#[track_caller]
pub const fn domain_is_a_name(domain: &str) {
    if let Some(flaw) = host_flaw(domain) {
        Message::new("ST0004")
            .quote(domain)
            .add(" ")
            .add(flaw)
            .add(", so it would let nothing in, or too much; write a domain such as `shop.example`, which covers its subdomains")
            .stop()
    }
}

/// `domains` stands where there is a web address.
#[track_caller]
pub const fn domains_fit(field: &Field) {
    if !field.domains.is_empty() && !is_address(field.shape) {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is no web address, so `domains` would limit nothing; take `secure_tool::value::WebUrl` as its type, or write it on the field inside that is one")
            .stop()
    }
}

/// E25 for what directs an effect whatever its name: a web address.
#[track_caller]
pub const fn address_has_source(field: &Field) {
    if is_address(field.shape) && matches!(field.source, Source::Unchecked) {
        Message::new("ST0025")
            .quote(field.name)
            .add(" is a web address that an effect goes to, and may hold what an attacker wrote; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]`, or say `#[secure(any, reason = \"…\")]`")
            .stop()
    }
}

/// Whether the web addresses of a field have domains; what is behind the edges of types that
/// contain themselves is looked at on its own.
#[must_use]
pub(crate) const fn has_domains(field: &Field, shape: &Shape) -> bool {
    unlimited(shape, !field.domains.is_empty()).is_none()
}

/// Whether a call carries data to someone else: the tool says so, or it takes a web address whose
/// path and query the model may write.
#[must_use]
pub const fn carries_out(spec: &ToolSpec) -> bool {
    spec.egress || is_written_within(spec.arguments)
}

/// The field inside that is an address without domains; empty for the value itself.
const fn unlimited(shape: &Shape, limited: bool) -> Option<&'static str> {
    match shape {
        Shape::Named(Named { web: true, .. }) => {
            if limited {
                None
            } else {
                Some("")
            }
        }
        Shape::Named(named) => unlimited(named.inner, limited),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => {
            unlimited(inner, limited)
        }
        Shape::Record(record) => {
            let mut i = 0;
            while i < record.fields.len() {
                let field = &record.fields[i];
                if let Some(inside) = unlimited(field.shape, !field.domains.is_empty()) {
                    return Some(if inside.is_empty() { field.name } else { inside });
                }
                i += 1;
            }
            None
        }
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                let found = unlimited(variants.variants[i].shape, limited);
                if found.is_some() {
                    return found;
                }
                i += 1;
            }
            None
        }
        _ => None,
    }
}

/// Whether a value is a web address, or a list or a choice of such. What stands in a field of its
/// own speaks for itself.
pub(super) const fn is_address(shape: &Shape) -> bool {
    match shape {
        Shape::Named(named) => named.web || is_address(named.inner),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => is_address(inner),
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if is_address(variants.variants[i].shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
        _ => false,
    }
}

const fn is_written_within(record: &Record) -> bool {
    let mut i = 0;
    while i < record.fields.len() {
        let field = &record.fields[i];
        let grounded = matches!(field.source, Source::Prompt | Source::Trusted | Source::Handle);
        if !grounded && is_address(field.shape) || is_written_inside(field.shape) {
            return true;
        }
        i += 1;
    }
    false
}

const fn is_written_inside(shape: &Shape) -> bool {
    match shape {
        Shape::Named(named) => is_written_inside(named.inner),
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => is_written_inside(inner),
        Shape::Record(record) => is_written_within(record),
        Shape::Variants(variants) => {
            let mut i = 0;
            while i < variants.variants.len() {
                if is_written_inside(variants.variants[i].shape) {
                    return true;
                }
                i += 1;
            }
            false
        }
        _ => false,
    }
}
