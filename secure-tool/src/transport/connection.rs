//! How a guard connects to one API, as the operator says it: whom to trust and who to be, beside
//! what the API's own type declares.

use std::collections::BTreeMap;
use std::time::Duration;

use super::tls::{Crls, Identity, Pins, Roots};
use crate::error::Error;
use crate::policy::Agent;
use crate::secret::Rotation;

/// How long a connection is used, where nothing else is said.
const MAX_AGE: Duration = Duration::from_mins(10);

/// How a guard connects to one API. Given to
/// [`Builder::connection`](crate::guard::Builder::connection); an API without one is connected to
/// with the defaults.
///
/// What an API *is* (its address, its scopes, how it proves who sends a request) stands on its
/// type. What differs from one deployment to the next (whom to trust, which client identity to
/// show) stands here. [`Guard::posture`](crate::Guard::posture) shows what holds for each API.
///
/// The default: TLS 1.3 only, with the suites `TLS13_AES_256_GCM_SHA384`,
/// `TLS13_AES_128_GCM_SHA256` and `TLS13_CHACHA20_POLY1305_SHA256` and the groups X25519, secp256r1
/// and secp384r1; the roots of the guard; no client identity; sessions resumed by tickets, and no
/// data before the handshake is done (0-RTT). With pins, an identity or revocation lists no session
/// is resumed: each connection is proven anew.
///
/// Whether a certificate, a list or a pin is of its time is decided by the guard's
/// [clock](crate::clock).
///
/// ```
/// use secure_tool::{Connection, Identity, Pins, Roots};
///
/// let connection = Connection::new()
///     .roots(Roots::Bundled)
///     .pins(Pins::new(
///         "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=",
///         "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=",
///         "2027-06-30",
///     )?)
///     .identity(Identity::files("/run/tls/client.pem", "/run/tls/client.key"));
/// # let _ = connection;
/// # Ok::<(), secure_tool::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Connection {
    pub(crate) roots: Option<Roots>,
    pub(crate) pins: Option<Pins>,
    pub(crate) identity: Option<Identity>,
    /// By tenant and agent.
    pub(crate) identities: BTreeMap<(String, String), Identity>,
    pub(crate) revocation: Option<Crls>,
    pub(crate) tls_1_2: Option<String>,
    pub(crate) max_age: Duration,
    secret_age: Option<(Duration, Duration)>,
    secret_overlap: Duration,
    pub(crate) per_agent: bool,
    /// The id and the name of the secret.
    pub(crate) signing_key: Option<(String, String)>,
    /// Ids and names of secrets.
    pub(crate) answer_keys: Option<Vec<(String, String)>>,
}

impl Default for Connection {
    fn default() -> Self {
        Self {
            roots: None,
            pins: None,
            identity: None,
            identities: BTreeMap::new(),
            revocation: None,
            tls_1_2: None,
            max_age: MAX_AGE,
            secret_age: None,
            secret_overlap: Duration::ZERO,
            per_agent: false,
            signing_key: None,
            answer_keys: None,
        }
    }
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

    /// From which age on the operator is warned that a credential of this API grows old, and from
    /// which on it is not sent any more. By default there is no limit but the end that a store
    /// gives out with a value.
    ///
    /// The age is counted from when the store says that the value was issued. A store that can't
    /// say is an error when the guard is built: the environment never can, files have the time of
    /// their last change. The warning is an event of tracing and a record of the audit, once an
    /// hour; what is refused is `send.credential`.
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

    /// How long after a rotation the value before is tried where the API refuses the new one (401).
    /// By default it is not tried at all.
    ///
    /// An API takes some time to learn of a new key. Within the overlap a request that was refused
    /// with the new value is made once more with the one before; what was accepted is then sent
    /// first for ten seconds.
    #[must_use]
    pub fn secret_overlap(mut self, overlap: Duration) -> Self {
        self.secret_overlap = overlap;
        self
    }

    /// Every agent has a secret of its own for this API
    /// ([`Agent::secret_for`](crate::Agent::secret_for)), and the API has none that all share: that
    /// one is not read, and a session of an agent without its own is an error.
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

    /// Signs requests with the secret of this name, under this id, instead of the key that the
    /// API's `sign(…)` names: a key is rotated without changing the program.
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

