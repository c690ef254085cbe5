//! Stage 6: obtains approval for a permitted call, if it needs approval.
//!
//! An approval is bound to the digest of one call: session, agent, tool and its specification,
//! destination, canonical arguments. It is used once, and it expires. A pending call is not stored.
//! The model calls again, every stage runs again, and the digest finds the approval.

use serde_json::Value;

use super::call::{Call, Origin, Provenance, Stop, TypedArguments};
use super::digest;
use super::limit::Permitted;
use crate::audit::{self, micros};
use crate::conversation::{APPROVAL_LASTS, PriorDecision};
use crate::policy::{Decision, Question, Shown};
use crate::refusal::Rule;
use crate::spec::{Confirm, Protection};

/// The maximum number of characters of all arguments in an approval request. A request is never
/// truncated.
const MOST_SHOWN: usize = 8_000;
/// The number of denials after which a session allows no further effects.
const DENIALS: u32 = 2;

/// Proof that this call was approved or needs no approval. Only `confirm` creates it. It can't be
/// cloned, so it can't be used twice.
#[derive(Debug)]
pub struct Confirmed<'c>((Call<'c>, TypedArguments, String));

impl<'c> Confirmed<'c> {
    /// The call.
    pub(super) fn open(self) -> (Call<'c>, TypedArguments, String) {
        self.0
    }
}

/// Requests approval where the tool or the provenance of an argument requires it.
///
/// # Errors
///
/// Returns a refusal by a rule of [`Stage::Confirm`](crate::Stage::Confirm), or that the call is
/// pending.
pub async fn confirm(permitted: Permitted<'_>) -> Result<Confirmed<'_>, Stop> {
    let (mut call, typed, provenance) = permitted.open();
    let spec = call.spec();
    let digest = call.conversation.state().approvals.known(digest::call(&call, &typed.value));
    let enforced = spec.enforces(Protection::Confirmation);
    if enforced && call.has_effect() && call.conversation.state().approvals.denials >= DENIALS {
        return Err(call.refuse(Rule::Quarantined));
    }
    if !enforced || (provenance.why.is_empty() && !matches!(spec.confirm, Confirm::Always)) {
        return Ok(Confirmed((call, typed, digest)));
    }
    let question = question(&call, &digest, &typed.value, provenance);
    match ask(&mut call, question).await {
        // The tool may have been switched off while the approver was deciding.
        ApprovalOutcome::Approved(_) if is_killed(&call) => Err(call.refuse(Rule::Killed)),
        ApprovalOutcome::Approved(by) => {
            call.trace.record.call.approver = by;
            Ok(Confirmed((call, typed, digest)))
        }
        ApprovalOutcome::Refused(rule) => Err(call.refuse(rule)),
        ApprovalOutcome::Pending(question) => {
            if call.has_spent {
                call.conversation
                    .state()
                    .approvals
                    .deposit(question.digest.clone(), call.engine().quotas.today());
            }
            match call.trace.end(audit::Decision::Pending) {
                Ok(()) => Err(Stop::Pending(Box::new(question))),
                Err(rule) => Err(call.refuse(rule)),
            }
        }
    }
}

fn is_killed(call: &Call<'_>) -> bool {
    call.engine().has_killed(call.tool) && call.spec().enforces(Protection::Admission)
}

enum ApprovalOutcome {
    Approved(String),
    Refused(Rule),
    Pending(Question),
}

async fn ask(call: &mut Call<'_>, question: Question) -> ApprovalOutcome {
    let (engine, session) = (call.engine(), call.conversation);
    if question.arguments.iter().map(|shown| shown.name.len() + shown.value.len()).sum::<usize>()
        > MOST_SHOWN
    {
        return ApprovalOutcome::Refused(Rule::TooLongToShow);
    }
    // A separate variable, so that the lock is released here.
    let earlier = session.state().approvals.take(&question.digest, engine.clock.monotonic());
    match earlier {
        Some(PriorDecision::Approved(by)) => return ApprovalOutcome::Approved(by),
        Some(PriorDecision::Denied) => return ApprovalOutcome::Refused(Rule::Denied),
        Some(PriorDecision::Expired) => return ApprovalOutcome::Refused(Rule::Expired),
        Some(PriorDecision::Pending) => return ApprovalOutcome::Pending(question),
        None => {}
    }
    let Some(approver) = &engine.approver else {
        return ApprovalOutcome::Refused(Rule::NobodyToAsk);
    };
    {
        let approvals = &mut session.state().approvals;
        if approvals.requests >= engine.questions {
            return ApprovalOutcome::Refused(Rule::TooManyQuestions);
        }
        approvals.requests += 1;
    }
    let asked = engine.clock.monotonic();
    // Without a decision in time, the call is not approved.
    let decision = tokio::time::timeout(APPROVAL_LASTS, approver.ask(&question)).await;
    call.trace.record.micros.confirm = micros(engine.clock.monotonic().saturating_sub(asked));
    let approvals = &mut session.state().approvals;
    let Ok(decision) = decision else { return ApprovalOutcome::Refused(Rule::Expired) };
    match decision {
        Decision::Approved { by } => ApprovalOutcome::Approved(by),
        Decision::Denied => {
            approvals.deny(question.digest);
            ApprovalOutcome::Refused(Rule::Denied)
        }
        Decision::Later => {
            approvals.wait(question.digest.clone(), engine.clock.monotonic());
            ApprovalOutcome::Pending(question)
        }
    }
}

fn question(call: &Call<'_>, digest: &str, arguments: &Value, provenance: Provenance) -> Question {
    let spec = call.spec();
    let shown = arguments.as_object().into_iter().flatten().map(|(name, value)| {
        let pointer = format!("/{name}");
        let inside = |at: &str| {
            at.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let worst =
            provenance.origins.iter().filter(|(at, _)| inside(at)).map(|(_, origin)| *origin).max();
        Shown {
            name: name.clone(),
            value: printable(&value.to_string()),
            origin: worst.unwrap_or(Origin::Unknown).text(),
        }
    });
    Question {
        digest: digest.to_owned(),
        agent: call.conversation.agent().name.clone(),
        tool: spec.name,
        effect: spec.effect,
        destination: call.tool.destination.clone(),
        arguments: shown.collect(),
        why: provenance.why,
    }
}

/// Escapes everything but letters, digits, punctuation and plain spaces, so that no character can
/// move or hide another.
fn printable(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        if c == ' ' || c.is_alphanumeric() || c.is_ascii_punctuation() {
            out.push(c);
        } else {
            out.extend(c.escape_unicode());
        }
        out
    })
}
