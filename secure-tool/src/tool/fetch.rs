//! The fetch of a handler: a URL among the arguments of its call in, the response body out.

use serde::de::DeserializeOwned;

use super::{HandlerError, Scope};
use crate::refusal::Rule;
use crate::spec::Protection;
use crate::transport::{Bounds, Failure, Response};
use crate::value::WebUrl;

/// A fetch that is not sent yet. Created by [`Context::fetch`](crate::Context::fetch).
#[derive(Debug)]
#[must_use = "nothing is sent before `text`, `json` or `bytes` is awaited"]
pub struct Fetch<'a> {
    scope: &'a Scope<'a>,
    /// `None` for a URL that is not among the arguments of the call.
    url: Option<WebUrl>,
}

impl<'a> Fetch<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>, url: &WebUrl) -> Self {
        let is_given = scope.urls.iter().any(|given| given == url.as_str());
        Self { scope, url: is_given.then(|| url.clone()) }
    }

    /// Sends the GET and returns the body as bytes.
    ///
    /// # Errors
    ///
    /// Returns an error if the URL is not among the call's arguments, if the exchange fails or
    /// exceeds the tool's limits, or if the status is not 2xx. Redirects are not followed.
    pub async fn bytes(self) -> Result<Vec<u8>, HandlerError> {
        self.get().await.map(|response| response.body)
    }

    /// Sends the GET and returns the body as text.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes). Also if the body is not UTF-8, whatever charset the server
    /// declares.
    pub async fn text(self) -> Result<String, HandlerError> {
        let response = self.get().await?;
        String::from_utf8(response.body).map_err(|_| {
            HandlerError::of(Failure::new(Rule::ContentType, "what was fetched is not UTF-8"))
        })
    }

    /// Sends the GET and parses the body as JSON of this type.
    ///
    /// # Errors
    ///
    /// As [`bytes`](Self::bytes). Also if the body does not parse.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, HandlerError> {
        let response = self.get().await?;
        serde_json::from_slice(&response.body).map_err(|_| {
            HandlerError::of(Failure::new(
                Rule::Drift,
                "what was fetched is not of the handler's type",
            ))
        })
    }

    async fn get(self) -> Result<Response, HandlerError> {
        let (Some(url), Some(fetcher)) = (&self.url, self.scope.fetcher) else {
            return Err(HandlerError::new(
                "an address that is not among the arguments of the call was to be fetched",
            ));
        };
        let spec = self.scope.spec;
        let memory = self.scope.memory.clone();
        let bounds =
            Bounds { limited: spec.enforces(Protection::Domains), limits: spec.limits, memory };
        let response = fetcher.fetch(url, bounds).await.map_err(HandlerError::of)?;
        let Some(rule) = Rule::of_status(response.status) else { return Ok(response) };
        let detail = format!("the host answered with status {}", response.status);
        Err(HandlerError::of(Failure::new(rule, detail)))
    }
}
