//! Stage 7: sends an approved call and receives the API's response. Only this stage sends data.
//!
//! Guarantees: the request matches the approval (the digest is computed again). Values appear only
//! where the template places them. The intent is durably recorded before an effect. The response is
//! within its size limits and deadlines. A request is retried only if a retry can't repeat an
//! effect.

use std::fmt::Write;
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::call::{Call, Stop, TypedArguments};
use super::confirm::Confirmed;
use super::digest;
use super::sent::Sent;
use crate::audit::micros;
use crate::quota::COST;
use crate::refusal::Rule;
use crate::rules::visit;
use crate::spec::{self, PathPart, Place, Protection, RESERVED, Record, Route, Shape, Work};
use crate::tool::{Context, Handle, Parsed, Scope};
use crate::transport::{Body, Failure, Request, Response};

/// Proof that the API responded within the limits. Only `send` creates it.
#[derive(Debug)]
pub struct Reply<'c>((Sent<'c>, Response));

impl<'c> Reply<'c> {
    /// The call.
    pub(super) fn open(self) -> (Sent<'c>, Response) {
        self.0
    }
}

/// Performs the call: one HTTP request, or the handler's method.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Send`](crate::Stage::Send).
pub async fn send(confirmed: Confirmed<'_>) -> Result<Reply<'_>, Stop> {
    let (mut call, typed, digest) = confirmed.open();
    if !digest::call(&call, &typed.value).contains(&digest) {
        return Err(call.refuse(Rule::Changed));
    }
    let started = call.engine().clock.monotonic();
    let prepared = match call.spec().work {
        Work::Http(route) => request(&mut call, &route, &typed.value)
            .map(|request| Prepared::Request(Box::new(request))),
        Work::Handler => work(&call, typed).map(Prepared::Work),
    };
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(Failure { rule, detail, .. }) => return Err(call.refuse_because(rule, &detail)),
    };
    let mut sent = Sent::begin(call).await?;
    let done = match prepared {
        Prepared::Request(request) => exchange(&sent, *request).await,
        Prepared::Work(work) => handle(&mut sent, work).await,
    };
    sent.trace.record.micros.send = micros(sent.engine().clock.monotonic().saturating_sub(started));
    let mut response = match done {
        Ok(response) => response,
        Err(failure) => return Err(sent.failed(failure)),
    };
    sent.answered(response.in_doubt);
    sent.trace.notes.add(response.remark);
    if let Some(held) = response.held.take() {
        sent.memory.absorb(held);
    }
    sent.trace.record.bytes_received = response.body.len() as u64;
    sent.trace.record.status = Some(response.status).filter(|status| *status != 0);
    Ok(Reply((sent, response)))
}

/// The complete request, built before the intent is recorded.
enum Prepared {
    Request(Box<Request>),
    Work(HandlerWork),
}

/// The arguments of a handler, as its type, and the URLs that it may fetch.
struct HandlerWork {
    run: Handle,
    parsed: Parsed,
    urls: Vec<String>,
}

fn request(call: &mut Call<'_>, route: &Route, arguments: &Value) -> Result<Request, Failure> {
    let spec = call.spec();
    let empty = Map::new();
    let arguments = arguments.as_object().unwrap_or(&empty);
    let encoded = spec.enforces(Protection::Encoding);
    let mut path = path_and_query(route, spec.arguments, arguments, encoded)
        .ok_or_else(|| Failure::new(Rule::Unsendable, "a value is not valid in a path"))?;
    if let Some(selection) = &call.tool.selection {
        path.push(if path.contains('?') { '&' } else { '?' });
        path.push_str(selection);
    }
    let mut request = Request {
        headers: headers(route, spec.arguments, arguments)?,
        body: body(route, spec.arguments, arguments, spec.enforces(Protection::Schema))
            .map(Body::Json),
        scopes: spec.scopes,
        is_repeatable: matches!(route.method, spec::Method::Get | spec::Method::Head)
            && !call.has_effect(),
        memory: Some(call.engine().memory.clone()),
        retried: call.trace.retried.clone(),
        ..Request::new(method(route.method), path, spec.limits)
    };
    if !spec.enforces(Protection::BodyCap) {
        (request.limits.response_bytes, request.limits.response_ratio, request.memory) =
            (usize::MAX, usize::MAX, None);
    }
    if let Some(name) = spec.idempotency_key {
        call.trace.record.call.idempotency_key = add_key(&mut request, name)?;
    }
    call.trace.record.call.bytes_sent =
        request.body.as_ref().map_or(0, |body| body.text().len() as u64);
    Ok(request)
}

