//! The rules of one field, for arguments and responses.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Type, UnOp};

use super::case::Case;
use super::{domain, one_of, pattern, positive, reason};
use crate::attr::words::Written;
use crate::attr::{self, Ends};
use crate::codes::{self, LimitFlaw, WireFlaw};
use crate::diagnostics::Errors;
use crate::model::{
    ArgumentPolicy, Assert, Author, Class, Field, From, Integrity, Links, Number, OnInjection,
    Pattern, Place, ResponsePolicy, Source, Spotlighting,
};
use crate::redaction::{Generalize, Redaction};

/// The surroundings of a field.
#[derive(Clone, Copy)]
pub(super) struct Container<'a> {
    /// The type.
    pub(super) ident: &'a Ident,
    pub(super) case: Option<Case>,
    /// Whether it has `#[serde(default)]`.
    pub(super) default: bool,
    /// All fields of the same struct or variant.
    pub(super) fields: &'a [attr::Field],
}

impl<'a> Container<'a> {
    pub(super) fn of(ident: &'a Ident, serde: &attr::Serde, fields: &'a [attr::Field]) -> Self {
        Self { ident, case: Case::of(serde.rename_all.as_deref()), default: serde.default, fields }
    }

    /// Returns a field's name on the wire.
    pub(super) fn wire_name(&self, field: &attr::Field) -> String {
        let name = field.name();
        field
            .serde
            .rename
            .clone()
            .unwrap_or_else(|| self.case.map_or_else(|| name.clone(), |case| case.field(&name)))
    }

    fn find(&self, name: &Ident) -> Option<&'a attr::Field> {
        self.fields.iter().find(|field| name == &field.name())
    }
}

/// Checks one field. The tool adds the place in the request and the rules by name.
pub(super) fn field(
    written: &attr::Field,
    container: &Container<'_>,
    errors: &mut Errors,
) -> Field {
    wire(&written.serde, errors);
    let pattern =
        written.pattern.as_ref().ok().and_then(|literal| pattern::pattern(literal, errors));
    let class = class(written, errors);
    let length =
        written.validate.length.as_ref().and_then(|ends| both(ends, Some(Number::Literal(0.0))));
    let longest = longest(pattern.as_ref(), length.as_ref());
    let name = container.wire_name(written);
    let mut field = Field {
        member: written.member.clone(),
        span: written.span,
        ty: without_self(&written.ty, container.ident),
        required: !(container.default || written.serde.default),
        recursive: written.recursive || mentions(&written.ty, container.ident),
        range: written.validate.range.as_ref().and_then(|ends| both(ends, None)),
        pattern,
        length,
        class,
        position: written.position,
        argument: argument(written, &name, errors),
        response: response(written, container, &name, longest, errors),
        name,
        asserts: Vec::new(),
    };
    let too_much = |redaction: Redaction| redaction.keeps_too_much();
    let response = &field.response;
    if class == Class::Secret
        && (too_much(response.redaction) || response.keys.is_some_and(too_much))
    {
        let at =
            written.class.iter().find(|word| *word == "secret").map_or(written.span, Ident::span);
        errors.at_span(at, codes::secret_is_kept(&written.name()));
    }
    field.asserts = asserts(&field);
    field
}

/// Returns the policy as an argument. The tool adds the place in the request.
fn argument(written: &attr::Field, name: &str, errors: &mut Errors) -> ArgumentPolicy {
    let rust_name = written.name();
    ArgumentPolicy {
        source: source(&written.source, errors),
        place: Place::Body,
        cap: cap(written, errors),
        domains: domain::domains(&written.domains, errors),
        token: token(&written.token, errors),
        credential: super::names::is_credential(&rust_name) || super::names::is_credential(name),
        recipient: super::names::is_recipient(&rust_name) || super::names::is_recipient(name),
        word: written.argument_word,
    }
}

/// Returns the policy as a response field. The value has at most `longest` characters.
fn response(
    written: &attr::Field,
    container: &Container<'_>,
    name: &str,
    longest: Option<u32>,
    errors: &mut Errors,
) -> ResponsePolicy {
    let keys = keys(written, errors);
    let redaction = written.redaction.check(longest, errors);
    if let (Some(handle), Redaction::Tokenize) = (written.integrity.handle, redaction) {
        errors.at_span(handle, codes::conflict("`handle`", "`tokenize`"));
    }
    let max = written.max.as_ref().ok();
    ResponsePolicy {
        integrity: integrity(written, container, errors),
        redaction,
        keys,
        max: max.and_then(|literal| positive(literal, "`max`", "max = 20", errors)),
        tokens: format!("{}.{name}", container.ident.unraw()),
        on_injection: isolation(
            written,
            &written.on_injection,
            "`on_injection`",
            OnInjection::WORDS,
            errors,
        ),
        spotlighting: isolation(
            written,
            &written.spotlighting,
            "`spotlighting`",
            Spotlighting::WORDS,
            errors,
        ),
        links: isolation(written, &written.links, "`links`", Links::WORDS, errors),
        word: written.response_word,
    }
}

