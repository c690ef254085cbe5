//! Objects with declared fields. Unexpected fields are skipped, and conditional trust is decided at
//! the end of each object.

use std::borrow::Cow;

use super::Walk;
use crate::json::quote_into;
use crate::pipeline::draft::Trust;
use crate::redaction::Step;
use crate::rules::Drift;
use crate::spec::{Integrity, Record, ResponseField};

/// The limit for the parsed size of a response's records, in bytes: a constant, and a factor per
/// byte of text. An honest record has a few bytes of text per field.
const HEAVIEST: usize = 1 << 20;
const HEAVIER: usize = 16;

impl<'a> Walk<'a> {
    /// Walks an object with declared fields, and with a tag that is already known.
    pub(super) fn record(
        &mut self,
        record: &'static Record,
        tag: Option<(&'static str, &'static str)>,
        depth: usize,
    ) -> Result<(), Drift> {
        self.reader.take(b'{')?;
        self.draft.skeleton.push('{');
        let (mut seen, mut first, mut members) = (SeenFields::default(), true, 0);
        let order = self.orders.of(record);
        let texts = self.draft.texts.len();
        let outer = std::mem::take(&mut self.in_list);
        let mut authors: Vec<(&'static str, bool)> = Vec::new();
        let has_authors = record
            .response_fields()
            .any(|field| matches!(field.policy().integrity, Integrity::TrustedIf { .. }));
        let mut open = !self.reader.eat(b'}');
        while open {
            let expected = self.orders.expected(order, members).filter(|_| tag.is_none());
            let (key, found) = self.key(record, expected)?;
            if let Some((tag, name)) = tag.filter(|(tag, _)| *tag == key) {
                self.reader.skip(depth)?;
                self.member(&mut first, tag);
                quote_into(&mut self.draft.skeleton, name);
            } else if let Some(found) = found {
                self.orders.note(order, members, found);
                members += 1;
                let Some(field) = record.fields.get(found).map(ResponseField::of) else {
                    return self.drift("field", ResponseField::WHOLE);
                };
                if !seen.add(found) {
                    return self.drift("duplicate", field);
                }
                if field.policy().redaction.drops() {
                    self.reader.skip(depth)?;
                    *self.draft.redactions.entry("drop").or_default() += 1;
                } else {
                    self.note_class(field);
                    self.member(&mut first, field.name());
                    let before = self.draft.texts.len();
                    let scalar = self.draft.arena.len();
                    self.of_field(field, depth)?;
                    if has_authors
                        && is_author(record, field)
                        && field.shape().facts().own.is_scalar
                    {
                        authors.push((field.name(), self.is_principal(before, scalar)));
                    }
                }
            } else {
                self.draft.undeclared += 1;
                self.draft.names.add(record.name, &key);
                self.reader.skip(depth)?;
            }
            open = !self.reader.eat(b'}');
            if open {
                self.reader.take(b',')?;
            }
        }
        self.in_list = outer;
        self.draft.skeleton.push('}');
        self.weigh(record)?;
        self.resolve_authors(texts, &authors);
        Ok(())
    }

    /// Walks the value of a field, with its path and class set.
    fn of_field(&mut self, field: ResponseField, depth: usize) -> Result<(), Drift> {
        let outside = self.draft.within;
        self.draft.within = outside.max(Some(field.class()));
        self.path.push(Step::Name(field.name()));
        let walked = self.value(field.shape(), field, depth);
        self.path.pop();
        self.draft.within = outside;
        walked
    }

    /// Reads a name and its colon. Returns the field if it is declared.
    fn key(
        &mut self,
        record: &'static Record,
        expected: Option<usize>,
    ) -> Result<(Cow<'a, str>, Option<usize>), Drift> {
        if let Some(field) = expected.and_then(|expected| record.fields.get(expected))
            && self.reader.eat_name(field.name)
        {
            return Ok((Cow::Borrowed(field.name), expected));
        }
        let key = self.reader.string()?.decoded();
        self.reader.take(b':')?;
        let found = record.fields.iter().position(|field| field.name == key);
        Ok((key, found))
    }

    /// Adds the estimated size of the parsed record: about three words per field, even without
    /// text.
    fn weigh(&mut self, record: &Record) -> Result<(), Drift> {
        self.weight += 24 * (record.fields.len() + 1);
        if self.weight > HEAVIEST + HEAVIER * self.reader.at() {
            self.drift("too_many_items", ResponseField::WHOLE)
        } else {
            Ok(())
        }
    }

    pub(super) fn member(&mut self, first: &mut bool, name: &str) {
        if !std::mem::take(first) {
            self.draft.skeleton.push(',');
        }
        quote_into(&mut self.draft.skeleton, name);
        self.draft.skeleton.push(':');
    }

    /// Returns whether the single text of a field is the principal's identity.
    fn is_principal(&self, before: usize, start: usize) -> bool {
        let Some([text]) = self.draft.texts.get(before..) else { return false };
        let Some(principal) = self.principal else { return false };
        let value = self.draft.arena.get(start..text.range().end).unwrap_or_default();
        match text.named.and_then(|named| named.canonical) {
            Some(canonical) => canonical(value) == canonical(principal),
            None => value == principal,
        }
    }

    /// Decides conditional trust at the end of a record.
    fn resolve_authors(&mut self, from: usize, authors: &[(&'static str, bool)]) {
        for text in
            self.draft.texts.iter_mut().skip(from).filter(|text| text.trust == Trust::IfPrincipal)
        {
            let Integrity::TrustedIf { field } = text.field.policy().integrity else { continue };
            let by_principal = authors.contains(&(field, true));
            text.trust = if by_principal { Trust::Trusted } else { Trust::Untrusted };
        }
    }
}

/// Returns whether the field identifies the author of the record.
fn is_author(record: &Record, field: ResponseField) -> bool {
    record.response_fields().any(|other| matches!(other.policy().integrity, Integrity::TrustedIf { field: author } if author == field.name()))
}

/// The last order of fields in each type of record. The order rarely changes between the items of a
/// list, so one comparison usually replaces a search.
#[derive(Default)]
pub(super) struct FieldOrders(Vec<(*const Record, Vec<usize>)>);

impl FieldOrders {
    /// The maximum number of remembered record types, and of fields per type.
    const MOST: usize = 32;

    /// Returns the index of a record's order.
    fn of(&mut self, record: &'static Record) -> usize {
        let at = self.0.iter().position(|(known, _)| std::ptr::eq(*known, record));
        at.unwrap_or_else(|| {
            if self.0.len() < Self::MOST {
                self.0.push((record, (0..record.fields.len().min(Self::MOST)).collect()));
            }
            self.0.len() - 1
        })
    }

    /// Returns the expected field after this number of fields.
    fn expected(&self, order: usize, members: usize) -> Option<usize> {
        self.0.get(order)?.1.get(members).copied()
    }

    /// Stores the actual field.
    fn note(&mut self, order: usize, members: usize, found: usize) {
        if let Some(known) = self.0.get_mut(order).and_then(|(_, order)| order.get_mut(members)) {
            *known = found;
        }
    }
}

/// The set of fields seen in a record.
#[derive(Default)]
pub(super) struct SeenFields {
    low: u128,
    high: Vec<usize>,
}

impl SeenFields {
    /// Adds a field. Returns false if it was already in the set.
    pub(super) fn add(&mut self, index: usize) -> bool {
        let new = match 1_u128.checked_shl(u32::try_from(index).unwrap_or(u32::MAX)) {
            Some(bit) => {
                let new = self.low & bit == 0;
                self.low |= bit;
                return new;
            }
            None => !self.high.contains(&index),
        };
        if new {
            self.high.push(index);
        }
        new
    }
}
