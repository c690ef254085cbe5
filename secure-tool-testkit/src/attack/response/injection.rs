//! Prompt injection, whole and in two halves, in fields that declare `on_injection`.
//!
//! Oracle: the canary next to the instruction is not in the text for the model, the structured
//! response, `Debug` of the outcome or the audit. Twin: without `Detection`, and without `Shape` if
//! the type rejects the text.

use secure_tool::spec::{OnInjection, Protection};
use serde_json::Value;

use super::{inapplicable, with_twins};
use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, injected, replaced, survives};
use crate::attempt::Attempt;
use crate::oracle;
use crate::payloads::{HALVES, ORDERS};
use crate::strategy::{Part, Point, escaped};

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if let Some(why) = inapplicable(subject) {
        return Err(why);
    }
    let points: Vec<&Point> =
        subject.response_texts().filter(|point| acts(subject, point)).collect();
    if points.is_empty() {
        return Err("no field declares `on_injection`, so a finding is only marked".into());
    }
    let mut plan = Plan::default();
    for point in &points {
        for order in ORDERS {
            let canary = subject.canary(&format!("{} {}", point.shown, order.name));
            let text = order.text.replace("{canary}", &canary);
            if survives(point, &text) {
                plan.probes.push(whole(point, order.described(), text, canary));
            }
        }
        if point.part == Part::Value && HALVES.iter().all(|half| survives(point, half)) {
            plan.probes.push(halves(
                point,
                &points,
                subject.canary(&format!("{} halves", point.shown)),
            ));
        }
    }
    if plan.probes.is_empty() {
        Err("no text of the response accepts a sentence".into())
    } else {
        Ok(plan)
    }
}

/// Returns whether the tool acts on a finding at this point.
fn acts(subject: &Subject, point: &Point) -> bool {
    subject.spec().on_injection_in(point.node.field) != OnInjection::Mark
}

fn leaked(evidence: Evidence<'_>) -> Option<String> {
    oracle::leaked(evidence.seen, &evidence.attempt.mark)
}

fn whole(point: &Point, attack: String, text: String, canary: String) -> Probe {
    let at = point.clone();
    let make = move |sample: &Sample| {
        let response = injected(&sample.response, &at, &text)?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &response)
        })
    };
    with_twins(
        Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, leaked)
            .cases(1),
        true,
        Protection::Detection,
    )
}

/// Returns a probe with one half in this text and the other half in the next one.
fn halves(point: &Point, points: &[&Point], canary: String) -> Probe {
    let [first, second] = HALVES;
    let first = first.replace("{canary}", &canary);
    let here = point.pointer.clone();
    let others: Vec<String> = points
        .iter()
        .filter(|point| point.part == Part::Value && survives(point, second))
        .map(|point| point.pointer.clone())
        .collect();
    let make = move |sample: &Sample| {
        let mut leaves = Vec::new();
        texts(&sample.response, &mut String::new(), &mut leaves);
        let at = leaves.iter().position(|leaf| *leaf == here)?;
        // The first item of a list represents all items.
        let next = leaves.get(at + 1).filter(|next| others.contains(*next))?;
        let response = replaced(
            &replaced(&sample.response, &here, first.clone().into())?,
            next,
            second.into(),
        )?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &response)
        })
    };
    let attack = "an instruction in two halves, in two consecutive texts";
    with_twins(
        Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, leaked)
            .cases(1),
        true,
        Protection::Detection,
    )
}

/// Collects the pointers of all texts in document order.
fn texts(value: &Value, pointer: &mut String, found: &mut Vec<String>) {
    let mut inside = |step: &str, value: &Value| {
        let length = pointer.len();
        pointer.push('/');
        pointer.push_str(step);
        texts(value, pointer, found);
        pointer.truncate(length);
    };
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, item)| inside(&at.to_string(), item));
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| inside(&escaped(name), value));
        }
        Value::String(_) => found.push(pointer.clone()),
        _ => {}
    }
}