fn asserts(field: &Field) -> Vec<Assert> {
    let mut asserts = Vec::new();
    let (argument, response) = (&field.argument, &field.response);
    match (&response.integrity, &argument.source) {
        (Integrity::Trusted(_) | Integrity::TrustedIf { .. }, _) => asserts.push(Assert::Closed),
        (Integrity::Handle, _) | (_, Source::From(From::Handle)) => asserts.push(Assert::Handle),
        _ => {}
    }
    if argument.cap.is_some() {
        asserts.push(Assert::Number);
    }
    if !argument.domains.is_empty() {
        asserts.push(Assert::DomainsFit);
    }
    if response.on_injection.is_some()
        || response.spotlighting.is_some()
        || response.links.is_some()
    {
        asserts.push(Assert::Isolated);
    }
    if response.redaction.is_of_scalars()
        || response.keys.is_some()
        || matches!(argument.source, Source::From(_))
        || field.pattern.is_some()
        || argument.token.is_some()
    {
        asserts.push(Assert::Fits);
    }
    if response.max.is_some() {
        asserts.push(Assert::Cut);
    }
    if response.redaction.is_of_scalars() {
        asserts.push(Assert::Redacted);
    }
    asserts
}

/// Reports two fields with the same name on the wire.
pub(super) fn names_differ(fields: &[Field], errors: &mut Errors) {
    for (index, field) in fields.iter().enumerate() {
        if fields.iter().take(index).any(|other| other.name == field.name) {
            errors.at_span(field.span, codes::wire(&WireFlaw::Twice));
        }
    }
}

/// Reports wire forms that accept undeclared values.
pub(super) fn wire(serde: &attr::Serde, errors: &mut Errors) {
    for (word, flaw) in [
        (&serde.alias, WireFlaw::Alias),
        (&serde.flatten, WireFlaw::Flatten),
        (&serde.untagged, WireFlaw::Untagged),
        (&serde.other, WireFlaw::Other),
    ] {
        if let Some(word) = word {
            errors.at(word, codes::wire(&flaw));
        }
    }
}

/// Reports words on a field without a name, which can't have a rule.
pub(super) fn no_labels(written: &attr::Field, errors: &mut Errors) {
    let labelled = !written.class.is_empty()
        || written.is_sensitive()
        || !written.pattern.is_absent()
        || !written.cap.is_absent()
        || !written.domains.is_absent()
        || !written.token.is_absent()
        || !written.max.is_absent()
        || written.integrity.handle.is_some()
        || written.integrity.untrusted.is_some()
        || !written.integrity.trusted.is_absent()
        || !written.on_injection.is_absent()
        || !written.spotlighting.is_absent()
        || !written.links.is_absent()
        || !written.source.from.is_absent()
        || written.source.free.is_some();
    if labelled {
        errors.at_span(written.span, codes::no_name_to_label());
    }
}

fn class(written: &attr::Field, errors: &mut Errors) -> Class {
    if let [first, second, ..] = written.class.as_slice() {
        errors.at(second, codes::conflict(&format!("`{first}`"), &format!("`{second}`")));
    }
    written
        .class
        .first()
        .and_then(|word| one_of(word, Class::WORDS, errors))
        .unwrap_or(Class::Public)
}

