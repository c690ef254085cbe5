//! `#[derive(SecureTool)]` as written.

use proc_macro2::{Ident, Span};
use syn::{DeriveInput, LitInt, LitStr, Type};

use super::field::Field;
use super::foreign::Serde;
use super::rows::Position;
use super::words::{Form, List, Pair, Table, Words, Written};
use super::{Escapes, Item, RATE, Rate, Strings, escapes, named_fields, rate};
use crate::codes;
use crate::diagnostics::Errors;

pub(super) const WORDS: Table = &[
    ("api", "api = Shop"),
    ("handler", "handler"),
    ("apis", "apis(Shop, Ledger)"),
    ("get", "get = \"/orders/{id}\""),
    ("head", "head = \"/orders/{id}\""),
    ("post", "post = \"/orders\""),
    ("put", "put = \"/orders/{id}\""),
    ("patch", "patch = \"/orders/{id}\""),
    ("delete", "delete = \"/orders/{id}\""),
    ("headers", "headers(\"accept-language\" = \"en\")"),
    ("scopes", "scopes(\"orders:read\")"),
    (
        "effect",
        "effect = write`, `effect = destructive`, `effect = financial` or `effect = read(reason = \"…\")",
    ),
    ("egress", "egress"),
    (
        "confirm",
        "confirm = always`, `confirm = when_ungrounded` or `confirm = never(reason = \"…\")",
    ),
    ("rate_limit", RATE),
    ("idempotency_key", "idempotency_key = \"idempotency-key\""),
    ("select", SELECT),
    ("response", "response = Order"),
    ("name", "name = \"get_order\""),
    (
        "on_injection",
        "on_injection = mark`, `on_injection = redact`, `on_injection = quarantine` or `on_injection = refuse",
    ),
    (
        "spotlighting",
        "spotlighting = markers`, `spotlighting = datamarking` or `spotlighting = base64",
    ),
    ("links", "links = keep` or `links = defang"),
    (
        "limits",
        "limits(deadline_seconds = 10, connect_seconds = 2, first_byte_seconds = 5, response_bytes = 65_536)",
    ),
    ("allow", "allow(ST0034, reason = \"…\")"),
    ("crate", "crate = path::to::secure_tool"),
];

/// The usage of `select`.
pub(crate) const SELECT: &str =
    "select = \"fields\"` or `select(query = \"fields\", style = dotted)";

const METHODS: [&str; 6] = ["get", "head", "post", "put", "patch", "delete"];

const LIMITS: Table = &[
    ("deadline_seconds", "deadline_seconds = 10"),
    ("connect_seconds", "connect_seconds = 2"),
    ("first_byte_seconds", "first_byte_seconds = 5"),
    ("rate_bytes", "rate_bytes = 1_024"),
    ("rate_seconds", "rate_seconds = 10"),
    ("response_bytes", "response_bytes = 65_536"),
    ("response_ratio", "response_ratio = 100"),
    ("response_depth", "response_depth = 64"),
    ("arguments_bytes", "arguments_bytes = 4_096"),
    ("arguments_depth", "arguments_depth = 16"),
    ("arguments_keys", "arguments_keys = 1_000"),
];

