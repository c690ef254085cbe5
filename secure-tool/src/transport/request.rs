//! What goes through the transport: a request whose every part is decided, and an answer that is within its limits.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::signing::Unverified;

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
    /// Whether it may be made twice: a GET or HEAD of a tool without effects.
    pub(crate) is_repeatable: bool,
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// Where a redirect leads, as the server wrote it.
    pub(crate) location: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether a redirect led away from the API's own origin, so that what answers was shown no credential.
    pub(crate) is_foreign: bool,
    /// Why the API's signature does not prove this answer, if it has to.
    pub(crate) unverified: Option<Unverified>,
}
