//! A response in progress: its declared parts, with all texts separate from the JSON structure.

use std::collections::BTreeMap;
use std::ops::Range;

use secure_tool_text::hidden::Counts;
use serde_json::Value;

use super::project::Names;
use crate::json::quote_into;
use crate::redaction::Cuts;
use crate::spec::{Class, Integrity, MOST_TEXTS, Named, Redaction, ResponseField};

/// The declared parts of a response.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Everything but the texts: punctuation, declared names and numbers. ASCII except for declared
    /// names.
    pub(super) skeleton: String,
    /// All texts, decoded and concatenated.
    pub(super) arena: String,
    /// The texts, in skeleton order.
    pub(super) texts: Vec<Text>,
    /// The indexes of the flagged texts, in order.
    pub(super) flagged: Vec<u32>,
    /// The number of unexpected fields.
    pub(super) undeclared: u64,
    /// The distinct names of unexpected fields, up to a limit.
    pub(super) names: Names,
    /// The truncations, made or planned.
    pub(super) cuts: Cuts,
    /// The hidden characters removed so far, with the text found in them.
    pub(super) hidden: Counts,
    /// The number of redacted values, by redaction.
    pub(super) redactions: BTreeMap<&'static str, u32>,
    /// The estimated size of the typed parse result, in bytes.
    pub(super) typed: usize,
    /// The highest class among the unredacted values.
    pub(super) class: Option<Class>,
    /// The highest class of the enclosing fields, inherited by the values inside.
    pub(super) within: Option<Class>,
}

impl Draft {
    /// Adds the end of the arena, from `start`, as a text. Returns false if the response has the
    /// maximum number of texts.
    pub(super) fn push(
        &mut self,
        start: usize,
        field: ResponseField,
        named: Option<&'static Named>,
        closed: bool,
        bare: bool,
    ) -> bool {
        if self.texts.len() >= MOST_TEXTS {
            return false; // before the vector grows
        }
        let trust = match field.policy().integrity {
            Integrity::Untrusted => Trust::Untrusted,
            Integrity::Trusted(_) => Trust::Trusted,
            Integrity::TrustedIf { .. } => Trust::IfPrincipal,
            Integrity::Handle => Trust::Handle,
        };
        let (at, start, end) = (short(self.skeleton.len()), short(start), short(self.arena.len()));
        let class = self.within.map_or(field.class(), |within| within.max(field.class()));
        let form = if bare { Form::Bare } else { Form::Text };
        self.texts.push(Text { at, start, end, field, named, trust, class, closed, form });
        true
    }

    /// Returns the texts that are shown without redaction, with their classes.
    pub(super) fn shown(&self) -> impl Iterator<Item = (Class, &str)> {
        let kept = self
            .texts
            .iter()
            .filter(|text| text.redaction().keeps() && text.trust != Trust::Replacement);
        kept.map(|text| (text.class, self.arena.get(text.range()).unwrap_or_default()))
    }
}

/// One text of a response. It is small because a hostile response can contain a million texts.
#[derive(Debug, Clone)]
pub(super) struct Text {
    at: u32,
    start: u32,
    end: u32,
    pub(super) field: ResponseField,
    /// The nominal type, if it has one.
    pub(super) named: Option<&'static Named>,
    pub(super) trust: Trust,
    /// The highest class of its field and of the enclosing fields.
    pub(super) class: Class,
    /// Whether the text can't carry an instruction.
    pub(super) closed: bool,
    pub(super) form: Form,
}

/// How a text is written in the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A value in quotes.
    Text,
    /// A number or a bool, written without quotes.
    Bare,
    /// The first key of a map.
    FirstKey,
    /// Another key of the same map.
    Key,
}

