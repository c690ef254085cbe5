//! Arguments that are too large, too deep, or have too many keys.
//!
//! Oracle: no connection. Twin: without `ArgumentLimits` and `Schema`. Depth has no twin, because a
//! parser without a limit crashes the process.

use std::fmt::Write;

use secure_tool::spec::{Place, Protection};
use serde_json::{Value, json};

use crate::attack::probe::{Plan, Probe, Sample, Twin, Vary};
use crate::attack::subject::{Subject, extended, replaced};
use crate::attempt::Attempt;
use crate::oracle;
use crate::strategy::Point;

const MEBIBYTE: usize = 1 << 20;
const KEYS: usize = 100_000;
const DEPTH: usize = 100_000;

pub(in crate::attack) fn plan(subject: &Subject) -> Plan {
    let limit = subject.spec().limits.arguments_bytes;
    let large = limit.saturating_add(1).max(MEBIBYTE);
    let mut plan = Plan::default();
    plan.probes.push(whole(subject, "1 MiB of white space", move |sample| {
        Some(sample.arguments.to_string() + &" ".repeat(large))
    }));
    plan.probes
        .push(deep("unclosed lists", |arguments| format!("{arguments}{}", "[".repeat(DEPTH))));
    plan.probes.push(deep("nested lists", |arguments| {
        format!("{arguments}{}{}}}", "[".repeat(DEPTH), "]".repeat(DEPTH))
    }));
    plan.probes.push(deep("nested objects", |arguments| {
        format!("{arguments}{}1{}}}", "{\"a\":".repeat(DEPTH), "}".repeat(DEPTH))
    }));
    if subject.is_handler() {
        plan.note("undeclared fields are not tried: the type of the handler decides about them");
        return plan;
    }
    plan.probes.push(whole(subject, "1 MiB in a field", move |sample| {
        Some(
            extended(&sample.arguments, "", "padding", Value::from("x".repeat(large)))?.to_string(),
        )
    }));
    let most = subject.spec().limits.arguments_keys;
    plan.probes
        .push(whole(subject, "one key over the limit", move |sample| with_keys(sample, most + 1)));
    // The twin would sort all of them, which is slow.
    plan.probes.push(
        Probe {
            twin: Twin::Nothing,
            ..whole(subject, "100,000 keys", |sample| with_keys(sample, KEYS))
        }
        .endless(),
    );
    let texts = subject
        .argument_leaves()
        .filter(|point| point.text().is_some() && subject.place(point) == Place::Body);
    plan.probes.extend(texts.map(|point| long_text(subject, point, limit.saturating_add(1))));
    plan
}

fn whole(
    subject: &Subject,
    attack: &str,
    arguments: impl Fn(&Sample) -> Option<String> + 'static,
) -> Probe {
    let make = move |sample: &Sample| Some(Attempt::new(arguments(sample)?, &sample.response));
    Probe::new("", attack, Vary::Arguments(Vec::new()), make, |evidence| {
        oracle::left(evidence.seen)
    })
    .large()
    .cases(1)
    .falls_without(&subject.beyond(&[Protection::ArgumentLimits, Protection::Schema]))
}

/// Returns the arguments with `count` undeclared keys before them.
fn with_keys(sample: &Sample, count: usize) -> Option<String> {
    let mut keys = (0..count).fold(String::from("{"), |mut keys, key| {
        let _ = write!(keys, "\"k{key}\":1,");
        keys
    });
    let arguments = sample.arguments.to_string();
    if arguments == "{}" {
        keys.pop(); // the comma
    }
    keys.push_str(arguments.get(1..)?);
    Some(keys)
}

/// Passes `deepened` the arguments with the name of one more field and without the closing brace.
fn deep(attack: &str, deepened: impl Fn(&str) -> String + 'static) -> Probe {
    let make = move |sample: &Sample| {
        let with_one_more = extended(&sample.arguments, "", "zz", json!(1))?.to_string();
        let open =
            with_one_more.split_once("\"zz\":1").map(|(before, _)| format!("{before}\"zz\":"))?;
        Some(Attempt::new(deepened(&open), &sample.response))
    };
    Probe::new("", attack, Vary::Arguments(Vec::new()), make, |evidence| {
        oracle::left(evidence.seen)
    })
    .large()
    .cases(1)
}

fn long_text(subject: &Subject, point: &Point, large: usize) -> Probe {
    let pointer = point.pointer.clone();
    let make = move |sample: &Sample| {
        let arguments = replaced(&sample.arguments, &pointer, Value::from("x".repeat(large)))?;
        Some(Attempt::new(arguments.to_string(), &sample.response))
    };
    Probe::new(
        &point.shown,
        "a text over the size limit of all arguments",
        Vary::Arguments(point.route.clone()),
        make,
        |evidence| oracle::left(evidence.seen),
    )
    .large()
    .cases(1)
    .falls_without(&subject.beyond(&[Protection::ArgumentLimits, Protection::Schema]))
}
