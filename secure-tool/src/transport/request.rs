//! What goes through the transport: a request whose every part is decided, and an answer that is within its limits.

use std::fmt;
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
    pub(crate) body: Option<Body>,
    /// The most bytes of the answer's body.
    pub(crate) cap: usize,
    pub(crate) deadline: Duration,
    /// Whether it may be made twice: a GET or HEAD of a tool without effects.
    pub(crate) is_repeatable: bool,
    /// The scopes of the calling tool, of all its APIs.
    pub(crate) scopes: &'static [&'static str],
}

/// A body, and what it is.
pub(crate) enum Body {
    /// `application/json`.
    Json(String),
    /// `application/x-www-form-urlencoded`.
    Form(String),
}

impl Body {
    pub(crate) const fn content_type(&self) -> &'static str {
        match self {
            Self::Json(_) => "application/json",
            Self::Form(_) => "application/x-www-form-urlencoded",
        }
    }

    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Json(text) | Self::Form(text) => text,
        }
    }
}

/// Its kind and length: it may hold a credential.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.text().len(), self.content_type())
    }
}

#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// Where a redirect leads, as the server wrote it.
    pub(crate) location: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Why the API's signature does not prove this answer, if it has to.
    pub(crate) unverified: Option<Unverified>,
    /// What the operator should know of how it came.
    pub(crate) remark: Option<&'static str>,
}

impl Response {
    /// Whether it says that it is JSON: `application/json` or `…+json`, in UTF-8 if it says a character set.
    pub(crate) fn is_json(&self) -> bool {
        let mut parts = self.content_type.as_deref().unwrap_or_default().split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let charset = |parameter: &str| {
            parameter
                .split_once('=')
                .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
                .map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase())
        };
        let known = media == "application/json" || media.strip_prefix("application/").is_some_and(|kind| kind.ends_with("+json"));
        known && parts.filter_map(charset).all(|charset| charset == "utf-8" || charset == "utf8" || charset == "us-ascii")
    }
}
