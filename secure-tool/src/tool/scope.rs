//! What one call lends to its handler: the declared APIs and nothing else of the guard.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::policy::Agent;
use crate::quota::Memory;
use crate::spec::ToolSpec;
use crate::transport::{ApiClient, Fetcher, Tries};

/// The part of a call that a handler can reach through its [`Context`](super::Context).
#[derive(Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) spec: &'static ToolSpec,
    pub(crate) agent: &'a Agent,
    /// The clients of the APIs that the tool declares.
    pub(crate) clients: Vec<&'a ApiClient>,
    /// The client for URLs, if arguments may hold some.
    pub(crate) fetcher: Option<&'a Fetcher>,
    /// The URLs among the arguments: nothing else can be fetched.
    pub(crate) urls: Vec<String>,
    /// The memory budget that responses are charged to.
    pub(crate) memory: Arc<Memory>,
    /// Where exchanges record their retries.
    pub(crate) retried: Tries,
    pub(crate) notes: &'a Notes,
}

/// Remarks for the operator, collected while a call runs.
#[derive(Debug, Default)]
pub(crate) struct Notes(Mutex<BTreeSet<&'static str>>);

impl Notes {
    pub(crate) fn add(&self, note: Option<&'static str>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(note);
    }

    pub(crate) fn take(&mut self) -> BTreeSet<&'static str> {
        std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner))
    }
}
