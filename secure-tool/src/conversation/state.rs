//! The state of a session: prompt, trusted values, handles and approvals. It is bounded; when a
//! limit is reached, calls are refused.

use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::Value;

use super::approvals::Approvals;
use super::confidential::Confidential;
use super::prompt::Prompt;
use super::quarantine::{Quarantine, Quarantined};
use crate::json::quote_into;

/// The maximum number of values that a session remembers from responses.
pub(crate) const MOST_VALUES: usize = 20_000;

#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) prompt: Prompt,
    /// Canonical trusted values, by API and kind.
    trusted: HashMap<(&'static str, &'static str), HashSet<String>>,
    /// Handles by kind, in the order of their numbers.
    handles: HashMap<&'static str, Handles>,
    values: usize,
    /// Taint: untrusted text was returned.
    pub(crate) read_untrusted: bool,
    /// Taint: data above the class `public` was returned.
    pub(crate) read_private: bool,
    pub(crate) approvals: Approvals,
    quarantine: Quarantine,
    /// Values that the readers of the final answer may not see.
    pub(crate) confidential: Confidential,
    /// The datamarks used in this session. Their number is bounded by the number of available
    /// marks.
    pub(crate) marks: BTreeSet<char>,
}

/// The handles of one kind.
#[derive(Debug, Default)]
struct Handles {
    list: Vec<Handle>,
    /// The numbers, by API and JSON value.
    numbers: HashMap<&'static str, HashMap<String, usize>>,
}

#[derive(Debug)]
struct Handle {
    api: &'static str,
    value: Value,
}

impl State {
    /// Remembers a trusted value. Returns false if the session is full.
    pub(crate) fn trust(&mut self, api: &'static str, kind: &'static str, canonical: &str) -> bool {
        let known = self.trusted.entry((api, kind)).or_default();
        if known.contains(canonical) {
            return true;
        }
        if self.values >= MOST_VALUES {
            return false;
        }
        self.values += 1;
        known.insert(canonical.to_owned());
        true
    }

    pub(crate) fn trusts(
        &self,
        apis: impl Iterator<Item = &'static str>,
        kind: &'static str,
        canonical: &str,
    ) -> bool {
        let mut apis = apis;
        apis.any(|api| {
            self.trusted.get(&(api, kind)).is_some_and(|known| known.contains(canonical))
        })
    }

    /// Quarantines a text and returns its number, or `None` if the limits are reached.
    pub(crate) fn quarantine(
        &mut self,
        tool: &'static str,
        field: &'static str,
        text: String,
    ) -> Option<usize> {
        self.quarantine.keep(tool, field, text)
    }

    pub(crate) fn quarantined(&self, number: usize) -> Option<&Quarantined> {
        self.quarantine.get(number)
    }

    /// Returns the number of a handle by its JSON value, and assigns one if needed. Returns `None`
    /// if the session is full.
    pub(crate) fn number(
        &mut self,
        api: &'static str,
        kind: &'static str,
        json: &str,
    ) -> Option<usize> {
        let handles = self.handles.entry(kind).or_default();
        let numbers = handles.numbers.entry(api).or_default();
        if let Some(number) = numbers.get(json) {
            return Some(*number);
        }
        if self.values >= MOST_VALUES {
            return None;
        }
        self.values += 1;
        handles.list.push(Handle { api, value: serde_json::from_str(json).unwrap_or_default() });
        numbers.insert(json.to_owned(), handles.list.len());
        Some(handles.list.len())
    }

    /// Returns the value of a handle that one of these APIs issued.
    pub(crate) fn handle(
        &self,
        apis: impl Iterator<Item = &'static str>,
        kind: &str,
        number: usize,
    ) -> Option<&Value> {
        let handle = self.handles.get(kind)?.list.get(number.checked_sub(1)?)?;
        let mut apis = apis;
        apis.any(|api| api == handle.api).then_some(&handle.value)
    }

    /// Returns whether one of these APIs issued this value as a handle of this kind.
    pub(crate) fn gave(
        &self,
        apis: impl Iterator<Item = &'static str>,
        kind: &str,
        value: &Value,
    ) -> bool {
        let Some(handles) = self.handles.get(kind) else { return false };
        let json = as_json(value);
        let mut apis = apis;
        apis.any(|api| handles.numbers.get(api).is_some_and(|numbers| numbers.contains_key(&json)))
    }

    /// Returns the values of handles shown as `Name#n`, by the name that the model sees.
    pub(crate) fn shown_handle(
        &self,
        kinds: &[(&'static str, &'static str)],
        name: &str,
        number: usize,
    ) -> Option<&Value> {
        let mut found = kinds
            .iter()
            .filter(|(_, shown)| *shown == name)
            .filter_map(|(kind, _)| self.handles.get(kind)?.list.get(number.checked_sub(1)?));
        let one = found.next()?;
        found.next().is_none().then_some(&one.value)
    }
}

/// Returns a value as used to identify handles: JSON text as this crate writes it.
fn as_json(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let mut json = String::with_capacity(text.len() + 2);
            quote_into(&mut json, text);
            json
        }
        other => other.to_string(),
    }
}
