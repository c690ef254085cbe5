//! Stage 9: the declared parts of an answer in, the same with redactions made and secrets removed
//! out. It refuses nothing.

use std::borrow::Cow;
use std::ops::Range;

use secure_tool_text::entities::Kind;
use secure_tool_text::hidden;

use super::check::Checked;
use super::draft::{Draft, Form, Standing, Text};
use super::free_text::FreeText;
use super::joined::Joined;
use super::sent::Sent;
use crate::engine::Engine;
use crate::redaction::{Distinct, Facts, Redactor};
use crate::scrub::SCRUBBED;
use crate::spec::{Protection, Redaction, Shape};

/// Proof that declared redactions were made and that no secret in use is in the answer. Only
/// `redact` makes one.
#[derive(Debug)]
pub struct Redacted<'c>((Sent<'c>, Draft));

impl<'c> Redacted<'c> {
    /// What it proves something about.
    pub(super) fn open(self) -> (Sent<'c>, Draft) {
        self.0
    }
}

/// Removes every secret in use by value, wherever it stands, then redacts by declaration, and takes
/// keys and personal data out of free text. Secrets first: of one of which something else has taken
/// a part, the rest would not be known any more.
#[must_use]
pub fn redact(checked: Checked<'_>) -> Redacted<'_> {
    let (mut call, mut draft) = checked.open();
    let engine = call.engine();
    if call.spec().enforces(Protection::Scrubbing) {
        let is_made = call.spec().enforces(Protection::Redaction);
        scrub(&mut draft, engine, |text| {
            is_made && matches!(text.redaction(), Redaction::Tokenize { .. })
        });
    }
    if call.spec().enforces(Protection::Redaction) {
        declared(&mut draft, &mut Redactor::new(call.conversation, call.api()));
    }
    if call.spec().enforces(Protection::Entities) {
        free_text(&mut draft, &call.free_text());
    }
    cut(&mut draft);
    call.trace.record.redactions.clone_from(&draft.redactions);
    Redacted((call, draft))
}

fn declared(draft: &mut Draft, redactor: &mut Redactor<'_>) {
    let mut keys = Distinct::default();
    for text in &mut draft.texts {
        let value = draft.arena.get(text.range()).unwrap_or_default();
        let facts = Facts { trusted: text.standing == Standing::Trusted, bare: text.is_bare() };
        let Some(mut made) = redactor.make(text.redaction(), value, facts) else { continue };
        *draft.redactions.entry(made.what).or_default() += 1;
        if text.is_key() {
            if text.form == Form::FirstKey {
                keys = Distinct::default();
            }
            made.text = keys.distinct(made.text);
        }
        if made.ours {
            text.standing = Standing::Ours;
        }
        text.replace(&mut draft.arena, &made.text);
    }
}

/// Takes keys and personal data out of the texts of which only the field is declared. It is one
/// search through all of them.
fn free_text(draft: &mut Draft, search: &FreeText<'_>) {
    let joined = Joined::in_lines(draft, Text::is_free);
    let mut found: Vec<(usize, Range<usize>, Kind)> = Vec::new();
    for entity in search.find(&joined.text) {
        *draft.redactions.entry(entity.kind.id()).or_default() += 1;
        // What goes over the end of a line, as a private key does, is taken out of each text.
        found.extend(
            joined
                .touched(joined.sound(&entity.span))
                .map(|(index, part)| (index, part, entity.kind)),
        );
    }
    drop(joined);
    for parts in found.chunk_by(|(one, ..), (next, ..)| one == next) {
        let Some(text) = parts.first().and_then(|(index, ..)| draft.texts.get_mut(*index)) else {
            continue;
        };
        text.splice(
            &mut draft.arena,
            parts.iter().map(|(_, part, kind)| (part.clone(), kind.placeholder())),
        );
    }
    if hidden::is_plain(&draft.arena) {
        return;
    }
    for text in draft.texts.iter_mut().filter(|text| text.is_open()) {
        let mut counts = draft.hidden;
        let Cow::Owned(cleaned) =
            hidden::clean(draft.arena.get(text.range()).unwrap_or_default(), &mut counts)
        else {
            continue;
        };
        if let Cow::Owned(redacted) = search.redact(&cleaned, &mut draft.redactions) {
            draft.hidden = counts;
            text.replace(&mut draft.arena, &redacted);
        }
    }
}

/// Cuts the texts that are longer than the model is shown, at the end of a character. Last, so that
/// neither a redaction nor a search for secrets sees half of a value; items of lists were cut off
/// by the walk.
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

/// Removes secrets, but where none can pass anyway: in the place of a value that holds one no token
/// is made.
fn scrub(draft: &mut Draft, guard: &Engine, passes_over: impl Fn(&Text) -> bool) {
    let needles = guard.scrubber.needles();
    for range in needles.find(&draft.skeleton) {
        // Outside of texts there are numbers: a secret of digits. Ones in its place keep them
        // numbers.
        let ones: String = draft
            .skeleton
            .get(range.clone())
            .unwrap_or_default()
            .chars()
            .map(|c| if c.is_ascii_digit() { '1' } else { c })
            .collect();
        draft.skeleton.replace_range(range, &ones);
        *draft.redactions.entry("secret").or_default() += 1;
    }
    let hides = !hidden::is_plain(&draft.arena);
    if !hides && !needles.contains(&draft.arena) {
        return;
    }
    for text in draft.texts.iter_mut().filter(|text| !passes_over(text)) {
        let mut counts = draft.hidden;
        let value = draft.arena.get(text.range()).unwrap_or_default();
        let value = if hides { hidden::clean(value, &mut counts) } else { value.into() };
        if let Cow::Owned(scrubbed) = needles.replace(&value, SCRUBBED) {
            draft.hidden = counts;
            *draft.redactions.entry("secret").or_default() += 1;
            text.replace(&mut draft.arena, &scrubbed);
        }
    }
}
