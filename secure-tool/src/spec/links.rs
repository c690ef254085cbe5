//! The treatment of links and images in untrusted text.

use serde::Serialize;

/// The treatment of links and images in untrusted text whose URL is not allowed by
/// [`Builder::links`](crate::guard::Builder::links).
///
/// `links = …` on a tool or on a response field selects it. By default, links are kept, except in
/// flagged texts, where they are defanged.
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
    /// Keeps links and images, even in flagged texts.
    Keep,
    /// Defangs links and images, even in texts that are not flagged.
    /// `![a](https://evil.example/?…)` becomes `![a] (image removed: evil[.]example)`. A URL in
    /// plain text becomes `hxxps://evil[.]example/…`. The model can't pass a defanged URL to a
    /// tool.
    Defang,
}
