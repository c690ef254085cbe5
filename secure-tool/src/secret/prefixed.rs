//! Several stores as one: a name in, the store that its prefix names out.

use std::fmt;

use super::{Refreshing, Secret, Secrets};
use crate::error::Error;
use crate::posture::OwnConnection;

/// Several stores, told apart by how names begin.
///
/// A name is in one store only. It is not looked for in the next one where it is missing: a store
/// that fails would otherwise bring back an old value that was left in another.
///
/// ```
/// use secure_tool::{EnvSecrets, FileSecrets, PrefixedSecrets};
///
/// // `auth(bearer = "file:SHOP_API_KEY")` is in a file, `auth(bearer = "MAIL_API_KEY")` in the environment.
/// let secrets = PrefixedSecrets::new(EnvSecrets::new()).with("file:", FileSecrets::new("/run/secrets"));
/// # let _ = secrets;
/// ```
pub struct PrefixedSecrets {
    others: Box<dyn Secrets>,
    stores: Vec<(String, Box<dyn Secrets>)>,
}

impl PrefixedSecrets {
    /// All names are in this store, but those that another is added for.
    #[must_use]
    pub fn new(others: impl Secrets + 'static) -> Self {
        Self { others: Box::new(others), stores: Vec::new() }
    }

    /// Names that begin so are in this store, under what follows. Of two prefixes that fit, the
    /// longer one counts.
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
                // One that fails keeps none from its turn.
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
    fn a_name_is_looked_for_in_one_store() {
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
        assert_eq!(value("f:B"), None, "no other store is asked");
        assert!(!format!("{secrets:?}").contains("of-"));
    }
}
