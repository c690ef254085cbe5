//! More calls than the quota allows, while the clock stands still.
//!
//! Oracle: no more calls reach the API than the burst allows. Twin: without `Quota`.

use secure_tool::spec::Protection;

use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::Subject;
use crate::attempt::Attempt;
use crate::twin::burst;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    let Some(burst) = burst(subject.spec()) else {
        return Err("neither the tool nor its API declares a quota".into());
    };
    let make = move |sample: &Sample| {
        Some(Attempt {
            times: burst + 1,
            ..Attempt::new(sample.arguments.to_string(), &sample.response)
        })
    };
    let broken = move |evidence: Evidence<'_>| {
        (evidence.seen.reached > burst).then(|| {
            format!("{} calls reached the API; the burst is {burst}", evidence.seen.reached)
        })
    };
    let attack = format!("{} calls at once (a loop, or a hijacked model)", burst + 1);
    let probe =
        Probe::new("", attack, Vary::Arguments(Vec::new()), make, broken).with_quotas().cases(1);
    Ok(Plan { probes: vec![probe.falls_without(&[Protection::Quota])], notes: Vec::new() })
}
