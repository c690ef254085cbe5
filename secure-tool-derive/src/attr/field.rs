//! One field as written, of arguments and of values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, LitInt, LitStr, Member, Token, Type};

use super::foreign::{Serde, Validate};
use super::rows::{Direction, Position, word_of, words_at};
use super::words::{Form, List, Table, Words, Written};
use super::{Escapes, escapes};
use crate::codes;
use crate::diagnostics::Errors;
use crate::redaction::Redactions;

/// One field.
pub(crate) struct Field {
    pub(crate) member: Member,
    /// Its name, or its type if it has none.
    pub(crate) span: Span,
    pub(crate) ty: Type,
    pub(crate) serde: Serde,
    pub(crate) validate: Validate,
    pub(crate) pattern: Written<LitStr>,
    pub(crate) class: Vec<Ident>,
    pub(crate) source: Source,
    pub(crate) place: Place,
    pub(crate) cap: Written<Amounts>,
    pub(crate) domains: Written<List<LitStr>>,
    pub(crate) token: Written<LitStr>,
    pub(crate) integrity: Integrity,
    pub(crate) redaction: Redactions,
    pub(crate) keys: Written<Keys>,
    pub(crate) max: Written<LitInt>,
    /// The words `on_injection`, `spotlighting` and `links`.
    pub(crate) on_injection: Written<Ident>,
    pub(crate) spotlighting: Written<Ident>,
    pub(crate) links: Written<Ident>,
    pub(crate) recursive: bool,
    pub(crate) escapes: Escapes,
    pub(crate) position: Position,
    /// The first word that has an effect on arguments only, or on responses only; empty without
    /// one.
    pub(crate) argument_word: &'static str,
    pub(crate) response_word: &'static str,
}

/// The source of an argument's value.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) from: Written<Ident>,
    pub(crate) free: Option<Span>,
    pub(crate) any: Written<(Span, Written<LitStr>)>,
}

/// The place of an argument in the request.
#[derive(Default)]
pub(crate) struct Place {
    pub(crate) header: Written<LitStr>,
    pub(crate) query: Option<Span>,
    pub(crate) body: Option<Span>,
}

/// `cap(per_call = …, per_day = …)`
pub(crate) struct Amounts {
    pub(crate) word: Ident,
    pub(crate) per_call: Written<Expr>,
    pub(crate) per_day: Written<Expr>,
}

/// The words about the author of a value.
#[derive(Default)]
pub(crate) struct Integrity {
    pub(crate) handle: Option<Span>,
    pub(crate) trusted: Written<Trusted>,
    pub(crate) written_by: Written<Ident>,
    pub(crate) untrusted: Option<Span>,
}

/// `trusted` or `trusted(if field = principal)`
pub(crate) struct Trusted {
    pub(crate) word: Ident,
    pub(crate) condition: Option<(Ident, Ident)>,
}

/// `keys(hash)`, `keys(keep)`
pub(crate) struct Keys {
    pub(crate) word: Ident,
    pub(crate) keep: Option<Span>,
    pub(crate) redaction: Redactions,
}

impl Field {
    pub(crate) fn read(
        field: &syn::Field,
        index: u32,
        position: Position,
        errors: &mut Errors,
    ) -> Self {
        let mut words = Words::read(&field.attrs, words_at(position), errors);
        let first = |direction| {
            words.names().find_map(|word| word_of(direction, &word)).unwrap_or_default()
        };
        let (argument_word, response_word) =
            (first(Direction::Argument), first(Direction::Response));
        let span = field.ident.as_ref().map_or_else(
            || super::span_of_first(&field.ty.to_token_stream(), Span::call_site()),
            Ident::span,
        );
        Self {
            member: field
                .ident
                .clone()
                .map_or(Member::Unnamed(syn::Index { index, span }), Member::Named),
            span,
            ty: field.ty.clone(),
            serde: Serde::read(&field.attrs),
            validate: Validate::read(&field.attrs),
            pattern: words.value("pattern", errors),
            class: classes(&mut words, errors),
            source: Source {
                from: words.value("from", errors),
                free: words.flag("free", errors),
                any: any(&mut words, errors),
            },
            place: Place {
                header: words.value("header", errors),
                query: words.flag("query", errors),
                body: words.flag("body", errors),
            },
            cap: cap(&mut words, errors),
            domains: words.list("domains", errors),
            token: words.value("token", errors),
            integrity: Integrity {
                handle: words.flag("handle", errors),
                trusted: trusted(&mut words, errors),
                written_by: words.value("written_by", errors),
                untrusted: words.flag("untrusted", errors),
            },
            redaction: Redactions::read(&mut words, errors),
            keys: keys(&mut words, errors),
            max: words.value("max", errors),
            on_injection: words.value("on_injection", errors),
            spotlighting: words.value("spotlighting", errors),
            links: words.value("links", errors),
            recursive: words.flag("recursive", errors).is_some(),
            escapes: escapes(&mut words, errors),
            position,
            argument_word,
            response_word,
        }
    }

