//! Responses without declared fields: any JSON document, or no body.

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::spec::{SecureResponse, SecureValue, Shape};

/// Any JSON document, as a response. No field is declared, so every text and key is untrusted, no
/// field can be redacted, and no value is a source for arguments.
///
/// The type contains no data: the tool never reads the response, and the model reads the JSON as
/// received. It does not compile as an argument, because undeclared fields would reach the API.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AnyJson;

impl<'de> Deserialize<'de> for AnyJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Serialize for AnyJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl schemars::JsonSchema for AnyJson {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AnyJson".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        true.into()
    }
}

impl SecureValue for AnyJson {
    const SHAPE: &'static Shape = &Shape::Any;
}

impl SecureResponse for AnyJson {}

/// A response without content: status 204, an empty body, or `null`. Any other content is ignored.
///
/// ```
/// use secure_tool::prelude::*;
/// use secure_tool::value::Empty;
///
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("orders:write"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// /// Cancels an order. The API returns no body.
/// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// #[secure(api = Shop, delete = "/orders/{order}", scopes("orders:write"), effect = write, response = Empty)]
/// pub struct CancelOrder {
///     #[validate(range(min = 1, max = 1_000_000))]
///     order: u32,
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Empty;

impl<'de> Deserialize<'de> for Empty {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        IgnoredAny::deserialize(deserializer).map(|_| Self)
    }
}

impl Serialize for Empty {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_unit()
    }
}

impl schemars::JsonSchema for Empty {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Empty".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "null" })
    }
}

impl SecureValue for Empty {
    const SHAPE: &'static Shape = &Shape::Empty;
}

impl SecureResponse for Empty {}
