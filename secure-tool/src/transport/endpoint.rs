//! One base URL, and the requests to its host.
//!
//! Each API of a tool is an endpoint, and so is each connection of the guard itself (a token
//! endpoint, a secret manager). Only this module opens connections.

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
use super::pool::{Caller, HEAD, HEADERS, InFlight, Pool};
use super::request::{Request, Response};
use super::resolver::Resolver;
use crate::clock::Clock;
use crate::error::Error;
use crate::posture::PostureTls;
use crate::refusal::Rule;

/// A base URL, and the connections to its host.
pub(crate) struct Endpoint {
    base_text: String,
    base: Url,
    host: String,
    pool: Pool,
}

/// The settings of an endpoint.
pub(crate) struct Settings<'a> {
    /// The purpose, as errors name it.
    pub(crate) what: String,
    /// The base URL: https, a host name, an optional port and path, without a trailing slash.
    pub(crate) url: &'a str,
    /// The timeout from the start of the DNS lookup to the end of the TLS handshake.
    pub(crate) connect: Duration,
    pub(crate) connection: &'a Connection,
    /// Fixed addresses, of any host.
    pub(crate) pinned: &'a [Pinned],
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) resolver: &'a Arc<dyn Resolver>,
}

impl Endpoint {
    pub(crate) fn new(settings: &Settings<'_>) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(format!("{}: {what}", settings.what));
        let base = Url::parse(settings.url).map_err(|_| wrong("its URL is invalid"))?;
        let host = base
            .domain()
            .ok_or_else(|| {
                wrong("its URL has no host name; a certificate for an IP address is not supported")
            })?
            .to_owned();
        if base.scheme() != "https" {
            return Err(wrong("its URL is not https"));
        }
        let pinned =
            settings.pinned.iter().find(|pinned| pinned.host == host).map(|pinned| pinned.address);
        let port = base.port_or_known_default().unwrap_or(443);
        // DNS gets half of the connect timeout: the rest is for TCP and TLS.
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

    /// Returns the TLS settings for the posture report.
    pub(crate) fn posture(&self) -> PostureTls {
        self.pool.posture()
    }

    /// Closes pooled connections. Requests in progress complete.
    pub(crate) fn reconnect(&self) {
        self.pool.reconnect();
    }

    /// Sends one request to this URL, with these headers in addition to its own, and reads the
    /// whole response.
    pub(super) async fn once(
        &self,
        url: Url,
        request: &Request,
        headers: &HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response, Failure> {
        let client = self.pool.client(caller).await?;
        let in_flight = InFlight::new(&self.pool, &client);
        let mut headers = headers.clone();
        headers.insert(
            ACCEPT_ENCODING,
            HeaderValue::from_static(if request.gzip { "gzip" } else { "identity" }),
        );
        // The guard's own headers are set last: no header of a request replaces a credential.
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
                format!("no response headers within {:?}", request.limits.head()),
            ));
        };
        let response =
            head.map_err(|error| failure::before_response(&error, client.has_answered()))?;
        client.note_response();
        // The TLS configuration already enforces this; the check detects a configuration that was
        // lost.
        if !self
            .pool
            .accepts(response.extensions().get::<tls::TlsInfo>().and_then(tls::TlsInfo::version))
        {
            let failure =
                Failure::new(Rule::Tls, "the connection uses an older TLS version than allowed");
            return Err(Failure { may_have_arrived: true, ..failure });
        }
        framing::check(&response)?;
        if !are_within_limits(response.headers()) {
            return Err(Failure::new(
                Rule::AnswerTooLarge,
                format!("the response has more than {HEADERS} headers or {HEAD} bytes of headers"),
            ));
        }
        let response = body::read(response, request).await?;
        in_flight.end();
        Ok(response)
    }

    /// Returns whether a URL has this endpoint's host and port.
    pub(super) fn reaches(&self, url: &Url) -> bool {
        url.origin() == self.base.origin()
    }

    pub(super) fn is_origin_of(&self, other: &Self) -> bool {
        other.reaches(&self.base)
    }

    /// Builds the URL of a request, and checks that parsing kept the host, port and credentials
    /// unchanged.
    pub(super) fn url(&self, path_and_query: &str) -> Result<Url, Failure> {
        let text = format!("{}{path_and_query}", self.base_text);
        let url =
            Url::parse(&text).map_err(|_| Failure::new(Rule::Unsendable, "the path is invalid"))?;
        let same_origin =
            self.reaches(&url) && url.username().is_empty() && url.password().is_none();
        if same_origin {
            Ok(url)
        } else {
            Err(Failure::new(Rule::Changed, "the URL is not on the declared host"))
        }
    }
}

/// Checks the limits of the headers. HTTP/2 enforces them in the client; HTTP/1 does not.
fn are_within_limits(headers: &HeaderMap) -> bool {
    let bytes: usize =
        headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 32).sum();
    headers.len() <= HEADERS && bytes <= HEAD as usize
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("host", &self.host).finish_non_exhaustive()
    }
}
