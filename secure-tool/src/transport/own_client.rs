//! A connection of the guard itself, to a token endpoint, a secret manager or a judge. It does not
//! follow redirects.
//!
//! It uses an `endpoint` like every other connection: one host, checked addresses, TLS as
//! configured. The response is a token, a few secrets or a verdict, so the size limit is low. The
//! guard's posture lists its purpose and its host.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use super::connection::Connection;
use super::endpoint::{Endpoint, Settings};
use super::failure::Failure;
use super::gate::Pinned;
use super::pool::Caller;
use super::request::{Body, Request, Response};
use super::resolver::Resolver;
use crate::clock::Clock;
use crate::error::Error;
use crate::posture::OwnConnection;
use crate::refusal::Rule;
use crate::spec::Limits;

/// The timeout from the start of the DNS lookup to the end of the TLS handshake.
const CONNECT: Duration = Duration::from_secs(5);
/// The default total timeout of one request.
pub(crate) const TOTAL: Duration = Duration::from_secs(10);
/// The maximum size of a response in bytes. By default the largest entry of a secret manager has 1
/// MiB; a token has a few KiB.
const CAP: usize = 1024 * 1024;

pub(crate) struct OwnClient {
    endpoint: Endpoint,
    url: String,
    described: OwnConnection,
    limits: Limits,
}

impl OwnClient {
    /// Creates a connection to a base URL for the given purpose.
    pub(crate) fn new(
        purpose: &str,
        url: &str,
        connection: &Connection,
        pinned: &[Pinned],
        resolver: &Arc<dyn Resolver>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(format!("{purpose}: {what}"));
        let parsed = Url::parse(url).map_err(|_| wrong("its URL is invalid"))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(wrong("its URL contains a user name or a password"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong("its URL contains a query or a fragment"));
        }
        let endpoint = Endpoint::new(&Settings {
            what: purpose.to_owned(),
            url,
            connect: CONNECT,
            connection,
            pinned,
            resolver,
            clock,
        })?;
        let tls = endpoint.posture().to_string();
        let described = OwnConnection::new(purpose, endpoint.host(), parsed.path(), tls);
        let weakened = connection.weakened().into_iter();
        let described = weakened.fold(described, |own, (what, reason)| {
            own.weaker(format!("the connection to the {purpose} {what}"), reason)
        });
        Ok(Self {
            endpoint,
            url: url.to_owned(),
            described,
            limits: Limits { total: TOTAL, response_bytes: CAP, ..Limits::DEFAULT },
        })
    }

    /// Sets the total timeout of one request.
    pub(crate) fn within(mut self, deadline: Duration) -> Self {
        self.limits.total = deadline;
        self
    }

    /// Sets the size limits and timeouts of one request.
    pub(crate) fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Closes all connections.
    pub(crate) fn reconnect(&self) {
        self.endpoint.reconnect();
    }

    pub(crate) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// Returns the base URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Returns the entry for the posture report.
    pub(crate) fn described(&self) -> OwnConnection {
        self.described.clone()
    }

    /// Makes one request. `path` is relative to the base URL and percent-encoded.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        path: String,
        headers: &HeaderMap,
        body: Option<Body>,
    ) -> Result<Response, Failure> {
        let (url, deadline) = (self.endpoint.url(&path)?, self.limits.total);
        let request = Request { body, ..Request::new(method, path, self.limits) };
        let result = tokio::time::timeout(
            deadline,
            self.endpoint.once(url, &request, headers, Caller::Guard),
        )
        .await;
        let response = result.unwrap_or_else(|_| {
            Err(Failure::new(Rule::Timeout, format!("no complete response within {deadline:?}")))
        })?;
        match response.status {
            300..=399 => {
                Err(Failure::new(Rule::Redirect, "it returned a redirect, which is not followed"))
            }
            _ => Ok(response),
        }
    }
}
