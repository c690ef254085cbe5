//! What a tool that does its own work gets: a client for its declared APIs and nothing else.

use std::borrow::Cow;
use std::fmt;
use std::fmt::Write;

use percent_encoding::utf8_percent_encode;
use reqwest::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Fetch, Scope, SecureApi};
use crate::refusal::Rule;
use crate::spec::{Protection, RESERVED};
use crate::transport::{ApiClient, Body, Failure, FailureKind, Request, Response};
use crate::value::WebUrl;

/// What a handler gets. It lives as long as the call.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a>(&'a Scope<'a>);

impl<'a> Context<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>) -> Self {
        Self(scope)
    }

    /// The client of one of the declared APIs. It sends that API's credential, over the guard's own
    /// transport, to that API's host only.
    ///
    /// # Errors
    ///
    /// If the tool does not declare the API in `apis(…)`.
    pub fn api<A: SecureApi>(&self) -> Result<Client<'a>, HandlerError> {
        let declared = self.0.clients.iter().find(|client| client.spec.name == A::SPEC.name);
        match declared {
            Some(client) => Ok(Client { scope: self.0, client }),
            None => Err(HandlerError::new(format!(
                "API `{}` is not declared by tool `{}`",
                A::SPEC.name,
                self.0.spec.name
            ))),
        }
    }

    /// Fetches what is at a web address among the arguments of this call: a GET over the guard's
    /// own transport, without any credential or header, without following a redirect, within the
    /// tool's limits. No other address can be fetched, not even one that an answer gave: it is the
    /// arguments that were validated, grounded and approved. Whatever comes back was written by
    /// somebody else.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # use secure_tool::{Context, Handler, HandlerError};
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("pages:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// use secure_tool::value::WebUrl;
    ///
    /// /// Counts the lines of a page of the shop.
    /// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
    /// #[secure(handler, apis(Shop), effect = read, scopes("pages:read"), response = Lines)]
    /// pub struct CountLines {
    ///     #[secure(domains("shop.example"))]
    ///     page: WebUrl,
    /// }
    ///
    /// #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
    /// pub struct Lines { count: usize }
    ///
    /// impl Handler for CountLines {
    ///     async fn call(self, cx: Context<'_>) -> Result<Lines, HandlerError> {
    ///         let text = cx.fetch(&self.page).text().await?;
    ///         Ok(Lines { count: text.lines().count() })
    ///     }
    /// }
    /// ```
    pub fn fetch(&self, url: &WebUrl) -> Fetch<'a> {
        Fetch::new(self.0, url)
    }

    /// The principal for whom the agent works, if the agent says.
    #[must_use]
    pub fn principal(&self) -> Option<&'a str> {
        self.0.agent.principal.as_deref()
    }
}

/// The client of one API.
#[derive(Debug, Clone, Copy)]
pub struct Client<'a> {
    scope: &'a Scope<'a>,
    client: &'a ApiClient,
}

impl<'a> Client<'a> {
    /// A GET of these path segments below the API's address. Each is percent-encoded, whatever is
    /// in it.
    pub fn get(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::GET, segments)
    }

    /// A POST.
    pub fn post(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::POST, segments)
    }

    /// A PUT.
    pub fn put(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::PUT, segments)
    }

    /// A DELETE.
    pub fn delete(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::DELETE, segments)
    }

    fn exchange(&self, method: Method, segments: &[&str]) -> Exchange<'a> {
        let mut path = Some(String::new());
        for segment in segments {
            // An empty or dotted segment would change which segments there are, encoded or not.
            path = path
                .filter(|_| !matches!(*segment, "" | "." | ".."))
                .map(|path| path + "/" + &utf8_percent_encode(segment, RESERVED).to_string());
        }
        Exchange { on: *self, method, path, pairs: 0, body: Ok(None) }
    }
}

