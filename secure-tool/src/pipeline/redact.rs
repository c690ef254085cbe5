//! Stage 9: the declared parts of an answer in, the same with redactions made and secrets removed out. It refuses nothing.

use super::call::Call;
use super::check::Checked;
use super::draft::{Draft, Text};
use crate::guard::Inner;
use crate::keys::Purpose;
use crate::spec::{Protection, Redaction};

/// Proof that declared redactions were made and that no secret in use is in the answer. Only `redact` makes one.
#[derive(Debug)]
pub struct Redacted<'c>((Call<'c>, Draft));

impl<'c> Redacted<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Call<'c>, Draft) {
        self.0
    }
}

/// Redacts by declaration, then removes every secret in use by value, wherever it stands.
#[must_use]
pub fn redact(checked: Checked<'_>) -> Redacted<'_> {
    let (mut call, mut draft) = checked.open();
    let guard = call.guard();
    if call.spec().enforces(Protection::Redaction) {
        declared(&mut draft, guard, &call.session.agent().tenant);
    }
    if call.spec().enforces(Protection::Scrubbing) {
        scrub(&mut draft, guard);
    }
    call.trace.record.redactions.clone_from(&draft.redactions);
    Redacted((call, draft))
}

fn declared(draft: &mut Draft, guard: &Inner, tenant: &str) {
    for text in &mut draft.texts {
        let value = draft.arena.get(text.range()).unwrap_or_default();
        let (what, redacted) = match text.field.redaction {
            Redaction::Keep | Redaction::Drop => continue, // what is dropped is not here
            Redaction::Mask { keep_first, keep_last } => ("mask", mask(value, keep_first.into(), keep_last.into())),
            Redaction::Hash => ("hash", format!("hash:{}", guard.keys.digest(Purpose::Redaction, &[tenant.as_bytes(), value.as_bytes()]))),
        };
        *draft.redactions.entry(what).or_default() += 1;
        replace(&mut draft.arena, text, &redacted);
    }
}

/// Puts another text in a text's place. The arena only grows; what is replaced stays behind in it and is never written.
fn replace(arena: &mut String, text: &mut Text, with: &str) {
    let start = arena.len();
    arena.push_str(with);
    text.replace(start, arena.len());
}

/// All but the first and last few characters as `*`; a value that is not longer than what is kept, throughout.
fn mask(value: &str, keep_first: usize, keep_last: usize) -> String {
    let count = value.chars().count();
    let kept = |at: usize| count > keep_first + keep_last && (at < keep_first || at >= count - keep_last);
    value.chars().enumerate().map(|(at, c)| if kept(at) { c } else { '*' }).collect()
}

fn scrub(draft: &mut Draft, guard: &Inner) {
    let needles = guard.scrubber.needles();
    for range in needles.find(&draft.skeleton) {
        // Outside of texts there are numbers: a secret of digits. Ones in its place keep them numbers.
        let ones: String =
            draft.skeleton.get(range.clone()).unwrap_or_default().chars().map(|c| if c.is_ascii_digit() { '1' } else { c }).collect();
        draft.skeleton.replace_range(range, &ones);
        *draft.redactions.entry("secret").or_default() += 1;
    }
    if !needles.holds(&draft.arena) {
        return;
    }
    for text in &mut draft.texts {
        let value = draft.arena.get(text.range()).unwrap_or_default();
        if let std::borrow::Cow::Owned(scrubbed) = needles.scrub(value) {
            *draft.redactions.entry("secret").or_default() += 1;
            replace(&mut draft.arena, text, &scrubbed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::mask;

    #[test]
    fn a_mask_keeps_no_more_than_it_says() {
        assert_eq!(mask("+49 30 1234567", 0, 4), "**********4567");
        assert_eq!(mask("äöüß", 1, 1), "ä**ß");
        assert_eq!(mask("1234", 0, 4), "****");
        assert_eq!(mask("", 2, 2), "");
    }
}
