//! A secret store over the HTTP API of `HashiCorp` Vault or `OpenBao`. It returns the newest versions.
//!
//! The store fetches all declared secrets when it connects and at each refresh. In between,
//! [`Secrets::secret`] reads from memory. The store uses the guard's own transport: one host,
//! checked addresses, TLS 1.3, timeouts, size limits and no redirects.
//!
//! The store uses this part of Vault's API:
//!
//! - KV version 2 (`GET /v1/<mount>/data/<path>`)
//! - the logins of `AppRole` and Kubernetes (`POST /v1/auth/<mount>/login`)
//! - token look-up and renewal (`GET /v1/auth/token/lookup-self`, `POST /v1/auth/token/renew-self`)
//! - the headers `X-Vault-Token`, `X-Vault-Namespace` and `X-Vault-Request`
//!
//! It does not unwrap wrapped responses, read older versions or write to Vault.

mod api;
mod auth;
mod builder;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use tokio::task::JoinSet;

use self::api::{Issued, VaultError, Version};
use self::auth::Proof;
pub use self::auth::VaultAuth;
pub use self::builder::VaultBuilder;

use crate::clock::Clock;
use crate::error::Error;
use crate::posture::OwnConnection;
use crate::secret::{Refreshing, Secret, Secrets};
use crate::transport::{Body, OwnClient, Pinned};

/// The pause after a failed renewal.
const RENEW_AGAIN: Duration = Duration::from_secs(10);
/// The minimum time between two checks of a lease.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// A secret store over a `HashiCorp` Vault or an `OpenBao`, KV version 2. Clones share one store.
///
/// ```no_run
/// use secure_tool::Guard;
/// # pub struct Shop;
/// use secure_tool::{VaultAuth, VaultSecrets};
///
/// # async fn example() -> Result<(), secure_tool::Error> {
/// let vault = VaultSecrets::builder("https://vault.corp.example:8200")
///     .auth(VaultAuth::app_role_file("support-bot", "/run/vault/secret-id"))
///     .namespace("shop")
///     .secret("SHOP_API_KEY", "support-bot/shop", "api_key") // `secret/support-bot/shop`
///     .connect()
///     .await?;
/// let guard = Guard::builder().secrets(vault);
/// # let _ = guard; Ok(())
/// # }
/// ```
///
/// Promises:
///
/// - [`Secrets::secret`] never uses the network, so an undeclared name is never looked up in Vault.
/// - A version that was deleted or destroyed expires at the next refresh and is not sent
///   afterwards.
/// - Any other failure keeps the known values and is reported. The age limits of the APIs decide
///   how long the values stay in use.
/// - A lagging replica does not replace a newer version with an older one.
/// - The token of a login is renewed in the background after two thirds of its lease. If the
///   renewal fails, the store logs in again.
/// - Errors, events and `Debug` output contain no secret and no token.
#[derive(Clone)]
pub struct VaultSecrets {
    shared: Arc<Shared>,
    /// Stops the renewal of the token when the last clone is dropped.
    _renewal: Arc<JoinSet<()>>,
}

/// The location of a secret in Vault.
struct Location {
    path: String,
    field: String,
}

/// A value that was fetched from Vault.
struct CachedVersion {
    secret: Secret,
    version: u64,
}

/// A token, and its expiry on the store's monotonic clock.
struct Lease {
    token: SecretString,
    /// `None` for a token without expiry.
    until: Option<Duration>,
    renew: Option<Duration>,
    renewable: bool,
}

struct Shared {
    own: OwnClient,
    auth: VaultAuth,
    mount: String,
    headers: HeaderMap,
    locations: BTreeMap<String, Location>,
    /// The names of the secrets at each path: each path is read once for all of them.
    paths: BTreeMap<String, Vec<String>>,
    pinned: Option<Pinned>,
    clock: Arc<dyn Clock>,
    refresh_every: Duration,
    cached: Mutex<BTreeMap<String, CachedVersion>>,
    /// Locked during a whole refresh, so that refreshes run one at a time.
    lease: tokio::sync::Mutex<Option<Lease>>,
}

impl VaultSecrets {
    /// Starts building a store. The URL has `https`, a host name and an optional port.
    ///
    /// ```
    /// let builder = secure_tool::VaultSecrets::builder("https://vault.corp.example:8200");
    /// # let _ = builder;
    /// ```
    pub fn builder(url: impl Into<String>) -> VaultBuilder {
        VaultBuilder::new(url.into())
    }

    async fn start(shared: Shared) -> Result<Self, Error> {
        let shared = Arc::new(shared);
        shared.fetch(true).await?;
        let mut renewal = JoinSet::new();
        renewal.spawn(renew_in_background(Arc::downgrade(&shared)));
        Ok(Self { shared, _renewal: Arc::new(renewal) })
    }
}

