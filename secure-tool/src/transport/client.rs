//! The client of one API: a request in, the API's answer out. It adds the API's headers and its
//! credential.
//!
//! Where an API answers that it does not take the credential (401), the request is made once more,
//! if there is another credential to show: the one before, in the overlap of a rotation, or the one
//! that the store has by then. By RFC 9110, 15.5.2, a request that was answered so was not carried
//! out, so this holds for effects too: an API that carries out what it refuses would make an effect
//! twice, as it could of itself.

use std::fmt;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::credential::{Credential, Shown};
use super::endpoint::{Endpoint, Settings};
use super::failure::Failure;
use super::pool::Caller;
use super::redirect::Way;
use super::request::{Request, Response};
use super::signing::Signing;
use super::traffic::{ApiTraffic, Breaker, after};
use crate::error::Error;
use crate::policy::Agent;
use crate::refusal::Rule;
use crate::spec::ApiSpec;

/// The API does not take the credential.
const UNAUTHORIZED: u16 = 401;

/// The client of one API. It reaches that API's host and no other.
pub(crate) struct ApiClient {
    pub(crate) spec: &'static ApiSpec,
    pub(crate) credential: Credential,
    way: Way,
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
            .map(|host| elsewhere(host, settings))
            .collect::<Result<_, _>>()?;
        let way = Way { own: Endpoint::new(settings)?, others, redirects: spec.redirects, signing };
        Ok(Self { headers: headers(spec)?, credential, way, spec, traffic })
    }

    pub(crate) fn host(&self) -> &str {
        self.way.own.host()
    }

    /// All hosts that a call may get to, its own first.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        self.endpoints().map(Endpoint::host)
    }

    /// All endpoints that a call may get to, its own first.
    pub(crate) fn endpoints(&self) -> impl Iterator<Item = &Endpoint> {
        std::iter::once(&self.way.own).chain(&self.way.others)
    }

    /// Lets go of every connection, those to its token endpoint too.
    pub(crate) fn reconnect(&self) {
        self.endpoints().for_each(Endpoint::reconnect);
        self.credential.reconnect();
    }

    /// Its circuit breaker.
    pub(crate) fn breaker(&self) -> &Breaker {
        self.traffic.breaker()
    }

    /// Makes one exchange for an agent, all of it within the deadline; two, if the credential is
    /// refused and there is another. Each is made again where it failed and that may be.
    pub(crate) async fn exchange(
        &self,
        mut request: Request,
        agent: &Agent,
    ) -> Result<Response, Failure> {
        // What is signed is what came on the wire, and what is verified would be what was decoded.
        request.gzip = self.spec.traffic.gzip && self.spec.verify.is_none();
        let end = after(request.limits.total);
        let late = |_| Failure::new(Rule::Credential, "no credential in time");
        let shown =
            timeout_at(end, self.credential.show(agent, request.scopes)).await.map_err(late)??;
        let response = self.send(&request, end, shown.as_ref(), agent).await?;
        let is_refused =
            |response: &Response| response.status == UNAUTHORIZED && !response.is_foreign;
        let Some(refused) = shown.filter(|_| is_refused(&response)) else { return Ok(response) };
        let Ok(Some(other)) = timeout_at(end, self.credential.show_another(refused)).await else {
            return Ok(response);
        };
        let in_doubt = response.in_doubt;
        let second = self.send(&request, end, Some(&other), agent).await;
        let mut second = second.map_err(|failure| Failure {
            may_have_arrived: in_doubt || failure.may_have_arrived,
            ..failure
        })?;
        second.in_doubt |= in_doubt;
        let _ = timeout_at(end, self.credential.was(&other, !is_refused(&second))).await;
        Ok(second)
    }

    async fn send(
        &self,
        request: &Request,
        end: Instant,
        shown: Option<&Shown>,
        agent: &Agent,
    ) -> Result<Response, Failure> {
        let mut headers = self.headers.clone();
        self.credential.put(shown, &mut headers)?;
        let headers = &headers;
        let result = self
            .traffic
            .drive(request, agent, end, move || {
                self.way.exchange(request, headers, Caller::Agent(agent))
            })
            .await;
        result.map(|response| Response { remark: shown.and_then(Shown::remark), ..response })
    }
}

impl fmt::Debug for ApiClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiClient").field("api", &self.spec.name).finish_non_exhaustive()
    }
}

/// The endpoint of a host that redirects may lead to: whom to trust is the same, who we are is not
/// said.
fn elsewhere(host: &str, settings: &Settings<'_>) -> Result<Endpoint, Error> {
    let connection = settings.connection.without_identity();
    Endpoint::new(&Settings {
        what: format!("{}, redirects to `{host}`", settings.what),
        url: &format!("https://{host}"),
        connection: &connection,
        ..*settings
    })
}

/// The headers of the API that stand on every request.
fn headers(spec: &'static ApiSpec) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    for (name, value) in spec.headers {
        let wrong =
            || Error::configuration(format!("API `{}`: header `{name}` can't be sent", spec.name));
        headers.insert(
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?,
            HeaderValue::from_str(value).map_err(|_| wrong())?,
        );
    }
    Ok(headers)
}
