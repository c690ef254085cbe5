//! The judge of one guard: a case and the time that is left in, a verdict or why there is none out.
//!
//! Whatever a judge does, it ends by its deadline, and it is told no secret in use.

use std::sync::Arc;
use std::time::Duration;

use super::{Case, Judge, JudgeContext, Terms, Unjudged, Verdict};
use crate::error::Error;
use crate::posture::{OwnConnection, PostureJudge};
use crate::scrub::Scrubber;

/// A judge, and the terms on which it is asked.
#[derive(Debug)]
pub(crate) struct GuardJudge {
    judge: Box<dyn Judge>,
    pub(crate) terms: Terms,
    scrubber: Arc<Scrubber>,
}

impl GuardJudge {
    /// Opens a judge with what the guard lends.
    pub(crate) fn new(
        mut judge: Box<dyn Judge>,
        terms: Terms,
        context: &JudgeContext<'_>,
        scrubber: Arc<Scrubber>,
    ) -> Result<Self, Error> {
        judge.open(context)?;
        Ok(Self { judge, terms, scrubber })
    }

    /// Asks, for no longer than this and than the judge's own deadline.
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

    /// Its connections, as a reviewer wants them, with what they carry.
    pub(crate) fn connections(&self) -> Vec<OwnConnection> {
        let sent = format!("untrusted texts of answers, {} at most", self.terms.highest());
        self.judge.connections().into_iter().map(|own| own.sent(sent.clone())).collect()
    }

    /// As a reviewer wants it.
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
