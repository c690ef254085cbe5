//! The rules of `#[derive(SecureTool)]`.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{LitInt, LitStr, Type};

use super::case::snake;
use super::escapes::Escapes;
use super::field::{Container, field, names_differ, wire};
use super::{
    head, header_name, headers, is_plain_name, one_of, positive, rate, reason, scopes, url,
};
use crate::attr;
use crate::attr::words::Written;
use crate::codes::{self, ConfirmFlaw, EffectFlaw, LimitFlaw, ScopeFlaw, WireFlaw};
use crate::diagnostics::Errors;
use crate::model::{
    Assert, Confirm, Effect, Escape, Field, Header, Limit, Links, Method, OnInjection, PathPart,
    Place, Select, Source, Spotlighting, Style, Tool, Work,
};
use crate::spelling;

/// Checks one tool.
pub(crate) fn tool(written: &attr::Tool, errors: &mut Errors) -> Option<Tool> {
    let head = head(&written.item, "SecureTool", errors);
    let mut escapes = Escapes::default();
    escapes.add(&written.escapes, "", errors);
    wire(&written.serde, errors);
    if let Some(word) = &written.serde.from {
        errors.at(word, codes::wire(&WireFlaw::From));
    }

    let name = name(written, errors);
    let route = route(written, errors);
    let apis = apis(written, errors);
    let scopes = tool_scopes(written, errors);
    let mut effect = effect(written, route.as_ref(), errors);
    let confirm = confirm(written, effect.as_ref(), errors);
    let rate = rate(&written.rate, errors);
    let acts = effect.as_ref().is_some_and(|effect| effect.effect != Effect::Read)
        || written.egress.is_some();
    let needs_rate = (acts && written.rate.is_absent() && !escapes.cover("ST0034", ""))
        .then(|| acting_span(written));
    let limits = limits(written, errors);
    let fields = fields(written, route.as_ref(), acts, &mut escapes, errors);
    let work = route.and_then(|route| work(written, route, &fields, errors));
    let idempotency = idempotency(written, work.as_ref(), acts, &fields, errors);
    let select = select(written, work.as_ref(), &fields, errors);
    let response = required(
        &written.response,
        &written.item.ident,
        "`response`",
        "the policy of the response is unknown",
        "response = Order",
        errors,
    );
    let on_injection = word(&written.on_injection, OnInjection::WORDS, errors);
    let spotlighting = word(&written.spotlighting, Spotlighting::WORDS, errors);
    let links = word(&written.links, Links::WORDS, errors);
    let mut escapes = escapes.finish(errors);
    escapes.extend(effect.as_mut().and_then(|effect| effect.reason.take()));
    Some(Tool {
        head,
        name: name?,
        work: work?,
        apis: apis?,
        scopes: scopes?,
        effect: effect?.effect,
        egress: written.egress.is_some(),
        confirm: confirm?,
        rate,
        idempotency,
        select,
        needs_rate,
        fields,
        response: response?,
        on_injection: on_injection.unwrap_or(OnInjection::Mark),
        spotlighting: spotlighting.unwrap_or(Spotlighting::Markers),
        links,
        limits,
        escapes,
    })
}

/// Returns the value of a required word, and reports its absence.
fn required<T: Clone>(
    said: &Written<T>,
    at: &Ident,
    what: &str,
    why: &str,
    write: &str,
    errors: &mut Errors,
) -> Option<T> {
    if said.is_absent() {
        errors.at(at, codes::missing(what, why, write));
    }
    said.as_ref().ok().cloned()
}

