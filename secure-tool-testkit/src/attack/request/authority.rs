//! Calls by an agent that may not make them.
//!
//! Oracle: no connection, and the model is told the same bytes as of a tool that does not exist.
//! Twin: without `Admission`.

use secure_tool::spec::{Class, Protection, ResponsePolicy};

use crate::attack::probe::{Look, Plan, Probe, Sample, Vary};
use crate::attack::subject::Subject;
use crate::attempt::{Agency, Attempt, Switch};
use crate::oracle;

pub(in crate::attack) fn plan(subject: &Subject) -> Plan {
    let mut plan = Plan::default();
    for scope in subject.spec().scopes {
        plan.probes.push(probe(
            format!("an agent without the scope `{scope}`"),
            Agency::Without(scope),
            Switch::Nothing,
        ));
    }
    match highest_class(subject) {
        Some(class) if class > Class::Public => {
            plan.probes.push(probe(
                "an agent that is cleared for public data".into(),
                Agency::Public,
                Switch::Nothing,
            ));
            if class > Class::Internal {
                plan.probes.push(probe(
                    "an agent that is not cleared for personal data".into(),
                    Agency::Internal,
                    Switch::Nothing,
                ));
            }
        }
        _ => plan.note("its answers are public, so there is no clearance to lack"),
    }
    plan.probes.push(probe("a tool that was switched off".into(), Agency::Full, Switch::Tool));
    plan.probes.push(probe(
        "a guard that was switched off".into(),
        Agency::Full,
        Switch::Everything,
    ));
    plan
}

/// The highest class of what the model may read unredacted.
fn highest_class(subject: &Subject) -> Option<Class> {
    let kept = subject
        .answer_points
        .iter()
        .map(|point| point.node.field)
        .filter(|field| field.response().is_some_and(ResponsePolicy::is_shown));
    kept.map(|field| field.class).max()
}

fn probe(attack: String, agent: Agency, switch: Switch) -> Probe {
    let make = move |sample: &Sample| {
        Some(Attempt {
            agent: agent.clone(),
            switch,
            ..Attempt::new(sample.arguments.to_string(), &sample.answer)
        })
    };
    Probe::new("", attack, Vary::Arguments(Vec::new()), make, |look: Look<'_>| {
        let told = look.seen.outcome.for_model();
        let differs = || {
            (told != look.seen.unknown).then(|| {
                "the model is told something else than of a tool that does not exist".to_owned()
            })
        };
        oracle::left(look.seen).or_else(differs)
    })
    .cases(1)
    .falls_without(&[Protection::Admission])
}
