//! Rules on the domains of URL arguments.
use secure_tool_text::host_name::host_flaw;

use super::message::Message;
use crate::spec::{Argument, Field, Shape, Source, ToolSpec};

/// E04: an argument that is or contains a URL declares its domains.
#[track_caller]
pub const fn address_has_domains(field: &Field) {
    match unlimited(field.shape, field.as_argument().domains) {
        None => {}
        Some(inside) => {
            let message = Message::new("ST0004").quote(field.name);
            let message = if inside.is_empty() {
                message
            } else {
                message.add(" contains ").quote(inside).add(", which")
            };
            message
                .add(" is a URL without declared domains, so a hijacked model could send it to any host; write `#[secure(domains(\"shop.example\"))]` with the allowed domains")
                .stop()
        }
    }
}

/// E04: a domain is a public name.
#[track_caller]
pub const fn domain_is_a_name(domain: &str) {
    if let Some(flaw) = host_flaw(domain) {
        Message::new("ST0004")
            .quote(domain)
            .add(" ")
            .add(flaw.text())
            .add(", so it would allow no URL, or too many; write a domain such as `shop.example`, which covers its subdomains")
            .stop()
    }
}

/// Only a URL can declare `domains`.
#[track_caller]
pub const fn domains_fit(field: &Field) {
    if !field.as_argument().domains.is_empty() && !field.shape.facts().own.is_url {
        Message::new("ST0101")
            .quote(field.name)
            .add(" is not a URL, so `domains` would restrict nothing; use the type `secure_tool::value::WebUrl`, or write it on the URL field inside")
            .stop()
    }
}

/// E25 for a URL, which directs an effect whatever its field is called.
#[track_caller]
pub const fn address_has_source(field: &Field) {
    if field.shape.facts().own.is_url && matches!(field.as_argument().source, Source::Unchecked) {
        Message::new("ST0025")
            .quote(field.name)
            .add(" is a URL that is the target of an effect, and may come from an attacker; write `#[secure(from = trusted)]` or `#[secure(from = prompt)]`, or write `#[secure(any, reason = \"…\")]`")
            .stop()
    }
}

/// Returns whether each URL in a field declares domains, as if the field had this shape. A guard
/// follows recursive references, which constants can't.
#[must_use]
pub(crate) const fn has_domains(field: Argument, shape: &Shape) -> bool {
    unlimited(shape, field.policy().domains).is_none()
}

/// Returns whether a call sends data to third parties. The tool declares it, or it takes a URL
/// whose path and query the model may write.
#[must_use]
pub const fn carries_out(spec: &ToolSpec) -> bool {
    spec.egress || spec.arguments.facts.argument.writes_url
}

/// Returns the field inside that is a URL without domains; empty for the value itself.
const fn unlimited(shape: &Shape, domains: &[&str]) -> Option<&'static str> {
    let facts = shape.facts();
    if facts.own.is_url && domains.is_empty() {
        Some("")
    } else {
        facts.argument.url_without_domains
    }
}
