//! Value types with built-in validation, and the shapes of standard library types.
//!
//! | type | value | in a response |
//! |--|--|--|
//! | [`Email`] | an e-mail address in ASCII | may be `trusted` |
//! | [`Iban`] | an account number with valid check digits | may be `trusted` |
//! | [`Date`] | a calendar date, `2026-09-01` | may be `trusted` |
//! | [`WebUrl`] | an https URL that every parser reads alike | untrusted: a path may be any text |
//! | [`AnyJson`] | any JSON document, kept as text | all text in it is untrusted |
//! | [`Empty`] | no body | – |

mod any_json;
mod date;
mod email;
mod iban;
mod web_url;

use std::collections::{BTreeMap, HashMap};

pub use any_json::{AnyJson, Empty};
pub use date::Date;
pub(crate) use date::is_date;
pub use email::Email;
pub(crate) use email::{canonical as canonical_email, is_email};
pub use iban::Iban;
pub(crate) use iban::{canonical as canonical_iban, is_iban};
pub use web_url::WebUrl;
pub(crate) use web_url::{canonical as canonical_web_url, host_of, is_web_url};

use crate::spec::SecureValue;
use crate::spec::Shape;

/// Implements the traits of a text type whose constructor validates, based on `parse`.
macro_rules! text_value {
    ($type:ident, $schema_format:expr) => {
        impl $type {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = crate::value::NotOne;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::parse(text).ok_or(crate::value::NotOne(stringify!($type)))
            }
        }

        impl std::fmt::Display for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl serde::Serialize for $type {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                Self::parse(&text).ok_or_else(|| serde::de::Error::custom(crate::value::NotOne(stringify!($type))))
            }
        }

        impl schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                let format: Option<&str> = $schema_format;
                let mut schema = schemars::json_schema!({ "type": "string", "maxLength": Self::MAX_LENGTH });
                if let Some(format) = format {
                    schema.insert("format".into(), format.into());
                }
                if let Some(pattern) = Self::PATTERN {
                    schema.insert("pattern".into(), format!("^(?:{pattern})$").into());
                }
                schema
            }
        }
    };
}
pub(crate) use text_value;

/// The text is not a value of the requested type. The error names the type and never contains the
/// text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOne(pub(crate) &'static str);

impl std::fmt::Display for NotOne {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "not a valid `{}`", self.0)
    }
}

impl std::error::Error for NotOne {}

macro_rules! shapes {
    ($($shape:expr => $($type:ty),+;)+) => {
        $($(impl SecureValue for $type {
            const SHAPE: &'static Shape = &$shape;
        })+)+
    };
}

shapes! {
    Shape::Empty => ();
    Shape::Bool => bool;
    Shape::Number => u8, u16, u32, u64, usize, i8, i16, i32, i64, isize, f32, f64;
    Shape::Text => String;
}

impl<T: SecureValue> SecureValue for Option<T> {
    const SHAPE: &'static Shape = &Shape::Optional(T::SHAPE);
}

impl<T: SecureValue> SecureValue for Vec<T> {
    const SHAPE: &'static Shape = &Shape::List(T::SHAPE);
}

impl<T: SecureValue> SecureValue for Box<T> {
    const SHAPE: &'static Shape = T::SHAPE;
}

impl<T: SecureValue, S> SecureValue for HashMap<String, T, S> {
    const SHAPE: &'static Shape = &Shape::Map(T::SHAPE);
}

impl<T: SecureValue> SecureValue for BTreeMap<String, T> {
    const SHAPE: &'static Shape = &Shape::Map(T::SHAPE);
}
