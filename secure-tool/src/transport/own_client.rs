//! A connection of the guard's own, to a token endpoint, a secret manager or a judge: a request in,
//! an answer that is no redirect out.
//!
//! It takes the way of every other connection (`endpoint`): one host, checked addresses, TLS as
//! said, no redirect. What comes back is a token, a handful of secrets or a verdict, so the cap is
//! low. What it is for, and where it leads, stands in the guard's posture.

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

/// From the start of the name look-up to the end of the handshake.
const CONNECT: Duration = Duration::from_secs(5);
/// One exchange, all of it, unless something else is said.
pub(crate) const TOTAL: Duration = Duration::from_secs(10);
/// The most bytes of an answer: a secret manager's largest entry, by default, is 1 MiB; a token is
/// a few KiB.
const CAP: usize = 1024 * 1024;

pub(crate) struct OwnClient {
    endpoint: Endpoint,
    url: String,
    described: OwnConnection,
    limits: Limits,
}

impl OwnClient {
    /// A connection for a purpose, to a base address.
    pub(crate) fn new(
        purpose: &str,
        url: &str,
        connection: &Connection,
        pinned: &[Pinned],
        resolver: &Arc<dyn Resolver>,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(format!("{purpose}: {what}"));
        let parsed = Url::parse(url).map_err(|_| wrong("its url is none"))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            return Err(wrong("its url holds a user name or a password"));
        }
        if parsed.query().is_some() || parsed.fragment().is_some() {
            return Err(wrong("its url holds a query or a fragment"));
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

    /// With another deadline for one exchange.
    pub(crate) fn within(mut self, deadline: Duration) -> Self {
        self.limits.total = deadline;
        self
    }

    /// With other sizes and times of one exchange.
    pub(crate) fn limited(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Lets go of every connection.
    pub(crate) fn reconnect(&self) {
        self.endpoint.reconnect();
    }

    pub(crate) fn host(&self) -> &str {
        self.endpoint.host()
    }

    /// Its base address.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// As a reviewer wants it.
    pub(crate) fn described(&self) -> OwnConnection {
        self.described.clone()
    }

    /// Makes one exchange. `path` is below the base address, percent-encoded.
    pub(crate) async fn exchange(
        &self,
        method: Method,
        path: String,
        headers: &HeaderMap,
        body: Option<Body>,
    ) -> Result<Response, Failure> {
        let (url, deadline) = (self.endpoint.url(&path)?, self.limits.total);
        let request = Request { body, ..Request::new(method, path, self.limits) };
        let answer = tokio::time::timeout(
            deadline,
            self.endpoint.once(url, &request, headers, Caller::Guard),
        )
        .await;
        let response = answer.unwrap_or_else(|_| {
            Err(Failure::new(Rule::Timeout, format!("no whole answer in {deadline:?}")))
        })?;
        match response.status {
            300..=399 => Err(Failure::new(Rule::Redirect, "it redirects, which is not followed")),
            _ => Ok(response),
        }
    }
}
