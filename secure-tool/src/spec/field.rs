//! One field: what both directions share, and its policy in each direction that it serves.

use serde::Serialize;

use super::{ArgumentPolicy, ResponsePolicy, Shape};

/// One field of a record.
///
/// A walk over arguments reads it as an [`Argument`](super::Argument) and a walk over a response as
/// a [`ResponseField`](super::ResponseField). Neither reaches the policy of the other direction.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it looks like.
    pub shape: &'static Shape,
    /// Whether it may not be absent.
    pub required: bool,
    /// What the whole text must match; of a list, every item.
    pub pattern: Option<&'static str>,
    /// The fewest and most characters of a text, or items of a list.
    pub length: Option<(u32, u32)>,
    /// The least and greatest number.
    pub range: Option<(f64, f64)>,
    /// How confidential it is.
    pub class: Class,
    /// Its policy in each direction that it serves.
    pub policy: Policy,
}

/// The policy of a field, in each direction that it serves.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Of an argument of a tool.
    Argument(ArgumentPolicy),
    /// Of a field of a response.
    Response(ResponsePolicy),
    /// Of a field of a `SecureValue`, which stands in arguments and in responses.
    Value(ArgumentPolicy, ResponsePolicy),
}

impl Field {
    /// What the literal of an argument starts from.
    pub const ARGUMENT: Self = Self::with(Policy::Argument(ArgumentPolicy::DEFAULT));
    /// What the literal of a response field starts from.
    pub const RESPONSE: Self = Self::with(Policy::Response(ResponsePolicy::DEFAULT));
    /// What the literal of a value's field starts from.
    pub const VALUE: Self =
        Self::with(Policy::Value(ArgumentPolicy::DEFAULT, ResponsePolicy::DEFAULT));

    /// The whole of arguments or of a response, of which no field says anything.
    pub(super) const WHOLE: Self = Self::VALUE;

    const fn with(policy: Policy) -> Self {
        Self {
            name: "",
            shape: &Shape::Any,
            required: true,
            pattern: None,
            length: None,
            range: None,
            class: Class::Public,
            policy,
        }
    }

    /// Returns its policy as an argument. `None` of a field of a response, whose type must not
    /// stand in arguments.
    #[must_use]
    pub const fn argument(&self) -> Option<&ArgumentPolicy> {
        match &self.policy {
            Policy::Argument(argument) | Policy::Value(argument, _) => Some(argument),
            Policy::Response(_) => None,
        }
    }

    /// Returns its policy as a response field. `None` of an argument.
    #[must_use]
    pub const fn response(&self) -> Option<&ResponsePolicy> {
        match &self.policy {
            Policy::Response(response) | Policy::Value(_, response) => Some(response),
            Policy::Argument(_) => None,
        }
    }
}

impl Field {
    /// Returns its policy as an argument; the default where it has none.
    pub(crate) const fn as_argument(&self) -> &ArgumentPolicy {
        match self.argument() {
            Some(policy) => policy,
            None => &ArgumentPolicy::DEFAULT,
        }
    }

    /// Returns its policy as a response field; the default where it has none.
    pub(crate) const fn as_response(&self) -> &ResponsePolicy {
        match self.response() {
            Some(policy) => policy,
            None => &ResponsePolicy::DEFAULT,
        }
    }
}

/// Declares the view of a field in one direction, in the size of a reference.
macro_rules! view {
    ($(#[$doc:meta])* $view:ident: $side:ident(), $as_side:ident() -> $policy:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy)]
        pub struct $view(&'static super::Field);

        impl super::shape::Directed for $view {
            fn of(field: &'static super::Field) -> Self {
                Self(field)
            }

            fn pattern(self) -> Option<&'static str> {
                self.0.pattern
            }
        }

        impl $view {
            /// Reads a field in this direction.
            #[must_use]
            pub const fn of(field: &'static super::Field) -> Self {
                Self(field)
            }

            /// The whole: a value that stands in no field.
            pub const WHOLE: Self = Self(&super::Field::WHOLE);

            /// Returns its policy. A field without one has the default; neither the constants nor a
            /// guard accept it in this direction.
            #[must_use]
            pub const fn policy(self) -> &'static $policy {
                self.0.$as_side()
            }

            /// Returns whether it has a policy in this direction.
            #[must_use]
            pub const fn is_declared(self) -> bool {
                self.0.$side().is_some()
            }

            /// Returns its name on the wire; empty for the whole.
            #[must_use]
            pub const fn name(self) -> &'static str {
                self.0.name
            }

            /// Returns its shape.
            #[must_use]
            pub const fn shape(self) -> &'static super::Shape {
                self.0.shape
            }

            /// Returns what the whole text must match; of a list, every item.
            #[must_use]
            pub const fn pattern(self) -> Option<&'static str> {
                self.0.pattern
            }

            /// Returns the fewest and most characters of a text, or items of a list.
            #[must_use]
            pub const fn length(self) -> Option<(u32, u32)> {
                self.0.length
            }

            /// Returns the least and greatest number.
            #[must_use]
            pub const fn range(self) -> Option<(f64, f64)> {
                self.0.range
            }

            /// Returns its class.
            #[must_use]
            pub const fn class(self) -> super::Class {
                self.0.class
            }
        }
    };
}
pub(super) use view;

/// How confidential a value is, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Anyone may know it.
    Public,
    /// The organisation may know it.
    Internal,
    /// It says something about a person.
    Pii,
    /// A credential or the like; it does not compile without a redaction.
    Secret,
}
