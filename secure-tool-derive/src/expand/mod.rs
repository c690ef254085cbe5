//! The third step: checked items in, tokens out. It decides nothing.

mod api;
mod debug;
mod field;
mod signing;
mod tool;
mod toolset;
mod value;

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

pub(crate) use api::api;
pub(crate) use debug::hidden as hidden_debug;
pub(crate) use tool::tool;
pub(crate) use toolset::toolset;
pub(crate) use value::value;

use crate::diagnostics::{Deferred, TextRule};
use crate::model::{Header, Rate};

/// Wraps the items of one expansion in a block in which the runtime's hidden module has a short
/// name.
pub(crate) fn block(krate: &TokenStream, items: &TokenStream) -> TokenStream {
    quote! {
        const _: () = {
            use #krate::__private as __secure_tool_p;
            #items
        };
    }
}

/// Writes the rules that constants of the runtime decide, each at its word.
pub(crate) fn deferred(krate: &TokenStream, rules: &[Deferred]) -> TokenStream {
    if rules.is_empty() {
        return TokenStream::new();
    }
    let rules = rules.iter().map(|Deferred { span, rule, text }| {
        let check = match rule {
            TextRule::Domain => "domain_is_a_name",
            TextRule::Host => "host_is_public",
            TextRule::Header => "header_is_not_of_transport",
            TextRule::SignatureField => "header_is_not_of_signature",
        };
        let check = Ident::new(check, at(*span));
        quote_spanned!(at(*span)=> const _: () = __secure_tool_p::check::#check(#text);)
    });
    block(krate, &quote!(#(#rules)*))
}

/// Returns a span for generated tokens that points into the developer's code: errors show that
/// place, and lints treat the tokens as generated.
fn at(span: Span) -> Span {
    Span::call_site().located_at(span)
}

fn field_constant(index: usize) -> Ident {
    format_ident!("__SECURE_TOOL_FIELD_{index}")
}

fn option(value: Option<TokenStream>) -> TokenStream {
    value.map_or_else(
        || quote!(::core::option::Option::None),
        |value| quote!(::core::option::Option::Some(#value)),
    )
}

fn rate(rate: Option<&Rate>) -> TokenStream {
    option(rate.map(|Rate { count, per, burst }| {
        let (count, burst, per) = (Literal::u32_unsuffixed(*count), Literal::u32_unsuffixed(*burst), per.ident());
        quote!(__secure_tool_p::Rate { count: #count, per: __secure_tool_p::Per::#per, burst: #burst })
    }))
}

fn pairs(headers: &[Header]) -> TokenStream {
    let pairs = headers.iter().map(|Header { name, value, .. }| quote!((#name, #value)));
    quote!(&[#(#pairs),*])
}
