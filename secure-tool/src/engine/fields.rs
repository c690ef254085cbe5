//! Field usage: the fields that an API returns, and how many of them the tool uses.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

use crate::keys::{ActiveKeys, Purpose};
use crate::spec::{Part, Shape};

/// The maximum number of distinct unexpected names per tool.
const MOST: usize = 1_024;

/// The number of fields that a tool uses, out of those that its API returns.
///
/// A declared field counts as returned in any case. An unexpected field counts once a response
/// contained it, up to 1,024 names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FieldUse {
    /// The tool.
    pub tool: &'static str,
    /// The number of fields that the API returns.
    pub sent: usize,
    /// The number of fields that reach the model in some form.
    pub used: usize,
}

/// The fields of one tool's responses.
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
        answer.each_of_response(&mut |part| {
            if let Part::Shape(Shape::Record(record)) = part {
                declared.extend(record.response_fields().map(|field| (record.name, field.name())));
                let kept =
                    record.response_fields().filter(|field| !field.policy().redaction.drops());
                used.extend(kept.map(|field| (record.name, field.name())));
            }
            !matches!(part, Part::Field(field) if field.policy().redaction.drops())
        });
        Self {
            declared: declared.len(),
            used: used.len(),
            hasher: RandomState::new(),
            undeclared: Mutex::default(),
        }
    }

    /// Remembers the unexpected names of a response. Returns the sorted digests of the new ones.
    /// Notifies the developer the first time.
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
                "the API returns more fields than the tool uses; unexpected fields are always removed; if the provider supports it, `select` requests only the declared fields"
            );
        }
        new.into_iter().collect()
    }

    pub(crate) fn report(&self, tool: &'static str) -> FieldUse {
        let undeclared = self.undeclared.lock().unwrap_or_else(PoisonError::into_inner).len();
        FieldUse { tool, sent: self.declared + undeclared, used: self.used }
    }
}
