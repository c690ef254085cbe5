//! The traits that tie a type to its policy: an API to its spec, a value to its shape.

use super::{ApiSpec, Shape};

/// One provider. Derived by `#[derive(SecureApi)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no API: nothing says which host it is or what it may be sent",
    label = "not an API",
    note = "write `#[derive(SecureApi)] #[secure(url = \"https://…\", scopes(…), auth(…), receives(…))] pub struct {Self};`"
)]
pub trait SecureApi: 'static {
    /// What it is, and what may be sent to it.
    const SPEC: &'static ApiSpec;
}

/// A value with a shape that is known while compiling. Derived by `#[derive(SecureValue)]` and
/// `#[derive(SecureResponse)]`.
///
/// Implemented for `bool`, numbers, `String` (free text, untrusted), `Option`, `Vec`, `Box`, maps
/// with `String` keys, and the types of [`value`](crate::value). Not for `serde_json::Value` nor
/// for types of other crates: nothing says who writes them, or how confidential they are. Wrap such
/// a type in a newtype, or take [`AnyJson`](crate::value::AnyJson), in which all text is untrusted.
#[diagnostic::on_unimplemented(
    message = "ST0014: `{Self}` has no label: nothing says who writes it or how confidential it is",
    label = "a type without a label",
    note = "derive `SecureValue` on it; of a foreign type make a newtype; for an answer of any shape take `secure_tool::value::AnyJson`"
)]
pub trait SecureValue {
    /// What it looks like on the wire.
    const SHAPE: &'static Shape;
}

/// The answer of a tool. Derived by `#[derive(SecureResponse)]`; a list of values is an answer too.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no answer of a tool: nothing says which of its fields the model may see",
    label = "not a response",
    note = "write `#[derive(Deserialize, Serialize, JsonSchema, SecureResponse)]` on it, and `SecureValue` on the types inside"
)]
pub trait SecureResponse: SecureValue {}

impl<T: SecureValue> SecureResponse for Vec<T> {}
