//! An answer on its way to the model: its declared parts, with each text apart from the structure around it.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use crate::spec::{Class, Field, Integrity, Named};

/// The declared parts of an answer.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    /// Everything but the texts: punctuation, declared names, numbers. ASCII but for declared names.
    pub(super) skeleton: String,
    /// All texts, decoded, one behind the other.
    pub(super) arena: String,
    /// The texts, in the order in which they stand in the skeleton.
    pub(super) texts: Vec<Text>,
    /// How many fields of the answer are not declared.
    pub(super) undeclared: u64,
    /// How many values were redacted, by what.
    pub(super) redactions: BTreeMap<&'static str, u32>,
    /// What the typed parse may take for it, in bytes.
    pub(super) typed: usize,
    /// The highest class of what is in it and not redacted.
    pub(super) class: Option<Class>,
}

impl Draft {
    /// Takes what stands at the end of the arena, from `start`, as a text. False if there are as many as there may be.
    pub(super) fn push(&mut self, start: usize, field: &'static Field, named: Option<&'static Named>, closed: bool, bare: bool) -> bool {
        if self.texts.len() >= MOST_TEXTS {
            return false; // before the vector grows for it
        }
        let standing = match field.integrity {
            Integrity::Untrusted => Standing::Untrusted,
            Integrity::Trusted(_) => Standing::Trusted,
            Integrity::TrustedIf { .. } => Standing::IfPrincipal,
            Integrity::Handle => Standing::Handle,
        };
        let (at, start, end) = (short(self.skeleton.len()), short(start), short(self.arena.len()));
        self.texts.push(Text { at, start, end, field, named, standing, closed, bare });
        true
    }
}

/// The most texts of one answer. With 32 bytes each they cost no more than 4 MiB, however short they are.
pub(crate) const MOST_TEXTS: usize = 131_072;

/// One text of an answer. Small, because a hostile answer can be a million of them.
#[derive(Debug, Clone)]
pub(super) struct Text {
    at: u32,
    start: u32,
    end: u32,
    pub(super) field: &'static Field,
    /// Its nominal type, if it has one.
    pub(super) named: Option<&'static Named>,
    pub(super) standing: Standing,
    /// It can't carry an instruction.
    pub(super) closed: bool,
    /// It is a number or a bool: written without quotes.
    pub(super) bare: bool,
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
    /// The guard wrote it.
    Constant,
}

/// The most bytes of a text of a closed type that is taken for one: longer ones can hold a sentence without white space.
pub(super) const LONGEST_CLOSED: usize = 64;

impl Text {
    /// Whether anyone could have written an instruction into it, and the model reads it as it is.
    pub(super) fn is_open(&self) -> bool {
        let short = self.range().len() <= LONGEST_CLOSED;
        let shown = !self.bare && self.start < self.end && (self.standing != Standing::Handle || self.named.is_none());
        shown && !matches!(self.standing, Standing::Trusted | Standing::Constant) && !(self.closed && short)
    }

    /// Where it stands in the skeleton.
    pub(super) fn at(&self) -> usize {
        self.at as usize
    }

    /// Where it is in the arena.
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Puts what stands at the end of the arena, from `start`, in its place.
    pub(super) fn replace(&mut self, start: usize, end: usize) {
        (self.start, self.end) = (short(start), short(end));
        self.bare = false;
    }
}

/// Positions fit 32 bits: a guard takes no tool with a larger cap.
fn short(position: usize) -> u32 {
    u32::try_from(position).unwrap_or(u32::MAX)
}

/// A scalar of the draft as JSON.
pub(super) fn as_value(text: &str, bare: bool) -> Value {
    if bare { serde_json::from_str(text).unwrap_or(Value::Null) } else { Value::String(text.to_owned()) }
}
