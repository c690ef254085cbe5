//! A call that the approver denied.
//!
//! Oracle: no request. Twin: without `Confirmation`.

use secure_tool::spec::{Confirm, Protection};

use crate::attack::probe::{Plan, Planned, Probe, Sample, Vary};
use crate::attack::subject::Subject;
use crate::attempt::Attempt;
use crate::oracle;

pub(in crate::attack) fn plan(subject: &Subject) -> Planned {
    match subject.spec().confirm {
        Confirm::Always => {}
        Confirm::WhenUngrounded => {
            return Err(
                "approval is required for ungrounded values only, which the class `flow` tests"
                    .into(),
            );
        }
        Confirm::Never { .. } => return Err("the tool never requires approval".into()),
    }
    let make = |sample: &Sample| {
        Some(Attempt {
            denies: true,
            times: 2,
            ..Attempt::new(sample.arguments.to_string(), &sample.response)
        })
    };
    let attack = "a denied call, repeated (the model insists)";
    let probe = Probe::new("", attack, Vary::Arguments(Vec::new()), make, |evidence| {
        oracle::requested(evidence.seen)
    });
    Ok(Plan { probes: vec![probe.falls_without(&[Protection::Confirmation])], notes: Vec::new() })
}
