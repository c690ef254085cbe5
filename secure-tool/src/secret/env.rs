//! Reads secrets from environment variables.

use super::{Secret, Secrets};
use crate::error::Error;

/// A store that reads each secret from the environment variable of the same name.
///
/// ```
/// use secure_tool::{EnvSecrets, Guard};
///
/// let builder = Guard::builder().secrets(EnvSecrets::new());
/// # let _ = builder;
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct EnvSecrets;

impl EnvSecrets {
    /// Creates a store over the environment of this process.
    ///
    /// ```
    /// use secure_tool::{EnvSecrets, Secrets};
    ///
    /// let missing = EnvSecrets::new().secret("SHOP_API_KEY_THAT_IS_NOT_SET");
    /// assert!(missing.is_ok_and(|secret| secret.is_none()));
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Secrets for EnvSecrets {
    #[expect(clippy::disallowed_methods, reason = "only this type may read the environment")]
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        match std::env::var(name) {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Error::secret(format!("environment variable `{name}` is not valid Unicode")))
            }
        }
    }
}
