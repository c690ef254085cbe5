//! Suppressed rules: `allow(…)` in, whether a rule may fire out. An `allow` that suppresses nothing
//! is a mistake.

use proc_macro2::Ident;

use super::reason;
use crate::attr;
use crate::attr::words::Written;
use crate::codes::{self, CODES, EscapeFlaw};
use crate::diagnostics::Errors;
use crate::model::Escape;

/// The escapes of one tool and its fields.
#[derive(Default)]
pub(super) struct Escapes(Vec<Entry>);

struct Entry {
    word: Ident,
    used: bool,
    escape: Escape,
}

impl Escapes {
    /// Adds the escapes of the tool (`field` is empty) or of one of its fields.
    pub(super) fn add(&mut self, written: &[attr::Escape], field: &str, errors: &mut Errors) {
        for attr::Escape { code: word, reason: said } in written {
            let code = word.to_string();
            let known = CODES.iter().find(|known| known.code == code);
            let reason = reason(said);
            match (known, &reason) {
                (None, _) => errors.at(word, codes::escape(&EscapeFlaw::Unknown { code: &code })),
                (Some(known), _) if !known.escapable => {
                    errors.at(word, codes::escape(&EscapeFlaw::Fixed { code: &code }));
                }
                (_, None) if matches!(said, Written::Malformed) => {}
                (_, None) => errors.at(word, codes::escape(&EscapeFlaw::NoReason { code: &code })),
                (Some(_), Some(reason)) => {
                    let escape = Escape { code, field: field.to_owned(), reason: reason.clone() };
                    self.0.push(Entry { word: word.clone(), used: false, escape });
                }
            }
        }
    }

    /// Returns whether a rule that would fire at a field (or at the tool) is suppressed there.
    pub(super) fn cover(&mut self, code: &str, field: &str) -> bool {
        let mut covered = false;
        for entry in self
            .0
            .iter_mut()
            .filter(|entry| entry.escape.code == code && entry.escape.field == field)
        {
            entry.used = true;
            covered = true;
        }
        covered
    }

    /// Returns the escapes for the spec.
    pub(super) fn finish(self, errors: &mut Errors) -> Vec<Escape> {
        for entry in self.0.iter().filter(|entry| !entry.used) {
            errors.at(&entry.word, codes::escape(&EscapeFlaw::Idle { code: &entry.escape.code }));
        }
        self.0.into_iter().map(|entry| entry.escape).collect()
    }
}
