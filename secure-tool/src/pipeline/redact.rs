//! Stage 9: the declared parts of an answer in, the same with redactions made and secrets removed out. It refuses nothing.

use super::call::Call;
use super::check::Checked;
use super::draft::{Draft, Standing, Text};
use crate::guard::Inner;
use crate::redaction::{Facts, Redactor};
use crate::spec::{Protection, Shape};

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
        declared(&mut draft, &mut Redactor::new(guard, call.session, call.api()));
    }
    if call.spec().enforces(Protection::Scrubbing) {
        scrub(&mut draft, guard);
    }
    cut(&mut draft);
    call.trace.record.redactions.clone_from(&draft.redactions);
    Redacted((call, draft))
}

fn declared(draft: &mut Draft, redactor: &mut Redactor<'_>) {
    for text in &mut draft.texts {
        let value = draft.arena.get(text.range()).unwrap_or_default();
        let facts = Facts { trusted: text.standing == Standing::Trusted, bare: text.bare };
        let Some(made) = redactor.make(text.field.redaction, value, facts) else { continue };
        *draft.redactions.entry(made.what).or_default() += 1;
        if made.ours {
            text.standing = Standing::Ours;
        }
        replace(&mut draft.arena, text, &made.text);
    }
}

/// Puts another text in a text's place. The arena only grows; what is replaced stays behind in it and is never written.
fn replace(arena: &mut String, text: &mut Text, with: &str) {
    let start = arena.len();
    arena.push_str(with);
    text.replace(start, arena.len());
}

/// Cuts the texts that are longer than the model is shown, at the end of a character. Last, so that neither a redaction nor a search for secrets sees half of a value; items of lists were cut
/// off by the walk.
fn cut(draft: &mut Draft) {
    if draft.cuts.count() == 0 {
        return;
    }
    *draft.redactions.entry("cut").or_default() += draft.cuts.count();
    for text in &mut draft.texts {
        let Some(max) = text.field.max.filter(|_| is_text(text.field.shape)) else { continue };
        let value = draft.arena.get(text.range()).unwrap_or_default();
        if let Some((end, _)) = value.char_indices().nth(max as usize) {
            text.shorten(end);
        }
    }
}

/// Whether a field holds one text: of a list, the items are counted and not their characters.
fn is_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text => true,
        Shape::Named(named) => is_text(named.inner),
        Shape::Optional(inner) => is_text(inner),
        _ => false,
    }
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
