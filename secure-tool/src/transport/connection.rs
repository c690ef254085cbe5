//! How a guard connects to one API, as the operator says it: whom to trust, beside what the API's own type declares.

use super::tls::Roots;

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
