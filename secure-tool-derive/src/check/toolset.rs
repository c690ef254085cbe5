//! The rules of `#[derive(SecureToolset)]`. Constants check what the tools do together.

use super::{head, one_of};
use crate::attr;
use crate::attr::words::Written;
use crate::codes;
use crate::diagnostics::Errors;
use crate::model::{Toolset, Trifecta};

/// Checks an allowlist.
pub(crate) fn toolset(written: &attr::Toolset, errors: &mut Errors) -> Option<Toolset> {
    let head = head(&written.item, "SecureToolset", errors);
    let trifecta = match &written.trifecta {
        Written::Present(word) => one_of(word, Trifecta::WORDS, errors),
        _ => None,
    };
    let list = match &written.tools {
        Written::Present(list) => list,
        Written::Malformed => return None,
        Written::Absent => {
            errors.at(
                &head.ident,
                codes::missing(
                    "`tools`",
                    "a toolset without a list allows nothing",
                    "tools(SearchProducts, GetOrder)",
                ),
            );
            return None;
        }
    };
    if list.items.is_empty() {
        errors.at(&list.word, codes::malformed("tools", "tools(SearchProducts, GetOrder)"));
    }
    Some(Toolset { head, tools: list.items.clone(), word: list.word.span(), trifecta })
}
