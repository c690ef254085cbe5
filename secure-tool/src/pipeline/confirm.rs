//! Stage 6: a permitted call in, a call that a person approved out, or that none had to.
//!
//! An approval is bound to the digest of this very call: session, agent, tool and its spec,
//! destination, canonical arguments. It is used once and it expires. A call that waits is not kept:
//! the model calls again, every stage runs again, and the approval is found by the digest.

use serde_json::Value;

use super::call::{Call, Grounds, Origin, Stop, Typed};
use super::digest;
use super::limit::Permitted;
use crate::audit::{self, micros};
use crate::conversation::{APPROVAL_LASTS, Earlier};
use crate::policy::{Decision, Question, Shown};
use crate::refusal::Rule;
use crate::spec::{Confirm, Protection};

/// The most characters of all arguments that a person is shown; a question is never shown cut.
const MOST_SHOWN: usize = 8_000;
/// Denials after which a session makes no more effects.
const DENIALS: u32 = 2;

/// Proof that a person approved this very call, or that none had to. Only `confirm` makes one; it
/// can't be cloned, so it can't be used twice.
#[derive(Debug)]
pub struct Confirmed<'c>((Call<'c>, Typed, String));

impl<'c> Confirmed<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Typed, String) {
        self.0
    }
}

/// Asks a person where the tool or the stage of grounding wants it.
///
/// # Errors
///
/// A refusal by a rule of [`Stage::Confirm`](crate::Stage::Confirm), or that the call is pending.
pub async fn confirm(permitted: Permitted<'_>) -> Result<Confirmed<'_>, Stop> {
    let (mut call, typed, grounds) = permitted.open();
    let spec = call.spec();
    let digest = call.conversation.state().approvals.known(digest::call(&call, &typed.value));
    let enforced = spec.enforces(Protection::Confirmation);
    if enforced && call.has_effect() && call.conversation.state().approvals.denials >= DENIALS {
        return Err(call.refuse(Rule::Quarantined));
    }
    if !enforced || (grounds.why.is_empty() && !matches!(spec.confirm, Confirm::Always)) {
        return Ok(Confirmed((call, typed, digest)));
    }
    let question = question(&call, &digest, &typed.value, grounds);
    match ask(&mut call, question).await {
        // It may have been switched off while a person was thinking.
        Answered::Approved(_) if is_killed(&call) => Err(call.refuse(Rule::Killed)),
        Answered::Approved(by) => {
            call.trace.record.call.approver = by;
            Ok(Confirmed((call, typed, digest)))
        }
        Answered::Refused(rule) => Err(call.refuse(rule)),
        Answered::Pending(question) => {
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

enum Answered {
    Approved(String),
    Refused(Rule),
    Pending(Question),
}

async fn ask(call: &mut Call<'_>, question: Question) -> Answered {
    let (engine, session) = (call.engine(), call.conversation);
    if question.arguments.iter().map(|shown| shown.name.len() + shown.value.len()).sum::<usize>()
        > MOST_SHOWN
    {
        return Answered::Refused(Rule::TooLongToShow);
    }
    // A temporary of its own, so that the lock is not held below.
    let earlier = session.state().approvals.take(&question.digest, engine.clock.monotonic());
    match earlier {
        Some(Earlier::Approved(by)) => return Answered::Approved(by),
        Some(Earlier::Denied) => return Answered::Refused(Rule::Denied),
        Some(Earlier::Expired) => return Answered::Refused(Rule::Expired),
        Some(Earlier::Pending) => return Answered::Pending(question),
        None => {}
    }
    let Some(approver) = &engine.approver else { return Answered::Refused(Rule::NobodyToAsk) };
    {
        let approvals = &mut session.state().approvals;
        if approvals.requests >= engine.questions {
            return Answered::Refused(Rule::TooManyQuestions);
        }
        approvals.requests += 1;
    }
    let asked = engine.clock.monotonic();
    // A person who never answers has not approved.
    let decision = tokio::time::timeout(APPROVAL_LASTS, approver.ask(&question)).await;
    call.trace.record.micros.confirm = micros(engine.clock.monotonic().saturating_sub(asked));
    let approvals = &mut session.state().approvals;
    let Ok(decision) = decision else { return Answered::Refused(Rule::Expired) };
    match decision {
        Decision::Approved { by } => Answered::Approved(by),
        Decision::Denied => {
            approvals.deny(question.digest);
            Answered::Refused(Rule::Denied)
        }
        Decision::Later => {
            approvals.wait(question.digest.clone(), engine.clock.monotonic());
            Answered::Pending(question)
        }
    }
}

fn question(call: &Call<'_>, digest: &str, arguments: &Value, grounds: Grounds) -> Question {
    let spec = call.spec();
    let shown = arguments.as_object().into_iter().flatten().map(|(name, value)| {
        let pointer = format!("/{name}");
        let inside = |at: &str| {
            at.strip_prefix(&pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let worst =
            grounds.origins.iter().filter(|(at, _)| inside(at)).map(|(_, origin)| *origin).max();
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
        why: grounds.why,
    }
}

/// Everything outside of letters, digits, punctuation and plain spaces escaped, so that no
/// character moves or hides another.
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
