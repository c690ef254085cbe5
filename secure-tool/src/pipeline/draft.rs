//! An answer on its way to the model: its declared parts, with each text apart from the structure
//! around it.

use std::collections::BTreeMap;
use std::ops::Range;

use secure_tool_text::hidden::Counts;
use serde_json::Value;

use super::project::Names;
use crate::json::quote_into;
use crate::redaction::Cuts;
use crate::spec::{Class, Integrity, MOST_TEXTS, Named, Redaction, ResponseField};

/// The declared parts of an answer.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Everything but the texts: punctuation, declared names, numbers. ASCII but for declared
    /// names.
    pub(super) skeleton: String,
    /// All texts, decoded, one behind the other.
    pub(super) arena: String,
    /// The texts, in the order in which they stand in the skeleton.
    pub(super) texts: Vec<Text>,
    /// Which of them detectors flagged something in, in order.
    pub(super) flagged: Vec<u32>,
    /// How many fields of the answer are not declared.
    pub(super) undeclared: u64,
    /// Their names, each once, up to a bound.
    pub(super) names: Names,
    /// What was, or is to be, cut of it.
    pub(super) cuts: Cuts,
    /// The hidden characters that are gone already, with what was found behind them.
    pub(super) hidden: Counts,
    /// How many values were redacted, by what.
    pub(super) redactions: BTreeMap<&'static str, u32>,
    /// What the typed parse may take for it, in bytes.
    pub(super) typed: usize,
    /// The highest class of what is in it and not redacted.
    pub(super) class: Option<Class>,
    /// The highest class of the fields that are being walked: what is inside of them is of it too.
    pub(super) within: Option<Class>,
}

impl Draft {
    /// Takes what stands at the end of the arena, from `start`, as a text. False if there are as
    /// many as there may be.
    pub(super) fn push(
        &mut self,
        start: usize,
        field: ResponseField,
        named: Option<&'static Named>,
        closed: bool,
        bare: bool,
    ) -> bool {
        if self.texts.len() >= MOST_TEXTS {
            return false; // before the vector grows for it
        }
        let standing = match field.policy().integrity {
            Integrity::Untrusted => Standing::Untrusted,
            Integrity::Trusted(_) => Standing::Trusted,
            Integrity::TrustedIf { .. } => Standing::IfPrincipal,
            Integrity::Handle => Standing::Handle,
        };
        let (at, start, end) = (short(self.skeleton.len()), short(start), short(self.arena.len()));
        let class = self.within.map_or(field.class(), |within| within.max(field.class()));
        let form = if bare { Form::Bare } else { Form::Text };
        self.texts.push(Text { at, start, end, field, named, standing, class, closed, form });
        true
    }

    /// The texts that are shown as they came, with their classes.
    pub(super) fn shown(&self) -> impl Iterator<Item = (Class, &str)> {
        let kept = self
            .texts
            .iter()
            .filter(|text| text.redaction().keeps() && text.standing != Standing::Ours);
        kept.map(|text| (text.class, self.arena.get(text.range()).unwrap_or_default()))
    }
}

/// One text of an answer. Small, because a hostile answer can be a million of them.
#[derive(Debug, Clone)]
pub(super) struct Text {
    at: u32,
    start: u32,
    end: u32,
    pub(super) field: ResponseField,
    /// Its nominal type, if it has one.
    pub(super) named: Option<&'static Named>,
    pub(super) standing: Standing,
    /// The highest class of its field and of those that hold it.
    pub(super) class: Class,
    /// It can't carry an instruction.
    pub(super) closed: bool,
    pub(super) form: Form,
}

/// How a text stands in the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// A value with quotes.
    Text,
    /// A number or a bool: written without quotes.
    Bare,
    /// The first key of a map.
    FirstKey,
    /// Another key of the same map.
    Key,
}

/// What a text may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Anyone could have written it.
    Untrusted,
    /// It grounds arguments of its kind.
    Trusted,
    /// It is trusted if the principal wrote its record; known at the end of the record.
    IfPrincipal,
    /// It is shown as a number, and fills arguments of its kind.
    Handle,
    /// It was put in the place of a value by us: it grounds nothing, and carries no instruction.
    Ours,
}

/// The most bytes of a text of a closed type that is taken for one: longer ones can hold a sentence
/// without white space.
pub(super) const LONGEST_CLOSED: usize = 64;

impl Text {
    /// Whether anyone could have written an instruction into it, and the model reads it as it is.
    pub(super) fn is_open(&self) -> bool {
        let short = self.range().len() <= LONGEST_CLOSED;
        let shown = !self.is_bare()
            && self.start < self.end
            && (self.standing != Standing::Handle || self.named.is_none());
        shown
            && !matches!(self.standing, Standing::Trusted | Standing::Ours)
            && !(self.closed && short)
    }

    /// Whether only its field is declared, and nothing of what may stand in it: no closed type says
    /// what it is.
    pub(super) fn is_free(&self) -> bool {
        self.is_open() && !self.closed && self.redaction().facts().is_searched
    }

    /// What is declared to become of it.
    pub(super) fn redaction(&self) -> Redaction {
        let policy = self.field.policy();
        if self.is_key() { policy.key_redaction() } else { policy.redaction }
    }

    /// Whether it is a number or a bool.
    pub(super) fn is_bare(&self) -> bool {
        self.form == Form::Bare
    }

    /// Whether it is a key of a map.
    pub(super) fn is_key(&self) -> bool {
        matches!(self.form, Form::FirstKey | Form::Key)
    }

    /// Where it stands in the skeleton.
    pub(super) fn at(&self) -> usize {
        self.at as usize
    }

    /// Where it is in the arena.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Puts another text in its place. The arena only grows; what is replaced stays behind in it
    /// and is never written.
    pub(super) fn replace(&mut self, arena: &mut String, with: &str) {
        let start = arena.len();
        arena.push_str(with);
        self.stands(start, arena.len());
    }

    /// The same of parts of it, which are apart, in order, and counted from its own start.
    pub(super) fn splice<'w>(
        &mut self,
        arena: &mut String,
        parts: impl IntoIterator<Item = (Range<usize>, &'w str)>,
    ) {
        let (range, start) = (self.range(), arena.len());
        let mut from = range.start;
        for (part, with) in parts {
            again(arena, from..range.start + part.start);
            arena.push_str(with);
            from = range.start + part.end;
        }
        again(arena, from..range.end);
        self.stands(start, arena.len());
    }

    fn stands(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (short(start), short(end));
        if self.is_bare() {
            self.form = Form::Text;
        }
    }

    /// Leaves out what is behind so many bytes of it. What was cut is not what its writer wrote: it
    /// grounds nothing.
    pub(super) fn shorten(&mut self, bytes: usize) {
        self.end = self.end.min(self.start.saturating_add(short(bytes)));
        if self.standing == Standing::Trusted {
            self.standing = Standing::Untrusted;
        }
    }
}

/// Appends a part of the arena to it.
fn again(arena: &mut String, part: Range<usize>) {
    let part = arena.get(part).unwrap_or_default().to_owned();
    arena.push_str(&part);
}

/// Positions fit 32 bits: a guard takes no tool with a larger cap.
fn short(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// Appends a scalar of the draft as JSON; a number as `serde_json` writes it, however the API did.
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
    fn a_text_of_an_answer_takes_32_bytes() {
        assert_eq!(size_of::<Text>(), 32);
    }
}
