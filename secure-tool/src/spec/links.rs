//! What becomes of links and images in a text that anyone could have written.

use serde::Serialize;

/// What becomes of links and images in untrusted text whose address is outside of
/// [`Builder::links`](crate::guard::Builder::links).
///
/// It is chosen by `links = …` on a tool, or on a field of an answer. Where nothing is said, they
/// stay, but in texts that detectors flag they are made inert.
///
/// ```
/// use secure_tool::prelude::*;
///
/// /// A mail.
/// #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// pub struct Mail {
///     subject: String,
///     #[secure(links = defang)]
///     body: String,
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[expect(clippy::exhaustive_enums, reason = "the derives write it as a literal")]
#[serde(rename_all = "snake_case")]
pub enum Links {
    /// They stay, also in texts that are flagged.
    Keep,
    /// They are made inert, also in texts that are not flagged: `![a](https://evil.example/?…)`
    /// becomes `![a] (image removed: evil[.]example)`, and an address in plain text
    /// `hxxps://evil[.]example/…`. The model can't pass such an address on to a tool.
    Defang,
}
