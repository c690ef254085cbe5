//! The traits that link a type to its policy: an API to its specification, a value to its shape.

use super::{ApiSpec, Shape};

/// One provider. Derived by `#[derive(SecureApi)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an API: its host and the data that it may receive are not declared",
    label = "not an API",
    note = "write `#[derive(SecureApi)] #[secure(url = \"https://…\", scopes(…), auth(…), receives(…))] pub struct {Self};`"
)]
pub trait SecureApi: 'static {
    /// The specification of the API.
    const SPEC: &'static ApiSpec;
}

/// A value whose shape is known at compile time. Derived by `#[derive(SecureValue)]` and
/// `#[derive(SecureResponse)]`.
///
/// Implemented for `bool`, numbers, `String` (free text, untrusted), `Option`, `Vec`, `Box`, maps
/// with `String` keys, and the types of [`value`](crate::value). Not implemented for
/// `serde_json::Value` or for types of other crates, because they declare neither source nor
/// confidentiality. Wrap such a type in a newtype, or use [`AnyJson`](crate::value::AnyJson), in
/// which all text is untrusted.
#[diagnostic::on_unimplemented(
    message = "ST0014: `{Self}` has no label: its source and its confidentiality are not declared",
    label = "a type without a label",
    note = "derive `SecureValue` for it; wrap a type of another crate in a newtype; for a response of any shape use `secure_tool::value::AnyJson`"
)]
pub trait SecureValue {
    /// The serialized shape.
    const SHAPE: &'static Shape;
}

/// The response of a tool. Derived by `#[derive(SecureResponse)]`. A list of values is a response
/// too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a response of a tool: the fields that the model may see are not declared",
    label = "not a response",
    note = "derive `Deserialize, Serialize, JsonSchema, SecureResponse` for it, and `SecureValue` for the types inside"
)]
pub trait SecureResponse: SecureValue {}

impl<T: SecureValue> SecureResponse for Vec<T> {}
