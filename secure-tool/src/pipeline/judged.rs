//! The judge's verdict on the untrusted texts of a response, or the reason for a missing verdict. A
//! verdict never removes a detector's finding.

use std::borrow::Cow;
use std::ops::Range;
use std::time::Duration;

use secure_tool_text::detect::{Confidence, Report, View};

use super::call::Call;
use super::draft::Draft;
use super::joined::Joined;
use crate::audit::micros;
use crate::judge::{Case, GuardJudge, OnFailure, Unjudged, Verdict};

/// Asks the judge for a verdict if its terms require one. `score` is the highest score of the
/// detectors.
pub(super) async fn judged(
    call: &mut Call<'_>,
    draft: &Draft,
    joined: &Joined,
    score: i32,
) -> Option<Report> {
    let judge = call
        .engine()
        .judge
        .as_ref()
        .filter(|judge| !joined.text.is_empty() && judge.terms.ask(score))?;
    let judge_may_read = |index: usize, told: bool| {
        draft.texts.get(index).is_some_and(|text| judge.terms.may_send(text.class) == told)
    };
    let (told, withheld) = (
        joined.ranges(|index| judge_may_read(index, true)),
        joined.ranges(|index| judge_may_read(index, false)),
    );
    let mut report = Report::new();
    let mut add = |rule, confidence, stretches: &[Range<usize>]| {
        for stretch in stretches {
            report.add(rule, stretch.clone(), confidence, View::Plain);
        }
    };
    let failed = match judge.terms.on_failure {
        OnFailure::Flag => Confidence::Strong,
        OnFailure::Pass => Confidence::Weak,
    };
    if !told.is_empty() {
        let started = call.engine().clock.monotonic();
        match ask(call, judge, joined, &told).await {
            Ok(Verdict::Clean) => {}
            Ok(Verdict::Injection(confidence)) => add("judge.injection", confidence, &told),
            Err(why) => add(why.id(), failed, &told),
        }
        call.trace.record.micros.judge =
            micros(call.engine().clock.monotonic().saturating_sub(started));
    }
    add(Unjudged::Withheld.id(), failed, &withheld);
    Some(report)
}

async fn ask(
    call: &mut Call<'_>,
    judge: &GuardJudge,
    joined: &Joined,
    told: &[Range<usize>],
) -> Result<Verdict, Unjudged> {
    let text = |stretch: &Range<usize>| joined.text.get(stretch.clone()).unwrap_or_default();
    let text = match told {
        [whole] => Cow::Borrowed(text(whole)),
        _ if !call.memory.grow(joined.text.len()) => return Err(Unjudged::Busy),
        _ => told.iter().map(text).collect::<Vec<_>>().join(" ").into(),
    };
    let spec = call.spec();
    let left =
        spec.limits.total.saturating_sub(Duration::from_micros(call.trace.record.micros.send));
    judge.ask(&Case::new(&text).of_tool(spec.name, spec.description), left).await
}
