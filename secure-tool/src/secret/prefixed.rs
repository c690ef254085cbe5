//! Combines several stores and selects one by the prefix of the name.

use std::fmt;

use super::{Refreshing, Secret, Secrets};
use crate::error::Error;
use crate::posture::OwnConnection;

/// A store that selects one of several stores by the prefix of the secret's name.
///
/// Each name belongs to one store. If the name is missing there, no other store is searched:
/// otherwise an old value left in another store could come back.
///
/// ```
/// use secure_tool::{EnvSecrets, FileSecrets, PrefixedSecrets};
///
/// // `file:SHOP_API_KEY` is a file, `MAIL_API_KEY` is an environment variable.
/// let secrets =
///     PrefixedSecrets::new(EnvSecrets::new()).with("file:", FileSecrets::new("/run/secrets"));
/// # let _ = secrets;
/// ```
pub struct PrefixedSecrets {
    others: Box<dyn Secrets>,
    stores: Vec<(String, Box<dyn Secrets>)>,
}

impl PrefixedSecrets {
    /// Creates a store that looks up all names in `others`, except those with an added prefix.
    ///
    /// ```
    /// use secure_tool::{EnvSecrets, PrefixedSecrets};
    ///
    /// let secrets = PrefixedSecrets::new(EnvSecrets::new());
    /// # let _ = secrets;
    /// ```
    #[must_use]
    pub fn new(others: impl Secrets + 'static) -> Self {
        Self { others: Box::new(others), stores: Vec::new() }
    }

    /// Looks up names with this prefix in `store`, without the prefix. If several prefixes match,
    /// the longest one counts.
    ///
    /// ```
    /// use secure_tool::{EnvSecrets, FixedSecrets, PrefixedSecrets, Secrets};
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let test = FixedSecrets::new().with("SHOP_API_KEY", "0123456789".to_owned());
    /// let secrets = PrefixedSecrets::new(EnvSecrets::new()).with("test:", test);
    /// assert!(secrets.secret("test:SHOP_API_KEY")?.is_some());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with(mut self, prefix: impl Into<String>, store: impl Secrets + 'static) -> Self {
        self.stores.push((prefix.into(), Box::new(store)));
        self.stores.sort_by_key(|(prefix, _)| std::cmp::Reverse(prefix.len()));
        self
    }

    fn all(&self) -> impl Iterator<Item = &dyn Secrets> {
        std::iter::once(&*self.others).chain(self.stores.iter().map(|(_, store)| &**store))
    }
}

impl Secrets for PrefixedSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        match self
            .stores
            .iter()
            .find_map(|(prefix, store)| Some((store, name.strip_prefix(prefix.as_str())?)))
        {
            Some((store, rest)) => store.secret(rest),
            None => self.others.secret(name),
        }
    }

    fn refresh(&self) -> Refreshing<'_> {
        Box::pin(async {
            let mut result = Ok(());
            for store in self.all() {
                // A store that fails does not prevent the refresh of the others.
                result = store.refresh().await.and(result);
            }
            result
        })
    }

    fn refresh_every(&self) -> Option<std::time::Duration> {
        self.all().filter_map(Secrets::refresh_every).min()
    }

    fn connections(&self) -> Vec<OwnConnection> {
        self.all().flat_map(Secrets::connections).collect()
    }

    fn describe(&self) -> String {
        self.all().map(Secrets::describe).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for PrefixedSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PrefixedSecrets").field(&self.describe()).finish()
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;
    use crate::secret::FixedSecrets;

    #[test]
    fn a_name_is_looked_up_in_one_store_only() {
        let store = |value: &str| {
            FixedSecrets::new().with("A", value.to_owned()).with("b:A", format!("{value}-whole"))
        };
        let secrets = PrefixedSecrets::new(store("of-none"))
            .with("f:", store("of-f"))
            .with("f:b:", store("of-fb"));
        let value = |name: &str| {
            secrets
                .secret(name)
                .expect("readable")
                .map(|secret| secret.value.expose_secret().to_owned())
        };
        assert_eq!(value("A").as_deref(), Some("of-none"));
        assert_eq!(value("f:A").as_deref(), Some("of-f"));
        assert_eq!(value("f:b:A").as_deref(), Some("of-fb"), "the longer prefix");
        assert_eq!(value("f:B"), None, "no other store is read");
        assert!(!format!("{secrets:?}").contains("of-"));
    }
}
