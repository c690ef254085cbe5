//! Attacks by the API, or by whoever writes what it responses. One file a class.

pub(super) mod delimiter_forgery;
pub(super) mod error_path;
pub(super) mod hidden_characters;
pub(super) mod injection;
pub(super) mod oversize;
pub(super) mod schema_drift;
pub(super) mod secret_leak;

use secure_tool::spec::Protection;

use super::probe::Probe;
use super::subject::Subject;

/// The twins of an attack through a text: without this guard; and where the type refuses the text,
/// without the check of types too. Where another protection would stand in the way of the attack,
/// without that as well: a flagged text may be taken out, and in base64 nothing looks like a
/// delimiter.
fn with_twins(probe: Probe, survives: bool, guard: Protection) -> Probe {
    let probe = if survives { probe.falls_without(&[guard]) } else { probe };
    let probe = probe.falls_without(&[guard, Protection::Shape]);
    let others: [&[Protection]; 3] = [
        &[Protection::Detection],
        &[Protection::Marking],
        &[Protection::Detection, Protection::Marking],
    ];
    others.iter().filter(|others| !others.contains(&guard)).fold(probe, |probe, others| {
        let without = [&[guard], *others].concat();
        let probe = if survives { probe.falls_without(&without) } else { probe };
        probe.falls_without(&[without.as_slice(), &[Protection::Shape]].concat())
    })
}

/// Why no response of the API can be attacked, if so.
fn inapplicable(subject: &Subject) -> Option<String> {
    if subject.is_handler() {
        Some("the handler makes the response, and not the API".into())
    } else if subject.reads_response() {
        None
    } else {
        Some("nothing of the response is read".into())
    }
}
