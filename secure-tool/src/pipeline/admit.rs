//! Stage 1: a name in, a tool that this agent may call now out. Nothing of the arguments is read.
//!
//! Promises: a tool that is unknown and one that is forbidden give the model the same bytes;
//! attempts are counted whether they are refused or not; what can't be decided is refused; where
//! there is no memory for a call, nothing of it is read.

use std::sync::atomic::Ordering;

use super::call::{Attempt, Call, Input, Stop};
use crate::guard::Registered;
use crate::quota::CALL;
use crate::refusal::Rule;
use crate::session::Session;
use crate::spec::Protection;

/// Proof that the agent may call the tool. Only `admit` makes one.
#[derive(Debug)]
pub struct Admitted<'c>((Call<'c>, Input<'c>));

impl<'c> Admitted<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Input<'c>) {
        self.0
    }
}

/// Finds the tool and decides whether this agent may call it now.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Admit`](crate::Stage::Admit).
pub fn admit(mut attempt: Attempt<'_>) -> Result<Admitted<'_>, Stop> {
    let session = attempt.session;
    let guard = session.guard();
    if guard.in_flight.load(Ordering::SeqCst) > guard.most_in_flight {
        return Err(attempt.refuse(Rule::Busy));
    }
    let tool = guard.tools.get(attempt.name);
    if let Some(tool) = tool {
        tool.describe(&mut attempt.trace.record, session.agent());
    }
    let enforced = tool.is_none_or(|tool| tool.tool.spec.enforces(Protection::Admission));
    match guard.quotas.attempt(session.caller()).and_then(|()| tool.ok_or(Rule::UnknownTool)) {
        Err(rule) => Err(attempt.refuse(rule)),
        Ok(tool) => {
            match (forbidden(session, tool).filter(|_| enforced), guard.memory.reserve(CALL)) {
                (Some(rule), _) => Err(attempt.refuse(rule)),
                (None, None) => Err(attempt.refuse(Rule::Memory)),
                (None, Some(held)) => Ok(Admitted((
                    Call { session, tool, trace: attempt.trace, held, has_spent: false },
                    attempt.input,
                ))),
            }
        }
    }
}

/// Why this agent may not call this tool now.
fn forbidden(session: &Session, tool: &Registered) -> Option<Rule> {
    let (agent, spec) = (session.agent(), tool.tool.spec);
    // A scope of two APIs must have been granted for both.
    let granted = |scope: &str| {
        spec.apis
            .iter()
            .filter(|api| api.scopes.contains(&scope))
            .all(|api| agent.holds(api.name, scope))
    };
    if session.guard().has_killed(tool) {
        Some(Rule::Killed)
    } else if spec.scopes.is_empty() || !spec.scopes.iter().all(|scope| granted(scope)) {
        Some(Rule::NotGranted)
    } else if !agent.clearance.covers(tool.class) {
        Some(Rule::Clearance)
    } else {
        None
    }
}

/// Whether a call would be admitted now, but for quotas: what a model is told of.
pub(crate) fn may_call(session: &Session, tool: &Registered) -> bool {
    forbidden(session, tool).is_none()
}
