//! The policy of an argument: where its value comes from and where it stands in the request.

use serde::Serialize;

use super::field::view;

/// The policy of an argument, of a tool or of a value inside one.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct ArgumentPolicy {
    /// Where its value must come from.
    pub source: Source,
    /// Where it stands in the request.
    pub place: Place,
    /// How much may be spent.
    pub cap: Option<Cap>,
    /// The domains that a URL in it may be of, subdomains included.
    pub domains: &'static [&'static str],
    /// The response field whose tokens it takes, such as `Product.supplier_email`, or
    /// `Shop::Product.supplier_email` of another API than the tool's.
    pub token: Option<&'static str>,
    /// Whether it has the name of a credential.
    pub is_credential: bool,
    /// Whether it has the name of someone or something that an effect reaches.
    pub is_recipient: bool,
    /// The first word on the field that has an effect on arguments only; empty without one.
    #[serde(skip)]
    pub word: &'static str,
}

impl ArgumentPolicy {
    /// What a literal starts from.
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
    /// A field as an argument: the policy of the other direction is out of reach.
    Argument: argument(), as_argument() -> ArgumentPolicy
}

impl Argument {
    /// Returns what is unbounded in it, as if it had this shape.
    pub(crate) const fn unbounded_as(self, shape: &super::Shape) -> Option<super::Unbounded> {
        self.0.unbounded_as(shape)
    }
}

/// Where an argument's value must come from.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Nothing is asked.
    Unchecked,
    /// It must stand in what the user typed.
    Prompt,
    /// It must stand in what the user typed, or come from a trusted field.
    Trusted,
    /// It must be a handle of its kind, or stand in what the user typed.
    Handle,
    /// Free text that the model writes.
    Free,
    /// Anything, for the reason given.
    Any {
        /// Why that is right.
        reason: &'static str,
    },
}

/// Where an argument stands in the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// A segment of the path.
    Path,
    /// A pair of the query.
    Query,
    /// A field of the JSON body.
    Body,
    /// A header of this name, in lower case.
    Header(&'static str),
}

/// How much may be spent, in the unit of the argument.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Cap {
    /// In one call.
    pub per_call: f64,
    /// In one day of UTC, by one agent through one tool.
    pub per_day: f64,
}

impl Source {
    /// Returns whether a value must come from the user or from a trusted response.
    pub(crate) const fn is_grounded(self) -> bool {
        match self {
            Self::Prompt | Self::Trusted | Self::Handle => true,
            Self::Unchecked | Self::Free | Self::Any { .. } => false,
        }
    }
}
