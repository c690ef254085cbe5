//! The judge of one guard: applies a deadline to each judgment, and scrubs secrets from the text
//! before the judge sees it.

use std::sync::Arc;
use std::time::Duration;

use super::{Case, Judge, JudgeContext, Terms, Unjudged, Verdict};
use crate::error::Error;
use crate::posture::{OwnConnection, PostureJudge};
use crate::scrub::Scrubber;

/// A judge and its terms.
#[derive(Debug)]
pub(crate) struct GuardJudge {
    judge: Box<dyn Judge>,
    pub(crate) terms: Terms,
    scrubber: Arc<Scrubber>,
}

impl GuardJudge {
    /// Opens a judge with the guard's context.
    pub(crate) fn new(
        mut judge: Box<dyn Judge>,
        terms: Terms,
        context: &JudgeContext<'_>,
        scrubber: Arc<Scrubber>,
    ) -> Result<Self, Error> {
        judge.open(context)?;
        Ok(Self { judge, terms, scrubber })
    }

    /// Asks the judge. The timeout is the smaller of `left` and the judge's own deadline.
    pub(crate) async fn ask(&self, case: &Case<'_>, left: Duration) -> Result<Verdict, Unjudged> {
        let text = self.scrubber.scrub_hidden(case.text);
        let case = Case { text: &text, ..*case };
        let asked =
            tokio::time::timeout(left.min(self.judge.deadline()), self.judge.judge(&case)).await;
        let verdict = asked.unwrap_or(Err(Unjudged::Timeout));
        if let Err(why) = verdict {
            tracing::warn!(tool = case.tool, %why, "a text was not judged");
        }
        verdict
    }

    pub(crate) fn reconnect(&self) {
        self.judge.reconnect();
    }

    /// Returns the judge's connections and the data that they carry, for the posture report.
    pub(crate) fn connections(&self) -> Vec<OwnConnection> {
        let sent =
            format!("untrusted text from responses, class `{}` at most", self.terms.highest());
        self.judge.connections().into_iter().map(|own| own.sent(sent.clone())).collect()
    }

    /// Returns the judge's entry in the posture report.
    pub(crate) fn posture(&self) -> PostureJudge {
        let Terms { when, on_failure, .. } = self.terms;
        let deadline_millis = u64::try_from(self.judge.deadline().as_millis()).unwrap_or(u64::MAX);
        PostureJudge {
            judge: self.judge.describe(),
            when,
            on_failure,
            receives: self.terms.highest(),
            deadline_millis,
        }
    }
}
