//! Stage 1: a name in, a tool that this agent may call now out. Nothing of the arguments is read.
//!
//! Promises: a tool that is unknown and one that is forbidden give the model the same bytes;
//! attempts are counted whether they are refused or not; what can't be decided is refused; where
//! there is no memory for a call, nothing of it is read.

use std::sync::atomic::Ordering;

use super::call::{Attempt, Call, Input, Stop};
use crate::conversation::Conversation;
use crate::engine::RegisteredTool;
use crate::quota::CALL;
use crate::refusal::Rule;
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
    let conversation = attempt.conversation;
    let engine = conversation.engine();
    if engine.in_flight.load(Ordering::SeqCst) > engine.most_in_flight {
        return Err(attempt.refuse(Rule::Busy));
    }
    let tool = engine.tools.get(attempt.name);
    if let Some(tool) = tool {
        tool.describe(&mut attempt.trace.record.call, conversation.agent());
    }
    let enforced = tool.is_none_or(|tool| tool.tool.spec.enforces(Protection::Admission));
    match engine.quotas.attempt(conversation.caller()).and_then(|()| tool.ok_or(Rule::UnknownTool))
    {
        Err(rule) => Err(attempt.refuse(rule)),
        Ok(tool) => {
            match (forbidden(conversation, tool).filter(|_| enforced), engine.memory.reserve(CALL))
            {
                (Some(rule), _) => Err(attempt.refuse(rule)),
                (None, None) => Err(attempt.refuse(Rule::Memory)),
                (None, Some(held)) => Ok(Admitted((
                    Call { conversation, tool, trace: attempt.trace, held, has_spent: false },
                    attempt.input,
                ))),
            }
        }
    }
}

/// Why this agent may not call this tool now.
fn forbidden(conversation: &Conversation, tool: &RegisteredTool) -> Option<Rule> {
    let (agent, spec) = (conversation.agent(), tool.tool.spec);
    // A scope of two APIs must have been granted for both.
    let granted = |scope: &str| {
        spec.apis
            .iter()
            .filter(|api| api.scopes.contains(&scope))
            .all(|api| agent.holds(api.name, scope))
    };
    if conversation.engine().has_killed(tool) {
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
pub(crate) fn may_call(conversation: &Conversation, tool: &RegisteredTool) -> bool {
    forbidden(conversation, tool).is_none()
}
