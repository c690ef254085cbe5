//! Follows declared redirects. Each hop is a new request that passes all checks of an endpoint.
//!
//! Promises:
//!
//! - Only reads follow redirects.
//! - A redirect leads to the API's own host and port, or to a declared host on port 443, over
//!   https.
//! - Each hop checks name, address and certificate again.
//! - Once a request has left the API's own origin, it carries no credential, no header of the API
//!   or the tool, and no client identity. A later hop back to the API does not restore them.

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::endpoint::Endpoint;
use super::failure::Failure;
use super::pool::Caller;
use super::request::{Request, Response};
use super::signing::Signing;
use crate::refusal::Rule;
use crate::spec::Redirects;

/// The maximum length of a redirect URL in bytes.
const LONGEST: usize = 8 * 1024;

/// The endpoints that a request to one API can reach.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) own: Endpoint,
    /// The other hosts that redirects may lead to, reached without the API's client identity.
    pub(super) others: Vec<Endpoint>,
    pub(super) redirects: Redirects,
    pub(super) signing: Signing,
}

impl Route {
    /// Sends the request, and follows redirects as declared.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        headers: &HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response, Failure> {
        let mut url = self.own.url(&request.path_and_query)?;
        let mut response =
            self.exchange_with_api(&self.own, &url, request, headers, caller).await?;
        let mut is_own = true;
        for _ in 0..self.redirects.most {
            if !is_followed(request, &response) {
                break;
            }
            let (endpoint, next) = self.next(&url, response.location.as_deref())?;
            is_own &= endpoint.is_origin_of(&self.own);
            url = next;
            response = if is_own {
                self.exchange_with_api(endpoint, &url, request, headers, caller).await?
            } else {
                self.signing.elsewhere(
                    endpoint
                        .once(url.clone(), &bare(request), &HeaderMap::new(), Caller::Anonymous)
                        .await?,
                )
            };
        }
        response.is_foreign = !is_own;
        Ok(response)
    }

    /// Makes one request to the API itself, signed and verified as declared.
    async fn exchange_with_api(
        &self,
        endpoint: &Endpoint,
        url: &Url,
        request: &Request,
        headers: &HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response, Failure> {
        let headers = self.signing.sign(url, request, headers)?;
        let response = endpoint.once(url.clone(), request, &headers, caller).await?;
        Ok(self.signing.verify(url, request, &headers, response))
    }

    /// Returns the target of a redirect, and the endpoint that reaches it.
    fn next(&self, from: &Url, location: Option<&str>) -> Result<(&Endpoint, Url), Failure> {
        let refused = |why: &'static str| Failure::new(Rule::Redirect, why);
        let location = location
            .filter(|location| location.len() <= LONGEST)
            .ok_or_else(|| refused("a redirect has no valid location"))?;
        let mut url =
            from.join(location).map_err(|_| refused("a redirect has no valid location"))?;
        if url.scheme() != "https" {
            return Err(refused("a redirect leads to a URL that is not https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("a redirect contains a user name or a password"));
        }
        url.set_fragment(None);
        let endpoint =
            std::iter::once(&self.own).chain(&self.others).find(|endpoint| endpoint.reaches(&url));
        endpoint
            .map(|endpoint| (endpoint, url))
            .ok_or_else(|| refused("a redirect leads to a host that is not declared"))
    }
}

fn is_followed(request: &Request, response: &Response) -> bool {
    request.is_repeatable
        && response.unverified.is_none()
        && matches!(response.status, 301 | 302 | 303 | 307 | 308)
}

/// Copies the request without the parts that belong to the API's own origin.
fn bare(request: &Request) -> Request {
    Request {
        is_repeatable: request.is_repeatable,
        scopes: request.scopes,
        gzip: request.gzip,
        memory: request.memory.clone(),
        ..Request::new(request.method.clone(), String::new(), request.limits)
    }
}
