//! The parts of a guard: its tools, with everything precomputed, and their shared services.

mod fields;
mod tool;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crate::audit::Recorder;
use crate::clock::Clock;
use crate::judge::GuardJudge;
use crate::keys::ActiveKeys;
use crate::policy::Approver;
use crate::posture::Posture;
use crate::quota::{Memory, Quotas};
use crate::scrub::Scrubber;
use crate::spec::Trifecta;
use crate::transport::{ApiClient, Fetcher};
use secure_tool_text::defang::Allowlist;
use secure_tool_text::detect::Detector;
use secure_tool_text::entities::Entities;

pub use fields::FieldUse;
pub(crate) use tool::RegisteredTool;

/// The tools of a guard and their shared services. Immutable except for the kill switches and the
/// counters of the services.
pub(crate) struct Engine {
    pub(crate) tools: BTreeMap<&'static str, RegisteredTool>,
    pub(crate) clients: BTreeMap<&'static str, Arc<ApiClient>>,
    pub(crate) scrubber: Arc<Scrubber>,
    pub(crate) keys: ActiveKeys,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) recorder: Arc<Recorder>,
    /// The recognizers of personal data and keys in free text.
    pub(crate) entities: Entities,
    /// The detectors of prompt injection, the built-in one first.
    pub(crate) detectors: Vec<Arc<dyn Detector>>,
    pub(crate) approver: Option<Arc<dyn Approver>>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) killed: AtomicBool,
    pub(crate) in_flight: AtomicUsize,
    pub(crate) most_in_flight: usize,
    /// The maximum number of approval requests per session.
    pub(crate) questions: u32,
    pub(crate) trifecta: Trifecta,
    /// The allowed hosts of links in a final answer.
    pub(crate) links: Allowlist,
    /// The kinds of handles, with the names that the model sees.
    pub(crate) handles: Vec<(&'static str, &'static str)>,
    pub(crate) judge: Option<GuardJudge>,
    pub(crate) posture: Posture,
}

impl Engine {
    /// Returns the client of the API of this name.
    pub(crate) fn client(&self, api: &str) -> Option<&ApiClient> {
        self.clients.get(api).map(|client| &**client)
    }

    /// Returns whether a tool, or the whole guard, was switched off.
    pub(crate) fn has_killed(&self, tool: &RegisteredTool) -> bool {
        self.killed.load(Ordering::SeqCst) || tool.killed.load(Ordering::SeqCst)
    }

    /// Closes all pooled connections.
    pub(crate) fn reconnect(&self) {
        self.clients.values().for_each(|client| client.reconnect());
        self.tools.values().filter_map(|tool| tool.fetcher.as_ref()).for_each(Fetcher::reconnect);
        self.judge.iter().for_each(GuardJudge::reconnect);
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard").field("tools", &self.tools.keys()).finish_non_exhaustive()
    }
}
