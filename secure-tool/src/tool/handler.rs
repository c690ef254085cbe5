//! The context of a handler: a client for its declared APIs and nothing else.

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

/// The context of one call of a handler.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a>(&'a Scope<'a>);

impl<'a> Context<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>) -> Self {
        Self(scope)
    }

    /// Returns the client of a declared API. It sends that API's credential only to that API's
    /// host, over the guard's transport.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// let total: u32 = cx.api::<Shop>()?.get(&["stock", "KT-2041"]).json().await?;
    /// # let _ = total;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the tool does not declare the API in `apis(…)`.
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

    /// Prepares a GET of a URL among the arguments of this call. It sends no credential and no
    /// header, follows no redirect, and applies the tool's limits. No other URL can be fetched, not
    /// even one from a response: only arguments are validated, grounded and approved. The body is
    /// untrusted.
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

    /// Returns the principal of the agent, if it has one.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// let owner = cx.principal().unwrap_or("unknown");
    /// # let _ = owner;
    /// # Ok(())
    /// # }
    /// ```
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
    /// Prepares a GET of these path segments below the base URL. Each segment is percent-encoded.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// let total: u32 = cx.api::<Shop>()?.get(&["stock", "KT-2041"]).json().await?;
    /// # let _ = total;
    /// # Ok(())
    /// # }
    /// ```
    pub fn get(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::GET, segments)
    }

    /// Prepares a POST.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// cx.api::<Shop>()?.post(&["orders"]).body(&serde_json::json!({ "sku": "KT-2041" })).done().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn post(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::POST, segments)
    }

    /// Prepares a PUT.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// cx.api::<Shop>()?.put(&["orders", "4"]).body(&serde_json::json!({ "count": 2 })).done().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn put(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::PUT, segments)
    }

    /// Prepares a DELETE.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// cx.api::<Shop>()?.delete(&["orders", "4"]).done().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn delete(&self, segments: &[&str]) -> Exchange<'a> {
        self.exchange(Method::DELETE, segments)
    }

    fn exchange(&self, method: Method, segments: &[&str]) -> Exchange<'a> {
        let mut path = Some(String::new());
        for segment in segments {
            // An empty or dotted segment would change the path, encoded or not.
            path = path
                .filter(|_| !matches!(*segment, "" | "." | ".."))
                .map(|path| path + "/" + &utf8_percent_encode(segment, RESERVED).to_string());
        }
        Exchange { on: *self, method, path, pairs: 0, body: Ok(None) }
    }
}

/// A request that is not sent yet.
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
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
    /// # pub struct Shop;
    /// # use secure_tool::{Context, HandlerError};
    /// # async fn example(cx: Context<'_>) -> Result<(), HandlerError> {
    /// let found: Vec<u32> = cx.api::<Shop>()?.get(&["stock"]).query("warehouse", "north").json().await?;
    /// # drop(found);
    /// # Ok(())
    /// # }
    /// ```
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

    /// Sets the body as JSON.
    pub fn body(mut self, body: &impl Serialize) -> Self {
        self.body = serde_json::to_string(body)
            .map(Some)
            .map_err(|_| HandlerError::new("the body can't be written as JSON"));
        self
    }

    /// Sends the request and parses the response as JSON of this type.
    ///
    /// # Errors
    ///
    /// As [`done`](Self::done). Also if the response does not parse.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, HandlerError> {
        let response = self.send().await?;
        serde_json::from_slice(&response.body).map_err(|_| {
            HandlerError(Failure::new(Rule::Drift, "an answer is not of the handler's type"))
        })
    }

    /// Sends the request and checks only that the status is 2xx.
    ///
    /// # Errors
    ///
    /// Returns an error if the exchange fails or exceeds the tool's limits, or if the status is not
    /// 2xx.
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

/// The failure of a handler. The model gets a constant text. The message goes to the operator's
/// log, with secrets in use removed.
///
/// For a failed exchange it contains the [kind](Self::kind), limits and the status, but never a
/// text of the server.
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
///         Err(error) if error.kind() == FailureKind::NotFound => Ok(0), // this warehouse has none
///         other => other,
///     }
/// }
/// ```
#[derive(Debug)]
pub struct HandlerError(Failure);

impl HandlerError {
    /// Creates an error of the handler. Do not include an argument or a text of a response.
    ///
    /// ```
    /// use secure_tool::HandlerError;
    ///
    /// let error = HandlerError::new("the warehouses disagree");
    /// # drop(error);
    /// ```
    #[must_use]
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        Self(Failure::new(Rule::Handler, what.into()))
    }

    /// Returns the kind of the failure.
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
