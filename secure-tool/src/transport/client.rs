//! The client of one API: a request in, the API's answer out. It adds the API's headers and its credential.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

use super::endpoint::{Endpoint, Settings};
use super::failure::Failure;
use super::redirect::Way;
use super::request::{Request, Response};
use super::traffic::{Breaker, Lane};
use crate::error::Error;
use crate::policy::Agent;
use crate::spec::{ApiSpec, Auth};

/// The client of one API. It reaches that API's host and no other.
pub(crate) struct ApiClient {
    pub(crate) spec: &'static ApiSpec,
    way: Way,
    headers: HeaderMap,
    lane: Lane,
}

impl ApiClient {
    pub(crate) fn new(spec: &'static ApiSpec, settings: &Settings<'_>, secret: Option<&SecretString>, lane: Lane) -> Result<Self, Error> {
        let others = spec.redirects.to.iter().map(|host| elsewhere(host, settings)).collect::<Result<_, _>>()?;
        let way = Way { own: Endpoint::new(settings)?, others, redirects: spec.redirects };
        Ok(Self { headers: headers(spec, secret)?, way, spec, lane })
    }

    pub(crate) fn host(&self) -> &str {
        self.way.own.host()
    }

    /// All hosts that a call may get to, its own first.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.host()).chain(self.way.others.iter().map(Endpoint::host))
    }

    /// Its circuit breaker.
    pub(crate) fn breaker(&self) -> &Breaker {
        self.lane.breaker()
    }

    /// Makes one exchange for an agent, again where it failed and that may be; all of it within the deadline.
    pub(crate) async fn exchange(&self, mut request: Request, agent: &Agent) -> Result<Response, Failure> {
        request.gzip = self.spec.traffic.gzip;
        let request = &request;
        self.lane.drive(request, agent, move || self.once(request, agent)).await
    }

    /// One try.
    async fn once(&self, request: &Request, _agent: &Agent) -> Result<Response, Failure> {
        self.way.exchange(request, &self.headers).await
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").field("api", &self.spec.name).finish_non_exhaustive()
    }
}

/// The endpoint of a host that redirects may lead to: whom to trust is the same, who we are is not said.
fn elsewhere(host: &str, settings: &Settings<'_>) -> Result<Endpoint, Error> {
    let connection = settings.connection.without_identity();
    Endpoint::new(&Settings {
        what: format!("{}, redirects to `{host}`", settings.what),
        url: &format!("https://{host}"),
        connection: &connection,
        ..*settings
    })
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