fn integrity(written: &attr::Field, container: &Container<'_>, errors: &mut Errors) -> Integrity {
    let said = &written.integrity;
    let trusted = said.trusted.as_ref().ok();
    let words: Vec<(&str, Span)> = [
        said.handle.map(|span| ("`handle`", span)),
        said.untrusted.map(|span| ("`untrusted`", span)),
        trusted.map(|trusted| ("`trusted`", trusted.word.span())),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [(first, _), (second, span), ..] = words.as_slice() {
        errors.at_span(*span, codes::conflict(first, second));
    }
    if let (Written::Present(author), Written::Absent) = (&said.written_by, &said.trusted) {
        errors.at(author, codes::malformed("written_by", "trusted, written_by = provider"));
    }
    if said.handle.is_some() {
        return Integrity::Handle;
    }
    trusted
        .and_then(|trusted| trust(trusted, &said.written_by, container, errors))
        .unwrap_or(Integrity::Untrusted)
}

fn trust(
    trusted: &attr::Trusted,
    written_by: &Written<Ident>,
    container: &Container<'_>,
    errors: &mut Errors,
) -> Option<Integrity> {
    match (&trusted.condition, written_by) {
        (None, Written::Present(author)) => {
            Some(Integrity::Trusted(one_of(author, Author::WORDS, errors)?))
        }
        (None, Written::Malformed) => None,
        (None, Written::Absent) => {
            errors.at(&trusted.word, codes::trusted_without_writer());
            None
        }
        (Some((field, whose)), Written::Absent) => {
            let sender = container.find(field).filter(|sender| !sender.serde.skip);
            if sender.is_none() || whose != "principal" {
                let at = if sender.is_none() { field } else { whose };
                errors.at(
                    at,
                    codes::malformed(
                        "trusted",
                        "trusted(if field = principal)` with a field of the same struct, or `trusted, written_by = provider",
                    ),
                );
            }
            Some(Integrity::TrustedIf { field: container.wire_name(sender?) })
        }
        (Some(_), _) => {
            errors.at(&trusted.word, codes::conflict("`written_by`", "`trusted(if …)`"));
            None
        }
    }
}

/// Returns the redaction of a map's keys, if one is written.
fn keys(written: &attr::Field, errors: &mut Errors) -> Option<Redaction> {
    let said = written.keys.as_ref().ok()?;
    for (word, drops) in written.redaction.blanking() {
        if drops {
            errors.at(word, codes::conflict("`keys`", &format!("`{word}`")));
        }
    }
    match (said.keep, said.redaction.is_absent()) {
        (Some(_), true) => Some(Redaction::Keep),
        (None, false) => {
            let meant = said.redaction.check(None, errors);
            if let Redaction::Generalize(Generalize::Step(_)) = meant {
                // Keys are texts.
                errors.at(&said.word, codes::malformed("keys", attr::KEYS_USAGE));
            }
            Some(meant)
        }
        _ => {
            errors.at(&said.word, codes::malformed("keys", attr::KEYS_USAGE));
            None
        }
    }
}

/// Checks the words about untrusted text. They conflict with words that leave no such text.
fn isolation<T: Copy>(
    written: &attr::Field,
    said: &Written<Ident>,
    name: &str,
    known: &[(&'static str, T)],
    errors: &mut Errors,
) -> Option<T> {
    let word = said.as_ref().ok()?;
    let trusted =
        written.integrity.trusted.as_ref().ok().is_some_and(|trusted| trusted.condition.is_none());
    for (other, _) in written.redaction.blanking() {
        errors.at(word, codes::conflict(name, &format!("`{other}`")));
    }
    for (other, is_said) in
        [("`handle`", written.integrity.handle.is_some()), ("`trusted`", trusted)]
    {
        if is_said {
            errors.at(word, codes::conflict(name, other));
        }
    }
    one_of(word, known, errors)
}

/// Returns the maximum number of characters of a value, if a pattern or length limits it.
fn longest(pattern: Option<&Pattern>, length: Option<&(Number, Number)>) -> Option<u32> {
    let by_length = length.and_then(|(_, max)| max.as_u32());
    pattern.and_then(|pattern| pattern.max).into_iter().chain(by_length).min()
}

fn source(said: &attr::Source, errors: &mut Errors) -> Source {
    let any = said.any.as_ref().ok();
    let words: Vec<(&str, Span)> = [
        said.from.as_ref().ok().map(|word| ("`from`", word.span())),
        said.free.map(|span| ("`free`", span)),
        any.map(|(span, _)| ("`any`", *span)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [(first, _), (second, span), ..] = words.as_slice() {
        errors.at_span(*span, codes::conflict(first, second));
    }
    if let Some((span, said)) = any {
        let reason = reason(said);
        if reason.is_none() && !matches!(said, Written::Malformed) {
            errors.at_span(*span, codes::no_reason("any", "any, reason = \"…\""));
        }
        return Source::Any { reason: reason.unwrap_or_default() };
    }
    match &said.from {
        Written::Present(word) => {
            one_of(word, From::WORDS, errors).map_or(Source::Unchecked, Source::From)
        }
        _ if said.free.is_some() => Source::Free,
        _ => Source::Unchecked,
    }
}

/// Reads `Product.supplier_email`: a type and its field, with an optional `Shop::` for the API.
fn token(said: &Written<LitStr>, errors: &mut Errors) -> Option<String> {
    let literal = said.as_ref().ok()?;
    let of = literal.value();
    let (api, rest) =
        of.split_once("::").map_or((None, of.as_str()), |(api, rest)| (Some(api), rest));
    let is_field = api != Some("")
        && rest.split_once('.').is_some_and(|(of, field)| !of.is_empty() && !field.is_empty());
    if !is_field {
        errors.at(literal, codes::malformed("token", "token = \"Product.supplier_email\""));
    }
    is_field.then_some(of)
}

const CAP: &str = "cap(per_call = 500, per_day = 1_000)";

fn cap(written: &attr::Field, errors: &mut Errors) -> Option<(f64, f64)> {
    let said = written.cap.as_ref().ok()?;
    let (per_call, per_day) =
        (amount(&said.per_call, &said.word, errors), amount(&said.per_day, &said.word, errors));
    let (per_call, per_day) = (per_call?, per_day?);
    if per_call > per_day {
        errors.at(&said.word, codes::limit(&LimitFlaw::CapAboveDay));
    }
    Some((per_call, per_day))
}

fn amount(said: &Written<Expr>, word: &Ident, errors: &mut Errors) -> Option<f64> {
    match said {
        Written::Malformed => {}
        Written::Absent => errors.at(word, codes::malformed("cap", CAP)),
        Written::Present(expr) => match literal(expr) {
            Some(number) if number > 0.0 => return Some(number),
            Some(_) => errors.at(expr, codes::limit(&LimitFlaw::Zero { what: "the cap" })),
            None => errors.at(expr, codes::malformed("cap", CAP)),
        },
    }
    None
}

/// Returns both ends of a length or a range, or nothing.
fn both(ends: &Ends, otherwise: Option<Number>) -> Option<(Number, Number)> {
    Some((ends.min.as_ref().map(number).or(otherwise)?, ends.max.as_ref().map(number)?))
}

fn number(expr: &Expr) -> Number {
    literal(expr).map_or_else(|| Number::Constant(expr.clone()), Number::Literal)
}

impl Number {
    /// Reads a literal that is a count.
    pub(crate) fn as_u32(&self) -> Option<u32> {
        let Self::Literal(number) = self else { return None };
        number.to_string().parse().ok()
    }
}

/// Reads a number literal, with or without a sign.
fn literal(expr: &Expr) -> Option<f64> {
    let number: f64 = match expr {
        Expr::Lit(ExprLit { lit: Lit::Int(number), .. }) => number.base10_parse().ok()?,
        Expr::Lit(ExprLit { lit: Lit::Float(number), .. }) => number.base10_parse().ok()?,
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => -literal(expr)?,
        Expr::Group(group) => literal(&group.expr)?,
        Expr::Paren(paren) => literal(&paren.expr)?,
        _ => return None,
    };
    number.is_finite().then_some(number)
}

/// Returns whether a type names itself. Only here the derive reads the tokens of a type, because a
/// constant can't follow such an edge.
pub(super) fn mentions(ty: &Type, ident: &Ident) -> bool {
    fn look(tokens: TokenStream, ident: &Ident) -> bool {
        // The end of a longer path is a type of another module, even if the names are equal.
        let mut in_path = false;
        tokens.into_iter().any(|token| {
            let behind_colon = std::mem::replace(
                &mut in_path,
                matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ':'),
            );
            match token {
                TokenTree::Ident(word) => !behind_colon && (word == *ident || word == "Self"),
                TokenTree::Group(group) => look(group.stream(), ident),
                _ => false,
            }
        })
    }
    look(ty.to_token_stream(), ident)
}

/// Replaces `Self`, which has no meaning outside an impl, by the name of the type.
pub(super) fn without_self(ty: &Type, ident: &Ident) -> Type {
    fn replaced(tokens: TokenStream, ident: &Ident) -> TokenStream {
        let one = |token| match token {
            TokenTree::Ident(word) if word == "Self" => {
                TokenTree::Ident(Ident::new(&ident.to_string(), word.span()))
            }
            TokenTree::Group(group) => {
                let mut new =
                    proc_macro2::Group::new(group.delimiter(), replaced(group.stream(), ident));
                new.set_span(group.span());
                TokenTree::Group(new)
            }
            other => other,
        };
        tokens.into_iter().map(one).collect()
    }
    syn::parse2(replaced(ty.to_token_stream(), ident)).unwrap_or_else(|_| ty.clone())
}
