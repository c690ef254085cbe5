//! Attacks through the API's response, or through data in it, one file per class.

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

/// Adds the twins of an attack through a text.
///
/// The twins lack the guard. Some also lack `Shape`, if the type rejects the text, and protections
/// that would hide the attack: detection may remove the text, and marking may encode it.
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

/// Returns the reason why the response can't be attacked, if there is one.
fn inapplicable(subject: &Subject) -> Option<String> {
    if subject.is_handler() {
        Some("the handler builds the result itself".into())
    } else if subject.reads_response() {
        None
    } else {
        Some("the tool does not read the response body".into())
    }
}
