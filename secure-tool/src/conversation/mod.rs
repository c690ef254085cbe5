//! One conversation: its engine, its agent and its state.
//!
//! The pipeline and the release of final answers read and change it. [`Session`](crate::Session) is
//! its public interface.
//!
//! | file | content |
//! |--|--|
//! | `state` | taint, trusted values, handles |
//! | `prompt` | what the user typed, as sources for arguments |
//! | `approvals` | approval requests, approvals, denials |
//! | `confidential` | values that the readers of the final answer may not see |
//! | `quarantine` | texts that were withheld from the model |

mod approvals;
mod confidential;
mod prompt;
mod quarantine;
mod state;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::audit::Taint;
use crate::engine::Engine;
use crate::policy::Agent;

pub(crate) use approvals::{APPROVAL_LASTS, PriorDecision};
pub(crate) use confidential::Search;
pub use quarantine::Quarantined;
pub(crate) use state::State;

/// One conversation of one agent.
pub(crate) struct Conversation {
    engine: Arc<Engine>,
    agent: Agent,
    id: String,
    /// The tenant and the agent, as the key of quotas.
    caller: String,
    attempts: AtomicU64,
    state: Mutex<State>,
}

impl Conversation {
    pub(crate) fn new(engine: Arc<Engine>, agent: Agent, id: String) -> Arc<Self> {
        let caller = agent.caller();
        let (attempts, state) = (AtomicU64::new(0), Mutex::default());
        Arc::new(Self { engine, agent, id, caller, attempts, state })
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(crate) fn agent(&self) -> &Agent {
        &self.agent
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    pub(crate) fn caller(&self) -> &str {
        &self.caller
    }

    pub(crate) fn next_attempt(&self) -> u64 {
        self.attempts.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Locks the state. No caller holds the guard over an await.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // Ignores lock poisoning: each step is a single insertion, so a panic leaves the state
        // consistent.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the taint: whether the conversation has read untrusted text, and whether it has read
    /// data that is not public.
    pub(crate) fn taint(&self) -> Taint {
        let state = self.state();
        Taint { read_untrusted: state.read_untrusted, read_private: state.read_private }
    }
}

impl Drop for Conversation {
    fn drop(&mut self) {
        self.engine.recorder.end_session(&self.id);
    }
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("id", &self.id)
            .field("agent", &self.agent.name)
            .finish_non_exhaustive()
    }
}
