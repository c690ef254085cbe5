//! Secrets given in code: names and values in, the same values out.

use std::collections::BTreeMap;
use std::fmt;

use super::{Secret, Secrets};
use crate::error::Error;

/// Secrets given in code, for tests and for values that the program has from elsewhere.
///
/// ```
/// use secure_tool::FixedSecrets;
///
/// let secrets = FixedSecrets::new().with("SHOP_API_KEY", "0123456789".to_owned());
/// assert_eq!(format!("{secrets:?}"), r#"{"SHOP_API_KEY"}"#); // names only
/// ```
#[derive(Clone, Default)]
pub struct FixedSecrets(BTreeMap<String, Secret>);

impl FixedSecrets {
    /// None yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more. Of its age nothing is known; see [`with_secret`](Self::with_secret).
    #[must_use]
    pub fn with(self, name: impl Into<String>, value: impl Into<secrecy::SecretString>) -> Self {
        self.with_secret(name, Secret::new(value))
    }

    /// With one more, of which more than its value is known.
    #[must_use]
    pub fn with_secret(mut self, name: impl Into<String>, secret: Secret) -> Self {
        self.0.insert(name.into(), secret);
        self
    }
}

impl fmt::Debug for FixedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Secrets for FixedSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        Ok(self.0.get(name).cloned())
    }
}
