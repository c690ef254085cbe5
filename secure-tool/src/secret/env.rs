//! Secrets from the environment: the name of a variable in, its value out.

use super::{Secret, Secrets};
use crate::error::Error;

/// Secrets from environment variables.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct EnvSecrets;

impl EnvSecrets {
    /// The environment of this process.
    #[must_use]
    pub fn new() -> Self {
        Self
    }
}

impl Secrets for EnvSecrets {
    #[expect(clippy::disallowed_methods, reason = "this type owns the environment")]
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        match std::env::var(name) {
            Ok(value) => Ok(Some(Secret::new(value))),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => {
                Err(Error::secret(format!("environment variable `{name}` is not text")))
            }
        }
    }
}