/// One exchange, not begun yet.
#[derive(Debug)]
#[must_use = "nothing is sent before `json` or `done` is awaited"]
pub struct Exchange<'a> {
    on: Client<'a>,
    method: Method,
    path: Option<String>,
    pairs: usize,
    body: Result<Option<String>, HandlerError>,
}

impl Exchange<'_> {
    /// Adds a pair to the query.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        if let Some(path) = &mut self.path {
            let separator = if self.pairs == 0 { '?' } else { '&' };
            let _ = write!(
                path,
                "{separator}{}={}",
                utf8_percent_encode(name, RESERVED),
                utf8_percent_encode(value, RESERVED)
            );
            self.pairs += 1;
        }
        self
    }

    /// Sets the body, as JSON.
    pub fn body(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_string(body)
            .map(Some)
            .map_err(|_| HandlerError::new("the body can't be written as JSON"));
        self
    }

    /// Sends it, and reads the answer as JSON of this type.
    ///
    /// # Errors
    ///
    /// As [`done`](Self::done), and if the answer is not of the type.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, HandlerError> {
        let response = self.send().await?;
        serde_json::from_slice(&response.body).map_err(|_| {
            HandlerError(Failure::new(Rule::Drift, "an answer is not of the handler's type"))
        })
    }

    /// Sends it, and asks for nothing but a status of success.
    ///
    /// # Errors
    ///
    /// If the request can't be sent or answered within the tool's limits, or the status is none of
    /// success.
    pub async fn done(self) -> Result<(), HandlerError> {
        self.send().await.map(drop)
    }

    async fn send(self) -> Result<Response, HandlerError> {
        let Client { scope, client } = self.on;
        let path_and_query = self.path.ok_or_else(|| {
            HandlerError(Failure::new(Rule::Unsendable, "a path segment is empty or dotted"))
        })?;
        let request = Request {
            scopes: scope.spec.scopes,
            body: self.body?.map(Body::Json),
            is_repeatable: matches!(self.method, Method::GET | Method::HEAD)
                && !scope.spec.has_effect(),
            memory: Some(scope.memory.clone()),
            retried: scope.retried.clone(),
            ..Request::new(self.method, path_and_query, scope.spec.limits)
        };
        let response = client.exchange(request, scope.agent).await.map_err(HandlerError)?;
        scope.notes.add(response.remark);
        if let Some(why) = response.unverified
            && scope.spec.enforces(Protection::Signature)
        {
            return Err(HandlerError(Failure::new(Rule::Signature, why.to_string())));
        }
        let Some(rule) = Rule::of_status(response.status) else { return Ok(response) };
        Err(HandlerError(Failure::new(
            rule,
            format!("the API answered with status {}", response.status),
        )))
    }
}

/// Why a handler failed. The model gets a constant text; what is said here goes to the operator's
/// log, without secrets in use.
///
/// Of an exchange it says the [kind](Self::kind) and, for the operator, numbers of ours and the
/// status; never a text that the server wrote.
///
/// ```
/// use secure_tool::{Context, FailureKind, HandlerError};
/// # use secure_tool::prelude::*;
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
///
/// async fn stock(cx: Context<'_>, warehouse: &str) -> Result<u32, HandlerError> {
///     match cx.api::<Shop>()?.get(&["stock", warehouse]).json().await {
///         Err(error) if error.kind() == FailureKind::NotFound => Ok(0), // it has none of this
///         other => other,
///     }
/// }
/// ```
#[derive(Debug)]
pub struct HandlerError(Failure);

impl HandlerError {
    /// An error of the handler's own. Do not put an argument or a text of an answer into it.
    #[must_use]
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(Failure::new(Rule::Handler, what.into()))
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        FailureKind::of(self.0.rule)
    }

    pub(crate) fn of(failure: Failure) -> Self {
        Self(failure)
    }

    pub(crate) fn into_failure(self) -> Failure {
        self.0
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)
    }
}

impl std::error::Error for HandlerError {}
