//! `#[derive(SecureToolset)]` as written.

use proc_macro2::Ident;
use syn::{DeriveInput, Type};

use super::words::{List, Table, Words, Written};
use super::{Item, is_unit_struct};
use crate::codes;
use crate::diagnostics::Errors;

pub(super) const WORDS: Table = &[
    ("tools", "tools(SearchProducts, GetOrder)"),
    ("trifecta", "trifecta = confirm` or `trifecta = deny"),
    ("crate", "crate = path::to::secure_tool"),
];

/// An allowlist.
pub(crate) struct Toolset {
    pub(crate) item: Item,
    pub(crate) tools: Written<List<Type>>,
    pub(crate) trifecta: Written<Ident>,
}

impl Toolset {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        if !is_unit_struct(input) {
            errors.at(&input.ident, codes::not_a_unit_struct("SecureToolset"));
        }
        let mut words = Words::read(&input.attrs, WORDS, errors);
        Self {
            item: Item::read(input, &mut words, errors),
            tools: words.list("tools", errors),
            trifecta: words.value("trifecta", errors),
        }
    }
}
