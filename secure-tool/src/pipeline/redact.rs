//! Stage 9: applies the declared redactions and removes secrets. It never refuses a call.

use std::borrow::Cow;
use std::ops::Range;

use secure_tool_text::entities::Kind;
use secure_tool_text::hidden;

use super::check::Checked;
use super::draft::{Draft, Form, Text, Trust};
use super::free_text::FreeText;
use super::joined::Joined;
use super::sent::Sent;
use crate::engine::Engine;
use crate::redaction::{Distinct, Facts, Redactor};
use crate::scrub::SCRUBBED;
use crate::spec::{Protection, Redaction, Shape};

/// Proof that the declared redactions were applied and that the response contains no secret in use.
/// Only `redact` creates it.
#[derive(Debug)]
pub struct Redacted<'c>((Sent<'c>, Draft));

impl<'c> Redacted<'c> {
    /// The call.
    pub(super) fn open(self) -> (Sent<'c>, Draft) {
        self.0
    }
}

/// Scrubs every secret in use by value, then applies the declared redactions, then removes keys and
/// personal data from free text. Secrets come first: a partly redacted secret would no longer
/// match.
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
        let facts = Facts { trusted: text.trust == Trust::Trusted, bare: text.is_bare() };
        let Some(mut made) = redactor.make(text.redaction(), value, facts) else { continue };
        *draft.redactions.entry(made.name).or_default() += 1;
        if text.is_key() {
            if text.form == Form::FirstKey {
                keys = Distinct::default();
            }
            made.text = keys.distinct(made.text);
        }
        if made.is_replacement {
            text.trust = Trust::Replacement;
        }
        text.replace(&mut draft.arena, &made.text);
    }
}

/// Removes keys and personal data from free text, in one scan of all texts.
fn free_text(draft: &mut Draft, search: &FreeText<'_>) {
    let joined = Joined::in_lines(draft, Text::is_free);
    let mut found: Vec<(usize, Range<usize>, Kind)> = Vec::new();
    for entity in search.find(&joined.text) {
        *draft.redactions.entry(entity.kind.id()).or_default() += 1;
        // Multi-line entities, such as private keys, are searched for in each text separately.
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

/// Truncates overlong texts at a character boundary. This comes last, so that redactions and the
/// secret search see whole values. The walk has already truncated lists.
fn cut(draft: &mut Draft) {
    if draft.cuts.count() == 0 {
        return;
    }
    *draft.redactions.entry("cut").or_default() += draft.cuts.count();
    for text in &mut draft.texts {
        let Some(max) = text.field.policy().max.filter(|_| is_text(text.field.shape())) else {
            continue;
        };
        let value = draft.arena.get(text.range()).unwrap_or_default();
        if let Some((end, _)) = value.char_indices().nth(max as usize) {
            text.shorten(end);
        }
    }
}

/// Returns whether a field contains one text. For a list, `max` counts items and not characters.
fn is_text(shape: &Shape) -> bool {
    match shape {
        Shape::Text => true,
        Shape::Named(named) => is_text(named.inner),
        Shape::Optional(inner) => is_text(inner),
        _ => false,
    }
}

/// Scrubs secrets, except in texts that are removed anyway. A value with a secret is never
/// tokenized.
fn scrub(draft: &mut Draft, guard: &Engine, passes_over: impl Fn(&Text) -> bool) {
    let needles = guard.scrubber.needles();
    for range in needles.find(&draft.skeleton) {
        // Outside of texts, only a number can contain a secret of digits. Replacing it with ones
        // keeps it a number.
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
