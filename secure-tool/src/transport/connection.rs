//! The connection options of one API, set by the operator: trust anchors, client identity,
//! credential ages.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::tls::{Crls, Identity, Pins, Roots};
use crate::error::Error;
use crate::policy::Agent;
use crate::secret::Rotation;
use crate::signing::{Signer, Verifier};

/// The default maximum age of a connection.
const MAX_AGE: Duration = Duration::from_mins(10);

/// The connection options of one API.
///
/// Set them with [`Builder::connection`](crate::guard::Builder::connection). An API without options
/// uses the defaults.
///
/// The API's type declares its properties: URL, scopes, kind of credential. This type configures
/// the deployment: trust anchors, client identity, credential ages.
/// [`Guard::posture`](crate::Guard::posture) lists the result for each API.
///
/// Defaults:
///
/// - TLS 1.3 only, with the suites `TLS13_AES_256_GCM_SHA384`, `TLS13_AES_128_GCM_SHA256` and
///   `TLS13_CHACHA20_POLY1305_SHA256`, and the groups X25519, secp256r1 and secp384r1
/// - the guard's trust anchors, and no client identity
/// - session resumption by tickets, but no data before the handshake completes (0-RTT)
///
/// With pins, an identity or revocation lists, sessions are not resumed: each connection performs a
/// full handshake. The guard's [clock](crate::clock) decides whether certificates, revocation lists
/// and pins are valid.
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
    /// The id of the key and the name of its secret.
    pub(crate) signing_key: Option<(String, String)>,
    /// Ids of keys and names of their secrets.
    pub(crate) answer_keys: Option<Vec<(String, String)>>,
    pub(crate) signer: Option<Custom<dyn Signer>>,
    pub(crate) verifier: Option<Custom<dyn Verifier>>,
}

/// A scheme of signatures that the program brings. `Debug` shows that it is there.
pub(crate) struct Custom<S: ?Sized>(pub(crate) Arc<S>);

impl<S: ?Sized> Clone for Custom<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: ?Sized> std::fmt::Debug for Custom<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Custom")
    }
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
            signer: None,
            verifier: None,
        }
    }
}

impl Connection {
    /// Creates the default options.
    ///
    /// ```
    /// use secure_tool::Connection;
    ///
    /// let connection = Connection::new();
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the trust anchors for this API's server. Default: those of the guard.
    ///
    /// ```
    /// use secure_tool::{Connection, Roots};
    ///
    /// let connection = Connection::new().roots(Roots::Bundled);
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn roots(mut self, roots: Roots) -> Self {
        self.roots = Some(roots);
        self
    }

    /// Sets the age from which the operator is warned about a credential, and the age from which it
    /// is not sent. Default: no age limit, except the expiry time that a store reports.
    ///
    /// The age counts from the time of issue that the store reports. If the store cannot report it,
    /// building the guard fails: environment variables have none, files have the time of their last
    /// change.
    ///
    /// The warning is a tracing event and an audit record, at most once per hour. A call without a
    /// usable credential is refused by the rule `send.credential`.
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

    /// Sets how long after a rotation the previous value is tried if the API rejects the new one
    /// (401). Default: 0, never.
    ///
    /// An API can take some time to accept a new key. Within the overlap, a request rejected with
    /// the new value is retried once with the previous one. If the API accepts that, the previous
    /// value is sent first for 10 seconds.
    ///
    /// ```
    /// use secure_tool::Connection;
    /// use std::time::Duration;
    ///
    /// let connection = Connection::new().secret_overlap(Duration::from_secs(3600));
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn secret_overlap(mut self, overlap: Duration) -> Self {
        self.secret_overlap = overlap;
        self
    }

    /// Requires each agent to have its own secret for this API
    /// ([`Agent::secret_for`](crate::Agent::secret_for)). Default: all agents share the API's
    /// secret.
    ///
    /// The shared secret is then not read, and opening a session for an agent without its own
    /// secret is an error.
    ///
    /// ```
    /// # use secure_tool::prelude::*;
    /// # #[derive(SecureApi)]
    /// # #[secure(
    /// #     url = "https://api.shop.example/v1",
    /// #     scopes("products:read"),
    /// #     auth(bearer = "SHOP_API_KEY"),
    /// #     receives(public),
    /// #     rate_limit(600 / minute)
    /// # )]
    /// # struct Shop;
    /// use secure_tool::{Agent, Connection};
    ///
    /// let connection = Connection::new().secret_per_agent();
    /// let agent = Agent::new("support-bot").secret_for::<Shop>("SUPPORT_BOT_SHOP_KEY");
    /// # let _ = (connection, agent);
    /// ```
    #[must_use]
    pub fn secret_per_agent(mut self) -> Self {
        self.per_agent = true;
        self
    }