    /// Verifies answers with the secrets of these names, under these ids, instead of the keys that
    /// the API's `verify(…)` names. While keys are rotated, both are here.
    #[must_use]
    pub fn answer_keys<I: Into<String>, S: Into<String>>(
        mut self,
        keys: impl IntoIterator<Item = (I, S)>,
    ) -> Self {
        self.answer_keys =
            Some(keys.into_iter().map(|(id, secret)| (id.into(), secret.into())).collect());
        self
    }

    /// Which keys this API's server may have, beside that an authority vouches for it.
    #[must_use]
    pub fn pins(mut self, pins: Pins) -> Self {
        self.pins = Some(pins);
        self
    }

    /// Who calls of this API say that they are, if its server asks for a certificate (mutual TLS).
    /// For all agents that have no identity of their own.
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Who calls of this agent say that they are, instead of [`identity`](Self::identity). Of the
    /// agent, the tenant and the name are looked at, and nothing else.
    ///
    /// A connection is used by the calls of one identity only, whatever the agents' names are.
    ///
    /// ```
    /// use secure_tool::{Agent, Connection, Identity};
    ///
    /// let connection = Connection::new()
    ///     .identity_for(&Agent::new("support-bot").tenant("acme"), Identity::files("/run/tls/support.pem", "/run/tls/support.key"))
    ///     .identity_for(&Agent::new("billing-bot").tenant("acme"), Identity::files("/run/tls/billing.pem", "/run/tls/billing.key"));
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn identity_for(mut self, agent: &Agent, identity: Identity) -> Self {
        self.identities.insert((agent.tenant.clone(), agent.name.clone()), identity);
        self
    }

    /// The lists in which this API's server must not stand.
    #[must_use]
    pub fn revocation(mut self, lists: Crls) -> Self {
        self.revocation = Some(lists);
        self
    }

    /// How long a connection is used before calls go over a new one; ten minutes by default. What a
    /// certificate, a list or a root says is asked for anew with each connection, so this is how
    /// long something that was taken back can go on. Zero is a new connection for each call.
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Accepts TLS 1.2 from this API's server, where it has no 1.3: with the extended master secret
    /// (RFC 7627), and the suites with ECDHE and AES-GCM or ChaCha20-Poly1305 only. Sessions are
    /// then not resumed.
    #[must_use]
    pub fn dangerously_allow_tls_1_2(mut self, reason: impl Into<String>) -> Self {
        self.tls_1_2 = Some(reason.into());
        self
    }

    /// The same for another host, which is not told who we are, whose key is another, and for which
    /// nobody allowed an old TLS.
    pub(crate) fn without_identity(&self) -> Self {
        Self {
            roots: self.roots.clone(),
            revocation: self.revocation.clone(),
            max_age: self.max_age,
            ..Self::default()
        }
    }

    /// With the guard's roots where it says nothing of its own.
    pub(crate) fn or_roots(&self, roots: &Roots) -> Self {
        let mut connection = self.clone();
        connection.roots.get_or_insert_with(|| roots.clone());
        connection
    }

    /// Whether any call can show a client identity.
    pub(crate) fn has_identity(&self) -> bool {
        self.identity.is_some() || !self.identities.is_empty()
    }

    /// Everything about it that is weaker than the default: what, and why.
    pub(crate) fn weakened(&self) -> Vec<(&'static str, &str)> {
        let lists = self.revocation.as_ref();
        let all = [
            ("accepts TLS 1.2", &self.tls_1_2),
            (
                "is not pinned any more after the pins' expiry",
                self.pins.as_ref().map_or(&None, |pins| &pins.lapse),
            ),
            (
                "has only the leaf looked up in revocation lists",
                lists.map_or(&None, |lists| &lists.leaf_only),
            ),
            (
                "accepts certificates that no revocation list speaks of",
                lists.map_or(&None, |lists| &lists.unknown),
            ),
            ("accepts expired revocation lists", lists.map_or(&None, |lists| &lists.expired)),
        ];
        all.into_iter()
            .filter_map(|(what, reason)| reason.as_deref().map(|reason| (what, reason)))
            .collect()
    }
}
