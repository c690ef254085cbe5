//! One client per API, and the one exchange of a call: a request in, status and body out, or the rule that it broke.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url, tls};
use secrecy::{ExposeSecret, SecretString};

use super::gate::{Gate, NoAddress, Pinned};
use super::tls::{Roots, config};
use crate::error::Error;
use crate::refusal::Rule;
use crate::spec::{ApiSpec, Auth};

/// The most idle connections that are kept to one API.
const IDLE: usize = 8;
/// The most headers of an answer.
const HEADERS: usize = 100;
/// What is reserved for a body before it comes, at the most: a server's word for its length is not taken for more.
const RESERVED: usize = 64 * 1024;

/// The client of one API. It reaches that API's host and no other.
pub(crate) struct ApiClient {
    pub(crate) spec: &'static ApiSpec,
    base: Url,
    host: String,
    client: Client,
    headers: HeaderMap,
}

/// One request, all of it decided.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path below the API's address, and the query, percent-encoded.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    /// JSON.
    pub(crate) body: Option<String>,
    /// The most bytes of the answer's body.
    pub(crate) cap: usize,
    pub(crate) deadline: Duration,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why an exchange failed, and what the operator should know besides.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) rule: Rule,
    pub(crate) detail: String,
}

impl Failure {
    pub(crate) fn new(rule: Rule, detail: impl Into<String>) -> Self {
        Self { rule, detail: detail.into() }
    }
}

impl ApiClient {
    pub(crate) fn new(
        spec: &'static ApiSpec,
        connect: Duration,
        roots: &Roots,
        pinned: Option<&Pinned>,
        secret: Option<&SecretString>,
    ) -> Result<Self, Error> {
        let wrong = |what: &str| Error::configuration(format!("API `{}`: {what}", spec.name));
        let base = Url::parse(spec.url).map_err(|_| wrong("its url is none"))?;
        let host = base.domain().ok_or_else(|| wrong("its url has no host name; an address can't be verified"))?.to_owned();
        if base.scheme() != "https" {
            return Err(wrong("its url is not https"));
        }
        let gate =
            Gate { host: host.clone(), port: base.port_or_known_default().unwrap_or(443), pinned: pinned.map(|pinned| pinned.address) };
        #[expect(clippy::disallowed_methods, reason = "this file owns the HTTP clients")]
        let client = Client::builder()
            .tls_backend_preconfigured(config(roots)?)
            .tls_info(true)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .dns_resolver(Arc::new(gate))
            .connect_timeout(connect)
            .pool_max_idle_per_host(IDLE)
            .http1_max_headers(HEADERS)
            .user_agent(concat!("secure-tool/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| wrong("its client can't be built").because(error))?;
        Ok(Self { headers: headers(spec, secret)?, spec, base, host, client })
    }

    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Sends one request and reads the whole answer, all within the deadline.
    pub(crate) async fn exchange(&self, request: Request) -> Result<Response, Failure> {
        let deadline = request.deadline;
        match tokio::time::timeout(deadline, self.exchange_without_deadline(request)).await {
            Ok(result) => result,
            Err(_) => Err(Failure::new(Rule::Timeout, format!("no whole answer in {deadline:?}"))),
        }
    }

    async fn exchange_without_deadline(&self, request: Request) -> Result<Response, Failure> {
        let url = self.url(&request.path_and_query)?;
        let mut builder = self.client.request(request.method, url).headers(self.headers.clone()).headers(request.headers);
        if let Some(body) = request.body {
            builder = builder.header(CONTENT_TYPE, "application/json").body(body);
        }
        let mut response = builder.send().await.map_err(|error| failure(&error))?;
        // The configuration allows nothing else; this sees a configuration that was lost on its way.
        if response.extensions().get::<tls::TlsInfo>().and_then(tls::TlsInfo::version) != Some(tls::Version::TLS_1_3) {
            return Err(Failure::new(Rule::Tls, "the connection is not TLS 1.3"));
        }
        let too_large = || Failure::new(Rule::AnswerTooLarge, format!("the body is longer than {} bytes", request.cap));
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if announced > request.cap {
            return Err(too_large());
        }
        let mut body = Vec::with_capacity(announced.min(RESERVED));
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len() + chunk.len() > request.cap {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        let content_type = response.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Response { status: response.status().as_u16(), content_type, body })
    }

    /// The address of a request. What was built must be what is parsed: nothing in it may have climbed out of its place.
    fn url(&self, path_and_query: &str) -> Result<Url, Failure> {
        let text = format!("{}{path_and_query}", self.spec.url);
        let url = Url::parse(&text).map_err(|_| Failure::new(Rule::Unsendable, "the path is none"))?;
        let same_place = url.origin() == self.base.origin() && url.username().is_empty() && url.password().is_none();
        if same_place { Ok(url) } else { Err(Failure::new(Rule::Changed, "the address is not of the declared host")) }
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").field("host", &self.host).finish_non_exhaustive()
    }
}

/// The headers of every request: those of the API, and the credential, marked as sensitive.
fn headers(spec: &'static ApiSpec, secret: Option<&SecretString>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in spec.headers {
        let wrong = || Error::configuration(format!("API `{}`: header `{name}` can't be sent", spec.name));
        headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, HeaderValue::from_str(value).map_err(|_| wrong())?);
    }
    let (name, value) = match (spec.auth, secret) {
        (Auth::Bearer { .. }, Some(secret)) => ("authorization", format!("Bearer {}", secret.expose_secret())),
        (Auth::Header { header, .. }, Some(secret)) => (header, secret.expose_secret().to_owned()),
        _ => return Ok(headers),
    };
    let unfit = || Error::secret(format!("secret `{}` can't stand in a header", spec.auth.secret().unwrap_or_default()));
    let mut value = HeaderValue::from_str(&value).map_err(|_| unfit())?;
    value.set_sensitive(true);
    headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?, value);
    Ok(headers)
}

