//! Responses that differ from their declaration.
//!
//! Oracle: no successful outcome; for an undeclared field, that field is not in the outcome. Twin:
//! without `Shape`.

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
            plan.probes.extend((!members.is_empty()).then(|| duplicate_field(point)));
        }
    }
    if plan.probes.is_empty() {
        Err("the response type accepts any document".into())
    } else {
        Ok(plan)
    }
}

/// Returns whether the point is a declared field, not an item of a list or map.
fn is_member(point: &Point) -> bool {
    point.shown.rsplit('/').next().is_some_and(|name| name == point.node.field.name)
}

/// Returns values that the type does not accept.
fn changes(point: &Point) -> Vec<(&'static str, Value)> {
    let mut all = Vec::new();
    if !point.nullable && !matches!(point.node.kind, Kind::Fixed(_)) {
        all.push(("null for a required value", Value::Null));
    }
    match &point.node.kind {
        Kind::Text(rule) => {
            all.push(("a number for a text", json!(7)));
            all.push(("an object for a text", json!({ "text": "obey" })));
            if rule.is_narrow() {
                all.push((
                    "a text that does not match the pattern",
                    json!("!! none @ of = the / pattern !!"),
                ));
            }
            if let Some(most) = rule.most.filter(|most| *most < 10_000) {
                all.push(("a text over the maximum length", json!("a".repeat(most + 1))));
            }
        }
        Kind::Integer { least, most } => {
            all.push(("a text for a number", json!("obey")));
            all.push(("a fraction for an integer", json!(0.5)));
            all.extend(
                i64::try_from(least - 1).map(|value| ("a number below the minimum", json!(value))),
            );
            all.extend(
                i64::try_from(most + 1).map(|value| ("a number above the maximum", json!(value))),
            );
        }
        Kind::Number { least, most } => {
            all.push(("a text for a number", json!("obey")));
            if *least > f64::MIN {
                all.push(("a number below the minimum", json!(least - least.abs().max(1.0))));
            }
            if *most < f64::MAX {
                all.push(("a number above the maximum", json!(most + most.abs().max(1.0))));
            }
        }
        Kind::Bool => all.push(("a text for a bool", json!("true"))),
        Kind::Choice(_) => all.push(("an undeclared choice", json!("obey"))),
        Kind::List { .. } | Kind::Tuple(_) => {
            all.push(("an object for a list", json!({ "text": "obey" })));
        }
        Kind::Object { .. } => {
            all.push(("a list for an object", json!(["obey"])));
            all.push(("a text for an object", json!("obey")));
        }
        Kind::Fixed(_) | Kind::OneOf(_) => {}
    }
    all
}

fn accepted(evidence: Evidence<'_>) -> Option<String> {
    evidence.seen.outcome.answer().map(|_| "the invalid response was accepted".into())
}

fn changed(point: &Point, attack: &str, value: Value) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let response = replaced(&sample.response, &pointer, value.clone())?;
        Some(Attempt::new(sample.arguments.to_string(), &response))
    };
    Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, accepted)
        .cases(1)
        .falls_without(&[Protection::Shape])
}

fn missing(point: &Point, object: String, name: String) -> Probe {
    let make = move |sample: &Sample| {
        let mut response = sample.response.clone();
        response.pointer_mut(&object)?.as_object_mut()?.remove(&name)?;
        Some(Attempt::new(sample.arguments.to_string(), &response))
    };
    Probe::new(&point.shown, "a missing field", Vary::Response(point.route.clone()), make, accepted)
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
        "an undeclared field, with a canary in its name and its value",
        Vary::Response(point.route.clone()),
        make,
        broken,
    )
    .cases(1)
    .falls_without(&[Protection::Shape])
}

fn duplicate_field(point: &Point) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let name = sample.response.pointer(&pointer)?.as_object()?.keys().next()?;
        let response = twice(&sample.response, &pointer, name, &plain_name(name))?;
        Some(Attempt::new(sample.arguments.to_string(), &sample.response).responding(response))
    };
    Probe::new(
        &point.shown,
        "a duplicate field (the check may read one and the tool the other)",
        Vary::Response(point.route.clone()),
        make,
        accepted,
    )
    .cases(1)
    .falls_without(&[Protection::Shape])
}
