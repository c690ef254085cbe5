//! Which fields an API sends: the names of an answer in, those that are new out, and how many of
//! them the tool uses.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::keys::{ActiveKeys, Purpose};
use crate::spec::{Part, Redaction, Shape};

/// The most undeclared names of one tool that are told apart.
const MOST: usize = 1_024;

/// How many of the fields that its API sends a tool uses.
///
/// What is declared counts as sent, whether it was yet or not; what is not declared, once an answer
/// had it, up to 1,024 names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldUse {
    /// The tool.
    pub tool: &'static str,
    /// The fields that the API sends.
    pub sent: usize,
    /// Those of them that reach the model in some form.
    pub used: usize,
}

/// The fields of one tool's answers.
#[derive(Debug)]
pub(crate) struct Fields {
    declared: usize,
    used: usize,
    hasher: RandomState,
    undeclared: Mutex<HashSet<u64>>,
}

impl Fields {
    pub(super) fn of(answer: &'static Shape) -> Self {
        let (mut declared, mut used) = (BTreeSet::new(), BTreeSet::new());
        answer.each(&mut |part| {
            if let Part::Shape(Shape::Record(record)) = part {
                declared.extend(record.fields.iter().map(|field| (record.name, field.name)));
                let kept = record.fields.iter().filter(|field| field.redaction != Redaction::Drop);
                used.extend(kept.map(|field| (record.name, field.name)));
            }
            !matches!(part, Part::Field(field) if field.redaction == Redaction::Drop)
        });
        Self {
            declared: declared.len(),
            used: used.len(),
            hasher: RandomState::new(),
            undeclared: Mutex::default(),
        }
    }

    /// Remembers the undeclared names of an answer: the digests of those that are new, sorted. The
    /// first time that there are some, it tells the developer.
    pub(crate) fn add<'n>(
        &self,
        tool: &'static str,
        names: impl Iterator<Item = (&'static str, &'n str)>,
        keys: &ActiveKeys,
    ) -> Vec<String> {
        let mut undeclared = self.undeclared.lock().unwrap_or_else(PoisonError::into_inner);
        let is_first = undeclared.is_empty();
        let mut new = BTreeSet::new();
        for (of, name) in names {
            if undeclared.len() < MOST && undeclared.insert(self.hasher.hash_one((of, name))) {
                new.insert(keys.digest(Purpose::Fields, &[of.as_bytes(), name.as_bytes()]));
            }
        }
        if is_first && !new.is_empty() {
            let (sent, used) = (self.declared + undeclared.len(), self.used);
            tracing::info!(
                tool,
                sent,
                used,
                "the API sends more fields than are used: what is not declared never passes; `select` asks for less, where the provider can"
            );
        }
        new.into_iter().collect()
    }

    pub(crate) fn report(&self, tool: &'static str) -> FieldUse {
        let undeclared = self.undeclared.lock().unwrap_or_else(PoisonError::into_inner).len();
        FieldUse { tool, sent: self.declared + undeclared, used: self.used }
    }
}