    pub(crate) fn rotation(&self, api: &str) -> Result<Rotation, Error> {
        if self.secret_age.is_some_and(|(warn, refuse)| warn > refuse || refuse.is_zero()) {
            return Err(Error::configuration(format!(
                "the secret age limits of API `{api}` are not valid; the warning age must not \
                    exceed the maximum age, which must not be zero"
            )));
        }
        Ok(Rotation { age: self.secret_age, overlap: self.secret_overlap })
    }

    /// Signs requests with the secret of this name under this key id, instead of the key in the
    /// API's `sign(…)`. This allows a rotation without a change to the program.
    ///
    /// ```
    /// use secure_tool::Connection;
    ///
    /// let connection = Connection::new()
    ///     .signing_key("2026-11", "SHOP_SIGNING_KEY_2026_11")
    ///     .response_keys([("2026-11", "SHOP_RESPONSE_KEY_2026_11")]);
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn signing_key(mut self, id: impl Into<String>, secret: impl Into<String>) -> Self {
        self.signing_key = Some((id.into(), secret.into()));
        self
    }

    /// Verifies responses with the secrets of these names under these key ids, instead of the keys
    /// in the API's `verify(…)`. During a rotation, list the old and the new key.
    ///
    /// ```
    /// use secure_tool::Connection;
    ///
    /// let connection = Connection::new().response_keys([
    ///     ("2026-11", "SHOP_RESPONSE_KEY_2026_11"),
    ///     ("2026-10", "SHOP_RESPONSE_KEY_2026_10"),
    /// ]);
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn response_keys<I: Into<String>, S: Into<String>>(
        mut self,
        keys: impl IntoIterator<Item = (I, S)>,
    ) -> Self {
        self.answer_keys =
            Some(keys.into_iter().map(|(id, secret)| (id.into(), secret.into())).collect());
        self
    }

