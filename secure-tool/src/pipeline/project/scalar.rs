//! Texts, numbers, bools and choices. A value that later stages may change becomes a text of the
//! draft; any other value is written to the skeleton.

use super::{Walk, within};
use crate::json::{Fault, quote_into};
use crate::pipeline::draft::Draft;
use crate::redaction::CountedUnit;
use crate::rules::Drift;
use crate::spec::{Class, Integrity, Named, ResponseField, Shape};

impl Walk<'_> {
    /// Reads a text, a number, a bool or a choice.
    pub(super) fn scalar(
        &mut self,
        shape: &Shape,
        named: Option<&'static Named>,
        field: ResponseField,
    ) -> Result<(), Drift> {
        let start = self.draft.arena.len();
        let bare = match shape {
            Shape::Bool => {
                let Ok(word) = self.reader.word() else { return self.drift("type", field) };
                self.draft.arena.push_str(word);
                true
            }
            Shape::Number => {
                let Ok(number) = self.reader.number() else { return self.drift("type", field) };
                self.in_range(number, field)?;
                self.draft.arena.push_str(number);
                true
            }
            _ => {
                if self.take_text().is_err() {
                    return self.drift("type", field);
                }
                self.fits(start, shape, named, field)?;
                if field.policy().max.is_some() {
                    // Truncation happens in the `redact` stage, because earlier steps need the
                    // whole text.
                    let count = self.draft.arena.get(start..).unwrap_or_default().chars().count();
                    self.note_cut(field, count, CountedUnit::Characters);
                }
                false
            }
        };
        // A number above public is a text too: a session may have to remember it.
        let known = self.class_of(field) == Class::Public || !matches!(shape, Shape::Number);
        let plain = matches!(field.policy().integrity, Integrity::Untrusted)
            && field.policy().redaction.keeps()
            && known;
        let closed =
            bare || matches!(shape, Shape::Choice(_)) || named.is_some_and(|named| named.closed);
        self.note_class(field);
        if plain && (bare || matches!(shape, Shape::Choice(_))) {
            let Draft { skeleton, arena, .. } = &mut self.draft;
            let text = arena.get(start..).unwrap_or_default();
            if bare {
                skeleton.push_str(text);
            } else {
                quote_into(skeleton, text);
            }
            arena.truncate(start);
        } else {
            self.push(start, field, named, closed, bare)?;
        }
        Ok(())
    }

    /// Returns the class of a field's value, enclosing fields included.
    pub(super) fn class_of(&self, field: ResponseField) -> Class {
        self.draft.within.map_or(field.class(), |within| within.max(field.class()))
    }

    pub(super) fn note_class(&mut self, field: ResponseField) {
        if field.policy().is_shown() {
            self.draft.class = self.draft.class.max(Some(field.class()));
        }
    }

    /// Adds the end of the arena as a text.
    pub(super) fn push(
        &mut self,
        start: usize,
        field: ResponseField,
        named: Option<&'static Named>,
        closed: bool,
        bare: bool,
    ) -> Result<(), Drift> {
        if self.draft.push(start, field, named, closed, bare) {
            Ok(())
        } else {
            self.drift("too_many_texts", field)
        }
    }

    /// Reads a string and appends its decoded text to the arena.
    pub(super) fn take_text(&mut self) -> Result<(), Fault> {
        let raw = self.reader.string()?;
        if raw.escaped {
            self.draft.arena.push_str(&raw.decoded());
        } else {
            self.draft.arena.push_str(raw.text);
        }
        Ok(())
    }

    /// Checks the rules on a text: those of its type, then those of its field.
    fn fits(
        &self,
        start: usize,
        shape: &Shape,
        named: Option<&Named>,
        field: ResponseField,
    ) -> Result<(), Drift> {
        let text = self.draft.arena.get(start..).unwrap_or_default();
        if matches!(shape, Shape::Choice(words) if !words.contains(&text)) {
            return self.drift("choice", field);
        }
        let patterns = [field.pattern(), named.and_then(|named| named.pattern)];
        if patterns.into_iter().flatten().any(|pattern| !self.patterns.whole(pattern, text)) {
            return self.drift("pattern", field);
        }
        if named.and_then(|named| named.accepts).is_some_and(|accepts| !accepts(text)) {
            return self.drift("format", field);
        }
        match field.length() {
            Some((least, most)) if !self.in_list && !within(text.chars().count(), least, most) => {
                self.drift("length", field)
            }
            _ => Ok(()),
        }
    }

    fn in_range(&self, number: &str, field: ResponseField) -> Result<(), Drift> {
        let Some((least, most)) = field.range() else { return Ok(()) };
        match number.parse::<f64>() {
            Ok(number) if least <= number && number <= most => Ok(()),
            _ => self.drift("range", field),
        }
    }
}
