//! Stage 1: looks up the tool by name and checks that this agent may call it now. Does not read the
//! arguments.
//!
//! Guarantees: the model gets identical responses for unknown and forbidden tools. Refused attempts
//! count towards the rate limit. If a check can't be decided, the call is refused. Without memory
//! for a call, its arguments are not read.

use std::sync::atomic::Ordering;

use super::call::{Attempt, Call, Input, Stop};
use crate::conversation::Conversation;
use crate::engine::RegisteredTool;
use crate::quota::CALL;
use crate::refusal::Rule;
use crate::spec::Protection;

/// Proof that the agent may call the tool. Only `admit` creates it.
#[derive(Debug)]
pub struct Admitted<'c>((Call<'c>, Input<'c>));

impl<'c> Admitted<'c> {
    /// The admitted call.
    pub(super) fn open(self) -> (Call<'c>, Input<'c>) {
        self.0
    }
}

/// Looks up the tool and checks whether this agent may call it now.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Admit`](crate::Stage::Admit).
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
                (None, Some(memory)) => Ok(Admitted((
                    Call { conversation, tool, trace: attempt.trace, memory, has_spent: false },
                    attempt.input,
                ))),
            }
        }
    }
}

/// Returns why this agent may not call this tool now.
fn forbidden(conversation: &Conversation, tool: &RegisteredTool) -> Option<Rule> {
    let (agent, spec) = (conversation.agent(), tool.tool.spec);
    // A scope of two APIs must be granted for both.
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

/// Returns whether a call would be admitted now, rate limits aside. Decides which tools the model
/// sees.
pub(crate) fn may_call(conversation: &Conversation, tool: &RegisteredTool) -> bool {
    forbidden(conversation, tool).is_none()
}