/// Returns the meaning of a word, if it is present.
fn word<T: Copy>(
    said: &Written<Ident>,
    known: &[(&'static str, T)],
    errors: &mut Errors,
) -> Option<T> {
    said.as_ref().ok().and_then(|word| one_of(word, known, errors))
}

fn name(written: &attr::Tool, errors: &mut Errors) -> Option<String> {
    let ident = &written.item.ident;
    let (name, at) = match &written.name {
        Written::Malformed => return None,
        Written::Absent => (snake(&ident.to_string()), ident.to_token_stream()),
        Written::Present(literal) => (literal.value(), literal.to_token_stream()),
    };
    if !is_plain_name(&name) {
        errors.at(&at, codes::name(&name));
        return None;
    }
    Some(name)
}

/// The work of a tool, before its fields are known.
struct Route {
    /// The method and the path template, or `None` for a handler.
    http: Option<(Method, LitStr, Option<Vec<PathPart>>)>,
}

fn route(written: &attr::Tool, errors: &mut Errors) -> Option<Route> {
    let ident = &written.item.ident;
    match (written.handler, written.methods.as_slice()) {
        (None, []) => {
            let (why, write) = (
                "the request is unknown",
                "get = \"/orders/{id}\"` (or `post`, `put`, `patch`, `delete`), or `handler",
            );
            errors.at(ident, codes::missing("the method", why, write));
            None
        }
        (Some(_), []) => {
            if let Written::Present(list) = &written.headers {
                errors.at(
                    &list.word,
                    codes::place("`headers` applies to a declared request, and a handler sends its own requests; remove it, and set headers in `call`"),
                );
            }
            Some(Route { http: None })
        }
        (Some(span), [(method, _), ..]) => {
            errors.at_span(span, codes::conflict("`handler`", &format!("`{method}`")));
            None
        }
        (None, [(first, _), (second, path), ..]) => {
            let at = path
                .as_ref()
                .ok()
                .map_or_else(|| ident.to_token_stream(), ToTokens::to_token_stream);
            errors.at(&at, codes::conflict(&format!("`{first}`"), &format!("`{second}`")));
            None
        }
        (None, [(word, path)]) => {
            let method =
                Method::WORDS.iter().find(|(name, _)| name == word).map(|(_, method)| *method)?;
            let literal = path.as_ref().ok()?;
            let parts =
                url::template(&literal.value()).map_err(|flaw| errors.at(literal, flaw)).ok();
            Some(Route { http: Some((method, literal.clone(), parts)) })
        }
    }
}

fn apis(written: &attr::Tool, errors: &mut Errors) -> Option<Vec<Type>> {
    let ident = &written.item.ident;
    if let (Some(_), Written::Present(api)) = (written.handler, &written.api) {
        errors.at(api, codes::conflict("`handler`", "`api = …`"));
        return None;
    }
    if let (None, Written::Present(list)) = (written.handler, &written.apis) {
        errors.at(
            &list.word,
            codes::malformed(
                "apis",
                "api = Shop` for the API of one request, or `handler, apis(Shop, Ledger)",
            ),
        );
        return None;
    }
    if written.handler.is_none() {
        return required(
            &written.api,
            ident,
            "`api`",
            "the API of the call is unknown",
            "api = Shop",
            errors,
        )
        .map(|api| vec![api]);
    }
    if let Written::Present(list) = &written.apis {
        return Some(list.items.clone()); // An empty list is a handler that reaches nothing.
    }
    if written.apis.is_absent() {
        errors.at(
            ident,
            codes::missing(
                "`apis`",
                "the APIs that the handler may reach are unknown",
                "apis(Shop)` or `apis()",
            ),
        );
    }
    None
}

fn tool_scopes(written: &attr::Tool, errors: &mut Errors) -> Option<Vec<(Span, String)>> {
    match &written.scopes {
        Written::Present(list) => Some(
            scopes(list, errors).into_iter().map(|scope| (scope.span(), scope.value())).collect(),
        ),
        Written::Absent => {
            errors.at(&written.item.ident, codes::scope(&ScopeFlaw::Absent));
            None
        }
        Written::Malformed => None,
    }
}

/// Returns the effect of a call. The reason of a `read` by a method that usually writes is in the
/// manifest.
struct Effects {
    effect: Effect,
    reason: Option<Escape>,
}

fn effect(written: &attr::Tool, route: Option<&Route>, errors: &mut Errors) -> Option<Effects> {
    let method = route.and_then(|route| route.http.as_ref()).map(|(method, ..)| *method);
    let reads = matches!(method, Some(Method::Get | Method::Head));
    let what = match method {
        Some(method) => format!("a {} request", method.ident().to_string().to_ascii_uppercase()),
        None => "a handler".to_owned(),
    };
    match &written.effect {
        Written::Malformed => None,
        Written::Absent if reads => Some(Effects { effect: Effect::Read, reason: None }),
        Written::Absent => {
            if route.is_some() {
                let at = written
                    .methods
                    .first()
                    .and_then(|(_, path)| path.as_ref().ok())
                    .map_or_else(|| written.item.ident.span(), LitStr::span);
                errors.at_span(at, codes::effect(&EffectFlaw::Missing { what: &what }));
            }
            None
        }
        Written::Present(said) => {
            let effect = one_of(&said.name, Effect::WORDS, errors)?;
            let reason = reason(&said.reason);
            let writes = method.is_some() && !reads;
            if effect == Effect::Read
                && writes
                && reason.is_none()
                && !matches!(said.reason, Written::Malformed)
            {
                errors
                    .at(&said.name, codes::effect(&EffectFlaw::ReadWithoutReason { what: &what }));
            } else if let (true, Written::Present(literal)) = (effect != Effect::Read, &said.reason)
            {
                errors.at(
                    literal,
                    codes::malformed(
                        "effect",
                        "effect = write` without a reason, which only `read` needs, or `effect = read(reason = \"…\")",
                    ),
                );
            }
            let reason = reason.filter(|_| !reads).map(|reason| Escape {
                code: "ST0020".to_owned(),
                field: String::new(),
                reason,
            });
            Some(Effects { effect, reason })
        }
    }
}

#[derive(Clone, Copy)]
enum Asked {
    Always,
    WhenUngrounded,
    Never,
}

const ASKED: &[(&str, Asked)] = &[
    ("always", Asked::Always),
    ("when_ungrounded", Asked::WhenUngrounded),
    ("never", Asked::Never),
];

fn confirm(written: &attr::Tool, effect: Option<&Effects>, errors: &mut Errors) -> Option<Confirm> {
    let at = written.effect.as_ref().ok().map_or(&written.item.ident, |said| &said.name);
    let drastic = match effect.map(|effect| effect.effect) {
        Some(Effect::Destructive) => Some("destructive"),
        Some(Effect::Financial) => Some("financial"),
        _ => None,
    };
    if drastic == Some("financial") && written.fields.iter().all(|field| field.cap.is_absent()) {
        errors.at(at, codes::confirm(&ConfirmFlaw::NoCap));
    }
    match (&written.confirm, drastic) {
        (Written::Malformed, _) => None,
        (Written::Absent, None) => Some(Confirm::Never { reason: String::new() }),
        (Written::Absent, Some(effect)) => {
            errors.at(at, codes::confirm(&ConfirmFlaw::Missing { effect }));
            None
        }
        (Written::Present(said), _) => {
            match (one_of(&said.name, ASKED, errors)?, reason(&said.reason)) {
                (Asked::Always, _) => Some(Confirm::Always),
                (Asked::WhenUngrounded, _) => Some(Confirm::WhenUngrounded),
                (Asked::Never, Some(reason)) => Some(Confirm::Never { reason }),
                (Asked::Never, None) => {
                    if !matches!(said.reason, Written::Malformed) {
                        errors.at(&said.name, codes::confirm(&ConfirmFlaw::NeverWithoutReason));
                    }
                    None
                }
            }
        }
    }
}

/// Returns the word that declares an effect.
fn acting_span(written: &attr::Tool) -> Span {
    let effect = written
        .effect
        .as_ref()
        .ok()
        .filter(|said| said.name != "read")
        .map(|said| said.name.span());
    effect.or(written.egress).unwrap_or_else(|| written.item.ident.span())
}

fn limits(written: &attr::Tool, errors: &mut Errors) -> Vec<Limit> {
    const PARTS: [(&str, &[&str]); 3] = [
        ("connect_seconds", &["first_byte_seconds", "deadline_seconds"]),
        ("first_byte_seconds", &["deadline_seconds"]),
        ("rate_seconds", &["deadline_seconds"]),
    ];
    let usage = "limits(deadline_seconds = 10, connect_seconds = 2, first_byte_seconds = 5, response_bytes = 65_536)";
    let mut one = |name: &'static str, literal: &LitInt| {
        let number = positive::<u64>(literal, &format!("`{name}`"), usage, errors)?;
        Some(match name {
            "deadline_seconds" => Limit::Seconds("total", number),
            "connect_seconds" => Limit::Seconds("connect", number),
            "first_byte_seconds" => Limit::SomeSeconds("first_byte", number),
            "rate_seconds" => Limit::Seconds("rate_window", number),
            other => Limit::Count(other, number),
        })
    };
    let limits: Vec<Limit> =
        written.limits.iter().filter_map(|(name, literal)| one(name, literal)).collect();
    let said = |wanted: &str| {
        written.limits.iter().find(|(name, _)| *name == wanted).map(|(_, literal)| literal)
    };
    let seconds = |name: &str| said(name).and_then(|literal| literal.base10_parse::<u64>().ok());
    for (inner, outers) in PARTS {
        let shorter = outers.iter().find(|outer| {
            seconds(inner).zip(seconds(outer)).is_some_and(|(inner, outer)| inner > outer)
        });
        if let (Some(outer), Some(literal)) = (shorter, said(inner)) {
            errors.at(literal, codes::limit(&LimitFlaw::Longer { inner, outer }));
        }
    }
    limits
}

/// Returns the header of the idempotency key. Only requests that change something need one.
fn idempotency(
    written: &attr::Tool,
    work: Option<&Work>,
    acts: bool,
    fields: &[Field],
    errors: &mut Errors,
) -> Option<Header> {
    let literal = written.idempotency.as_ref().ok()?;
    let Work::Http { method, headers, .. } = work? else {
        errors.at(
            literal,
            codes::place(
                "`idempotency_key` applies to a declared request, and a handler sends its own requests; remove it",
            ),
        );
        return None;
    };
    if !acts && matches!(method, Method::Get | Method::Head) {
        errors.at(literal, codes::conflict("`idempotency_key`", "a request that changes nothing"));
        return None;
    }
    let name = header_name(literal, errors)?;
    let is_taken = headers.iter().any(|header| header.name == name)
        || fields
            .iter()
            .any(|field| matches!(&field.argument.place, Place::Header(other) if *other == name));
    if is_taken {
        errors.at(literal, codes::repeated(&name));
    }
    Some(Header { span: literal.span(), name, value: String::new() })
}

/// Returns the query parameter that names the declared fields. It must not be the name of an
/// argument.
fn select(
    written: &attr::Tool,
    work: Option<&Work>,
    fields: &[Field],
    errors: &mut Errors,
) -> Option<Select> {
    let said = written.select.as_ref().ok()?;
    if matches!(work?, Work::Handler) {
        errors.at(
            &said.word,
            codes::place("`select` applies to a declared request, and a handler sends its own requests; remove it, and request fields in `call`"),
        );
        return None;
    }
    if said.query.is_absent() {
        errors.at(&said.word, codes::malformed("select", attr::SELECT));
    }
    let literal = said.query.as_ref().ok()?;
    let query = literal.value();
    if query.is_empty() {
        errors.at(literal, codes::malformed("select", attr::SELECT));
    }
    if fields
        .iter()
        .any(|field| matches!(field.argument.place, Place::Query) && field.name == query)
    {
        errors.at(literal, codes::repeated(&query));
    }
    let style = match &said.style {
        Written::Absent => Some(Style::Dotted),
        Written::Malformed => None,
        Written::Present(name) => one_of(name, Style::WORDS, errors),
    };
    Some(Select { span: said.word.span(), query, style: style? })
}

fn fields(
    written: &attr::Tool,
    route: Option<&Route>,
    acts: bool,
    escapes: &mut Escapes,
    errors: &mut Errors,
) -> Vec<Field> {
    let container = Container::of(&written.item.ident, &written.serde, &written.fields);
    let read = written.fields.iter().filter(|field| !field.serde.skip);
    let fields = read.map(|one| {
        let mut meant = field(one, &container, errors);
        escapes.add(&one.escapes, &meant.name, errors);
        if !is_plain_name(&meant.name) {
            errors.at_span(one.span, codes::name(&meant.name));
        }
        if let Some(route) = route {
            meant.argument.place = place(one, route, errors);
        }
        let asserts = argument_asserts(&meant, acts, escapes);
        meant.asserts.extend(asserts);
        meant
    });
    let fields: Vec<Field> = fields.collect();
    names_differ(&fields, errors);
    fields
}

/// Returns the rules about an argument's type, without the suppressed ones.
fn argument_asserts(field: &Field, acts: bool, escapes: &mut Escapes) -> Vec<Assert> {
    let mut asserts = Vec::new();
    let any_number = field.range.is_none() && escapes.cover("ST0002", &field.name);
    asserts.push(if any_number { Assert::BoundedText } else { Assert::Bounded });
    if !matches!(field.argument.place, Place::Body) {
        asserts.push(Assert::Placed);
    }
    if matches!(field.argument.place, Place::Header(_)) {
        asserts.push(Assert::HeaderFree);
    }
    if field.argument.credential && !escapes.cover("ST0012", &field.name) {
        asserts.push(Assert::NoCredential);
    }
    asserts.push(Assert::Limited);
    if acts && matches!(field.argument.source, Source::Unchecked) {
        match field.argument.recipient {
            true if escapes.cover("ST0025", &field.name) => {}
            true => asserts.push(Assert::Sourced),
            false => asserts.push(Assert::AddressSourced),
        }
    }
    asserts.push(Assert::Inside { acts });
    asserts.push(Assert::Received);
    asserts
}

/// Returns the place of an argument: in the path that names it, else as declared, else by the
/// method.
fn place(written: &attr::Field, route: &Route, errors: &mut Errors) -> Place {
    let said = &written.place;
    let words: Vec<(&str, Span)> = [
        said.header.as_ref().ok().map(|literal| ("`header`", literal.span())),
        said.query.map(|span| ("`query`", span)),
        said.body.map(|span| ("`body`", span)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let [(first, _), (second, span), ..] = words.as_slice() {
        errors.at_span(*span, codes::conflict(first, second));
    }
    let Some((method, _, parts)) = &route.http else {
        if let Some((word, span)) = words.first().filter(|(word, _)| *word != "`body`") {
            errors.at_span(
                *span,
                codes::place(&format!(
                    "{word} is a place in a declared request, and a handler sends its own requests; remove it"
                )),
            );
        }
        return Place::Body;
    };
    let in_path = parts.iter().flatten().any(|part| *part == PathPart::Field(written.name()));
    if let (true, Some((word, span))) = (in_path, words.first()) {
        errors.at_span(*span, codes::conflict(word, "the place in the path"));
    }
    let bodiless = matches!(method, Method::Get | Method::Head);
    match (&said.header, said.query, said.body) {
        _ if in_path => Place::Path,
        (Written::Present(literal), ..) => {
            header_name(literal, errors).map_or(Place::Query, Place::Header)
        }
        (_, Some(_), _) => Place::Query,
        (_, _, Some(span)) if bodiless => {
            errors.at_span(
                span,
                codes::place("many servers ignore the body of a GET or HEAD request, so the argument could be lost; write `query`, or use another method"),
            );
            Place::Body
        }
        (_, _, Some(_)) => Place::Body,
        _ if bodiless || *method == Method::Delete => Place::Query,
        _ => Place::Body,
    }
}

/// Returns the request, with the names on the wire in its path.
fn work(written: &attr::Tool, route: Route, fields: &[Field], errors: &mut Errors) -> Option<Work> {
    let Some((method, literal, parts)) = route.http else { return Some(Work::Handler) };
    let container = Container::of(&written.item.ident, &written.serde, &written.fields);
    let mut path = Vec::new();
    for part in parts? {
        let PathPart::Field(name) = &part else {
            path.push(part);
            continue;
        };
        match written.fields.iter().find(|field| field.name() == *name) {
            None => {
                let by_wire = written
                    .fields
                    .iter()
                    .find(|field| container.wire_name(field) == *name)
                    .map(attr::Field::name);
                let near = by_wire.or_else(|| nearest(name, &written.fields));
                errors.at(&literal, codes::template_field(name, near.as_deref()));
            }
            Some(field) if field.serde.skip || field.serde.default || container.default => {
                errors.at(&literal, codes::optional_in_path(name));
            }
            Some(field) => path.push(PathPart::Field(container.wire_name(field))),
        }
    }
    let headers = headers(&written.headers, errors);
    for (index, one) in fields.iter().enumerate() {
        let Place::Header(name) = &one.argument.place else { continue };
        let taken =
            |other: &Field| matches!(&other.argument.place, Place::Header(other) if other == name);
        if headers.iter().any(|header| header.name == *name) || fields.iter().take(index).any(taken)
        {
            errors.at_span(one.span, codes::repeated(name));
        }
    }
    Some(Work::Http { method, path, headers })
}

fn nearest(name: &str, fields: &[attr::Field]) -> Option<String> {
    let names: Vec<String> = fields.iter().map(attr::Field::name).collect();
    spelling::nearest(name, names.iter().map(String::as_str)).map(str::to_owned)
}
