//! Flaws of a value, described without any text from it.

use std::borrow::Cow;

use serde::Serialize;
use validator::{ValidationErrors, ValidationErrorsKind};

/// One flaw of the model's arguments: its place and a stable code. It contains neither the value
/// nor a name that the model invented.
///
/// ```
/// # fn example(refusal: &secure_tool::Refusal) {
/// for flaw in refusal.flaws() {
///     eprintln!("{flaw:?}"); // a JSON pointer and a code, never the value
/// }
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flaw {
    /// A JSON pointer of declared names and indexes. Keys of a map are `*`.
    pub pointer: String,
    /// The code: the JSON Schema keyword in snake case, or the code of a custom rule.
    pub code: Cow<'static, str>,
}

impl Flaw {
    /// The arguments match the schema but not the type.
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

/// Schema drift: the place and the kind of difference, without any text from the response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Drift {
    /// The kind of difference.
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
