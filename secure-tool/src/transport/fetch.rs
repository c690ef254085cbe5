//! Fetches URLs for the handlers of one tool.
//!
//! Promises:
//!
//! - The host is one of the tool's domains, or a subdomain of one.
//! - Each host has its own endpoint, so that name, addresses and certificate are checked as for an
//!   API.
//! - The request is a GET without credential, identity, body and custom headers.
//! - Redirects are not followed.
//! - The lookups of all hosts share one limit, so that a model that invents subdomains does not
//!   starve others.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;
use secure_tool_text::host_name::is_within;
use tokio::sync::Semaphore;

use super::connection::Connection;
use super::endpoint::{Endpoint, Settings};
use super::failure::Failure;
use super::gate::Pinned;
use super::pool::Caller;
use super::request::{Request, Response};
use super::resolver::Resolver;
use crate::clock::Clock;
use crate::error::Error;
use crate::quota::Memory;
use crate::refusal::Rule;
use crate::spec::Limits;
use crate::value::WebUrl;

/// The maximum number of hosts with open connections. One more host closes all of them.
const HOSTS: usize = 16;
/// The maximum number of concurrent lookups of all hosts.
const LOOKUPS: usize = 8;

/// The fetcher of one tool.
pub(crate) struct Fetcher {
    domains: Vec<&'static str>,
    connect: Duration,
    connection: Connection,
    pinned: Vec<Pinned>,
    resolver: Arc<dyn Resolver>,
    clock: Arc<dyn Clock>,
    endpoints: Mutex<BTreeMap<String, Arc<Endpoint>>>,
}

/// The limits of a fetch.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// False for the variant that fetches from any host.
    pub(crate) limited: bool,
    pub(crate) limits: Limits,
    /// The budget for the response.
    pub(crate) memory: Arc<Memory>,
}

impl Fetcher {
    /// Creates a fetcher for hosts within these domains.
    pub(crate) fn new(domains: Vec<&'static str>, settings: &Settings<'_>) -> Self {
        let permits = Arc::new(Semaphore::new(LOOKUPS));
        Self {
            domains,
            connect: settings.connect,
            connection: settings.connection.without_identity(),
            pinned: settings.pinned.to_vec(),
            resolver: Arc::new(Bounded {
                inner: settings.resolver.clone(),
                permits,
                wait: settings.connect,
            }),
            clock: settings.clock.clone(),
            endpoints: Mutex::default(),
        }
    }

    pub(crate) fn domains(&self) -> &[&'static str] {
        &self.domains
    }

    /// Closes all connections.
    pub(crate) fn reconnect(&self) {
        self.endpoints().clear();
    }

    /// Fetches a URL within the deadline and the size limit.
    pub(crate) async fn fetch(&self, url: &WebUrl, bounds: Bounds) -> Result<Response, Failure> {
        if bounds.limited && !is_within(url.host(), &self.domains) {
            return Err(Failure::new(Rule::Address, "the host is not within a domain of the tool"));
        }
        let endpoint = self
            .endpoint(url.host())
            .map_err(|error| Failure::new(Rule::Connect, error.to_string()))?;
        let deadline = bounds.limits.total;
        let request = Request {
            memory: Some(bounds.memory),
            ..Request::new(Method::GET, url.path_and_query().to_owned(), bounds.limits)
        };
        let target = endpoint.url(&request.path_and_query)?;
        match tokio::time::timeout(
            deadline,
            endpoint.once(target, &request, &HeaderMap::new(), Caller::Anonymous),
        )
        .await
        {
            Ok(result) => result,
            Err(_) => Err(Failure::new(
                Rule::Timeout,
                format!("no complete response within {deadline:?}"),
            )),
        }
    }

    /// Returns the endpoint of a host. Creates it outside of the lock, because reading many system
    /// trust anchors takes a while.
    fn endpoint(&self, host: &str) -> Result<Arc<Endpoint>, Error> {
        if let Some(known) = self.endpoints().get(host) {
            return Ok(known.clone());
        }
        let endpoint = Arc::new(Endpoint::new(&Settings {
            what: format!("the fetch from `{host}`"),
            url: &format!("https://{host}"),
            connect: self.connect,
            connection: &self.connection,
            pinned: &self.pinned,
            resolver: &self.resolver,
            clock: &self.clock,
        })?);
        let mut endpoints = self.endpoints();
        if endpoints.len() >= HOSTS {
            endpoints.clear();
        }
        Ok(endpoints.entry(host.to_owned()).or_insert(endpoint).clone())
    }

    fn endpoints(&self) -> MutexGuard<'_, BTreeMap<String, Arc<Endpoint>>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("domains", &self.domains).finish_non_exhaustive()
    }
}

/// A resolver with a concurrency limit. A lookup that waits too long for a permit fails.
#[derive(Debug)]
struct Bounded {
    inner: Arc<dyn Resolver>,
    permits: Arc<Semaphore>,
    wait: Duration,
}

impl Resolver for Bounded {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move {
            let permit = tokio::time::timeout(self.wait, self.permits.acquire())
                .await
                .map_err(|_| io::ErrorKind::TimedOut)?;
            let _permit = permit.map_err(io::Error::other)?;
            self.inner.resolve(host).await
        })
    }
}
