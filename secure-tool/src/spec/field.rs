//! One field: the data common to arguments and responses, and the policy for each.

use serde::Serialize;

use super::{ArgumentPolicy, ResponsePolicy, Shape};

/// One field of a record.
///
/// Code that walks arguments reads it as an [`Argument`](super::Argument). Code that walks a
/// response reads it as a [`ResponseField`](super::ResponseField). Neither type can access the
/// other's policy.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_structs, reason = "the derives write it as a literal")]
pub struct Field {
    /// The serialized name.
    pub name: &'static str,
    /// The shape of the value.
    pub shape: &'static Shape,
    /// Whether the field is required.
    pub required: bool,
    /// The pattern that the whole text must match. In a list, each item must match.
    pub pattern: Option<&'static str>,
    /// The minimum and maximum number of characters of a text, or of items of a list.
    pub length: Option<(u32, u32)>,
    /// The minimum and maximum of a number.
    pub range: Option<(f64, f64)>,
    /// The confidentiality class.
    pub class: Class,
    /// The policy for each direction that the field is used in.
    pub policy: Policy,
}

/// The policy of a field, for each direction that the field is used in.
#[derive(Debug, Clone, Copy, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// An argument of a tool.
    Argument(ArgumentPolicy),
    /// A field of a response.
    Response(ResponsePolicy),
    /// A field of a `SecureValue`, used in arguments and in responses.
    Value(ArgumentPolicy, ResponsePolicy),
}

impl Field {
    /// The base of an argument's literal.
    pub const ARGUMENT: Self = Self::with(Policy::Argument(ArgumentPolicy::DEFAULT));
    /// The base of a response field's literal.
    pub const RESPONSE: Self = Self::with(Policy::Response(ResponsePolicy::DEFAULT));
    /// The base of a value field's literal.
    pub const VALUE: Self =
        Self::with(Policy::Value(ArgumentPolicy::DEFAULT, ResponsePolicy::DEFAULT));

    /// The root of arguments or of a response, for which no field declares a policy.
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

    /// Returns the policy as an argument, or `None` for a field of a response, whose type can't be
    /// used in arguments.
    #[must_use]
    pub const fn argument(&self) -> Option<&ArgumentPolicy> {
        match &self.policy {
            Policy::Argument(argument) | Policy::Value(argument, _) => Some(argument),
            Policy::Response(_) => None,
        }
    }

    /// Returns the policy as a response field, or `None` for an argument.
    #[must_use]
    pub const fn response(&self) -> Option<&ResponsePolicy> {
        match &self.policy {
            Policy::Response(response) | Policy::Value(_, response) => Some(response),
            Policy::Argument(_) => None,
        }
    }
}

impl Field {
    /// Returns the policy as an argument, or the default.
    pub(crate) const fn as_argument(&self) -> &ArgumentPolicy {
        match self.argument() {
            Some(policy) => policy,
            None => &ArgumentPolicy::DEFAULT,
        }
    }

    /// Returns the policy as a response field, or the default.
    pub(crate) const fn as_response(&self) -> &ResponsePolicy {
        match self.response() {
            Some(policy) => policy,
            None => &ResponsePolicy::DEFAULT,
        }
    }
}

/// Declares the view of a field in one direction. A view has the size of a reference.
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
            /// Views a field in this direction.
            #[must_use]
            pub const fn of(field: &'static super::Field) -> Self {
                Self(field)
            }

            /// The root: a value that belongs to no field.
            pub const WHOLE: Self = Self(&super::Field::WHOLE);

            /// Returns the policy, or the default for a field without one. Neither the compile-time
            /// rules nor a guard accept such a field in this direction.
            #[must_use]
            pub const fn policy(self) -> &'static $policy {
                self.0.$as_side()
            }

            /// Returns whether the field has a policy in this direction.
            #[must_use]
            pub const fn is_declared(self) -> bool {
                self.0.$side().is_some()
            }

            /// Returns the serialized name; empty for the root.
            #[must_use]
            pub const fn name(self) -> &'static str {
                self.0.name
            }

            /// Returns the shape.
            #[must_use]
            pub const fn shape(self) -> &'static super::Shape {
                self.0.shape
            }

            /// Returns the pattern that the whole text must match. In a list, each item must match.
            #[must_use]
            pub const fn pattern(self) -> Option<&'static str> {
                self.0.pattern
            }

            /// Returns the minimum and maximum number of characters of a text, or of items of a
            /// list.
            #[must_use]
            pub const fn length(self) -> Option<(u32, u32)> {
                self.0.length
            }

            /// Returns the minimum and maximum of a number.
            #[must_use]
            pub const fn range(self) -> Option<(f64, f64)> {
                self.0.range
            }

            /// Returns the confidentiality class.
            #[must_use]
            pub const fn class(self) -> super::Class {
                self.0.class
            }
        }
    };
}
pub(super) use view;

/// The confidentiality class of a value, from lowest to highest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Public data.
    Public,
    /// Data internal to the organisation.
    Internal,
    /// Personal data.
    Pii,
    /// A secret, such as a credential. It does not compile without a redaction.
    Secret,
}