    /// Signs requests by a scheme of your own, such as that of a provider. The API must not declare
    /// `sign(…)`. Default: none. See [`Signer`].
    ///
    /// ```
    /// use secure_tool::Connection;
    /// use secure_tool::signing::{Rfc9421Signer, SigningKey};
    ///
    /// # fn example(pem: secure_tool::SecretString) -> Result<(), secure_tool::Error> {
    /// let signer = Rfc9421Signer::builder(SigningKey::ed25519("2026-10", &pem)?).build()?;
    /// let connection = Connection::new().signer(signer);
    /// # let _ = connection;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn signer(mut self, signer: impl Signer + 'static) -> Self {
        self.signer = Some(Custom(Arc::new(signer)));
        self
    }

    /// Verifies responses by a scheme of your own. A response that it does not accept is refused as
    /// `check.signature`; of an effect as `send.effect_unknown`. The API must not declare
    /// `verify(…)`. Default: none. See [`Verifier`].
    ///
    /// ```
    /// use secure_tool::Connection;
    /// use secure_tool::signing::{Rfc9421Verifier, VerifyingKey};
    ///
    /// # fn example(public: &str) -> Result<(), secure_tool::Error> {
    /// let verifier = Rfc9421Verifier::builder().key(VerifyingKey::ed25519("2026-10", public)?).build()?;
    /// let connection = Connection::new().verifier(verifier);
    /// # let _ = connection;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn verifier(mut self, verifier: impl Verifier + 'static) -> Self {
        self.verifier = Some(Custom(Arc::new(verifier)));
        self
    }

    /// Pins the keys of this API's server, in addition to the check by trust anchors. Default: no
    /// pins.
    ///
    /// ```
    /// use secure_tool::{Connection, Pins};
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let pins = Pins::new(
    ///     "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=",
    ///     "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=",
    ///     "2027-06-30",
    /// )?;
    /// let connection = Connection::new().pins(pins);
    /// # let _ = connection; Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn pins(mut self, pins: Pins) -> Self {
        self.pins = Some(pins);
        self
    }

    /// Sets the client identity (mutual TLS) for all agents without their own identity. It is shown
    /// if the server requests a certificate. Default: none.
    ///
    /// ```
    /// use secure_tool::{Connection, Identity};
    ///
    /// let identity = Identity::files("/run/tls/client.pem", "/run/tls/client.key");
    /// let connection = Connection::new().identity(identity);
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn identity(mut self, identity: Identity) -> Self {
        self.identity = Some(identity);
        self
    }

    /// Sets the client identity of one agent, instead of [`identity`](Self::identity). Only the
    /// tenant and the name of the agent are used.
    ///
    /// Calls with different identities never share a connection.
    ///
    /// ```
    /// use secure_tool::{Agent, Connection, Identity};
    ///
    /// let support = Agent::new("support-bot").tenant("acme");
    /// let connection = Connection::new().identity_for(
    ///     &support,
    ///     Identity::files("/run/tls/support.pem", "/run/tls/support.key"),
    /// );
    /// ```
    #[must_use]
    pub fn identity_for(mut self, agent: &Agent, identity: Identity) -> Self {
        self.identities.insert((agent.tenant.clone(), agent.name.clone()), identity);
        self
    }

    /// Sets the certificate revocation lists for this API's server. Default: none.
    ///
    /// ```
    /// use secure_tool::{Connection, Crls};
    ///
    /// let connection = Connection::new().revocation(Crls::files(["/etc/crls/issuer.crl"]));
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn revocation(mut self, lists: Crls) -> Self {
        self.revocation = Some(lists);
        self
    }

    /// Sets the maximum age of a connection. Default: 10 minutes. Each new connection checks
    /// certificates, revocation lists and trust anchors again, so the age limits how long a revoked
    /// certificate stays in use. Zero opens a new connection for each call.
    ///
    /// ```
    /// use secure_tool::Connection;
    /// use std::time::Duration;
    ///
    /// let connection = Connection::new().max_age(Duration::from_secs(60));
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = age;
        self
    }

    /// Accepts TLS 1.2 from this API's server if it does not support 1.3. Requires the extended
    /// master secret (RFC 7627) and suites with ECDHE and AES-GCM or ChaCha20-Poly1305. Sessions
    /// are then not resumed. [`Guard::posture`](crate::Guard::posture) lists this with the reason.
    ///
    /// ```
    /// use secure_tool::Connection;
    ///
    /// let connection =
    ///     Connection::new().dangerously_allow_tls_1_2("the vendor updates its gateway in March");
    /// # let _ = connection;
    /// ```
    #[must_use]
    pub fn dangerously_allow_tls_1_2(mut self, reason: impl Into<String>) -> Self {
        self.tls_1_2 = Some(reason.into());
        self
    }

    /// Returns the options for another host: without the identity, the pins and the permission of
    /// TLS 1.2.
    pub(crate) fn without_identity(&self) -> Self {
        Self {
            roots: self.roots.clone(),
            revocation: self.revocation.clone(),
            max_age: self.max_age,
            ..Self::default()
        }
    }

    /// Sets the guard's trust anchors if none are set.
    pub(crate) fn or_roots(&self, roots: &Roots) -> Self {
        let mut connection = self.clone();
        connection.roots.get_or_insert_with(|| roots.clone());
        connection
    }

    /// Returns whether any call can show a client identity.
    pub(crate) fn has_identity(&self) -> bool {
        self.identity.is_some() || !self.identities.is_empty()
    }

    /// Returns each weakened default with its reason.
    pub(crate) fn weakened(&self) -> Vec<(&'static str, &str)> {
        let lists = self.revocation.as_ref();
        let all = [
            ("accepts TLS 1.2", &self.tls_1_2),
            (
                "ignores its pins after their expiry",
                self.pins.as_ref().map_or(&None, |pins| &pins.lapse),
            ),
            (
                "checks only the leaf certificate against revocation lists",
                lists.map_or(&None, |lists| &lists.leaf_only),
            ),
            (
                "accepts certificates that no revocation list covers",
                lists.map_or(&None, |lists| &lists.unknown),
            ),
            ("accepts expired revocation lists", lists.map_or(&None, |lists| &lists.expired)),
        ];
        all.into_iter()
            .filter_map(|(what, reason)| reason.as_deref().map(|reason| (what, reason)))
            .collect()
    }
}
