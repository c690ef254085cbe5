//! Instructions in an answer, and forged ends of what is marked.
//!
//! Oracle: the text for the model is one marked region and the canary stands only in it; in the
//! structured answer it stands in a string that is marked from end to end; the session knows that
//! it has read untrusted text. Twin: without `Marking`, or without `Cleaning` where our own markers
//! are forged; and without `Shape` where the text would be drift.

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
    for point in subject.answer_texts() {
        for injection in INJECTIONS {
            let purpose = format!("{} {}", point.shown, injection.payload.name);
            let canary = subject.canary(&purpose);
            let text = injection.payload.text.replace("{canary}", &canary);
            let survives = survives(point, &text);
            if survives && matches!(point.node.response().integrity, Integrity::Trusted(_)) {
                plan.note(format!("{}: it is declared as trusted", point.shown));
                continue;
            }
            plan.probes.push(probe(point, injection, text, canary, survives));
        }
    }
    if plan.probes.is_empty() { Err("the answer has no text".into()) } else { Ok(plan) }
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
        let answer = injected(&sample.answer, &at, &text)?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &answer)
        })
    };
    let attack = injection.payload.described();
    let probe = Probe::new(&point.shown, attack, Vary::Answer(point.route.clone()), make, |look| {
        oracle::unmarked(look.seen, &look.attempt.mark)
    });
    with_twins(probe, survives, injection.guard)
}
