//! Secrets of a `HashiCorp` Vault (or an `OpenBao`), by its HTTP API: names and paths in, the
//! newest versions out.
//!
//! All declared secrets are fetched when the store connects, and again when the guard asks for it;
//! between, [`Secrets::secret`] answers from memory. It speaks to Vault over the guard's own
//! transport: one host, at an address that was checked, over TLS 1.3, with deadlines and caps,
//! without redirects.
//!
//! Of Vault's API it speaks: KV version 2 (`GET /v1/<mount>/data/<path>`), the logins of `AppRole`
//! and Kubernetes (`POST /v1/auth/<mount>/login`), the look-up and the renewal of the token itself
//! (`GET /v1/auth/token/lookup-self`, `POST /v1/auth/token/renew-self`), and the headers
//! `X-Vault-Token`, `X-Vault-Namespace` and `X-Vault-Request`. It does not unwrap wrapped answers,
//! reads no older version, and writes nothing.

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

use self::api::{Flaw, Issued, Version};
use self::auth::Proof;
pub use self::auth::VaultAuth;
pub use self::builder::VaultBuilder;

use crate::clock::Clock;
use crate::error::Error;
use crate::posture::OwnConnection;
use crate::secret::{Refreshing, Secret, Secrets};
use crate::transport::{Body, OwnClient, Pinned};

/// How long after a failed renewal the next is tried.
const RENEW_AGAIN: Duration = Duration::from_secs(10);
/// The shortest time between two looks at a lease.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// Secrets of a `HashiCorp` Vault, or an `OpenBao`, KV version 2. Clones share one store.
///
/// ```no_run
/// # use secure_tool::prelude::*;
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// use secure_tool::{VaultAuth, VaultSecrets};
///
/// # async fn example() -> Result<(), secure_tool::Error> {
/// let vault = VaultSecrets::builder("https://vault.corp.example:8200")
///     .auth(VaultAuth::app_role_file("support-bot", "/run/vault/secret-id"))
///     .namespace("shop")
///     .secret("SHOP_API_KEY", "support-bot/shop", "api_key")   // the field `api_key` of `secret/support-bot/shop`
///     .connect()
///     .await?;
/// let guard = Guard::builder().secrets(vault);
/// # let _ = guard; Ok(())
/// # }
/// ```
///
/// What it promises:
///
/// - A name that was not declared is not looked up: [`Secrets::secret`] has no network behind it.
/// - A version that was deleted or destroyed has ended with the next refresh: it is not sent any
///   more. Any other failure keeps the values that were known, and says so; how long they are used
///   is a matter of the age limits of their APIs.
/// - What a replica that lags behind gives does not replace a newer version.
/// - The token of a login is renewed after two thirds of its lease, in the background; when it
///   can't be renewed, the store logs in again.
/// - Values and tokens stand in no error, no event and no `Debug`.
#[derive(Clone)]
pub struct VaultSecrets {
    shared: Arc<Shared>,
    /// Ends when the last clone is dropped.
    _upkeep: Arc<JoinSet<()>>,
}

/// Where a secret is.
struct Place {
    path: String,
    field: String,
}

/// A value that was fetched.
struct CachedVersion {
    secret: Secret,
    version: u64,
}

/// A token, and until when it is good on the store's clock.
struct Lease {
    token: SecretString,
    /// `None`: it does not end.
    until: Option<Duration>,
    renew: Option<Duration>,
    renewable: bool,
}

struct Shared {
    own: OwnClient,
    auth: VaultAuth,
    mount: String,
    headers: HeaderMap,
    places: BTreeMap<String, Place>,
    /// The names of each path: it is read once for all of them.
    paths: BTreeMap<String, Vec<String>>,
    pinned: Option<Pinned>,
    clock: Arc<dyn Clock>,
    refresh_every: Duration,
    held: Mutex<BTreeMap<String, CachedVersion>>,
    /// Held over all of a refresh: one at a time.
    lease: tokio::sync::Mutex<Option<Lease>>,
}

impl VaultSecrets {
    /// Begins a store at this address: https, a host name, an optional port.
    pub fn builder(url: impl Into<String>) -> VaultBuilder {
        VaultBuilder::new(url.into())
    }

    async fn start(shared: Shared) -> Result<Self, Error> {
        let shared = Arc::new(shared);
        shared.fetch(true).await?;
        let mut upkeep = JoinSet::new();
        upkeep.spawn(keep_token(Arc::downgrade(&shared)));
        Ok(Self { shared, _upkeep: Arc::new(upkeep) })
    }
}

