//! The policy of an argument: which source its value needs and where it is placed in the request.

use serde::Serialize;

use super::field::view;

/// The policy of an argument of a tool, or of a field inside an argument.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ArgumentPolicy {
    /// The required source of the value.
    pub source: Source,
    /// The place in the request.
    pub place: Place,
    /// The spending limit.
    pub cap: Option<Cap>,
    /// The domains that a URL in the value may belong to, subdomains included.
    pub domains: &'static [&'static str],
    /// The response field whose tokens the argument takes, such as `Product.supplier_email`, or
    /// `Shop::Product.supplier_email` for a field of another API.
    pub token: Option<&'static str>,
    /// Whether the field's name is that of a credential.
    pub is_credential: bool,
    /// Whether the field's name is that of a recipient or target of an effect.
    pub is_recipient: bool,
    /// The first word on the field that applies to arguments only; empty if there is none.
    #[serde(skip)]
    pub word: &'static str,
}

impl ArgumentPolicy {
    /// The base of struct literals.
    pub const DEFAULT: Self = Self {
        source: Source::Unchecked,
        place: Place::Body,
        cap: None,
        domains: &[],
        token: None,
        is_credential: false,
        is_recipient: false,
        word: "",
    };
}

view! {
    /// A field viewed as an argument. The response policy is not accessible.
    Argument: argument(), as_argument() -> ArgumentPolicy
}

impl Argument {
    /// Returns the missing bound of this field, as if the field had this shape.
    pub(crate) const fn unbounded_as(self, shape: &super::Shape) -> Option<super::Unbounded> {
        self.0.unbounded_as(shape)
    }
}

/// The required source of an argument's value.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// No source is required.
    Unchecked,
    /// The value must occur in the user's prompt.
    Prompt,
    /// The value must occur in the user's prompt, or come from a trusted field.
    Trusted,
    /// The value must be a handle of its kind, or occur in the user's prompt.
    Handle,
    /// Free text written by the model.
    Free,
    /// Any value, with a reason.
    Any {
        /// Why any value is accepted.
        reason: &'static str,
    },
}

/// The place of an argument in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A path segment.
    Path,
    /// A query parameter.
    Query,
    /// A field of the JSON body.
    Body,
    /// A header with this name, in lower case.
    Header(&'static str),
}

/// A spending limit, in the unit of the argument.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Cap {
    /// The limit for one call.
    pub per_call: f64,
    /// The limit for one UTC day, per agent and tool.
    pub per_day: f64,
}

impl Source {
    /// Returns whether the value must come from the user or from a trusted response.
    pub(crate) const fn is_grounded(self) -> bool {
        match self {
            Self::Prompt | Self::Trusted | Self::Handle => true,
            Self::Unchecked | Self::Free | Self::Any { .. } => false,
        }
    }
}
