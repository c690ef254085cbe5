//! Redirects that were declared: a request in, the answer at the end of its way out. Each step is
//! judged anew.
//!
//! What it promises: only reads follow; a step leads to the API's own host and port or to a
//! declared host at 443, over https; each step is an exchange of an endpoint, so name, address and
//! certificate are checked again; once a request has left the API's own origin, it carries neither
//! the credential nor any header of the API or the tool, nor does it show the client identity, and
//! it does not get them back.

use reqwest::Url;
use reqwest::header::HeaderMap;

use super::endpoint::Endpoint;
use super::failure::Failure;
use super::pool::Caller;
use super::request::{Request, Response};
use super::signing::Signing;
use crate::refusal::Rule;
use crate::spec::Redirects;

/// The longest address of a redirect, in bytes.
const LONGEST: usize = 8 * 1024;

/// The endpoints that a request of one API may get to.
#[derive(Debug)]
pub(super) struct Way {
    pub(super) own: Endpoint,
    /// The other hosts that redirects may lead to, reached without the API's client identity.
    pub(super) others: Vec<Endpoint>,
    pub(super) redirects: Redirects,
    pub(super) signing: Signing,
}

impl Way {
    /// Makes the exchange, and those that the answers lead to, if that was declared.
    pub(super) async fn exchange(
        &self,
        request: &Request,
        headers: &HeaderMap,
        caller: Caller<'_>,
    ) -> Result<Response, Failure> {
        let mut url = self.own.url(&request.path_and_query)?;
        let mut response = self.at_home(&self.own, &url, request, headers, caller).await?;
        let mut is_own = true;
        for _ in 0..self.redirects.most {
            if !leads_on(request, &response) {
                break;
            }
            let (endpoint, next) = self.next(&url, response.location.as_deref())?;
            is_own &= endpoint.is_origin_of(&self.own);
            url = next;
            response = if is_own {
                self.at_home(endpoint, &url, request, headers, caller).await?
            } else {
                self.signing.elsewhere(
                    endpoint
                        .once(url.clone(), &bare(request), &HeaderMap::new(), Caller::Nobody)
                        .await?,
                )
            };
        }
        response.is_foreign = !is_own;
        Ok(response)
    }

    /// One exchange with the API itself, signed and verified as it declares.
    async fn at_home(
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

    /// Where an answer leads, and the endpoint that reaches it.
    fn next(&self, from: &Url, location: Option<&str>) -> Result<(&Endpoint, Url), Failure> {
        let refused = |why: &'static str| Failure::new(Rule::Redirect, why);
        let location = location
            .filter(|location| location.len() <= LONGEST)
            .ok_or_else(|| refused("a redirect leads nowhere"))?;
        let mut url = from.join(location).map_err(|_| refused("a redirect leads nowhere"))?;
        if url.scheme() != "https" {
            return Err(refused("a redirect leads away from https"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(refused("a redirect names a user"));
        }
        url.set_fragment(None);
        let endpoint =
            std::iter::once(&self.own).chain(&self.others).find(|endpoint| endpoint.reaches(&url));
        endpoint
            .map(|endpoint| (endpoint, url))
            .ok_or_else(|| refused("a redirect leads to a host that is not declared"))
    }
}

fn leads_on(request: &Request, response: &Response) -> bool {
    request.is_repeatable
        && response.unverified.is_none()
        && matches!(response.status, 301 | 302 | 303 | 307 | 308)
}

/// The same request without what belongs to the API's own origin.
fn bare(request: &Request) -> Request {
    Request {
        is_repeatable: request.is_repeatable,
        scopes: request.scopes,
        gzip: request.gzip,
        memory: request.memory.clone(),
        ..Request::new(request.method.clone(), String::new(), request.limits)
    }
}
