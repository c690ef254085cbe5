//! The signatures of one API: a request that is about to be sent in, the fields that sign it out;
//! or its answer in, with what its signature proves noted on it.
//!
//! Each exchange is signed anew, over exactly what is sent: a repeated one has a nonce of its own.
//! The credential is not covered, because a proxy of the operator's may write it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use reqwest::Url;
use reqwest::header::{CONTENT_TYPE, HeaderMap};

use super::failure::Failure;
use super::request::{Body, Request, Response};
use crate::refusal::Rule;
use crate::signing::{self, CheckedSigner, Receiver, Unverified};

/// How the requests of an API are signed and its answers verified, if they are.
#[derive(Debug, Default)]
pub(crate) struct Signing {
    pub(crate) signer: Option<CheckedSigner>,
    pub(crate) verifier: Option<Receiver>,
}

impl Signing {
    /// Returns the scheme by which requests are signed.
    pub(crate) fn signed_by(&self) -> Option<String> {
        self.signer.as_ref().map(|signer| signer.scheme().to_owned())
    }

    /// Returns the scheme by which responses are verified.
    pub(crate) fn verified_by(&self) -> Option<String> {
        self.verifier.as_ref().map(|verifier| verifier.scheme().to_owned())
    }

    /// The headers to send beside those of the request: these, and the signature's.
    pub(super) fn sign<'h>(
        &self,
        url: &Url,
        request: &Request,
        headers: &'h HeaderMap,
    ) -> Result<Cow<'h, HeaderMap>, Failure> {
        let Some(signer) = &self.signer else { return Ok(Cow::Borrowed(headers)) };
        // A value from the model may be what can't be signed; nothing of it is in the error.
        let unfit = |why: String| Failure::new(Rule::Unsendable, why);
        let sent = sent(request, headers);
        let mut all = headers.clone();
        for (name, value) in signer.sign(&message(url, request, &sent)).map_err(unfit)? {
            // The signer does not see the credential; it must not send a second value beside it.
            if all.insert(name, value).is_some() {
                return Err(unfit("the signer writes a header that the request has".into()));
            }
        }
        Ok(Cow::Owned(all))
    }

    /// Notes on an answer whether its signature proves it, if it has to.
    pub(super) fn verify(
        &self,
        url: &Url,
        request: &Request,
        headers: &HeaderMap,
        mut response: Response,
    ) -> Response {
        let Some(verifier) = &self.verifier else { return response };
        let sent = sent(request, headers);
        let fields = response.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
        let answer = signing::Response::new(response.status).fields(fields).body(&response.body);
        match verifier.response(&answer, &message(url, request, &sent)) {
            Ok(proof) => response.body = proof.into_body(),
            Err(why) => response.unverified = Some(why),
        }
        response
    }

    /// The same of an answer of another host, which the API can't have signed.
    pub(super) fn elsewhere(&self, mut response: Response) -> Response {
        response.unverified = self.verifier.is_some().then_some(Unverified::Absent);
        response
    }
}

/// The fields of a request that are sent and are no secrets: those of the tool stand in the place
/// of those of the API.
fn sent<'a>(request: &'a Request, headers: &'a HeaderMap) -> BTreeMap<&'a str, &'a [u8]> {
    let both = headers.iter().chain(&request.headers).filter(|(_, value)| !value.is_sensitive());
    let mut sent: BTreeMap<_, _> =
        both.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    if let Some(body) = &request.body {
        sent.insert(CONTENT_TYPE.as_str(), body.content_type().as_bytes());
    }
    sent
}

fn message<'a>(
    url: &'a Url,
    request: &'a Request,
    sent: &BTreeMap<&'a str, &'a [u8]>,
) -> signing::Request<'a> {
    let fields = sent.iter().map(|(name, value)| (*name, *value));
    signing::Request::new(request.method.as_str(), url.as_str())
        .fields(fields)
        .body(request.body.as_ref().map(Body::text).unwrap_or_default().as_bytes())
}
