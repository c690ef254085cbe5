//! Redaction of free text for one agent: finds keys and personal data that the agent may not read.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secure_tool_text::entities::{Class, Entities, Entity, Kind, Kinds};

use crate::policy::Clearance;

/// The scanner for one call.
#[derive(Debug)]
pub(super) struct FreeText<'g> {
    entities: &'g Entities,
    kinds: Kinds,
}

impl<'g> FreeText<'g> {
    /// Keys and payment card numbers are removed for every agent: PCI DSS 4.0, 3.4.1, requires
    /// masked card numbers. Other personal data is kept for agents with the clearance.
    pub(super) fn new(entities: &'g Entities, clearance: Clearance) -> Self {
        let kinds = if clearance >= Clearance::Pii {
            Kinds::of(&[Class::Credential]).with(Kind::CARD)
        } else {
            Kinds::all()
        };
        Self { entities, kinds }
    }

    pub(super) fn find(&self, text: &str) -> Vec<Entity> {
        if text.is_empty() { Vec::new() } else { self.entities.find_kinds(text, &self.kinds) }
    }

    /// Scans one text that has changed since.
    pub(super) fn redact<'t>(
        &self,
        text: &'t str,
        counts: &mut BTreeMap<&'static str, u32>,
    ) -> Cow<'t, str> {
        self.entities.redact(text, &self.kinds, counts)
    }
}
