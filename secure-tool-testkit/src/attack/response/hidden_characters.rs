//! Characters that hide, reorder or overwrite others.
//!
//! Oracle: none of them is in the text for the model or the structured response. Twin: without
//! `Cleaning`, and without `Shape` if the type rejects the text.

use std::fmt::Write;

use secure_tool::spec::Protection;

use super::{inapplicable, with_twins};
use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::{Subject, injected, survives};
use crate::attempt::Attempt;
use crate::oracle;
use crate::payloads::HIDDEN;
use crate::strategy::Point;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    if let Some(why) = inapplicable(subject) {
        return Err(why);
    }
    let all: String = HIDDEN.iter().map(|payload| payload.text).collect();
    let mut plan = Plan::default();
    for point in subject.response_texts() {
        plan.probes.extend(
            HIDDEN.iter().map(|payload| probe(point, payload.described(), payload.text, false)),
        );
        plan.probes.push(probe(
            point,
            "all of them as JSON escapes (a filter of raw text misses them)".into(),
            &all,
            true,
        ));
    }
    if plan.probes.is_empty() { Err("the response has no text".into()) } else { Ok(plan) }
}

fn probe(point: &Point, attack: String, text: &str, escaped: bool) -> Probe {
    let survives = survives(point, text);
    let (at, text) = (point.clone(), text.to_owned());
    let make = move |sample: &Sample| {
        let response = injected(&sample.response, &at, &text)?;
        let attempt = Attempt::new(sample.arguments.to_string(), &response);
        Some(if escaped { attempt.responding(in_ascii(&response.to_string())) } else { attempt })
    };
    let probe =
        Probe::new(&point.shown, attack, Vary::Response(point.route.clone()), make, |evidence| {
            oracle::hidden(evidence.seen)
        })
        .cases(1);
    with_twins(probe, survives, Protection::Cleaning)
}

/// Returns the JSON with each non-ASCII character escaped.
fn in_ascii(json: &str) -> String {
    let mut units = [0_u16; 2];
    json.chars().fold(String::with_capacity(json.len()), |mut text, c| {
        if c.is_ascii() {
            text.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                let _ = write!(text, "\\u{unit:04x}");
            }
        }
        text
    })
}
