//! What is taken out of free text for one agent: a text in, what of it the agent may not read out.

use std::borrow::Cow;
use std::collections::BTreeMap;

use secure_tool_text::entities::{Class, Entities, Entity, Kind, Kinds};

use crate::policy::Clearance;

/// The search for one call.
#[derive(Debug)]
pub(super) struct FreeText<'g> {
    entities: &'g Entities,
    kinds: Kinds,
}

impl<'g> FreeText<'g> {
    /// Keys and the numbers of payment cards are nobody's to read (PCI DSS 4.0, 3.4.1, wants them
    /// masked for all who have no business need); what else says something about a person is for
    /// agents that are cleared for it.
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

    /// The same for one text that was changed since.
    pub(super) fn redact<'t>(
        &self,
        text: &'t str,
        counts: &mut BTreeMap<&'static str, u32>,
    ) -> Cow<'t, str> {
        self.entities.redact(text, &self.kinds, counts)
    }
}
