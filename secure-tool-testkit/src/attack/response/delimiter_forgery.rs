//! Instructions and forged delimiters in a response.
//!
//! Oracle: the text for the model has one marked region, and the canary is only in it. In the
//! structured response the canary is in a string that is isolated as a whole. The session is
//! tainted. Twin: without `Marking`, or without `Cleaning` for our own delimiters, and without
//! `Shape` if the type rejects the text.

use secure_tool::spec::Integrity;

use super::{inapplicable, with_twins};
use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, injected, survives};
use crate::attempt::Attempt;
use crate::oracle;
use crate::payloads::{INJECTIONS, Injection};
use crate::strategy::Point;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if let Some(why) = inapplicable(subject) {
        return Err(why);
    }
    let mut plan = Plan::default();
    for point in subject.response_texts() {
        for injection in INJECTIONS {
            let purpose = format!("{} {}", point.shown, injection.payload.name);
            let canary = subject.canary(&purpose);
            let text = injection.payload.text.replace("{canary}", &canary);
            let survives = survives(point, &text);
            if survives && matches!(point.node.field.integrity, Integrity::Trusted(_)) {
                plan.note(format!("{}: the field is declared as trusted", point.shown));
                continue;
            }
            plan.probes.push(probe(point, injection, text, canary, survives));
        }
    }
    if plan.probes.is_empty() { Err("the response has no text".into()) } else { Ok(plan) }
}

fn probe(
    point: &Point,
    injection: &Injection,
    text: String,
    canary: String,
    survives: bool,
) -> Probe {
    let at = point.clone();
    let make = move |sample: &Sample| {
        let response = injected(&sample.response, &at, &text)?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &response)
        })
    };
    let attack = injection.payload.described();
    let probe =
        Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, |evidence| {
            oracle::unmarked(evidence.seen, &evidence.attempt.mark)
        });
    with_twins(probe, survives, injection.guard)
}
