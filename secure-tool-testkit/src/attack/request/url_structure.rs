//! Values that would change the path, the query or the headers of the request.
//!
//! Oracle: the request has as many segments, the same names in its query and the same headers as
//! the honest one, there is exactly one, and the API reads the value that was sent. Twin: without
//! `Encoding`, and without what would refuse the value before.

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
        return Err("the handler makes the requests, and not a template".into());
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
        Err("no argument stands in the path, the query or a header".into())
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
        // A value of a header is never written without a check: the HTTP library has one of its
        // own.
        Place::Header(_) => probe.compares(),
        _ => probe.compares().falls_without(&subject.beyond(&[
            Protection::Encoding,
            Protection::Schema,
            Protection::ArgumentLimits,
        ])),
    }
}

/// Whether nothing stands in the segment beside this argument.
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

/// Whether the API finds the value where the argument belongs.
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