async fn exchange(sent: &Sent<'_>, request: Request) -> Result<Response, Failure> {
    match &sent.tool.client {
        Some(client) => client.exchange(request, sent.conversation.agent()).await,
        None => Err(Failure::new(Rule::Unsendable, "the tool has no API")),
    }
}

/// Adds an idempotency key: 128 random bits, unique to the call and the same for its retries. The
/// intent contains the key, so that an operator can ask the API about the call.
fn add_key(request: &mut Request, name: &str) -> Result<String, Failure> {
    let none = || Failure::new(Rule::Unsendable, "the idempotency key can't be sent");
    let key = crate::keys::nonce::<16>().ok_or_else(|| {
        Failure::new(Rule::Unrecorded, "no random numbers for the idempotency key")
    })?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| none())?;
    request.headers.insert(name, HeaderValue::from_str(&key).map_err(|_| none())?);
    request.has_key = true;
    Ok(key)
}

/// Prepares the handler's call.
fn work(call: &Call<'_>, typed: TypedArguments) -> Result<HandlerWork, Failure> {
    let (Some(run), Some(parsed)) = (call.tool.tool.code.handle, typed.parsed) else {
        return Err(Failure::new(Rule::Handler, "the arguments do not match the tool's type"));
    };
    Ok(HandlerWork { run, parsed, urls: urls(call, typed.value) })
}

async fn handle(sent: &mut Sent<'_>, work: HandlerWork) -> Result<Response, Failure> {
    let scope = scope(sent, work.urls);
    let deadline: Duration = sent.spec().limits.total;
    let answer =
        match tokio::time::timeout(deadline, (work.run)(work.parsed, Context::new(&scope))).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(error.into_failure()),
            Err(_) => {
                return Err(Failure::new(
                    Rule::Timeout,
                    format!("the handler took more than {deadline:?}"),
                ));
            }
        };
    if answer.len() > sent.spec().limits.response_bytes && sent.spec().enforces(Protection::BodyCap)
    {
        return Err(Failure::new(
            Rule::AnswerTooLarge,
            "the handler's response exceeds the size limit",
        ));
    }
    if !sent.memory.grow(answer.len().saturating_mul(COST))
        && sent.spec().enforces(Protection::BodyCap)
    {
        return Err(Failure::new(Rule::AnswerMemory, "no memory for the handler's response"));
    }
    Ok(Response { body: answer.into_bytes(), ..Response::default() })
}

/// Returns the URLs in the arguments, the only ones that a handler may fetch.
fn urls(call: &Call<'_>, mut arguments: Value) -> Vec<String> {
    let mut urls = Vec::new();
    visit(call.spec().arguments, &mut arguments, &mut |_, _, shape, value| {
        if let (Shape::Named(named), Some(text)) = (shape, value.as_str())
            && named.is_url()
        {
            urls.push(text.to_owned());
        }
    });
    urls
}

/// Creates the handler's client for the declared APIs and these URLs.
fn scope<'a>(call: &'a Call<'_>, urls: Vec<String>) -> Scope<'a> {
    let (spec, engine) = (call.spec(), call.engine());
    Scope {
        spec,
        agent: call.conversation.agent(),
        clients: spec.apis.iter().filter_map(|api| engine.client(api.name)).collect(),
        fetcher: call.tool.fetcher.as_ref(),
        urls,
        memory: engine.memory.clone(),
        retried: call.trace.retried.clone(),
        notes: &call.trace.notes,
    }
}

