//! Stage 7: an approved call in, the API's answer out. The only stage after which bytes have left.
//!
//! Promises: what is sent is what was approved (the digest is computed again); values stand where
//! the template has them and nowhere else; before an effect an intent is durable; the answer is
//! within its caps and came within its deadlines; a request is made again only if that can't make
//! an effect twice.

use std::fmt::Write;
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use serde_json::{Map, Value};

use super::call::{Call, Stop, Typed};
use super::confirm::Confirmed;
use crate::audit::micros;
use crate::handler::Context;
use crate::quota::COST;
use crate::refusal::Rule;
use crate::rules::visit;
use crate::spec::{self, PathPart, Place, Protection, Record, Route, Shape, Work};
use crate::transport::{Body, Failure, RESERVED, Request, Response};

/// Proof that the API answered within the limits. Only `send` makes one.
#[derive(Debug)]
pub struct Reply<'c>((Call<'c>, Response));

impl<'c> Reply<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Response) {
        self.0
    }
}

/// Makes the call: one HTTP request, or the handler's work.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Send`](crate::Stage::Send).
pub async fn send(confirmed: Confirmed<'_>) -> Result<Reply<'_>, Stop> {
    let (mut call, typed, digest) = confirmed.open();
    if !call.guard().call_digests(&call, &typed.value).contains(&digest) {
        return Err(call.refuse(Rule::Changed));
    }
    let started = call.guard().clock.monotonic();
    let done = match call.spec().work {
        Work::Http(route) => request(&mut call, &route, &typed.value).await,
        Work::Handler => handle(&mut call, typed).await,
    };
    call.trace.record.micros.send = micros(call.guard().clock.monotonic().saturating_sub(started));
    match done {
        Ok(mut response) => {
            call.trace.note(response.remark);
            if let Some(held) = response.held.take() {
                call.held.absorb(held);
            }
            call.trace.record.bytes_received = response.body.len() as u64;
            call.trace.record.status = Some(response.status).filter(|status| *status != 0);
            Ok(Reply((call, response)))
        }
        Err(failure) if call.has_effect() && may_be_made(&call, &failure) => {
            let Failure { rule, detail, .. } = failure;
            Err(call.refuse_because(Rule::EffectUnknown, &format!("{rule}: {detail}")))
        }
        Err(Failure { rule, detail, .. }) => Err(call.refuse_because(rule, &detail)),
    }
}

/// Whether an effect may have been made before the call failed. What a handler did before it failed
/// is its own.
fn may_be_made(call: &Call<'_>, failure: &Failure) -> bool {
    let is_handler = matches!(call.spec().work, Work::Handler);
    failure.may_have_arrived || is_handler && failure.rule != Rule::Unrecorded
}

async fn request(
    call: &mut Call<'_>,
    route: &Route,
    arguments: &Value,
) -> Result<Response, Failure> {
    let spec = call.spec();
    let client = call
        .tool
        .client
        .as_ref()
        .ok_or_else(|| Failure::new(Rule::Unsendable, "the tool has no API"))?;
    let empty = Map::new();
    let arguments = arguments.as_object().unwrap_or(&empty);
    let encoded = spec.enforces(Protection::Encoding);
    let mut path = path_and_query(route, spec.arguments, arguments, encoded)
        .ok_or_else(|| Failure::new(Rule::Unsendable, "a value can't stand in the path"))?;
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
        memory: Some(call.guard().memory.clone()),
        retried: call.trace.retried.clone(),
        ..Request::new(method(route.method), path, spec.limits)
    };
    if !spec.enforces(Protection::BodyCap) {
        (request.limits.response_bytes, request.limits.response_ratio, request.memory) =
            (usize::MAX, usize::MAX, None);
    }
    if let Some(name) = spec.idempotency_key {
        call.trace.record.idempotency_key = add_key(&mut request, name)?;
    }
    call.trace.record.bytes_sent = request.body.as_ref().map_or(0, |body| body.text().len() as u64);
    intend(call).await?;
    client.exchange(request, call.session.agent()).await
}

/// Gives a request a key of its own: 128 random bits, the same for its retries, and of no other
/// call. It stands in the intent, so that an operator can ask the API what became of the call.
fn add_key(request: &mut Request, name: &str) -> Result<String, Failure> {
    let none = || Failure::new(Rule::Unsendable, "the idempotency key can't be sent");
    let key = crate::keys::nonce::<16>()
        .ok_or_else(|| Failure::new(Rule::Unrecorded, "there are no random numbers for a key"))?;
    let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| none())?;
    request.headers.insert(name, HeaderValue::from_str(&key).map_err(|_| none())?);
    request.has_key = true;
    Ok(key)
}

async fn handle(call: &mut Call<'_>, typed: Typed) -> Result<Response, Failure> {
    let addresses = addresses(call, typed.value);
    let (Some(work), Some(parsed)) = (call.tool.tool.code.handle, typed.parsed) else {
        return Err(Failure::new(Rule::Handler, "the arguments are not of the tool's type"));
    };
    intend(call).await?;
    let deadline: Duration = call.spec().limits.total;
    let answer =
        match tokio::time::timeout(deadline, work(parsed, Context::new(call, &addresses))).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(error.into_failure()),
            Err(_) => {
                return Err(Failure::new(
                    Rule::Timeout,
                    format!("the handler took more than {deadline:?}"),
                ));
            }
        };
    if answer.len() > call.spec().limits.response_bytes && call.spec().enforces(Protection::BodyCap)
    {
        return Err(Failure::new(
            Rule::AnswerTooLarge,
            "the handler's answer is longer than the cap",
        ));
    }
    if !call.held.grow(answer.len().saturating_mul(COST))
        && call.spec().enforces(Protection::BodyCap)
    {
        return Err(Failure::new(Rule::AnswerMemory, "there is no room for the handler's answer"));
    }
    Ok(Response { body: answer.into_bytes(), ..Response::default() })
}

/// The web addresses among the arguments: what a handler may fetch.
fn addresses(call: &Call<'_>, mut arguments: Value) -> Vec<String> {
    let mut found = Vec::new();
    visit(call.spec().arguments, &mut arguments, &mut |_, _, shape, value| {
        if let (Shape::Named(named), Some(text)) = (shape, value.as_str())
            && named.is_url()
        {
            found.push(text.to_owned());
        }
    });
    found
}

/// Before an effect: a durable record that it is about to be made.
async fn intend(call: &Call<'_>) -> Result<(), Failure> {
    if !call.has_effect() {
        return Ok(());
    }
    let unrecorded = |_| Failure::new(Rule::Unrecorded, "the intent could not be recorded");
    call.guard().recorder.record_durably(call.trace.intent()).await.map_err(unrecorded)
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
    // The path, and what the template alone would give.
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
    // A value that makes a segment empty, or `.` or `..`, would change which segments there are,
    // encoded or not.
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

/// A scalar as it stands in a path, a query or a header.
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
    let unfit = || Failure::new(Rule::Unsendable, "a value can't stand in a header");
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
        // Visible ASCII and inner spaces: what every server reads alike.
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

/// The declared fields of the body. Nothing else is ever sent; `everything` is false only for the
/// twin without a closed schema.
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
