//! Attacks by the API, or by whoever writes what it answers. One file a class.

pub(super) mod delimiter_forgery;
pub(super) mod error_path;
pub(super) mod hidden_characters;
pub(super) mod oversize;
pub(super) mod schema_drift;
pub(super) mod secret_leak;

use super::subject::Subject;

/// Why no answer of the API can be attacked, if so.
fn inapplicable(subject: &Subject) -> Option<String> {
    if subject.is_handler() {
        Some("the handler makes the answer, and not the API".into())
    } else if subject.reads_answer() {
        None
    } else {
        Some("nothing of the answer is read".into())
    }
}