const fn method(method: spec::Method) -> Method {
    match method {
        spec::Method::Get => Method::GET,
        spec::Method::Head => Method::HEAD,
        spec::Method::Post => Method::POST,
        spec::Method::Put => Method::PUT,
        spec::Method::Patch => Method::PATCH,
        spec::Method::Delete => Method::DELETE,
    }
}

fn path_and_query(
    route: &Route,
    record: &Record,
    arguments: &Map<String, Value>,
    encoded: bool,
) -> Option<String> {
    let encode = |text: &str| {
        if encoded { utf8_percent_encode(text, RESERVED).to_string() } else { text.to_owned() }
    };
    // The path, and the path from the literal parts of the template alone.
    let (mut path, mut template) = (String::new(), String::new());
    for part in route.path {
        match part {
            PathPart::Literal(text) => {
                path.push_str(text);
                template.push_str(text);
            }
            PathPart::Field(name) => {
                path.push_str(&encode(&scalar(arguments.get(*name)?)?));
                template.push('x');
            }
        }
    }
    // A value that makes a segment empty, `.` or `..` would change the path's structure, even
    // encoded.
    let vanishes =
        |(segment, planned): (&str, &str)| segment != planned && matches!(segment, "" | "." | "..");
    if encoded && path.split('/').zip(template.split('/')).any(vanishes) {
        return None;
    }
    let mut separator = '?';
    for field in record.arguments().filter(|field| field.policy().place == Place::Query) {
        let value = arguments.get(field.name()).unwrap_or(&Value::Null);
        let items = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        for item in items.iter().filter(|item| !item.is_null()) {
            let _ = write!(
                path,
                "{separator}{}={}",
                utf8_percent_encode(field.name(), RESERVED),
                encode(&scalar(item)?)
            );
            separator = '&';
        }
    }
    Some(path)
}

/// Returns a scalar as text for a path, a query or a header.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        _ => None,
    }
}

fn headers(
    route: &Route,
    record: &Record,
    arguments: &Map<String, Value>,
) -> Result<HeaderMap, Failure> {
    let unfit = || Failure::new(Rule::Unsendable, "a value is not valid in a header");
    let mut headers = HeaderMap::new();
    for (name, value) in route.headers {
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?,
            HeaderValue::from_str(value).map_err(|_| unfit())?,
        );
    }
    for field in record.arguments() {
        let (Place::Header(name), Some(value)) =
            (field.policy().place, arguments.get(field.name()))
        else {
            continue;
        };
        if value.is_null() {
            continue;
        }
        // Visible ASCII and inner spaces, which every server parses the same way.
        let text = scalar(value)
            .filter(|text| text.bytes().all(|b| (b' '..=b'~').contains(&b)) && text.trim() == text)
            .ok_or_else(unfit)?;
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?,
            HeaderValue::from_str(&text).map_err(|_| unfit())?,
        );
    }
    Ok(headers)
}

/// Returns the declared fields of the body. Other fields are never sent. `everything` is true only
/// without the closed-schema protection.
fn body(
    route: &Route,
    record: &Record,
    arguments: &Map<String, Value>,
    closed: bool,
) -> Option<String> {
    if matches!(route.method, spec::Method::Get | spec::Method::Head) {
        return None;
    }
    let place = |name: &str| {
        record.arguments().find(|field| field.name() == name).map(|field| field.policy().place)
    };
    let body: Map<String, Value> = arguments
        .iter()
        .filter(|(name, _)| place(name).map_or(!closed, |place| place == Place::Body))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let wanted = !body.is_empty() || route.method != spec::Method::Delete;
    wanted.then(|| Value::Object(body).to_string())
}