    /// The name in Rust, without `r#`.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    /// Returns whether a word makes the field confidential.
    pub(crate) fn is_sensitive(&self) -> bool {
        self.class.iter().any(|class| class == "pii" || class == "secret")
            || !self.redaction.is_absent()
            || !self.keys.is_absent()
    }
}

fn classes(words: &mut Words, errors: &mut Errors) -> Vec<Ident> {
    ["public", "internal", "pii", "secret"]
        .into_iter()
        .filter_map(|class| Some(Ident::new(class, words.flag(class, errors)?)))
        .collect()
}

/// `any, reason = "…"` or `any(reason = "…")`
fn any(words: &mut Words, errors: &mut Errors) -> Written<(Span, Written<LitStr>)> {
    let beside = words.value::<LitStr>("reason", errors);
    match words.any_form("any") {
        Written::Absent => {
            if let Written::Present(reason) = beside {
                errors.at(&reason, codes::malformed("reason", "any, reason = \"…\""));
            }
            Written::Absent
        }
        Written::Malformed => Written::Malformed,
        Written::Present(word) => match &word.form {
            Form::Alone => Written::Present((word.name.span(), beside)),
            Form::Call(tokens) => Written::Present((
                word.name.span(),
                Words::of(tokens.clone(), &[("reason", "reason = \"…\"")], errors)
                    .value("reason", errors),
            )),
            Form::Value(_) => words.refuse(&word, errors),
        },
    }
}

fn cap(words: &mut Words, errors: &mut Errors) -> Written<Amounts> {
    let table: Table = &[("per_call", "per_call = 500"), ("per_day", "per_day = 1_000")];
    words.call("cap", errors).map(|(word, tokens)| {
        let mut words = Words::of(tokens, table, errors);
        Amounts {
            word,
            per_call: words.value("per_call", errors),
            per_day: words.value("per_day", errors),
        }
    })
}

fn keys(words: &mut Words, errors: &mut Errors) -> Written<Keys> {
    words.call("keys", errors).map(|(word, tokens)| {
        let mut words = Words::of(tokens, words_at(Position::Keys), errors);
        Keys {
            word,
            keep: words.flag("keep", errors),
            redaction: Redactions::read(&mut words, errors),
        }
    })
}

fn trusted(words: &mut Words, errors: &mut Errors) -> Written<Trusted> {
    match words.any_form("trusted") {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present(word) => match &word.form {
            Form::Alone => Written::Present(Trusted { word: word.name, condition: None }),
            Form::Call(tokens) => match condition(tokens) {
                Some(condition) => {
                    Written::Present(Trusted { word: word.name, condition: Some(condition) })
                }
                None => words.refuse(&word, errors),
            },
            Form::Value(_) => words.refuse(&word, errors),
        },
    }
}

/// `if sender = principal`
fn condition(tokens: &TokenStream) -> Option<(Ident, Ident)> {
    let parser = |input: syn::parse::ParseStream<'_>| {
        input.parse::<Token![if]>()?;
        let field = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok((field, input.parse()?))
    };
    syn::parse::Parser::parse2(parser, tokens.clone()).ok()
}
