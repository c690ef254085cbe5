//! What to look for in text: characters that hide or overwrite others, and secrets in use.

pub(crate) mod hidden;
pub(crate) mod secrets;
