//! One field as written, of arguments and of values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, LitInt, LitStr, Member, Token, Type};

use super::foreign::{Serde, Validate};
use super::words::{Form, List, Table, Words, Written};
use super::{Escapes, escapes};
use crate::codes;
use crate::diagnostics::Errors;

macro_rules! table {
    ($name:ident: $($word:literal => $usage:expr,)+) => {
        pub(super) const $name: Table = &[$(($word, $usage)),+];
    };
}

/// How `keys` is written.
pub(crate) const KEYS_USAGE: &str =
    "keys(hash)` (or `mask(…)`, `tokenize`, `generalize(prefix = 3)`, `keep";

table! { KEYS:
    "keep" => "keep",
    "mask" => "mask(keep_last = 4)",
    "hash" => "hash",
    "tokenize" => "tokenize",
    "generalize" => "generalize(year)`, `generalize(month)` or `generalize(prefix = 3)",
}

table! { ARGUMENT:
    "pattern" => "pattern = \"[a-z0-9-]{1,40}\"",
    "from" => "from = prompt`, `from = trusted` or `from = handle",
    "free" => "free",
    "any" => "any, reason = \"…\"",
    "reason" => "any, reason = \"…\"",
    "header" => "header = \"x-name\"",
    "query" => "query",
    "body" => "body",
    "cap" => "cap(per_call = 500, per_day = 1_000)",
    "domains" => "domains(\"shop.example\")",
    "token" => "token = \"Product.supplier_email\"",
    "public" => "public",
    "internal" => "internal",
    "pii" => "pii",
    "secret" => "secret",
    "allow" => "allow(ST0012, reason = \"…\")",
}

table! { VALUE:
    "handle" => "handle",
    "trusted" => "trusted, written_by = provider`, `trusted, written_by = principal` or `trusted(if sender = principal)",
    "written_by" => "written_by = provider` or `written_by = principal",
    "untrusted" => "untrusted",
    "public" => "public",
    "internal" => "internal",
    "pii" => "pii",
    "secret" => "secret",
    "mask" => "mask(keep_last = 4)",
    "drop" => "drop",
    "hash" => "hash",
    "tokenize" => "tokenize",
    "generalize" => "generalize(year)`, `generalize(month)`, `generalize(step = 100)` or `generalize(prefix = 3)",
    "keys" => KEYS_USAGE,
    "max" => "max = 20",
    "on_injection" => "on_injection = mark`, `on_injection = redact`, `on_injection = quarantine` or `on_injection = refuse",
    "spotlighting" => "spotlighting = markers`, `spotlighting = datamarking` or `spotlighting = base64",
    "links" => "links = keep` or `links = defang",
    "pattern" => "pattern = \"[a-z0-9-]{1,40}\"",
    "from" => "from = prompt`, `from = trusted` or `from = handle",
    "free" => "free",
    "any" => "any, reason = \"…\"",
    "reason" => "any, reason = \"…\"",
    "cap" => "cap(per_call = 500, per_day = 1_000)",
    "domains" => "domains(\"shop.example\")",
    "token" => "token = \"Product.supplier_email\"",
    "recursive" => "recursive",
}

table! { RESPONSE:
    "handle" => "handle",
    "trusted" => "trusted, written_by = provider`, `trusted, written_by = principal` or `trusted(if sender = principal)",
    "written_by" => "written_by = provider` or `written_by = principal",
    "untrusted" => "untrusted",
    "public" => "public",
    "internal" => "internal",
    "pii" => "pii",
    "secret" => "secret",
    "mask" => "mask(keep_last = 4)",
    "drop" => "drop",
    "hash" => "hash",
    "tokenize" => "tokenize",
    "generalize" => "generalize(year)`, `generalize(month)`, `generalize(step = 100)` or `generalize(prefix = 3)",
    "keys" => KEYS_USAGE,
    "max" => "max = 20",
    "on_injection" => "on_injection = mark`, `on_injection = redact`, `on_injection = quarantine` or `on_injection = refuse",
    "spotlighting" => "spotlighting = markers`, `spotlighting = datamarking` or `spotlighting = base64",
    "links" => "links = keep` or `links = defang",
    "pattern" => "pattern = \"[a-z0-9-]{1,40}\"",
    "recursive" => "recursive",
}

/// One field.
pub(crate) struct Field {
    pub(crate) member: Member,
    /// Its name, or its type where it has none.
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
    pub(crate) redaction: Redaction,
    pub(crate) keys: Written<Keys>,
    pub(crate) max: Written<LitInt>,
    /// What is done if it is flagged, how it is isolated, and what becomes of links in it.
    pub(crate) on_injection: Written<Ident>,
    pub(crate) spotlighting: Written<Ident>,
    pub(crate) links: Written<Ident>,
    pub(crate) recursive: bool,
    pub(crate) escapes: Escapes,
}

