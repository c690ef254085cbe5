//! Undeclared fields and duplicate fields.
//!
//! Oracle: no undeclared key in the body or the query on the wire. Arguments with a duplicate field
//! must cause no request, because parsers disagree about them. Twin: without `Schema` and
//! `ArgumentLimits`.

use std::sync::Arc;

use secure_tool::spec::{Place, Protection, ToolSpec};
use serde_json::{Value, json};

use crate::attack::probe::{Evidence, Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, escaped_name, extended, plain_name, twice};
use crate::attempt::{Attempt, Seen};
use crate::oracle;
use crate::payloads::{Payload, UNDECLARED};
use crate::strategy::{Kind, Node, Part, Point};

const GUARDS: [Protection; 2] = [Protection::Schema, Protection::ArgumentLimits];

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if subject.is_handler() {
        return Err("the handler receives typed arguments and decides what it sends".into());
    }
    let mut plan = Plan::default();
    for point in subject.argument_points.iter().filter(|point| point.part == Part::Value) {
        let Kind::Object { members, rest } = &point.node.kind else { continue };
        // A map accepts any key.
        if rest.is_none() {
            let undeclared = UNDECLARED
                .iter()
                .filter(|payload| !members.iter().any(|member| member.name == payload.text));
            plan.probes.extend(undeclared.map(|payload| undeclared_field(subject, point, payload)));
        }
        if !members.is_empty() {
            plan.probes.push(duplicate_field(subject, point, "a duplicate field", plain_name));
            plan.probes.push(duplicate_field(
                subject,
                point,
                "a duplicate field with an escaped name",
                escaped_name,
            ));
        }
    }
    if !subject.has_body() {
        plan.note("the method has no body, so the twin can't send an undeclared field either");
    }
    Ok(plan)
}

fn undeclared_field(subject: &Subject, point: &Point, payload: &'static Payload) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let arguments = extended(&sample.arguments, &pointer, payload.text, json!("admin"))?;
        Some(Attempt::new(arguments.to_string(), &sample.response))
    };
    let (spec, node) = (subject.spec(), Arc::clone(&subject.arguments));
    let broken = move |evidence: Evidence<'_>| undeclared_on_wire(evidence.seen, spec, &node);
    let probe = Probe::new(
        &point.shown,
        payload.described(),
        Vary::Arguments(point.route.clone()),
        make,
        broken,
    );
    let reaches = point.pointer.is_empty() || subject.place(point) == Place::Body;
    if subject.has_body() && reaches {
        probe.falls_without(&subject.beyond(&GUARDS))
    } else {
        probe
    }
}

fn duplicate_field(
    subject: &Subject,
    point: &Point,
    attack: &str,
    written: fn(&str) -> String,
) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let name = sample.arguments.pointer(&pointer)?.as_object()?.keys().next()?;
        let arguments = twice(&sample.arguments, &pointer, name, &written(name))?;
        Some(Attempt::new(arguments, &sample.response))
    };
    let attack = format!("{attack} (parsers disagree about which one counts)");
    Probe::new(&point.shown, attack, Vary::Arguments(point.route.clone()), make, |evidence| {
        oracle::requested(evidence.seen)
    })
    .falls_without(&subject.beyond(&GUARDS))
}

/// Returns a key of the body or query that the tool does not declare for that place.
fn undeclared_on_wire(seen: &Seen, spec: &ToolSpec, node: &Node) -> Option<String> {
    let is_at = |name: &str, place: Place| {
        spec.arguments.fields.iter().any(|field| field.name == name && field.place == place)
    };
    seen.requests.iter().find_map(|request| {
        if let Some((name, _)) =
            request.query_pairs().into_iter().find(|(name, _)| !is_at(name, Place::Query))
        {
            return Some(format!("the query has the pair `{name}`"));
        }
        let body: Value = serde_json::from_slice(request.body()).ok()?;
        let top = body.as_object()?.keys().find(|name| !is_at(name, Place::Body)).cloned();
        top.or_else(|| node.undeclared(&body))
            .map(|name| format!("the body has the field `{name}`"))
    })
}
