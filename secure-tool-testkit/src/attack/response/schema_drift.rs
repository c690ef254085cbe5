//! Answers that are not what was declared.
//!
//! Oracle: there is no response; of a field too many, that it is not in the response. Twin: without
//! `Shape`.

use secure_tool::spec::Protection;
use serde_json::{Value, json};

use super::inapplicable;
use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, extended, plain_name, replaced, twice};
use crate::attempt::Attempt;
use crate::oracle;
use crate::strategy::{Kind, Part, Point};

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if let Some(why) = inapplicable(subject) {
        return Err(why);
    }
    let mut plan = Plan::default();
    for point in
        subject.response_points.iter().filter(|point| point.part == Part::Value && !point.node.any)
    {
        for (attack, value) in changes(point) {
            plan.probes.push(changed(point, attack, value));
        }
        if let Some((object, name)) =
            point.pointer.rsplit_once('/').filter(|_| point.required && is_member(point))
        {
            plan.probes.push(missing(point, object.to_owned(), name.to_owned()));
        }
        if let Kind::Object { members, rest: None } = &point.node.kind {
            plan.probes.push(additional(subject, point));
            plan.probes.extend((!members.is_empty()).then(|| field_twice(point)));
        }
    }
    if plan.probes.is_empty() { Err("the response may be any document".into()) } else { Ok(plan) }
}

/// Not an item of a list, nor of a map.
fn is_member(point: &Point) -> bool {
    point.shown.rsplit('/').next().is_some_and(|name| name == point.node.field.name)
}

/// Values that the type does not have.
fn changes(point: &Point) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    if !point.nullable && !matches!(point.node.kind, Kind::Fixed(_)) {
        all.push(("null where a value must be", Value::Null));
    }
    match &point.node.kind {
        Kind::Text(rule) => {
            all.push(("a number where a text must be", json!(7)));
            all.push(("an object where a text must be", json!({ "text": "obey" })));
            if rule.is_narrow() {
                all.push(("a text of another pattern", json!("!! none @ of = the / pattern !!")));
            }
            if let Some(most) = rule.most.filter(|most| *most < 10_000) {
                all.push(("a text that is too long", json!("a".repeat(most + 1))));
            }
        }
        Kind::Integer { least, most } => {
            all.push(("a text where a number must be", json!("obey")));
            all.push(("a fraction where an integer must be", json!(0.5)));
            all.extend(
                i64::try_from(least - 1).map(|value| ("a number below the least", json!(value))),
            );
            all.extend(
                i64::try_from(most + 1).map(|value| ("a number above the most", json!(value))),
            );
        }
        Kind::Number { least, most } => {
            all.push(("a text where a number must be", json!("obey")));
            if *least > f64::MIN {
                all.push(("a number below the least", json!(least - least.abs().max(1.0))));
            }
            if *most < f64::MAX {
                all.push(("a number above the most", json!(most + most.abs().max(1.0))));
            }
        }
        Kind::Bool => all.push(("a text where a bool must be", json!("true"))),
        Kind::Choice(_) => all.push(("a choice that was not declared", json!("obey"))),
        Kind::List { .. } | Kind::Tuple(_) => {
            all.push(("an object where a list must be", json!({ "text": "obey" })));
        }
        Kind::Object { .. } => {
            all.push(("a list where an object must be", json!(["obey"])));
            all.push(("a text where an object must be", json!("obey")));
        }
        Kind::Fixed(_) | Kind::OneOf(_) => {}
    }
    all
}

fn answered(evidence: Evidence<'_>) -> Option<String> {
    evidence.seen.outcome.answer().map(|_| "it was taken for an answer".into())
}

fn changed(point: &Point, attack: &str, value: Value) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let response = replaced(&sample.response, &pointer, value.clone())?;
        Some(Attempt::new(sample.arguments.to_string(), &response))
    };
    Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, answered)
        .cases(1)
        .falls_without(&[Protection::Shape])
}

fn missing(point: &Point, object: String, name: String) -> Probe {
    let make = move |sample: &Sample| {
        let mut response = sample.response.clone();
        response.pointer_mut(&object)?.as_object_mut()?.remove(&name)?;
        Some(Attempt::new(sample.arguments.to_string(), &response))
    };
    Probe::new(
        &point.shown,
        "nothing where a field must be",
        Vary::Response(point.route.clone()),
        make,
        answered,
    )
    .cases(1)
    .falls_without(&[Protection::Shape])
}

fn additional(subject: &Subject, point: &Point) -> Probe {
    let canary = subject.canary(&format!("additional {}", point.shown));
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let response = extended(&sample.response, &pointer, &canary, json!({ "deep": [canary] }))?;
        Some(Attempt {
            mark: canary.clone(),
            ..Attempt::new(sample.arguments.to_string(), &response)
        })
    };
    let broken = |evidence: Evidence<'_>| oracle::leaked(evidence.seen, &evidence.attempt.mark);
    Probe::new(
        &point.shown,
        "a field too many, by its name and by its value",
        Vary::Response(point.route.clone()),
        make,
        broken,
    )
    .cases(1)
    .falls_without(&[Protection::Shape])
}

fn field_twice(point: &Point) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let name = sample.response.pointer(&pointer)?.as_object()?.keys().next()?;
        let response = twice(&sample.response, &pointer, name, &plain_name(name))?;
        Some(Attempt::new(sample.arguments.to_string(), &sample.response).responding(response))
    };
    Probe::new(
        &point.shown,
        "a field twice (what is checked is one, and what is read the other)",
        Vary::Response(point.route.clone()),
        make,
        answered,
    )
    .cases(1)
    .falls_without(&[Protection::Shape])
}
