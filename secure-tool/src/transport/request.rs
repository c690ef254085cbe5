//! What goes through the transport: a request whose every part is decided, and an answer that is
//! within its limits.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::audit::Retried;
use crate::quota::{Memory, Reservation};
use crate::signing::Unverified;
use crate::spec::Limits;

/// One request, all of it decided.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The path below the API's address, and the query, percent-encoded.
    pub(crate) path_and_query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Option<Body>,
    /// The sizes and times of the exchange.
    pub(crate) limits: Limits,
    /// Whether it may be made twice: a GET or HEAD of a tool without effects.
    pub(crate) is_repeatable: bool,
    /// Whether it carries a key by which the API knows that it is the same: it may be made again
    /// then, too.
    pub(crate) has_key: bool,
    /// Whether the answer is asked for in gzip. The client of an API sets it.
    pub(crate) gzip: bool,
    /// What the answer is paid from; without it, it is bounded by its own size alone.
    pub(crate) memory: Option<Arc<Memory>>,
    pub(crate) retried: Tries,
    /// The scopes of the calling tool, of all its APIs.
    pub(crate) scopes: &'static [&'static str],
}

impl Request {
    /// A request without headers and body, which is made once.
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

/// The tries of a call that were not its last. Clones share them.
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
    /// Where a redirect leads, as the server wrote it.
    pub(crate) location: Option<String>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Whether a redirect led away from the API's own origin, so that what answers was shown no
    /// credential.
    pub(crate) is_foreign: bool,
    /// An earlier try may have arrived, and nobody knows what became of it.
    pub(crate) in_doubt: bool,
    /// The memory that is held for it.
    pub(crate) held: Option<Reservation>,
    /// Why the API's signature does not prove this answer, if it has to.
    pub(crate) unverified: Option<Unverified>,
    /// What the operator should know of how it came.
    pub(crate) remark: Option<&'static str>,
}

impl Response {
    /// Whether it says that it is JSON: `application/json` or `…+json`, in UTF-8 if it says a
    /// character set.
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
