//! How a guard connects to one API, as the operator says it: whom to trust, beside what the API's own type declares.

use std::time::Duration;

use super::tls::Roots;
use crate::error::Error;
use crate::secret::Rotation;

/// How a guard connects to one API. Given to [`Builder::connection`](crate::guard::Builder::connection); an API without one is connected to with the defaults.
///
/// What an API *is* (its address, its scopes, how it proves who sends a request) stands on its type. What differs from one deployment to the next (whom to trust, which
/// client identity to show) stands here.
///
/// ```
/// use secure_tool::{Connection, Roots};
///
/// let connection = Connection::new().roots(Roots::Platform);
/// # let _ = connection;
/// ```
#[derive(Debug, Clone, Default)]
pub struct Connection {
    pub(crate) roots: Option<Roots>,
    secret_age: Option<(Duration, Duration)>,
    secret_overlap: Duration,
    pub(crate) per_agent: bool,
    /// The id and the name of the secret.
    pub(crate) signing_key: Option<(String, String)>,
    /// Ids and names of secrets.
    pub(crate) answer_keys: Option<Vec<(String, String)>>,
}

impl Connection {
    /// The defaults: the roots of the guard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Which authorities may vouch for this API's server, instead of the guard's roots.
    #[must_use]
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = Some(roots);
        self
    }

    /// From which age on the operator is warned that a credential of this API grows old, and from which on it is not sent any more. By default there is no limit but the end that a store
    /// gives out with a value.
    ///
    /// The age is counted from when the store says that the value was issued. A store that can't say is an error when the guard is built: the environment never can, files have the time of
    /// their last change. The warning is an event of tracing and a record of the audit, once an hour; what is refused is `send.credential`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// use secure_tool::Connection;
    ///
    /// let day = Duration::from_hours(24);
    /// let connection = Connection::new().secret_age(80 * day, 90 * day).secret_overlap(day);
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn secret_age(mut self, warn: Duration, refuse: Duration) -> Self {
        self.secret_age = Some((warn, refuse));
        self
    }

    /// How long after a rotation the value before is tried where the API refuses the new one (401). By default it is not tried at all.
    ///
    /// An API takes some time to learn of a new key. Within the overlap a request that was refused with the new value is made once more with the one before; what was accepted is then sent first for ten
    /// seconds.
    #[must_use]
    pub fn secret_overlap(mut self, overlap: Duration) -> Self {
        self.secret_overlap = overlap;
        self
    }

    /// Every agent has a secret of its own for this API ([`Agent::secret_for`](crate::Agent::secret_for)), and the API has none that all share: that one is not read, and a session of an agent without
    /// its own is an error.
    #[must_use]
    pub fn secret_per_agent(mut self) -> Self {
        self.per_agent = true;
        self
    }

    pub(crate) fn rotation(&self, api: &str) -> Result<Rotation, Error> {
        if self.secret_age.is_some_and(|(warn, refuse)| warn > refuse || refuse.is_zero()) {
            return Err(Error::configuration(format!(
                "the connection of API `{api}` warns of the age of a secret after refusing it, or refuses every secret"
            )));
        }
        Ok(Rotation { age: self.secret_age, overlap: self.secret_overlap })
    }

    /// Signs requests with the secret of this name, under this id, instead of the key that the API's `sign(…)` names: a key is rotated without changing the program.
    ///
    /// ```
    /// use secure_tool::Connection;
    ///
    /// let connection = Connection::new()
    ///     .signing_key("2026-11", "SHOP_SIGNING_KEY_2026_11")
    ///     .answer_keys([("2026-11", "SHOP_ANSWER_KEY_2026_11"), ("2026-10", "SHOP_ANSWER_KEY_2026_10")]);
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn signing_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.signing_key = Some((id.into(), secret.into()));
        self
    }

    /// Verifies answers with the secrets of these names, under these ids, instead of the keys that the API's `verify(…)` names. While keys are rotated, both are here.
    #[must_use]
    pub fn answer_keys<I: Into<String>, S: Into<String>>(mut self, keys: impl IntoIterator<Item = (I, S)>) -> Self {
        self.answer_keys = Some(keys.into_iter().map(|(id, secret)| (id.into(), secret.into())).collect());
        self
    }

    /// The same for another host, which is not told who we are, and whose key is another.
    pub(crate) fn without_identity(&self) -> Self {
        Self { roots: self.roots.clone(), ..Self::new() }
    }

    /// With the guard's roots where it says nothing of its own.
    pub(crate) fn or_roots(&self, roots: &Roots) -> Self {
        let mut connection = self.clone();
        connection.roots.get_or_insert_with(|| roots.clone());
        connection
    }
}
