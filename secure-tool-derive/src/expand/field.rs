//! One field: a constant, and the rules about its type as constants that fail to compile if a rule
//! is broken.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{at, field_constant};
use crate::attr::Position;
use crate::model::{
    ArgumentPolicy, Assert, Class, Field, Integrity, Number, Place, ResponsePolicy, Source,
};
use crate::redaction::Redaction;

/// The constants of all fields.
pub(super) fn constants(fields: &[Field]) -> TokenStream {
    fields.iter().enumerate().map(|(index, field)| constant(index, field)).collect()
}

/// References to them, for a record.
pub(super) fn list(fields: &[Field], first: usize) -> TokenStream {
    let names = (first..).zip(fields).map(|(index, _)| field_constant(index));
    quote!(&[#(#names),*])
}

pub(super) fn constant(index: usize, field: &Field) -> TokenStream {
    let (constant, name, shape, words) =
        (field_constant(index), &field.name, shape(&field.ty, field.recursive), words(field));
    let base = match field.position {
        Position::Argument => quote!(ARGUMENT),
        Position::Response | Position::Keys => quote!(RESPONSE),
        Position::Value => quote!(VALUE),
    };
    let asserts = field.asserts.iter().map(|rule| assert(*rule, index, field));
    quote! {
        const #constant: __secure_tool_p::Field = __secure_tool_p::Field { name: #name, shape: #shape, #words ..__secure_tool_p::Field::#base };
        #(#asserts)*
    }
}

/// Writes the shape of a type. A type that contains itself is resolved at run time only.
pub(super) fn shape(ty: &Type, recursive: bool) -> TokenStream {
    let shape = quote_spanned!(at(ty.span())=> <#ty as __secure_tool_p::SecureValue>::SHAPE);
    if recursive { quote!(&__secure_tool_p::Shape::Recursive(|| #shape)) } else { shape }
}

/// Writes the words that differ from a field without words.
fn words(field: &Field) -> TokenStream {
    let mut words = TokenStream::new();
    if !field.required {
        words.extend(quote!(required: false,));
    }
    if let Some(pattern) = &field.pattern {
        let text = &pattern.text;
        words.extend(quote!(pattern: ::core::option::Option::Some(#text),));
    }
    if let Some((min, max)) = &field.length {
        let (min, max) = (count(min), count(max));
        words.extend(quote!(length: ::core::option::Option::Some((#min, #max)),));
    }
    if let Some((min, max)) = &field.range {
        let (min, max) = (float(min), float(max));
        words.extend(quote!(range: ::core::option::Option::Some((#min, #max)),));
    }
    if field.class != Class::Public {
        let class = field.class.ident();
        words.extend(quote!(class: __secure_tool_p::Class::#class,));
    }
    words.extend(policy(field));
    words
}

/// Writes the policy of each direction that the field serves, or nothing if no word differs from
/// the default.
fn policy(field: &Field) -> TokenStream {
    let (argument, response) = (argument(&field.argument), response(&field.response));
    let (has_argument, has_response) = (!argument.is_empty(), !response.is_empty());
    let argument = quote!(__secure_tool_p::ArgumentPolicy { #argument ..__secure_tool_p::ArgumentPolicy::DEFAULT });
    let response = quote!(__secure_tool_p::ResponsePolicy { #response ..__secure_tool_p::ResponsePolicy::DEFAULT });
    let policy = match field.position {
        Position::Argument if has_argument => quote!(Argument(#argument)),
        Position::Response | Position::Keys if has_response => quote!(Response(#response)),
        Position::Value if has_argument || has_response => quote!(Value(#argument, #response)),
        Position::Argument | Position::Response | Position::Keys | Position::Value => {
            return TokenStream::new();
        }
    };
    quote!(policy: __secure_tool_p::Policy::#policy,)
}

/// Writes the words of an argument that differ from the default.
fn argument(policy: &ArgumentPolicy) -> TokenStream {
    let mut words = TokenStream::new();
    for (word, holds) in
        [(quote!(is_credential), policy.credential), (quote!(is_recipient), policy.recipient)]
    {
        if holds {
            words.extend(quote!(#word: true,));
        }
    }
    words.extend(source(&policy.source));
    words.extend(place(&policy.place));
    if let Some((per_call, per_day)) = policy.cap {
        let (per_call, per_day) = (Literal::f64_suffixed(per_call), Literal::f64_suffixed(per_day));
        words.extend(quote!(cap: ::core::option::Option::Some(__secure_tool_p::Cap { per_call: #per_call, per_day: #per_day }),));
    }
    if !policy.domains.is_empty() {
        let domains = &policy.domains;
        words.extend(quote!(domains: &[#(#domains),*],));
    }
    if let Some(of) = &policy.token {
        words.extend(quote!(token: ::core::option::Option::Some(#of),));
    }
    if !policy.word.is_empty() {
        let word = policy.word;
        words.extend(quote!(word: #word,));
    }
    words
}

/// Writes the words of a response field that differ from the default.
fn response(policy: &ResponsePolicy) -> TokenStream {
    let mut words = TokenStream::new();
    words.extend(integrity(&policy.integrity));
    if !matches!(policy.redaction, Redaction::Keep) {
        let value = policy.redaction.tokens(&policy.tokens);
        words.extend(quote!(redaction: #value,));
    }
    if let Some(keys) = policy.keys {
        let value = keys.tokens(&policy.tokens);
        words.extend(quote!(keys: ::core::option::Option::Some(#value),));
    }
    if let Some(max) = policy.max {
        let max = Literal::u32_unsuffixed(max);
        words.extend(quote!(max: ::core::option::Option::Some(#max),));
    }
    words.extend(isolation(policy));
    if !policy.word.is_empty() {
        let word = policy.word;
        words.extend(quote!(word: #word,));
    }
    words
}

fn count(number: &Number) -> TokenStream {
    match (number, number.as_u32()) {
        (_, Some(number)) => {
            let number = Literal::u32_unsuffixed(number);
            quote!(#number)
        }
        (Number::Literal(number), None) => {
            let number = Literal::f64_suffixed(*number);
            quote!(#number as u32)
        }
        (Number::Constant(expr), None) => quote!((#expr) as u32),
    }
}

fn float(number: &Number) -> TokenStream {
    match number {
        Number::Literal(number) => {
            let number = Literal::f64_suffixed(*number);
            quote!(#number)
        }
        Number::Constant(expr) => quote!((#expr) as f64),
    }
}

fn integrity(integrity: &Integrity) -> Option<TokenStream> {
    let value = match integrity {
        Integrity::Untrusted => return None,
        Integrity::Handle => quote!(Handle),
        Integrity::Trusted(author) => {
            let author = author.ident();
            quote!(Trusted(__secure_tool_p::Author::#author))
        }
        Integrity::TrustedIf { field } => quote!(TrustedIf { field: #field }),
    };
    Some(quote!(integrity: __secure_tool_p::Integrity::#value,))
}

/// The words `on_injection`, `spotlighting` and `links`.
fn isolation(policy: &ResponsePolicy) -> TokenStream {
    let mut words = TokenStream::new();
    if let Some(action) = policy.on_injection {
        let action = action.ident();
        words.extend(quote!(on_injection: ::core::option::Option::Some(__secure_tool_p::OnInjection::#action),));
    }
    if let Some(form) = policy.spotlighting {
        let form = form.ident();
        words.extend(quote!(spotlighting: ::core::option::Option::Some(__secure_tool_p::Spotlighting::#form),));
    }
    if let Some(links) = policy.links {
        let links = links.ident();
        words.extend(quote!(links: ::core::option::Option::Some(__secure_tool_p::Links::#links),));
    }
    words
}

fn source(source: &Source) -> Option<TokenStream> {
    let value = match source {
        Source::Unchecked => return None,
        Source::From(from) => {
            let from = from.ident();
            quote!(#from)
        }
        Source::Free => quote!(Free),
        Source::Any { reason } => quote!(Any { reason: #reason }),
    };
    Some(quote!(source: __secure_tool_p::Source::#value,))
}

fn place(place: &Place) -> Option<TokenStream> {
    let value = match place {
        Place::Body => return None,
        Place::Path => quote!(Path),
        Place::Query => quote!(Query),
        Place::Header(name) => quote!(Header(#name)),
    };
    Some(quote!(place: __secure_tool_p::Place::#value,))
}

fn assert(rule: Assert, index: usize, field: &Field) -> TokenStream {
    let (field_constant, span) = (field_constant(index), at(field.ty.span()));
    let name = at(field.span);
    match rule {
        Assert::Bounded | Assert::BoundedText => {
            // A pattern is a bound only if it limits the length of every match.
            let pattern = field.pattern.as_ref().is_some_and(|pattern| pattern.max.is_none());
            let pattern = pattern.then(|| quote!(pattern: ::core::option::Option::None,));
            let range = (rule == Assert::BoundedText)
                .then(|| quote!(range: ::core::option::Option::Some((::core::primitive::f64::MIN, ::core::primitive::f64::MAX)),));
            if pattern.is_none() && range.is_none() {
                return quote_spanned!(span=> const _: () = __secure_tool_p::check::argument_is_bounded(&#field_constant););
            }
            quote_spanned!(span=> const _: () = __secure_tool_p::check::argument_is_bounded(&__secure_tool_p::Field { #pattern #range ..#field_constant });)
        }
        Assert::Placed => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::place_fits(&#field_constant);)
        }
        Assert::HeaderFree => {
            let Place::Header(header) = &field.argument.place else { return TokenStream::new() };
            quote_spanned!(name=> const _: () = __secure_tool_p::check::header_is_free(#header, __SECURE_TOOL_APIS);)
        }
        Assert::NoCredential => {
            quote_spanned!(name=> const _: () = __secure_tool_p::check::not_a_credential(&#field_constant);)
        }
        Assert::Sourced => {
            quote_spanned!(name=> const _: () = __secure_tool_p::check::recipient_has_source(&#field_constant);)
        }
        Assert::Closed => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::trusted_is_closed(&#field_constant);)
        }
        Assert::Handle => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::handle_is_a_handle(&#field_constant);)
        }
        Assert::Received => {
            quote_spanned!(name=> const _: () = __secure_tool_p::check::api_receives(&#field_constant, __SECURE_TOOL_APIS);)
        }
        Assert::Inside { acts } => {
            quote_spanned!(name=> const _: () = __secure_tool_p::check::nothing_hides_inside(&#field_constant, #acts);)
        }
        Assert::Limited => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::address_has_domains(&#field_constant);)
        }
        Assert::DomainsFit => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::domains_fit(&#field_constant);)
        }
        Assert::AddressSourced => {
            quote_spanned!(name=> const _: () = __secure_tool_p::check::address_has_source(&#field_constant);)
        }
        Assert::Isolated => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::isolation_fits(&#field_constant);)
        }
        Assert::Fits => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::rules_fit(&#field_constant);)
        }
        Assert::Cut => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::cut_fits(&#field_constant);)
        }
        Assert::Redacted => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::redaction_fits(&#field_constant);)
        }
        Assert::Number => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::cap_is_on_a_number(&#field_constant);)
        }
    }
}