impl Secrets for VaultSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        Ok(self.shared.cached().get(name).map(|cached| cached.secret.clone()))
    }

    fn refresh(&self) -> Refreshing<'_> {
        Box::pin(self.shared.fetch(false))
    }

    fn refresh_every(&self) -> Option<Duration> {
        Some(self.shared.refresh_every)
    }

    fn connections(&self) -> Vec<OwnConnection> {
        let described = self.shared.own.described();
        vec![match &self.shared.pinned {
            Some(Pinned { host, address, reason }) => described.weaker(
                format!("secret manager `{host}` is reached at {address}, which is not checked"),
                reason.as_str(),
            ),
            None => described,
        }]
    }

    fn describe(&self) -> String {
        format!("Vault at {}", self.shared.own.host())
    }
}

impl fmt::Debug for VaultSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VaultSecrets")
            .field("host", &self.shared.own.host())
            .field("auth", &self.shared.auth)
            .field("secrets", &self.shared.locations.keys())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn cached(&self) -> MutexGuard<'_, BTreeMap<String, CachedVersion>> {
        self.cached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches each secret. Returns the first error, but continues with the other secrets unless
    /// the failure affects all requests. A missing secret is an error at start-up; later it only
    /// expires the cached value.
    async fn fetch(&self, is_start: bool) -> Result<(), Error> {
        let mut lease = self.lease.lock().await;
        let mut token = self.token(&mut lease).await?;
        let (mut wrong, mut is_new) = (None, false);
        for (path, names) in &self.paths {
            let mut read = self.read(path, &token).await;
            // The token may have been revoked, or the file may contain a newer one. A secret id can
            // have a limited number of uses, so the store logs in again only if the token is no
            // longer valid.
            if matches!(read, Err(VaultError::Denied))
                && !is_new
                && !(self.auth.logs_in() && self.is_valid(&token).await)
            {
                *lease = None;
                (token, is_new) = (self.token(&mut lease).await?, true);
                read = self.read(path, &token).await;
            }
            let ends = matches!(&read, Err(error) if error.affects_all());
            let is_known = matches!(&read, Err(error) if error.is_gone()) && !is_start;
            if let Err(error) = self.cache(path, names, read) {
                tracing::warn!(%error, "a secret was not refreshed");
                if !is_known {
                    wrong.get_or_insert(error);
                }
            }
            if ends {
                break;
            }
        }
        wrong.map_or(Ok(()), Err)
    }

    async fn read(&self, path: &str, token: &SecretString) -> Result<Version, VaultError> {
        let encode = |part| builder::encoded(part).unwrap_or_default();
        let target = format!("/v1{}/data{}", encode(&self.mount), encode(path));
        api::version(self.own.exchange(Method::GET, target, &self.headers_with(token), None).await)
    }

    /// Returns whether Vault still accepts a token.
    async fn is_valid(&self, token: &SecretString) -> bool {
        let target = "/v1/auth/token/lookup-self".to_owned();
        self.own
            .exchange(Method::GET, target, &self.headers_with(token), None)
            .await
            .is_ok_and(|response| response.status == 200)
    }

    /// Caches the values that were read, or expires the values that no longer exist.
    fn cache(
        &self,
        path: &str,
        names: &[String],
        read: Result<Version, VaultError>,
    ) -> Result<(), Error> {
        let host = self.own.host();
        let wrong = |what: &dyn fmt::Display| {
            Error::secret(format!(
                "secret manager `{host}`: `{path}`, for secret `{}`: {what}",
                names.join("`, `")
            ))
        };
        let version = match read {
            Ok(version) => version,
            Err(error) => {
                if error.is_gone() {
                    self.expire(names);
                }
                return Err(wrong(&error));
            }
        };
        let lags = |known: &CachedVersion| {
            known.version > version.number
                && known.secret.issued.is_some_and(|issued| issued >= version.created)
        };
        let mut kept = Ok(());
        for name in names {
            let Some(location) = self.locations.get(name) else { continue };
            if self.cached().get(name).is_some_and(lags) {
                continue;
            }
            let Some(value) = version.fields.get(&location.field).and_then(|field| field.0.clone())
            else {
                self.expire(std::slice::from_ref(name));
                kept = Err(wrong(&format_args!("it has no text in field `{}`", location.field)));
                continue;
            };
            let mut secret = Secret::new(value).issued(version.created);
            secret.expires = version.ends;
            self.cached().insert(name.clone(), CachedVersion { secret, version: version.number });
        }
        kept
    }

    /// Expires the cached values of `names`. The expiry tells the keyring that the secret no longer
    /// exists, as opposed to a store that cannot be read.
    fn expire(&self, names: &[String]) {
        let now = self.clock.wall();
        for held in self
            .cached()
            .iter_mut()
            .filter(|(name, _)| names.contains(name))
            .map(|(_, cached)| cached)
        {
            let ends = held.secret.expires.map_or(now, |ends| ends.min(now));
            held.secret.expires = Some(ends);
        }
    }

    /// Returns a valid token: the cached one, a renewed one or a new one.
    async fn token(&self, lease: &mut Option<Lease>) -> Result<SecretString, Error> {
        let now = self.clock.monotonic();
        if let Some(held) = lease {
            let is_due = |at: Option<Duration>| at.is_some_and(|at| now >= at);
            if !is_due(held.renew) {
                return Ok(held.token.clone());
            }
            if held.renewable && !is_due(held.until) {
                let target = "/v1/auth/token/renew-self".to_owned();
                let body = Body::Json("{}".into());
                let renewed = api::issued(
                    self.own
                        .exchange(Method::POST, target, &self.headers_with(&held.token), Some(body))
                        .await,
                );
                // Near its maximum lifetime, each renewal of a token is shorter than the last. The
                // store then logs in again.
                let lasts =
                    held.until.zip(held.renew).map(|(until, renew)| until.saturating_sub(renew));
                match renewed {
                    Ok(issued)
                        if issued.lasts.is_none_or(|new| lasts.is_none_or(|old| new > old)) =>
                    {
                        return Ok(lease.insert(Lease::new(issued, now)).token.clone());
                    }
                    Ok(_) => {}
                    Err(error) => {
                        tracing::warn!(
                            host = self.own.host(),
                            %error,
                            "the token of the secret manager was not renewed"
                        );
                    }
                }
            }
        }
        match self.login(now).await {
            Ok(new) => Ok(lease.insert(new).token.clone()),
            Err(error) => match lease {
                // A failed login keeps the old token while that is valid.
                Some(held) if held.until.is_none_or(|until| now < until) => Ok(held.token.clone()),
                _ => Err(error),
            },
        }
    }

    async fn login(&self, now: Duration) -> Result<Lease, Error> {
        let (path, body) = match self.auth.proof()? {
            // Expires at once, so that the file is read again each time.
            Proof::Token(token) => {
                return Ok(Lease {
                    token,
                    until: Some(Duration::ZERO),
                    renew: Some(Duration::ZERO),
                    renewable: false,
                });
            }
            Proof::Login { path, body } => (path, body),
        };
        let target = format!("/v1/auth{}", builder::encoded(&path).unwrap_or_default());
        let body = Body::Json(body.expose_secret().to_owned());
        let response = self.own.exchange(Method::POST, target, &self.headers, Some(body)).await;
        let issued = api::issued(response).map_err(|error| {
            Error::secret(format!(
                "secret manager `{}`: the login at `auth/{}`: {error}",
                self.own.host(),
                self.auth.mount()
            ))
        })?;
        if HeaderValue::from_str(issued.token.expose_secret()).is_err() {
            return Err(Error::secret(format!(
                "secret manager `{}`: its token is not a valid header value",
                self.own.host()
            )));
        }
        Ok(Lease::new(issued, now))
    }

    fn headers_with(&self, token: &SecretString) -> HeaderMap {
        let mut headers = self.headers.clone();
        if let Ok(mut value) = HeaderValue::from_str(token.expose_secret()) {
            value.set_sensitive(true);
            headers.insert(HeaderName::from_static("x-vault-token"), value);
        }
        headers
    }

    /// Renews the token if due, and returns the time until the next check.
    async fn renew_if_due(&self) -> Duration {
        let mut lease = self.lease.lock().await;
        if let Err(error) = self.token(&mut lease).await {
            tracing::warn!(%error, "the secret manager issued no token; next attempt in 10 seconds");
            return RENEW_AGAIN;
        }
        let now = self.clock.monotonic();
        match lease.as_ref().and_then(|lease| lease.renew) {
            Some(at) if at > now => at.saturating_sub(now).max(SHORTEST_WAIT),
            Some(_) => RENEW_AGAIN, // renewal and login failed
            None => Duration::MAX,
        }
    }
}

impl Lease {
    /// Creates the lease of a token that was requested at this monotonic time.
    fn new(issued: Issued, asked: Duration) -> Self {
        let Issued { token, lasts, renewable } = issued;
        let after = |part: Duration| asked.saturating_add(part);
        Self {
            token,
            until: lasts.map(after),
            renew: lasts.map(|lasts| after(lasts / 3 * 2)),
            renewable,
        }
    }
}

/// Renews the token in the background while the store exists. A token in a file is renewed by its
/// writer.
async fn renew_in_background(shared: Weak<Shared>) {
    loop {
        let wait = match shared.upgrade() {
            Some(shared) if shared.auth.logs_in() => shared.renew_if_due().await,
            _ => return,
        };
        tokio::time::sleep(wait).await;
    }
}