/// The trust in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    /// Untrusted: anyone may have written it.
    Untrusted,
    /// Trusted: a source for arguments of its kind.
    Trusted,
    /// Trusted if the principal wrote the record, which is decided at the end of the record.
    IfPrincipal,
    /// A handle: the model sees a number, which is accepted in arguments of its kind.
    Handle,
    /// A replacement made by the pipeline. It is not a source for arguments and carries no
    /// instruction.
    Replacement,
}

/// The maximum length of a text of a closed type, in bytes. A longer text could contain a sentence
/// without white space.
pub(super) const LONGEST_CLOSED: usize = 64;

impl Text {
    /// Returns whether the text may contain an attacker's instruction that the model reads
    /// unredacted.
    pub(super) fn is_open(&self) -> bool {
        let short = self.range().len() <= LONGEST_CLOSED;
        let shown = !self.is_bare()
            && self.start < self.end
            && (self.trust != Trust::Handle || self.named.is_none());
        shown
            && !matches!(self.trust, Trust::Trusted | Trust::Replacement)
            && !(self.closed && short)
    }

    /// Returns whether the text is free text: its field is declared, but no closed type restricts
    /// its content.
    pub(super) fn is_free(&self) -> bool {
        self.is_open() && !self.closed && self.redaction().facts().is_searched
    }

    /// Returns the declared redaction.
    pub(super) fn redaction(&self) -> Redaction {
        let policy = self.field.policy();
        if self.is_key() { policy.key_redaction() } else { policy.redaction }
    }

    /// Returns whether it is a number or a bool.
    pub(super) fn is_bare(&self) -> bool {
        self.form == Form::Bare
    }

    /// Returns whether it is a key of a map.
    pub(super) fn is_key(&self) -> bool {
        matches!(self.form, Form::FirstKey | Form::Key)
    }

    /// Returns its position in the skeleton.
    pub(super) fn at(&self) -> usize {
        self.at as usize
    }

    /// Returns its range in the arena.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Replaces the text. The arena only grows; the old text stays in it but is never written.
    pub(super) fn replace(&mut self, arena: &mut String, with: &str) {
        let start = arena.len();
        arena.push_str(with);
        self.set_range(start, arena.len());
    }

    /// Replaces parts of the text. The parts are disjoint, in order, and relative to its start.
    pub(super) fn splice<'w>(
        &mut self,
        arena: &mut String,
        parts: impl IntoIterator<Item = (Range<usize>, &'w str)>,
    ) {
        let (range, start) = (self.range(), arena.len());
        let mut from = range.start;
        for (part, with) in parts {
            copy_to_end(arena, from..range.start + part.start);
            arena.push_str(with);
            from = range.start + part.end;
        }
        copy_to_end(arena, from..range.end);
        self.set_range(start, arena.len());
    }

    fn set_range(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (short(start), short(end));
        if self.is_bare() {
            self.form = Form::Text;
        }
    }

    /// Truncates the text to this length in bytes. A truncated text is not what its author wrote,
    /// so it stops being a source for arguments.
    pub(super) fn shorten(&mut self, bytes: usize) {
        self.end = self.end.min(self.start.saturating_add(short(bytes)));
        if self.trust == Trust::Trusted {
            self.trust = Trust::Untrusted;
        }
    }
}

/// Appends a copy of a range of the arena to its end.
fn copy_to_end(arena: &mut String, part: Range<usize>) {
    let part = arena.get(part).unwrap_or_default().to_owned();
    arena.push_str(&part);
}

/// Converts a position to 32 bits. A guard rejects tools with a larger response limit.
fn short(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Appends a scalar of the draft as JSON. Numbers are written as `serde_json` writes them.
pub(super) fn write_json(out: &mut String, text: &str, bare: bool) {
    if bare {
        let number: Value = serde_json::from_str(text).unwrap_or_default();
        out.push_str(&number.to_string());
    } else {
        quote_into(out, text);
    }
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[test]
    fn response_text_entry_has_32_bytes() {
        assert_eq!(size_of::<Text>(), 32);
    }
}
