//! Credentials: names in, values that print as nothing out.
//!
//! Goals: a secret is read once, at start-up; it is missed there and not in the middle of a call; it never stands in `Debug`, an error, a span or an audit record, which
//! know its name only. A [`SecretString`] implements neither `Display` nor `Serialize`, and its memory is wiped when it is dropped.

use std::collections::BTreeMap;
use std::fmt;

pub use secrecy::SecretString;

use crate::error::Error;

/// Where secrets come from.
///
/// ```
/// use secure_tool::{Error, SecretString, Secrets};
///
/// /// Secrets that an orchestrator mounts as files.
/// struct Mounted;
///
/// impl Secrets for Mounted {
///     fn secret(&self, name: &str) -> Result<Option<SecretString>, Error> {
///         Ok(std::fs::read_to_string(format!("/run/secrets/{name}")).ok().map(|text| text.trim_end().to_owned().into()))
///     }
/// }
/// ```
pub trait Secrets: Send + Sync {
    /// The secret of this name, or `None` if there is none.
    ///
    /// # Errors
    ///
    /// If the store can't be asked. The error must not hold the value.
    fn secret(&self, name: &str) -> Result<Option<SecretString>, Error>;
}

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
    fn secret(&self, name: &str) -> Result<Option<SecretString>, Error> {
        match std::env::var(name) {
            Ok(value) => Ok(Some(value.into())),
            Err(std::env::VarError::NotPresent) => Ok(None),
            Err(std::env::VarError::NotUnicode(_)) => Err(Error::secret(format!("environment variable `{name}` is not text"))),
        }
    }
}

/// Secrets given in code, for tests and for values that the program has from elsewhere.
///
/// ```
/// use secure_tool::FixedSecrets;
///
/// let secrets = FixedSecrets::new().with("SHOP_API_KEY", "0123456789".to_owned());
/// assert_eq!(format!("{secrets:?}"), r#"{"SHOP_API_KEY"}"#); // names only
/// ```
#[derive(Clone, Default)]
pub struct FixedSecrets(BTreeMap<String, SecretString>);

impl FixedSecrets {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<SecretString>) -> Self {
        self.0.insert(name.into(), value.into());
        self
    }
}

impl fmt::Debug for FixedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets for FixedSecrets {
    fn secret(&self, name: &str) -> Result<Option<SecretString>, Error> {
        Ok(self.0.get(name).cloned())
    }
}
