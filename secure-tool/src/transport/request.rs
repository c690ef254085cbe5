//! What goes through the transport: a request whose every part is decided, and an answer that is within its limits.

use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

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
    /// JSON.
    pub(crate) body: Option<String>,
    /// The sizes and times of the exchange.
    pub(crate) limits: Limits,
    /// Whether it may be made twice: a GET or HEAD of a tool without effects.
    pub(crate) is_repeatable: bool,
    /// Whether it carries a key by which the API knows that it is the same: it may be made again then, too.
    pub(crate) has_key: bool,
    /// Whether the answer is asked for in gzip. The client of an API sets it.
    pub(crate) gzip: bool,
    /// What the answer is paid from; without it, it is bounded by its own size alone.
    pub(crate) memory: Option<Arc<Memory>>,
    pub(crate) retried: Tries,
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
        }
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
    /// An earlier try may have arrived, and nobody knows what became of it.
    pub(crate) in_doubt: bool,
    /// The memory that is held for it.
    pub(crate) held: Option<Reservation>,
    /// Why the API's signature does not prove this answer, if it has to.
    pub(crate) unverified: Option<Unverified>,
}
