//! What is wrong with a value, in words that echo nothing of it.

use std::borrow::Cow;

use serde::Serialize;
use validator::{ValidationErrors, ValidationErrorsKind};

/// One failure of a model's arguments: where, and a stable code. It holds neither the value nor a
/// name that the model made up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flaw {
    /// A JSON pointer of declared names and indexes; keys of a map are shown as `*`.
    pub pointer: String,
    /// What is wrong: the keyword of JSON schema in snake case, or the code of a rule of the
    /// developer's.
    pub code: Cow<'static, str>,
}

impl Flaw {
    /// The arguments are of the schema but not of the type.
    pub(crate) const TYPE: Self = Self { pointer: String::new(), code: Cow::Borrowed("type") };

    pub(crate) fn of_validator(errors: &ValidationErrors) -> Vec<Self> {
        let mut flaws = Vec::new();
        collect(errors, "", &mut flaws);
        flaws.sort_by(|a, b| a.pointer.cmp(&b.pointer).then_with(|| a.code.cmp(&b.code)));
        flaws
    }
}

fn collect(errors: &ValidationErrors, at: &str, flaws: &mut Vec<Flaw>) {
    for (field, kind) in errors.errors() {
        let pointer = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Field(errors) => {
                flaws.extend(
                    errors
                        .iter()
                        .map(|error| Flaw { pointer: pointer.clone(), code: error.code.clone() }),
                );
            }
            ValidationErrorsKind::Struct(inner) => collect(inner, &pointer, flaws),
            ValidationErrorsKind::List(items) => {
                for (index, inner) in items {
                    collect(inner, &format!("{pointer}/{index}"), flaws);
                }
            }
        }
    }
}

/// An answer is not what was declared: where in the text, and what kind of difference. It holds
/// nothing of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drift {
    /// What kind of difference.
    pub(crate) code: &'static str,
    /// The declared field, or the line and column.
    pub(crate) at: String,
}

impl Drift {
    pub(crate) fn of_serde(error: &serde_json::Error) -> Self {
        let code = match error.classify() {
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => "syntax",
            serde_json::error::Category::Eof => "cut_short",
            serde_json::error::Category::Data => "type",
        };
        Self { code, at: format!("line {} column {}", error.line(), error.column()) }
    }
}
