//! One field: a constant, and the rules about its type as constants that do not compile where one
//! is broken.

use proc_macro2::{Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::Type;
use syn::spanned::Spanned;

use super::{at, field_constant};
use crate::model::{
    Assert, Class, Domain, Field, Generalize, Integrity, Number, Place, Redaction, Source,
};

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
    let asserts = field.asserts.iter().map(|rule| assert(*rule, index, field));
    let domains = field
        .domains
        .iter()
        .map(|Domain { span, name }| quote_spanned!(at(*span)=> const _: () = __secure_tool_p::check::domain_is_a_name(#name);));
    quote! {
        const #constant: __secure_tool_p::Field = __secure_tool_p::Field { name: #name, shape: #shape, #words ..__secure_tool_p::Field::DEFAULT };
        #(#asserts)*
        #(#domains)*
    }
}

/// The shape of a type. A type that contains itself is followed at run time only.
pub(super) fn shape(ty: &Type, recursive: bool) -> TokenStream {
    let shape = quote_spanned!(at(ty.span())=> <#ty as __secure_tool_p::SecureValue>::SHAPE);
    if recursive { quote!(&__secure_tool_p::Shape::Recursive(|| #shape)) } else { shape }
}

/// What differs from a field of which nothing was said.
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
    for (word, holds) in
        [(quote!(is_credential), field.credential), (quote!(is_recipient), field.recipient)]
    {
        if holds {
            words.extend(quote!(#word: true,));
        }
    }
    words.extend(integrity(&field.integrity));
    if let Some(value) = redaction(field.redaction, field) {
        words.extend(quote!(redaction: #value,));
    }
    if let Some(keys) = field.keys {
        let value =
            redaction(keys, field).unwrap_or_else(|| quote!(__secure_tool_p::Redaction::Keep));
        words.extend(quote!(keys: ::core::option::Option::Some(#value),));
    }
    if let Some(max) = field.max {
        let max = Literal::u32_unsuffixed(max);
        words.extend(quote!(max: ::core::option::Option::Some(#max),));
    }
    words.extend(isolation(field));
    words.extend(source(&field.source));
    words.extend(place(&field.place));
    if let Some((per_call, per_day)) = field.cap {
        let (per_call, per_day) = (Literal::f64_suffixed(per_call), Literal::f64_suffixed(per_day));
        words.extend(quote!(cap: ::core::option::Option::Some(__secure_tool_p::Cap { per_call: #per_call, per_day: #per_day }),));
    }
    if !field.domains.is_empty() {
        let domains = field.domains.iter().map(|domain| &domain.name);
        words.extend(quote!(domains: &[#(#domains),*],));
    }
    if let Some(of) = &field.token {
        words.extend(quote!(token: ::core::option::Option::Some(#of),));
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

fn redaction(redaction: Redaction, field: &Field) -> Option<TokenStream> {
    let value = match redaction {
        Redaction::Keep => return None,
        Redaction::Drop => quote!(Drop),
        Redaction::Hash => quote!(Hash),
        Redaction::Generalize(to) => {
            let to = match to {
                Generalize::Year => quote!(Year),
                Generalize::Month => quote!(Month),
                Generalize::Step(step) => {
                    let step = Literal::u64_unsuffixed(step);
                    quote!(Step(#step))
                }
                Generalize::Prefix(count) => {
                    let count = Literal::u8_unsuffixed(count);
                    quote!(Prefix(#count))
                }
            };
            quote!(Generalize(__secure_tool_p::Generalize::#to))
        }
        Redaction::Tokenize => {
            let name = format!("{}.{}", field.of, field.name);
            quote!(Tokenize { field: #name })
        }
        Redaction::Mask { first, last } => {
            let (first, last) = (Literal::u8_unsuffixed(first), Literal::u8_unsuffixed(last));
            quote!(Mask { keep_first: #first, keep_last: #last })
        }
    };
    Some(quote!(__secure_tool_p::Redaction::#value))
}

/// What is done if it is flagged, how it is isolated, and what becomes of links in it.
fn isolation(field: &Field) -> TokenStream {
    let mut words = TokenStream::new();
    if let Some(action) = field.on_injection {
        let action = action.ident();
        words.extend(quote!(on_injection: ::core::option::Option::Some(__secure_tool_p::OnInjection::#action),));
    }
    if let Some(form) = field.spotlighting {
        let form = form.ident();
        words.extend(quote!(spotlighting: ::core::option::Option::Some(__secure_tool_p::Spotlighting::#form),));
    }
    if let Some(links) = field.links {
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
            // A pattern bounds a text only if no text that matches it is endless.
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
            let Place::Header(header) = &field.place else { return TokenStream::new() };
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
        Assert::Generalization => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::generalization_fits(&#field_constant);)
        }
        Assert::Number => {
            quote_spanned!(span=> const _: () = __secure_tool_p::check::cap_is_on_a_number(&#field_constant);)
        }
    }
}
