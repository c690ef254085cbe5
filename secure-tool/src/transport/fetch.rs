//! Web addresses that handlers of one tool fetch: an address in, what is there out.
//!
//! What it promises: a host is one of the tool's domains or below one; each host has an endpoint of
//! its own, so that name, addresses and certificate are checked as those of an API are; it is a GET
//! without credential, identity, body or headers of anybody's; no redirect is followed. Look-ups of
//! all hosts together are bounded: a model that makes up names below a domain starves nobody.

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

/// The most hosts whose connections are kept; at one more all are let go.
const HOSTS: usize = 16;
/// The most look-ups of all hosts at once.
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

/// What may be fetched, and how much of it.
#[derive(Debug, Clone)]
pub(crate) struct Bounds {
    /// False for the twin that fetches from anywhere.
    pub(crate) limited: bool,
    pub(crate) limits: Limits,
    /// What it is paid from.
    pub(crate) memory: Arc<Memory>,
}

impl Fetcher {
    /// Of hosts within these domains.
    pub(crate) fn new(domains: Vec<&'static str>, settings: &Settings<'_>) -> Self {
        let places = Arc::new(Semaphore::new(LOOKUPS));
        Self {
            domains,
            connect: settings.connect,
            connection: settings.connection.without_identity(),
            pinned: settings.pinned.to_vec(),
            resolver: Arc::new(Bounded {
                inner: settings.resolver.clone(),
                places,
                wait: settings.connect,
            }),
            clock: settings.clock.clone(),
            endpoints: Mutex::default(),
        }
    }

    pub(crate) fn domains(&self) -> &[&'static str] {
        &self.domains
    }

    /// Lets go of every connection.
    pub(crate) fn reconnect(&self) {
        self.endpoints().clear();
    }

    /// Gets what is at an address, all within the deadline and the cap.
    pub(crate) async fn fetch(&self, url: &WebUrl, bounds: Bounds) -> Result<Response, Failure> {
        if bounds.limited && !is_within(url.host(), &self.domains) {
            return Err(Failure::new(Rule::Address, "the host is of no domain of the tool"));
        }
        let endpoint = self
            .endpoint(url.host())
            .map_err(|error| Failure::new(Rule::Connect, error.to_string()))?;
        let deadline = bounds.limits.total;
        let request = Request {
            memory: Some(bounds.memory),
            ..Request::new(Method::GET, url.path_and_query().to_owned(), bounds.limits)
        };
        let address = endpoint.url(&request.path_and_query)?;
        match tokio::time::timeout(
            deadline,
            endpoint.once(address, &request, &HeaderMap::new(), Caller::Anonymous),
        )
        .await
        {
            Ok(result) => result,
            Err(_) => Err(Failure::new(Rule::Timeout, format!("no whole answer in {deadline:?}"))),
        }
    }

    /// Its settings are read outside of the lock: that takes a while where the machine's roots are
    /// many.
    fn endpoint(&self, host: &str) -> Result<Arc<Endpoint>, Error> {
        if let Some(known) = self.endpoints().get(host) {
            return Ok(known.clone());
        }
        let endpoint = Arc::new(Endpoint::new(&Settings {
            what: format!("what is fetched from `{host}`"),
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

/// A resolver that is asked for few names at once; who waits too long for a turn is told that there
/// is no address.
#[derive(Debug)]
struct Bounded {
    inner: Arc<dyn Resolver>,
    places: Arc<Semaphore>,
    wait: Duration,
}

impl Resolver for Bounded {
    fn resolve<'a>(
        &'a self,
        host: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move {
            let place = tokio::time::timeout(self.wait, self.places.acquire())
                .await
                .map_err(|_| io::ErrorKind::TimedOut)?;
            let _place = place.map_err(io::Error::other)?;
            self.inner.resolve(host).await
        })
    }
}
