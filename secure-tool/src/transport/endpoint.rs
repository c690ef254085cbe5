//! One address that is connected to: a request in, one exchange over it, an answer or a failure
//! out.
//!
//! An API of a tool is one; so is each connection of the guard's own (a token endpoint, a secret
//! manager). All go through here, and nothing else opens a connection.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Url, tls};

use super::body;
use super::connection::Connection;
use super::failure::{self, Failure};
use super::framing;
use super::gate::{Gate, Pinned};
use super::pool::{Caller, HEAD, HEADERS, Pool, Underway};
use super::request::{Request, Response};
use super::resolver::Resolver;
use crate::clock::Clock;
use crate::error::Error;
use crate::posture::PostureTls;
use crate::refusal::Rule;

/// A base address, and the connections that reach its host and no other.
pub(crate) struct Endpoint {
    base_text: String,
    base: Url,
    host: String,
    pool: Pool,
}

/// What an endpoint is made of.
pub(crate) struct Settings<'a> {
    /// What it is for, as errors name it.
    pub(crate) what: String,
    /// The base address: https, a host name, an optional port and path, without a trailing slash.
    pub(crate) url: &'a str,
    /// From the start of the name look-up to the end of the handshake.
    pub(crate) connect: Duration,
    pub(crate) connection: &'a Connection,
    /// Addresses given in code, of any host.
    pub(crate) pinned: &'a [Pinned],
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) resolver: &'a Arc<dyn Resolver>,
}

impl Endpoint {
    pub(crate) fn new(settings: &Settings<'_>) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(format!("{}: {what}", settings.what));
        let base = Url::parse(settings.url).map_err(|_| wrong("its url is none"))?;
        let host = base
            .domain()
            .ok_or_else(|| wrong("its url has no host name; an address can't be verified"))?
            .to_owned();
        if base.scheme() != "https" {
            return Err(wrong("its url is not https"));
        }
        let pinned =
            settings.pinned.iter().find(|pinned| pinned.host == host).map(|pinned| pinned.address);
        let port = base.port_or_known_default().unwrap_or(443);
        // Half of the time for a connection: the rest is for TCP and TLS.
        let gate = Gate::new(&host, port, pinned, settings.resolver.clone(), settings.connect / 2);
        let pool = Pool::new(
            &settings.what,
            settings.connection,
            Arc::new(gate),
            settings.connect,
            settings.clock,
        )?;
        Ok(Self { base_text: settings.url.to_owned(), base, host, pool })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// What an operator is shown of its connections.
    pub(crate) fn posture(&self) -> PostureTls {
        self.pool.posture()
    }

    /// Lets go of every connection. What is on its way ends as it would.
    pub(crate) fn reconnect(&self) {
        self.pool.reconnect();
    }

    /// Sends one request to this address, with these headers beside its own, and reads the whole
    /// answer.
    pub(super) async fn once(
        &self,
        url: Url,
        request: &Request,
        headers: &HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response, Failure> {
        let client = self.pool.client(caller).await?;
        let underway = Underway::new(&self.pool, &client);
        let mut headers = headers.clone();
        headers.insert(
            ACCEPT_ENCODING,
            HeaderValue::from_static(if request.gzip { "gzip" } else { "identity" }),
        );
        // The guard's own headers last: nothing of a request stands in the place of a credential.
        let mut builder = client
            .http
            .request(request.method.clone(), url)
            .headers(request.headers.clone())
            .headers(headers);
        if let Some(body) = &request.body {
            builder =
                builder.header(CONTENT_TYPE, body.content_type()).body(body.text().to_owned());
        }
        let Ok(head) = tokio::time::timeout(request.limits.head(), builder.send()).await else {
            return Err(Failure::new(
                Rule::Timeout,
                format!("no head of an answer in {:?}", request.limits.head()),
            ));
        };
        let response =
            head.map_err(|error| failure::before_answer(&error, client.has_answered()))?;
        client.note_answer();
        // The configuration allows nothing else; this sees a configuration that was lost on its
        // way.
        if !self
            .pool
            .accepts(response.extensions().get::<tls::TlsInfo>().and_then(tls::TlsInfo::version))
        {
            let failure =
                Failure::new(Rule::Tls, "the connection is of an older TLS than was allowed");
            return Err(Failure { may_have_arrived: true, ..failure });
        }
        framing::check(&response)?;
        if !is_short(response.headers()) {
            return Err(Failure::new(
                Rule::AnswerTooLarge,
                format!("the head has more than {HEADERS} headers or {HEAD} bytes"),
            ));
        }
        let response = body::read(response, request).await?;
        underway.end();
        Ok(response)
    }

    /// Whether an address is of this endpoint's host and port.
    pub(super) fn reaches(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    pub(super) fn is_origin_of(&self, other: &Self) -> bool {
        other.reaches(&self.base)
    }

    /// The address of a request. What was built must be what is parsed: nothing in it may have
    /// climbed out of its place.
    pub(super) fn url(&self, path_and_query: &str) -> Result<Url, Failure> {
        let text = format!("{}{path_and_query}", self.base_text);
        let url =
            Url::parse(&text).map_err(|_| Failure::new(Rule::Unsendable, "the path is none"))?;
        let same_place =
            self.reaches(&url) && url.username().is_empty() && url.password().is_none();
        if same_place {
            Ok(url)
        } else {
            Err(Failure::new(Rule::Changed, "the address is not of the declared host"))
        }
    }
}

/// Whether a head is within its limits. HTTP/2 was told of them; a server of HTTP/1 was not.
fn is_short(headers: &HeaderMap) -> bool {
    let bytes: usize =
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    headers.len() <= HEADERS && bytes <= HEAD as usize
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.host).finish_non_exhaustive()
    }
}
