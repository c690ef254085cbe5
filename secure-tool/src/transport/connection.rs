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

    /// The same for another host, which is not told who we are, and whose key is another.
    pub(crate) fn without_identity(&self) -> Self {
        Self { roots: self.roots.clone() }
    }

    /// With the guard's roots where it says nothing of its own.
    pub(crate) fn or_roots(&self, roots: &Roots) -> Self {
        let mut connection = self.clone();
        connection.roots.get_or_insert_with(|| roots.clone());
        connection
    }
}
