//! Holds secrets that are set in code.

use std::collections::BTreeMap;
use std::fmt;

use super::{Secret, Secrets};
use crate::error::Error;

/// A store with values set in code, for tests and for values that the program obtained elsewhere.
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
    /// Creates an empty store.
    ///
    /// ```
    /// let secrets = secure_tool::FixedSecrets::new();
    /// assert_eq!(format!("{secrets:?}"), "{}");
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret whose age is unknown. To set its age, use [`with_secret`](Self::with_secret).
    ///
    /// ```
    /// use secure_tool::{FixedSecrets, Guard};
    ///
    /// let secrets = FixedSecrets::new().with("SHOP_API_KEY", "0123456789".to_owned());
    /// let builder = Guard::builder().secrets(secrets);
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn with(self, name: impl Into<String>, value: impl Into<secrecy::SecretString>) -> Self {
        self.with_secret(name, Secret::new(value))
    }

    /// Adds a secret with its time of issue or its expiry time.
    ///
    /// ```
    /// use secure_tool::{FixedSecrets, Secret};
    /// use std::time::{Duration, SystemTime};
    ///
    /// let in_an_hour = SystemTime::now() + Duration::from_secs(3600);
    /// let secret = Secret::new("0123456789").expires(in_an_hour);
    /// let secrets = FixedSecrets::new().with_secret("SHOP_API_KEY", secret);
    /// # let _ = secrets;
    /// ```
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
