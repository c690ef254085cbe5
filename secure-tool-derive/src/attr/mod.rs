//! The first step: tokens in, the words as written out. It decides only whether a word can be read.

mod api;
mod field;
mod foreign;
pub(crate) mod rows;
mod signing;
mod tool;
mod toolset;
mod value;
pub(crate) mod words;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, LitInt, LitStr, Path, Token};

pub(crate) use api::{AUTH, Api, Auth, BREAKER, OAUTH2, OAuth2, REDIRECTS, RETRIES, Redirects};
pub(crate) use field::{Field, Source, Trusted};
pub(crate) use foreign::{Ends, Serde};
pub(crate) use rows::{KEYS_USAGE, Position};
pub(crate) use signing::{SIGN, Sign, VERIFY, Verify};
pub(crate) use tool::{SELECT, Tool};
pub(crate) use toolset::Toolset;
pub(crate) use value::{Body, Value, Variant, VariantBody};

use self::words::{Form, List, Word, Words, Written, pieces};
use crate::codes;
use crate::diagnostics::Errors;

/// Returns where a word belongs that is not known in its place, if it is known elsewhere.
fn place_of(word: &str) -> Option<&'static str> {
    let on_structs = [
        (tool::WORDS, "on the struct of a tool"),
        (api::WORDS, "on the struct of an API"),
        (toolset::WORDS, "on the struct of a toolset"),
    ];
    on_structs
        .into_iter()
        .find(|(table, _)| table.iter().any(|(known, _)| *known == word))
        .map(|(_, place)| place)
        .or_else(|| rows::place_of(word))
}

/// The parts that every derived item has.
pub(crate) struct Item {
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    /// The path of the runtime crate.
    pub(crate) krate: TokenStream,
    /// Every string literal in our attributes.
    pub(crate) literals: Vec<LitStr>,
    /// Type, lifetime and const parameters, which no derive supports.
    pub(crate) generics: Option<syn::Generics>,
}

impl Item {
    fn read(input: &DeriveInput, words: &mut Words, errors: &mut Errors) -> Self {
        let krate = words.value::<Path>("crate", errors).ok();
        Self {
            ident: input.ident.clone(),
            doc: foreign::doc(&input.attrs),
            krate: krate.map_or_else(|| quote!(::secure_tool), |path| quote!(#path)),
            literals: literals(input),
            generics: (!input.generics.params.is_empty()).then(|| input.generics.clone()),
        }
    }
}

fn literals(input: &DeriveInput) -> Vec<LitStr> {
    let mut found = Vec::new();
    let mut look = |attrs: &[Attribute]| {
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("secure")) {
            if let syn::Meta::List(list) = &attr.meta {
                collect(list.tokens.clone(), &mut found);
            }
        }
    };
    look(&input.attrs);
    match &input.data {
        Data::Struct(data) => data.fields.iter().for_each(|field| look(&field.attrs)),
        Data::Enum(data) => {
            for variant in &data.variants {
                look(&variant.attrs);
                variant.fields.iter().for_each(|field| look(&field.attrs));
            }
        }
        Data::Union(_) => {}
    }
    found
}

fn collect(tokens: TokenStream, found: &mut Vec<LitStr>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect(group.stream(), found),
            TokenTree::Literal(literal) => {
                found.extend(syn::parse2::<LitStr>(TokenTree::Literal(literal).into()).ok());
            }
            _ => {}
        }
    }
}

/// `allow(ST0012, reason = "…")`
pub(crate) struct Escape {
    pub(crate) code: Ident,
    pub(crate) reason: Written<LitStr>,
}

fn escapes(words: &mut Words, errors: &mut Errors) -> Vec<Escape> {
    words.all("allow").into_iter().filter_map(|word| escape(&word, words, errors)).collect()
}

fn escape(word: &Word, words: &Words, errors: &mut Errors) -> Option<Escape> {
    let Form::Call(tokens) = &word.form else { return words.refuse(word, errors).ok() };
    let mut pieces = pieces(tokens.clone()).into_iter();
    let Some(code) = pieces.next().and_then(|first| syn::parse2::<Ident>(first).ok()) else {
        return words.refuse(word, errors).ok();
    };
    let mut rest = TokenStream::new();
    for piece in pieces {
        rest.extend(quote!(#piece,));
    }
    let reason = Words::of(rest, &[("reason", "reason = \"…\"")], errors).value("reason", errors);
    Some(Escape { code, reason })
}

/// `rate_limit(60 / minute, burst = 10)`
pub(crate) struct Rate {
    pub(crate) word: Ident,
    pub(crate) count: LitInt,
    pub(crate) per: Ident,
    pub(crate) burst: Written<LitInt>,
}

pub(crate) const RATE: &str = "rate_limit(60 / minute, burst = 10)";

fn rate(words: &mut Words, errors: &mut Errors) -> Written<Rate> {
    match words.call("rate_limit", errors) {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present((word, tokens)) => {
            let mut pieces = pieces(tokens).into_iter();
            let quotient = |input: syn::parse::ParseStream<'_>| {
                let count: LitInt = input.parse()?;
                input.parse::<Token![/]>()?;
                Ok((count, input.parse::<Ident>()?))
            };
            let first = pieces.next().unwrap_or_default();
            let Ok((count, per)) = syn::parse::Parser::parse2(quotient, first.clone()) else {
                errors.at_span(
                    first.into_iter().next().map_or(word.span(), |token| token.span()),
                    codes::malformed("rate_limit", RATE),
                );
                return Written::Malformed;
            };
            let rest = pieces.map(|piece| quote!(#piece,)).collect();
            let burst = Words::of(rest, &[("burst", "burst = 10")], errors).value("burst", errors);
            Written::Present(Rate { word, count, per, burst })
        }
    }
}

/// The form of a struct, if the derive supports it.
fn named_fields(input: &DeriveInput) -> Option<Vec<&syn::Field>> {
    match &input.data {
        Data::Struct(syn::DataStruct { fields: Fields::Named(fields), .. }) => {
            Some(fields.named.iter().collect())
        }
        _ => None,
    }
}

fn is_unit_struct(input: &DeriveInput) -> bool {
    matches!(&input.data, Data::Struct(syn::DataStruct { fields: Fields::Unit, .. }))
}

fn span_of_first(tokens: &TokenStream, otherwise: Span) -> Span {
    tokens.clone().into_iter().next().map_or(otherwise, |token| token.span())
}

pub(crate) type Strings = Written<List<LitStr>>;
pub(crate) type Escapes = Vec<Escape>;