/// One tool.
pub(crate) struct Tool {
    pub(crate) item: Item,
    pub(crate) serde: Serde,
    pub(crate) name: Written<LitStr>,
    pub(crate) api: Written<Type>,
    pub(crate) handler: Option<Span>,
    pub(crate) apis: Written<List<Type>>,
    /// The declared methods with their paths. A valid tool has one.
    pub(crate) methods: Vec<(&'static str, Written<LitStr>)>,
    pub(crate) headers: Written<List<Pair>>,
    pub(crate) scopes: Strings,
    pub(crate) effect: Written<Choice>,
    pub(crate) egress: Option<Span>,
    pub(crate) confirm: Written<Choice>,
    pub(crate) rate: Written<Rate>,
    pub(crate) idempotency: Written<LitStr>,
    pub(crate) select: Written<Select>,
    pub(crate) response: Written<Type>,
    pub(crate) on_injection: Written<Ident>,
    pub(crate) spotlighting: Written<Ident>,
    pub(crate) links: Written<Ident>,
    pub(crate) limits: Vec<(&'static str, LitInt)>,
    pub(crate) escapes: Escapes,
    pub(crate) fields: Vec<Field>,
}

/// `select = "fields"` or `select(query = "fields", style = dotted)`
pub(crate) struct Select {
    pub(crate) word: Ident,
    pub(crate) query: Written<LitStr>,
    pub(crate) style: Written<Ident>,
}

/// `name` or `name(reason = "…")`
pub(crate) struct Choice {
    pub(crate) name: Ident,
    pub(crate) reason: Written<LitStr>,
}

impl Tool {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        let fields = named_fields(input).unwrap_or_else(|| {
            errors.at(&input.ident, codes::not_named_fields("SecureTool"));
            Vec::new()
        });
        let mut words = Words::read(&input.attrs, WORDS, errors);
        let methods = METHODS.map(|method| (method, words.value(method, errors)));
        Self {
            item: Item::read(input, &mut words, errors),
            serde: Serde::read(&input.attrs),
            name: words.value("name", errors),
            api: words.value("api", errors),
            handler: words.flag("handler", errors),
            apis: words.list("apis", errors),
            methods: methods.into_iter().filter(|(_, path)| !path.is_absent()).collect(),
            headers: words.list("headers", errors),
            scopes: words.list("scopes", errors),
            effect: choice(&mut words, "effect", errors),
            egress: words.flag("egress", errors),
            confirm: choice(&mut words, "confirm", errors),
            rate: rate(&mut words, errors),
            idempotency: words.value("idempotency_key", errors),
            select: select(&mut words, errors),
            response: words.value("response", errors),
            on_injection: words.value("on_injection", errors),
            spotlighting: words.value("spotlighting", errors),
            links: words.value("links", errors),
            limits: limits(&mut words, errors),
            escapes: escapes(&mut words, errors),
            fields: (0..)
                .zip(fields)
                .map(|(index, field)| Field::read(field, index, Position::Argument, errors))
                .collect(),
        }
    }
}

fn choice(words: &mut Words, name: &'static str, errors: &mut Errors) -> Written<Choice> {
    match words.value::<super::words::Word>(name, errors) {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present(word) => match word.form {
            Form::Alone => Written::Present(Choice { name: word.name, reason: Written::Absent }),
            Form::Call(tokens) => {
                let reason = Words::of(tokens, &[("reason", "reason = \"…\"")], errors)
                    .value("reason", errors);
                Written::Present(Choice { name: word.name, reason })
            }
            Form::Value(tokens) => {
                errors.at(&tokens, codes::malformed(name, words.usage(name)));
                Written::Malformed
            }
        },
    }
}

fn select(words: &mut Words, errors: &mut Errors) -> Written<Select> {
    match words.any_form("select") {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present(word) => match &word.form {
            Form::Value(tokens) => match syn::parse2(tokens.clone()) {
                Ok(query) => Written::Present(Select {
                    word: word.name,
                    query: Written::Present(query),
                    style: Written::Absent,
                }),
                Err(_) => words.refuse(&word, errors),
            },
            Form::Call(tokens) => {
                let mut words = Words::of(
                    tokens.clone(),
                    &[("query", "query = \"fields\""), ("style", "style = dotted")],
                    errors,
                );
                Written::Present(Select {
                    word: word.name,
                    query: words.value("query", errors),
                    style: words.value("style", errors),
                })
            }
            Form::Alone => words.refuse(&word, errors),
        },
    }
}

fn limits(words: &mut Words, errors: &mut Errors) -> Vec<(&'static str, LitInt)> {
    let Some((_, tokens)) = words.call("limits", errors).ok() else { return Vec::new() };
    let mut words = Words::of(tokens, LIMITS, errors);
    LIMITS.iter().filter_map(|(name, _)| Some((*name, words.value(name, errors).ok()?))).collect()
}