/// The rule that an error stands for, found by its causes. The texts of TLS and of our own resolver are kept; others may hold a URL.
fn failure(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        // The deadline of the whole is not the client's; this one is of the connection.
        return Failure::new(Rule::Connect, "no connection in time");
    }
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = cause {
        if let Some(no_address) = current.downcast_ref::<NoAddress>() {
            let rule = if *no_address == NoAddress::Unresolved { Rule::Dns } else { Rule::Address };
            return Failure::new(rule, no_address.to_string());
        }
        // After the handshake a TLS error is a connection that broke: the request may have arrived.
        if let Some(tls) = current.downcast_ref::<rustls::Error>().filter(|_| error.is_connect()) {
            return Failure::new(Rule::Tls, tls_detail(tls));
        }
        // An I/O error holds another error inside, which is not its source.
        let inside = current.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = match inside {
            Some(inside) => Some(inside),
            None => current.source(),
        };
    }
    if error.is_connect() { Failure::new(Rule::Connect, "no connection") } else { Failure::new(Rule::Exchange, "the exchange broke") }
}

/// What kind of TLS error it is, without the names in a certificate, which the server chose.
fn tls_detail(error: &rustls::Error) -> String {
    use rustls::Error::{AlertReceived, InvalidCertificate, PeerIncompatible};
    match error {
        InvalidCertificate(rustls::CertificateError::NotValidForNameContext { .. } | rustls::CertificateError::NotValidForName) => {
            "certificate: not valid for the host".into()
        }
        InvalidCertificate(rustls::CertificateError::ExpiredContext { .. } | rustls::CertificateError::Expired) => {
            "certificate: expired".into()
        }
        InvalidCertificate(rustls::CertificateError::NotValidYetContext { .. } | rustls::CertificateError::NotValidYet) => {
            "certificate: not valid yet".into()
        }
        InvalidCertificate(rustls::CertificateError::UnknownIssuer) => "certificate: unknown issuer".into(),
        InvalidCertificate(_) => "certificate: not accepted".into(),
        AlertReceived(alert) => format!("alert: {alert:?}"),
        PeerIncompatible(_) => "the server does not speak TLS 1.3".into(),
        _ => "the handshake failed".into(),
    }
}
