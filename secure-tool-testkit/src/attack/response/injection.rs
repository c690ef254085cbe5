//! Orders in an answer, whole and in two halves, where the tool says what is done about them.
//!
//! Oracle: the canary that stands beside the order is not in the text for the model, nor in the
//! structured answer, nor in `Debug` of the outcome, nor in the audit. Twin: without `Detection`,
//! and without `Shape` where the text would be drift.

use secure_tool::spec::{OnInjection, Protection, ResponseField};
use serde_json::Value;

use super::{inapplicable, with_twins};
use crate::attack::probe::{Look, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, injected, replaced, survives};
use crate::attempt::Attempt;
use crate::oracle;
use crate::payloads::{HALVES, ORDERS};
use crate::strategy::{Part, Point, escaped};

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if let Some(why) = inapplicable(subject) {
        return Err(why);
    }
    let points: Vec<&Point> = subject.answer_texts().filter(|point| acts(subject, point)).collect();
    if points.is_empty() {
        return Err("what is flagged is marked, and passes".into());
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
        Err("no text of the answer takes a sentence".into())
    } else {
        Ok(plan)
    }
}

/// Whether something is done about a flagged text at this point.
fn acts(subject: &Subject, point: &Point) -> bool {
    subject.spec().on_injection_in(ResponseField::of(point.node.field)) != OnInjection::Mark
}

fn leaked(look: Look<'_>) -> Option<String> {
    oracle::leaked(look.seen, &look.attempt.mark)
}

fn whole(point: &Point, attack: String, text: String, canary: String) -> Probe {
    let at = point.clone();
    let make = move |sample: &Sample| {
        let answer = injected(&sample.answer, &at, &text)?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &answer)
        })
    };
    with_twins(
        Probe::new(&point.shown, attack, Vary::Answer(point.route.clone()), make, leaked).cases(1),
        true,
        Protection::Detection,
    )
}

/// One half in this text, the other in the one that comes next: neither is an order.
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
        texts(&sample.answer, &mut String::new(), &mut leaves);
        let at = leaves.iter().position(|leaf| *leaf == here)?;
        // An item of a list stands for all of them.
        let next = leaves.get(at + 1).filter(|next| others.contains(*next))?;
        let answer =
            replaced(&replaced(&sample.answer, &here, first.clone().into())?, next, second.into())?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &answer)
        })
    };
    let attack = "an order in two halves, the other in the next text (neither is one)";
    with_twins(
        Probe::new(&point.shown, attack, Vary::Answer(point.route.clone()), make, leaked).cases(1),
        true,
        Protection::Detection,
    )
}

/// The pointers of all texts, in the order in which they are written.
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
            items.iter().enumerate().for_each(|(at, item)| inside(&at.to_string(), item))
        }
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| inside(&escaped(name), value))
        }
        Value::String(_) => found.push(pointer.clone()),
        _ => {}
    }
}
