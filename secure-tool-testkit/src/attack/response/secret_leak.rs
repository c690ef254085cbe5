//! An echoed credential, redacted fields, and undeclared fields.
//!
//! Oracle: the value is not in the text for the model, the structured response, `Debug` of the
//! outcome or the audit. Twins: without `Scrubbing`, without `Redaction`, without `Shape`.

use secure_tool::spec::{Generalize, Protection, Redaction};
use serde_json::Value;

use super::{inapplicable, with_twins};
use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, extended, injected, survives};
use crate::attempt::Attempt;
use crate::oracle;
use crate::strategy::{Kind, Part, Point, escaped};

/// The minimum length of a value to search for, in characters. A shorter one may occur by chance.
const SHORTEST: usize = 6;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if let Some(why) = inapplicable(subject) {
        return Err(why);
    }
    let mut plan = Plan::default();
    if subject.spec().apis.iter().any(|api| api.auth.secret().is_some()) {
        for point in subject.response_texts() {
            plan.probes.extend(
                oracle::echoes(&subject.secret)
                    .into_iter()
                    .map(|(how, text, needle)| echo(point, how, text, needle)),
            );
        }
    } else {
        plan.note("its API has no credential that it could echo");
    }
    for point in
        subject.response_points.iter().filter(|point| point.part == Part::Value && !point.node.any)
    {
        match point.node.response().redaction {
            Redaction::Drop if is_whole_field(point) => plan.probes.push(dropped(point)),
            Redaction::Mask { keep_first, keep_last } if point.is_leaf() => {
                plan.probes.push(redacted(
                    point,
                    "a masked value",
                    usize::from(keep_first),
                    usize::from(keep_last),
                ));
            }
            Redaction::Generalize(to) if point.is_leaf() => {
                let kept = if let Generalize::Prefix(kept) = to { kept.into() } else { 0 };
                plan.probes.push(redacted(point, "a generalized value", kept, 0));
            }
            Redaction::Tokenize { .. } if point.is_leaf() => {
                plan.probes.push(redacted(point, "a tokenized value", 0, 0));
            }
            Redaction::MaskEmail if point.is_leaf() => {
                plan.probes.push(redacted(point, "an e-mail address masked in part", 1, 0));
            }
            Redaction::Hash if point.is_leaf() => {
                plan.probes.push(redacted(point, "a hashed value", 0, 0));
            }
            _ => {}
        }
        if matches!(&point.node.kind, Kind::Object { rest: None, .. }) {
            plan.probes.push(undeclared(subject, point));
        }
    }
    if plan.probes.is_empty() {
        Err("the response has no text and no redacted field".into())
    } else {
        Ok(plan)
    }
}

/// Returns whether the point is a whole field, not an item in it.
fn is_whole_field(point: &Point) -> bool {
    point.pointer.rsplit('/').next() == Some(escaped(point.node.field.name).as_str())
}

fn echo(point: &Point, how: &str, text: String, needle: String) -> Probe {
    let survives = survives(point, &text);
    let at = point.clone();
    let make = move |sample: &Sample| {
        let response = injected(&sample.response, &at, &text)?;
        Some(Attempt {
            mark: needle.clone(),
            ..Attempt::new(sample.arguments.to_string(), &response)
        })
    };
    let attack = format!("{how} (an API that echoes its request)");
    let probe = Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, leaked)
        .cases(1);
    with_twins(probe, survives, Protection::Scrubbing)
}

fn leaked(evidence: Evidence<'_>) -> Option<String> {
    oracle::leaked(evidence.seen, &evidence.attempt.mark)
}

fn dropped(point: &Point) -> Probe {
    let (at, pointer) = (point.clone(), point.pointer.clone());
    let make = move |sample: &Sample| {
        let mark = sample
            .response
            .pointer(&at.pointer)
            .map(shown)
            .filter(|text| text.chars().count() >= SHORTEST)
            .unwrap_or_default();
        Some(Attempt { mark, ..Attempt::new(sample.arguments.to_string(), &sample.response) })
    };
    let broken = move |evidence: Evidence<'_>| {
        // Delimiters would also change the names of undeclared fields.
        let bare = evidence.seen.outcome.answer().and_then(|answer| {
            serde_json::from_str::<Value>(answer.unmarked_json_not_for_models()).ok()
        });
        let is_there = bare.is_some_and(|answer| answer.pointer(&pointer).is_some());
        let value = Some(&evidence.attempt.mark)
            .filter(|mark| !mark.is_empty())
            .and_then(|mark| oracle::leaked(evidence.seen, mark));
        is_there.then(|| "the field is in the outcome".to_owned()).or(value)
    };
    Probe::new(&point.shown, "a dropped field", Vary::Response(point.route.clone()), make, broken)
        .falls_without(&[Protection::Shape])
}

fn redacted(point: &Point, attack: &str, first: usize, last: usize) -> Probe {
    let (pointer, redaction) = (point.pointer.clone(), point.node.response().redaction);
    let make = move |sample: &Sample| {
        let value = sample
            .response
            .pointer(&pointer)
            .filter(|value| !is_an_end(value, redaction))
            .map(shown)?;
        let count = value.chars().count();
        // The redacted part, or the whole value if that part is too short to search for.
        let hidden: String =
            value.chars().skip(first).take(count.saturating_sub(first + last)).collect();
        let mark = if hidden.chars().count() >= SHORTEST { hidden } else { value };
        (mark.chars().count() >= SHORTEST).then(|| Attempt {
            mark,
            ..Attempt::new(sample.arguments.to_string(), &sample.response)
        })
    };
    Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, leaked)
        .falls_without(&[Protection::Redaction])
}

/// Returns whether the value is the lower bound of its range, which the generalized form contains.
fn is_an_end(value: &Value, redaction: Redaction) -> bool {
    let Redaction::Generalize(Generalize::Step(step)) = redaction else { return false };
    let whole = value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
    whole.is_some_and(|number| number.rem_euclid(step.into()) == 0)
}

fn undeclared(subject: &Subject, point: &Point) -> Probe {
    let canary = subject.canary(&format!("undeclared {}", point.shown));
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let response =
            extended(&sample.response, &pointer, "testkit_internal", Value::from(canary.clone()))?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &response)
        })
    };
    let attack = "an undeclared field (the API has added one, and its data class is unknown)";
    Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, leaked)
        .falls_without(&[Protection::Shape])
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
