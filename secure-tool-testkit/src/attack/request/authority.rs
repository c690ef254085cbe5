//! Calls without the scope or clearance, and calls of a tool that is switched off.
//!
//! Oracle: no connection, and the same text for the model as after a call of an unknown tool. Twin:
//! without `Admission`.

use secure_tool::spec::{Class, Protection};

use crate::attack::probe::{Evidence, Plan, Probe, Sample, Vary};
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
                "an agent with the clearance `Public`".into(),
                Agency::Public,
                Switch::Nothing,
            ));
            if class > Class::Internal {
                plan.probes.push(probe(
                    "an agent with the clearance `Internal`".into(),
                    Agency::Internal,
                    Switch::Nothing,
                ));
            }
        }
        _ => plan.note("the response is public, so each clearance is sufficient"),
    }
    plan.probes.push(probe("a tool that is switched off".into(), Agency::Full, Switch::Tool));
    plan.probes.push(probe(
        "a guard that is switched off".into(),
        Agency::Full,
        Switch::Everything,
    ));
    plan
}

/// Returns the highest data class of the fields that the model receives without redaction.
fn highest_class(subject: &Subject) -> Option<Class> {
    let kept = subject
        .response_points
        .iter()
        .map(|point| point.node.field)
        .filter(|field| field.is_shown());
    kept.map(|field| field.class).max()
}

fn probe(attack: String, agent: Agency, switch: Switch) -> Probe {
    let make = move |sample: &Sample| {
        Some(Attempt {
            agent: agent.clone(),
            switch,
            ..Attempt::new(sample.arguments.to_string(), &sample.response)
        })
    };
    Probe::new("", attack, Vary::Arguments(Vec::new()), make, |evidence: Evidence<'_>| {
        let text = evidence.seen.outcome.for_model();
        let differs = || {
            (text != evidence.seen.unknown)
                .then(|| "the text for the model differs from that of an unknown tool".to_owned())
        };
        oracle::left(evidence.seen).or_else(differs)
    })
    .cases(1)
    .falls_without(&[Protection::Admission])
}
