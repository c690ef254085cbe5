//! The client of one API. It adds the API's headers and its credential to each request.
//!
//! If an API rejects the credential (401), the client retries the request once with another
//! credential, if there is one. That is the previous value within the overlap of a rotation, or the
//! value that the store has after a refresh.
//!
//! By RFC 9110, 15.5.2, a request with status 401 was not carried out. So the retry also applies to
//! requests with effects. An API that carries out a rejected request could apply the effect twice.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::credential::{Credential, SentCredential};
use super::endpoint::{Endpoint, Settings};
use super::failure::Failure;
use super::pool::Caller;
use super::redirect::Route;
use super::request::{Request, Response};
use super::signing::Signing;
use super::traffic::{ApiTraffic, Breaker, after};
use crate::error::Error;
use crate::policy::Agent;
use crate::refusal::Rule;
use crate::spec::ApiSpec;

/// The status by which an API rejects the credential.
const UNAUTHORIZED: u16 = 401;

/// The client of one API. It reaches the API's own host and declared redirect hosts only.
pub(crate) struct ApiClient {
    pub(crate) spec: &'static ApiSpec,
    pub(crate) credential: Credential,
    route: Route,
    headers: HeaderMap,
    traffic: ApiTraffic,
}

impl ApiClient {
    pub(crate) fn new(
        spec: &'static ApiSpec,
        settings: &Settings<'_>,
        credential: Credential,
        signing: Signing,
        traffic: ApiTraffic,
    ) -> Result<Self, Error> {
        let others = spec
            .redirects
            .to
            .iter()
            .map(|host| redirect_endpoint(host, settings))
            .collect::<Result<_, _>>()?;
        let route =
            Route { own: Endpoint::new(settings)?, others, redirects: spec.redirects, signing };
        Ok(Self { headers: headers(spec)?, credential, route, spec, traffic })
    }

    /// Returns how its requests are signed and its responses verified.
    pub(crate) fn signing(&self) -> &Signing {
        &self.route.signing
    }

    pub(crate) fn host(&self) -> &str {
        self.route.own.host()
    }

    /// Returns the hosts that a call can reach, the API's own first.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.endpoints().map(Endpoint::host)
    }

    /// Returns the endpoints that a call can reach, the API's own first.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.route.own).chain(&self.route.others)
    }

    /// Closes all connections, including those to the token endpoint.
    pub(crate) fn reconnect(&self) {
        self.endpoints().for_each(Endpoint::reconnect);
        self.credential.reconnect();
    }

    /// Returns the API's circuit breaker.
    pub(crate) fn breaker(&self) -> &Breaker {
        self.traffic.breaker()
    }

    /// Makes one request for an agent within the deadline, and a second one if the API rejects the
    /// credential and there is another. Each can be retried after a failure, as declared.
    pub(crate) async fn exchange(
        &self,
        mut request: Request,
        agent: &Agent,
    ) -> Result<Response, Failure> {
        // A signature covers the bytes on the wire, but decoding would change the bytes that are
        // verified.
        request.gzip = self.spec.traffic.gzip && self.route.signing.verifier.is_none();
        let end = after(request.limits.total);
        let late = |_| Failure::new(Rule::Credential, "no credential within the deadline");
        let shown =
            timeout_at(end, self.credential.first(agent, request.scopes)).await.map_err(late)??;
        let response = self.send(&request, end, shown.as_ref(), agent).await?;
        let is_refused =
            |response: &Response| response.status == UNAUTHORIZED && !response.is_foreign;
        let Some(refused) = shown.filter(|_| is_refused(&response)) else { return Ok(response) };
        let Ok(Some(other)) = timeout_at(end, self.credential.another(refused)).await else {
            return Ok(response);
        };
        let in_doubt = response.in_doubt;
        let second = self.send(&request, end, Some(&other), agent).await;
        let mut second = second.map_err(|failure| Failure {
            may_have_arrived: in_doubt || failure.may_have_arrived,
            ..failure
        })?;
        second.in_doubt |= in_doubt;
        let _ = timeout_at(end, self.credential.record_outcome(&other, !is_refused(&second))).await;
        Ok(second)
    }

    async fn send(
        &self,
        request: &Request,
        end: Instant,
        shown: Option<&SentCredential>,
        agent: &Agent,
    ) -> Result<Response, Failure> {
        let mut headers = self.headers.clone();
        self.credential.set_header(shown, &mut headers)?;
        let headers = &headers;
        let result = self
            .traffic
            .drive(request, agent, end, move || {
                self.route.exchange(request, headers, Caller::Agent(agent))
            })
            .await;
        result
            .map(|response| Response { remark: shown.and_then(SentCredential::remark), ..response })
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").field("api", &self.spec.name).finish_non_exhaustive()
    }
}

/// Creates the endpoint of a host that redirects may lead to. It uses the same trust anchors, but
/// no client identity.
fn redirect_endpoint(host: &str, settings: &Settings<'_>) -> Result<Endpoint, Error> {
    let connection = settings.connection.without_identity();
    Endpoint::new(&Settings {
        what: format!("{}, redirects to `{host}`", settings.what),
        url: &format!("https://{host}"),
        connection: &connection,
        ..*settings
    })
}

/// Returns the headers that the API adds to each request.
fn headers(spec: &'static ApiSpec) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in spec.headers {
        let wrong = || {
            Error::configuration(format!(
                "API `{}`: header `{name}` is not a valid header",
                spec.name
            ))
        };
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?,
            HeaderValue::from_str(value).map_err(|_| wrong())?,
        );
    }
    Ok(headers)
}
