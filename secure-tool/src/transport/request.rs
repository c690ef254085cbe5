//! The request, complete before it is sent, and the response within its limits.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::audit::Retried;
use crate::quota::{Memory, Reservation};
use crate::signing::Unverified;
use crate::spec::Limits;

/// A complete request.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path below the API's base URL, and the query, percent-encoded.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Body>,
    /// The size limits and timeouts.
    pub(crate) limits: Limits,
    /// Whether it can be sent twice: a GET or HEAD of a tool without effects.
    pub(crate) is_repeatable: bool,
    /// Whether it carries an idempotency key. It can then be retried too.
    pub(crate) has_key: bool,
    /// Whether it accepts a gzip response. The API client sets this.
    pub(crate) gzip: bool,
    /// The memory budget for the response. Without it, only the size limit applies.
    pub(crate) memory: Option<Arc<Memory>>,
    pub(crate) retried: Tries,
    /// The scopes of the calling tool, for all its APIs.
    pub(crate) scopes: &'static [&'static str],
}

impl Request {
    /// Creates a request without headers and body, which is not retried.
    pub(crate) fn new(method: Method, path_and_query: String, limits: Limits) -> Self {
        let headers = HeaderMap::new();
        Self {
            method,
            path_and_query,
            headers,
            body: None,
            limits,
            is_repeatable: false,
            has_key: false,
            gzip: false,
            memory: None,
            retried: Tries::default(),
            scopes: &[],
        }
    }
}

/// A request body with its content type.
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

/// Shows the type and the length, because the body can contain a credential.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes of {}", self.text().len(), self.content_type())
    }
}

/// The failed attempts of a call. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tries(Arc<Mutex<Vec<Retried>>>);

impl Tries {
    pub(crate) fn push(&self, one: Retried) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(one);
    }

    pub(crate) fn take(&self) -> Vec<Retried> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug, Default)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) content_type: Option<String>,
    /// The target of a redirect, as the server wrote it.
    pub(crate) location: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether a redirect led away from the API's own origin. The server then received no
    /// credential.
    pub(crate) is_foreign: bool,
    /// Whether an earlier attempt may have arrived with an unknown outcome.
    pub(crate) in_doubt: bool,
    /// The memory reserved for it.
    pub(crate) held: Option<Reservation>,
    /// Why the signature check failed, if the API requires one.
    pub(crate) unverified: Option<Unverified>,
    /// A remark for the operator about this request.
    pub(crate) remark: Option<&'static str>,
}

impl Response {
    /// Returns whether the content type is JSON: `application/json` or `application/…+json`, and
    /// UTF-8 if it states a character set.
    pub(crate) fn is_json(&self) -> bool {
        let mut parts = self.content_type.as_deref().unwrap_or_default().split(';').map(str::trim);
        let media = parts.next().unwrap_or_default().to_ascii_lowercase();
        let charset = |parameter: &str| {
            parameter
                .split_once('=')
                .filter(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
                .map(|(_, value)| value.trim().trim_matches('"').to_ascii_lowercase())
        };
        let known = media == "application/json"
            || media.strip_prefix("application/").is_some_and(|kind| kind.ends_with("+json"));
        known
            && parts
                .filter_map(charset)
                .all(|charset| charset == "utf-8" || charset == "utf8" || charset == "us-ascii")
    }
}