/// Where an argument's value comes from.
#[derive(Default)]
pub(crate) struct Source {
    pub(crate) from: Written<Ident>,
    pub(crate) free: Option<Span>,
    pub(crate) any: Written<(Span, Written<LitStr>)>,
}

/// Where it stands in the request.
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

/// Who writes a value.
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

/// What becomes of a value.
#[derive(Default)]
pub(crate) struct Redaction {
    pub(crate) mask: Written<Kept>,
    pub(crate) drop: Option<Span>,
    pub(crate) hash: Option<Span>,
    pub(crate) tokenize: Option<Span>,
    pub(crate) generalize: Written<Coarse>,
}

impl Redaction {
    fn read(words: &mut Words, errors: &mut Errors) -> Self {
        Self {
            mask: mask(words, errors),
            drop: words.flag("drop", errors),
            hash: words.flag("hash", errors),
            tokenize: words.flag("tokenize", errors),
            generalize: generalize(words, errors),
        }
    }

    /// Whether nothing was said.
    pub(crate) fn is_absent(&self) -> bool {
        let Self { mask, drop, hash, tokenize, generalize } = self;
        mask.is_absent()
            && generalize.is_absent()
            && [drop, hash, tokenize].into_iter().all(Option::is_none)
    }
}

/// `keys(hash)`, `keys(keep)`
pub(crate) struct Keys {
    pub(crate) word: Ident,
    pub(crate) keep: Option<Span>,
    pub(crate) redaction: Redaction,
}

/// `generalize(year)`, `generalize(step = 100)`
pub(crate) struct Coarse {
    pub(crate) word: Ident,
    pub(crate) year: Option<Span>,
    pub(crate) month: Option<Span>,
    pub(crate) step: Written<LitInt>,
    pub(crate) prefix: Written<LitInt>,
}

/// `mask(keep_first = …, keep_last = …)`
pub(crate) struct Kept {
    pub(crate) word: Ident,
    pub(crate) first: Written<LitInt>,
    pub(crate) last: Written<LitInt>,
}

impl Field {
    pub(crate) fn read(field: &syn::Field, index: u32, table: Table, errors: &mut Errors) -> Self {
        let mut words = Words::read(&field.attrs, table, errors);
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
            redaction: Redaction::read(&mut words, errors),
            keys: keys(&mut words, errors),
            max: words.value("max", errors),
            on_injection: words.value("on_injection", errors),
            spotlighting: words.value("spotlighting", errors),
            links: words.value("links", errors),
            recursive: words.flag("recursive", errors).is_some(),
            escapes: escapes(&mut words, errors),
        }
    }

    /// The name in Rust, without `r#`.
    pub(crate) fn name(&self) -> String {
        match &self.member {
            Member::Named(name) => name.unraw().to_string(),
            Member::Unnamed(index) => index.index.to_string(),
        }
    }

    /// Whether a word says that not everyone may read it.
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

fn mask(words: &mut Words, errors: &mut Errors) -> Written<Kept> {
    let table: Table = &[("keep_first", "keep_first = 2"), ("keep_last", "keep_last = 4")];
    match words.any_form("mask") {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present(word) => match &word.form {
            Form::Value(_) => words.refuse(&word, errors),
            Form::Alone => Written::Present(Kept {
                word: word.name,
                first: Written::Absent,
                last: Written::Absent,
            }),
            Form::Call(tokens) => {
                let mut words = Words::of(tokens.clone(), table, errors);
                Written::Present(Kept {
                    word: word.name,
                    first: words.value("keep_first", errors),
                    last: words.value("keep_last", errors),
                })
            }
        },
    }
}

fn keys(words: &mut Words, errors: &mut Errors) -> Written<Keys> {
    words.call("keys", errors).map(|(word, tokens)| {
        let mut words = Words::of(tokens, KEYS, errors);
        Keys {
            word,
            keep: words.flag("keep", errors),
            redaction: Redaction::read(&mut words, errors),
        }
    })
}

fn generalize(words: &mut Words, errors: &mut Errors) -> Written<Coarse> {
    let table: Table =
        &[("year", "year"), ("month", "month"), ("step", "step = 100"), ("prefix", "prefix = 3")];
    words.call("generalize", errors).map(|(word, tokens)| {
        let mut words = Words::of(tokens, table, errors);
        Coarse {
            word,
            year: words.flag("year", errors),
            month: words.flag("month", errors),
            step: words.value("step", errors),
            prefix: words.value("prefix", errors),
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
