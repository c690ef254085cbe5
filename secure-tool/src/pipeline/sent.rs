//! A call whose request was sent or may have been sent. Every stage from `send` on owns one.
//!
//! It starts with the durable intent. No request can be sent without one, because only [`Sent`]
//! performs requests.
//!
//! INVARIANT: an effect in doubt is never reported as a failure, because the model would repeat it.
//! From here on, a call can be refused only through [`Sent`], which maps the rule of a refusal to
//! the known state of the effect.

use std::ops::{Deref, DerefMut};

use super::call::{Call, Stop};
use crate::audit::Decision;
use crate::refusal::{Refusal, Rule};
use crate::spec::Work;
use crate::transport::Failure;

/// A sent call. It dereferences to the call, but has its own methods for refusing.
#[derive(Debug)]
pub(super) struct Sent<'c> {
    call: Call<'c>,
    /// Whether an earlier try may have arrived without a known response.
    in_doubt: bool,
}

impl<'c> Sent<'c> {
    /// Durably records the intent of a call with an effect. Nothing may be sent before.
    ///
    /// # Errors
    ///
    /// Returns a refusal if the intent can't be recorded. The request is then not sent.
    pub(super) async fn begin(call: Call<'c>) -> Result<Self, Stop> {
        if call.has_effect() && call.trace.intend().await.is_err() {
            let detail = "the intent could not be recorded";
            return Err(call.refuse_because(Rule::Unrecorded, detail));
        }
        Ok(Self { call, in_doubt: false })
    }

    /// Records that a response arrived, and whether an earlier try may have arrived too.
    pub(super) fn answered(&mut self, in_doubt: bool) {
        self.in_doubt = in_doubt;
    }

    /// Refuses a call without a response.
    pub(super) fn failed(self, failure: Failure) -> Stop {
        let Failure { rule, detail, may_have_arrived, .. } = failure;
        // A handler may have caused its effect before it failed.
        let is_handler = matches!(self.call.spec().work, Work::Handler);
        if self.call.has_effect() && (may_have_arrived || is_handler) {
            return self.call.refuse_because(Rule::EffectUnknown, &format!("{rule}: {detail}"));
        }
        self.call.refuse_because(rule, &detail)
    }

    /// Refuses a call with a response. The detail is for the operator. For an effect, it names the
    /// rule.
    pub(super) fn refuse(self, rule: Rule, detail: &str) -> Stop {
        let of_effect =
            if self.call.has_effect() { after_effect(rule, self.in_doubt) } else { rule };
        if of_effect == rule {
            return self.call.refuse_because(rule, detail);
        }
        let separator = if detail.is_empty() { "" } else { ": " };
        self.call.refuse_because(of_effect, &format!("{rule}{separator}{detail}"))
    }

    /// Records the outcome of a call whose response is returned to the model.
    pub(super) fn complete(mut self) -> Result<(), Stop> {
        let recorded = self.call.trace.end(Decision::Answered);
        recorded.map_err(|rule| Stop::Refused(Refusal { rule, flaws: Vec::new() }))
    }
}

/// Returns the outcome of a refusal by this rule, for an effect with a response.
fn after_effect(rule: Rule, in_doubt: bool) -> Rule {
    match rule {
        // The API reported success, but its response can't be used.
        Rule::Drift
        | Rule::ContentType
        | Rule::AnswerMemory
        | Rule::Injection
        | Rule::NoNonce
        | Rule::SessionFull => Rule::EffectMade,
        // The API reported that the effect did not happen. An earlier try may have caused it.
        Rule::NotFound | Rule::Rejected | Rule::Throttled if !in_doubt => rule,
        // Any other rule leaves the effect in doubt, including rules added later.
        _ => Rule::EffectUnknown,
    }
}

impl<'c> Deref for Sent<'c> {
    type Target = Call<'c>;

    fn deref(&self) -> &Self::Target {
        &self.call
    }
}

impl DerefMut for Sent<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.call
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_rule_reports_an_effect_in_doubt_as_a_failure() {
        for rule in Rule::ALL {
            let in_doubt = after_effect(*rule, true);
            assert!(matches!(in_doubt, Rule::EffectMade | Rule::EffectUnknown), "{rule}");
            let answered = after_effect(*rule, false);
            let denied_by_api = matches!(rule, Rule::NotFound | Rule::Rejected | Rule::Throttled);
            assert_eq!(answered == *rule, denied_by_api || *rule == Rule::EffectUnknown, "{rule}");
        }
    }
}
