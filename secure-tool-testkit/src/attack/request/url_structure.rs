//! Values that would change the path, the query or the headers of the request.
//!
//! Oracle: exactly one request, with the same number of segments, the same query names and the same
//! headers as the honest one, from which the API reads the value that the model sent. Twin: without
//! `Encoding`, and without the stages that would reject the value earlier.

use secure_tool::spec::{PathPart, Place, Protection, Work};
use serde_json::Value;

use crate::attack::probe::{Plan, Planned, Probe, Vary};
use crate::attack::subject::{Subject, replaced};
use crate::attempt::Attempt;
use crate::hostile::Request;
use crate::oracle;
use crate::payloads::{HEADER, PATH, Payload, QUERY, SEGMENT};
use crate::strategy::Point;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if subject.is_handler() {
        return Err("the handler builds the requests, without a template".into());
    }
    let mut plan = Plan::default();
    for point in subject.argument_leaves() {
        let (payloads, more): (_, &[Payload]) = match subject.place(point) {
            Place::Path if fills_a_segment(subject, point.top()) => (PATH, SEGMENT),
            Place::Path => (PATH, &[]),
            Place::Query => (QUERY, &[]),
            Place::Header(_) => (HEADER, &[]),
            Place::Body => continue,
        };
        plan.probes
            .extend(payloads.iter().chain(more).map(|payload| probe(subject, point, payload)));
    }
    if plan.probes.is_empty() {
        Err("no argument is in the path, the query or a header".into())
    } else {
        Ok(plan)
    }
}

fn probe(subject: &Subject, point: &Point, payload: &'static Payload) -> Probe {
    let (place, pointer, name) =
        (subject.place(point), point.pointer.clone(), point.top().to_owned());
    let make = {
        let name = name.clone();
        move |sample: &crate::attack::probe::Sample| {
            let honest = sample.arguments.pointer(&pointer).filter(|value| !value.is_null())?;
            let honest = honest.as_str().map_or_else(|| honest.to_string(), str::to_owned);
            let value = payload.text.replace("{v}", &honest).replace("{name}", &name);
            let arguments = replaced(&sample.arguments, &pointer, Value::from(value.as_str()))?;
            Some(Attempt { mark: value, ..Attempt::new(arguments.to_string(), &sample.response) })
        }
    };
    let vary = Vary::Arguments(point.route.clone());
    let probe = Probe::new(&point.shown, payload.described(), vary, make, move |evidence| {
        let read = |request: &Request| is_read(request, place, &name, &evidence.attempt.mark);
        evidence.honest.and_then(|honest| oracle::restructured(evidence.seen, honest, read))
    });
    match place {
        // Headers have no twin, because the HTTP library also checks their values.
        Place::Header(_) => probe.compares(),
        _ => probe.compares().falls_without(&subject.beyond(&[
            Protection::Encoding,
            Protection::Schema,
            Protection::ArgumentLimits,
        ])),
    }
}

/// Returns whether the argument fills a whole path segment.
fn fills_a_segment(subject: &Subject, name: &str) -> bool {
    let Work::Http(route) = subject.spec().work else { return false };
    let Some(at) =
        route.path.iter().position(|part| matches!(part, PathPart::Field(field) if *field == name))
    else {
        return false;
    };
    let before = at.checked_sub(1).and_then(|at| route.path.get(at));
    let begins = matches!(before, Some(PathPart::Literal(text)) if text.ends_with('/'));
    let ends = match route.path.get(at + 1) {
        None => true,
        Some(PathPart::Literal(text)) => text.starts_with('/'),
        Some(PathPart::Field(_)) => false,
    };
    begins && ends
}

/// Returns whether the API reads the value at the place of the argument.
fn is_read(request: &Request, place: Place, name: &str, value: &str) -> bool {
    match place {
        Place::Path => request.path_segments().iter().any(|segment| segment.contains(value)),
        Place::Query => {
            request.query_pairs().iter().any(|(key, found)| key == name && found == value)
        }
        Place::Header(header) => request.header(header) == Some(value),
        Place::Body => true,
    }
}