impl Secrets for VaultSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        Ok(self.shared.held().get(name).map(|held| held.secret.clone()))
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
                format!("secret manager `{host}` is reached at {address}, whatever that is"),
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
            .field("secrets", &self.shared.places.keys())
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, BTreeMap<String, CachedVersion>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches every secret. What can't be fetched is told by the first flaw; the others are
    /// fetched all the same, unless the flaw is of all of them. That one is gone is a flaw at the
    /// start, and later what there is to know.
    async fn fetch(&self, is_start: bool) -> Result<(), Error> {
        let mut lease = self.lease.lock().await;
        let mut token = self.token(&mut lease).await?;
        let (mut wrong, mut is_new) = (None, false);
        for (path, names) in &self.paths {
            let mut read = self.read(path, &token).await;
            // The token may have been revoked, or the file has a newer one. A login that has to be
            // paid for with a secret id is not made for nothing.
            if matches!(read, Err(Flaw::Denied))
                && !is_new
                && !(self.auth.logs_in() && self.is_good(&token).await)
            {
                *lease = None;
                (token, is_new) = (self.token(&mut lease).await?, true);
                read = self.read(path, &token).await;
            }
            let ends = matches!(&read, Err(flaw) if flaw.is_of_all());
            let is_known = matches!(&read, Err(flaw) if flaw.is_gone()) && !is_start;
            if let Err(error) = self.keep(path, names, read) {
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

    async fn read(&self, path: &str, token: &SecretString) -> Result<Version, Flaw> {
        let place = |part| builder::encoded(part).unwrap_or_default();
        let target = format!("/v1{}/data{}", place(&self.mount), place(path));
        api::version(self.own.exchange(Method::GET, target, &self.headers_with(token), None).await)
    }

    /// Whether Vault still knows a token.
    async fn is_good(&self, token: &SecretString) -> bool {
        let target = "/v1/auth/token/lookup-self".to_owned();
        self.own
            .exchange(Method::GET, target, &self.headers_with(token), None)
            .await
            .is_ok_and(|answer| answer.status == 200)
    }

    /// Puts what was read into memory, or takes what is gone out of it.
    fn keep(&self, path: &str, names: &[String], read: Result<Version, Flaw>) -> Result<(), Error> {
        let host = self.own.host();
        let wrong = |what: &dyn fmt::Display| {
            Error::secret(format!(
                "secret manager `{host}`: `{path}`, for secret `{}`: {what}",
                names.join("`, `")
            ))
        };
        let version = match read {
            Ok(version) => version,
            Err(flaw) => {
                if flaw.is_gone() {
                    self.withdraw(names);
                }
                return Err(wrong(&flaw));
            }
        };
        let lags = |known: &CachedVersion| {
            known.version > version.number
                && known.secret.issued.is_some_and(|issued| issued >= version.created)
        };
        let mut kept = Ok(());
        for name in names {
            let Some(place) = self.places.get(name) else { continue };
            if self.held().get(name).is_some_and(lags) {
                continue;
            }
            let Some(value) = version.fields.get(&place.field).and_then(|field| field.0.clone())
            else {
                self.withdraw(std::slice::from_ref(name));
                kept = Err(wrong(&format_args!("it has no text in field `{}`", place.field)));
                continue;
            };
            let mut secret = Secret::new(value).issued(version.created);
            secret.expires = version.ends;
            self.held().insert(name.clone(), CachedVersion { secret, version: version.number });
        }
        kept
    }

    /// What is gone has ended: whoever holds it learns so, and does not take it for a store that
    /// can't be read.
    fn withdraw(&self, names: &[String]) {
        let now = self.clock.wall();
        for held in
            self.held().iter_mut().filter(|(name, _)| names.contains(name)).map(|(_, held)| held)
        {
            let ends = held.secret.expires.map_or(now, |ends| ends.min(now));
            held.secret.expires = Some(ends);
        }
    }

    /// A token that is good now: the one there is, the same renewed, or a new one.
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
                // At the end of its longest life a token is renewed for less and less: then it is
                // time for a new one.
                let lasts =
                    held.until.zip(held.renew).map(|(until, renew)| until.saturating_sub(renew));
                match renewed {
                    Ok(issued)
                        if issued.lasts.is_none_or(|new| lasts.is_none_or(|old| new > old)) =>
                    {
                        return Ok(lease.insert(Lease::new(issued, now)).token.clone());
                    }
                    Ok(_) => {}
                    Err(flaw) => {
                        tracing::warn!(host = self.own.host(), %flaw, "the token of the secret manager was not renewed");
                    }
                }
            }
        }
        match self.login(now).await {
            Ok(new) => Ok(lease.insert(new).token.clone()),
            Err(error) => match lease {
                // Better the old one, while it lasts.
                Some(held) if held.until.is_none_or(|until| now < until) => Ok(held.token.clone()),
                _ => Err(error),
            },
        }
    }

    async fn login(&self, now: Duration) -> Result<Lease, Error> {
        let (path, body) = match self.auth.proof()? {
            // Read again each time: it has ended at once.
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
        let answer = self.own.exchange(Method::POST, target, &self.headers, Some(body)).await;
        let issued = api::issued(answer).map_err(|flaw| {
            Error::secret(format!(
                "secret manager `{}`: the login at `auth/{}`: {flaw}",
                self.own.host(),
                self.auth.mount()
            ))
        })?;
        if HeaderValue::from_str(issued.token.expose_secret()).is_err() {
            return Err(Error::secret(format!(
                "secret manager `{}`: its token can't stand in a header",
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

    /// Renews the token if it is due, and says how long nothing will be.
    async fn upkeep(&self) -> Duration {
        let mut lease = self.lease.lock().await;
        if let Err(error) = self.token(&mut lease).await {
            tracing::warn!(%error, "the secret manager gave no token");
            return RENEW_AGAIN;
        }
        let now = self.clock.monotonic();
        match lease.as_ref().and_then(|lease| lease.renew) {
            Some(at) if at > now => at.saturating_sub(now).max(SHORTEST_WAIT),
            Some(_) => RENEW_AGAIN, // it was not renewed and there was no new one
            None => Duration::MAX,
        }
    }
}

impl Lease {
    /// Of a token that was asked for at this time.
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

/// Keeps the token alive while the store is. A token in a file is its writer's to keep.
async fn keep_token(shared: Weak<Shared>) {
    loop {
        let wait = match shared.upgrade() {
            Some(shared) if shared.auth.logs_in() => shared.upkeep().await,
            _ => return,
        };
        tokio::time::sleep(wait).await;
    }
}
