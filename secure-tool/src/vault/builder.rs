//! The builder of a Vault store: takes URL, login, names and paths, and returns a store that has
//! fetched all of its secrets.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Location, Shared, VaultAuth, VaultSecrets};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::spec::RESERVED;
use crate::transport::{Connection, OwnClient, Pinned, Resolver, SystemResolver, TOTAL};

/// The default refresh interval: short enough for a rotation, long enough for a shared Vault.
const REFRESH_EVERY: Duration = Duration::from_mins(5);

/// Builds a [`VaultSecrets`] store.
///
/// ```no_run
/// use secure_tool::{VaultAuth, VaultSecrets};
///
/// # async fn example() -> Result<(), secure_tool::Error> {
/// let vault = VaultSecrets::builder("https://vault.corp.example:8200")
///     .auth(VaultAuth::kubernetes("shop-bot"))
///     .secret("SHOP_API_KEY", "shop-bot/shop", "api_key")
///     .connect()
///     .await?;
/// # let _ = vault; Ok(())
/// # }
/// ```
#[must_use = "a builder has no effect until `connect` is called"]
pub struct VaultBuilder {
    url: String,
    auth: Option<VaultAuth>,
    mount: String,
    namespace: Option<String>,
    locations: BTreeMap<String, Location>,
    connection: Connection,
    clock: Arc<dyn Clock>,
    pinned: Option<(SocketAddr, String)>,
    deadline: Duration,
    refresh_every: Duration,
    resolver: Arc<dyn Resolver>,
}

impl VaultBuilder {
    pub(super) fn new(url: String) -> Self {
        Self {
            url,
            auth: None,
            mount: "secret".into(),
            namespace: None,
            locations: BTreeMap::new(),
            connection: Connection::new(),
            clock: Arc::new(SystemClock::default()),
            pinned: None,
            deadline: TOTAL,
            refresh_every: REFRESH_EVERY,
            resolver: Arc::new(SystemResolver),
        }
    }

    /// Sets the login method. Required.
    ///
    /// ```
    /// use secure_tool::{VaultAuth, VaultSecrets};
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example")
    ///     .auth(VaultAuth::token_file("/run/vault/token"));
    /// # let _ = builder;
    /// ```
    pub fn auth(mut self, auth: VaultAuth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Sets the mount of the KV engine, version 2. Default: `secret`.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example").mount("kv");
    /// # let _ = builder;
    /// ```
    pub fn mount(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// Sets the namespace of each request. Default: none.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example").namespace("shop");
    /// # let _ = builder;
    /// ```
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// Adds a secret: the name that APIs use, the path of its entry below the mount, and the field
    /// of the entry. At least one is required.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example")
    ///     .secret("SHOP_API_KEY", "support-bot/shop", "api_key");
    /// # let _ = builder;
    /// ```
    pub fn secret(
        mut self,
        name: impl Into<String>,
        path: impl Into<String>,
        field: impl Into<String>,
    ) -> Self {
        self.locations.insert(name.into(), Location { path: path.into(), field: field.into() });
        self
    }

    /// Sets the trust anchors and the other connection options. Default: the trust anchors of the
    /// operating system.
    ///
    /// ```
    /// use secure_tool::{Connection, VaultSecrets};
    ///
    /// let builder =
    ///     VaultSecrets::builder("https://vault.corp.example").connection(Connection::new());
    /// # let _ = builder;
    /// ```
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    /// Sets the DNS resolver. Default: the resolver of the operating system. The guard checks the
    /// addresses from any resolver.
    ///
    /// ```
    /// use secure_tool::{SystemResolver, VaultSecrets};
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example").resolver(SystemResolver::default());
    /// # let _ = builder;
    /// ```
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// Sets the refresh interval. Default: 5 minutes. The call that finds a refresh due does not
    /// wait for it. A value that is too old, or that an API rejected, is refreshed earlier.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    /// use std::time::Duration;
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example")
    ///     .refresh_every(Duration::from_secs(60));
    /// # let _ = builder;
    /// ```
    pub fn refresh_every(mut self, every: Duration) -> Self {
        self.refresh_every = every;
        self
    }

    /// Sets the total timeout of one request. Default: 10 seconds.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    /// use std::time::Duration;
    ///
    /// let builder =
    ///     VaultSecrets::builder("https://vault.corp.example").deadline(Duration::from_secs(3));
    /// # let _ = builder;
    /// ```
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the clock that leases and expiry times use. Default: the system clock.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    /// use secure_tool::clock::ManualClock;
    ///
    /// let builder =
    ///     VaultSecrets::builder("https://vault.corp.example").clock(ManualClock::new());
    /// # let _ = builder;
    /// ```
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Connects to this address instead of resolving the host, and skips the check of the address.
    /// Use it for a Vault on a private network.
    ///
    /// The certificate is verified as always. A port in the URL overrides the port of the address.
    /// [`Guard::posture`](crate::Guard::posture) lists the exception with its reason.
    ///
    /// ```
    /// use secure_tool::VaultSecrets;
    ///
    /// let builder = VaultSecrets::builder("https://vault.corp.example")
    ///     .dangerously_reach_at(([10, 0, 0, 5], 8200).into(), "Vault runs in our own network");
    /// # let _ = builder;
    /// ```
    pub fn dangerously_reach_at(mut self, address: SocketAddr, reason: impl Into<String>) -> Self {
        self.pinned = Some((address, reason.into()));
        self
    }

    /// Connects, logs in and fetches each secret once. From then on the store renews its token in
    /// the background until it is dropped.
    ///
    /// # Errors
    ///
    /// Returns an error if a URL, mount, path or namespace is invalid, or no login method or no
    /// secret is set. Returns an error if Vault is unreachable or denies the login, or a secret is
    /// missing. The message names secrets, paths and kinds of failure. It contains no secret and
    /// nothing that Vault returned.
    ///
    /// ```no_run
    /// use secure_tool::{VaultAuth, VaultSecrets};
    ///
    /// # async fn example() -> Result<(), secure_tool::Error> {
    /// let vault = VaultSecrets::builder("https://vault.corp.example:8200")
    ///     .auth(VaultAuth::kubernetes("shop-bot"))
    ///     .secret("SHOP_API_KEY", "shop-bot/shop", "api_key")
    ///     .connect()
    ///     .await?;
    /// # let _ = vault; Ok(())
    /// # }
    /// ```
    pub async fn connect(self) -> Result<VaultSecrets, Error> {
        let wrong = |what: String| Error::configuration(format!("secret manager: {what}"));
        let auth = self
            .auth
            .ok_or_else(|| wrong("no login method is set; add `.auth(VaultAuth::…)`".into()))?;
        if self.locations.is_empty() {
            return Err(wrong("no secret is declared; add `.secret(name, path, field)`".into()));
        }
        for mount in [&*self.mount, auth.mount()] {
            encoded(mount)
                .ok_or_else(|| wrong(format!("the mount `{mount}` is not a valid path")))?;
        }
        let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, location) in &self.locations {
            encoded(&location.path).ok_or_else(|| {
                wrong(format!("the path `{}` of secret `{name}` is not valid", location.path))
            })?;
            paths.entry(location.path.clone()).or_default().push(name.clone());
        }
        let mut headers = HeaderMap::new();
        // Vault Agent can be configured to reject requests without this header, which a web page
        // cannot set.
        headers
            .insert(HeaderName::from_static("x-vault-request"), HeaderValue::from_static("true"));
        if let Some(namespace) = &self.namespace {
            let value = HeaderValue::from_str(namespace)
                .ok()
                .filter(|_| encoded(namespace.trim_matches('/')).is_some());
            headers.insert(
                HeaderName::from_static("x-vault-namespace"),
                value.ok_or_else(|| wrong(format!("the namespace `{namespace}` is not valid")))?,
            );
        }
        let host = reqwest::Url::parse(&self.url)
            .ok()
            .and_then(|url| url.domain().map(str::to_owned))
            .unwrap_or_default();
        let pinned = self.pinned.map(|(address, reason)| Pinned { host, address, reason });
        let own = OwnClient::new(
            "secret manager",
            self.url.trim_end_matches('/'),
            &self.connection,
            pinned.as_slice(),
            &self.resolver,
            &self.clock,
        )?
        .within(self.deadline);
        let shared = Shared {
            own,
            auth,
            mount: self.mount,
            headers,
            locations: self.locations,
            paths,
            pinned,
            clock: self.clock,
            refresh_every: self.refresh_every,
            cached: Mutex::default(),
            lease: tokio::sync::Mutex::default(),
        };
        VaultSecrets::start(shared).await
    }
}

impl fmt::Debug for VaultBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL is left out: it can contain a password until `connect` has checked it.
        f.debug_struct("VaultBuilder")
            .field("auth", &self.auth)
            .field("secrets", &self.locations.keys())
            .finish_non_exhaustive()
    }
}

/// Percent-encodes each segment of a path. Returns `None` if a segment is empty, is `.` or `..`, or
/// contains a control character.
pub(super) fn encoded(path: &str) -> Option<String> {
    let mut out = String::with_capacity(path.len() + 1);
    for segment in path.split('/') {
        if matches!(segment, "" | "." | "..") || segment.chars().any(char::is_control) {
            return None;
        }
        out.push('/');
        out.extend(utf8_percent_encode(segment, RESERVED));
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_path_cannot_leave_its_mount() {
        assert_eq!(encoded("shop/api key?x").as_deref(), Some("/shop/api%20key%3Fx"));
        for path in ["", "/shop", "shop/", "shop//api", "shop/../sys", ".", "shop\n"] {
            assert_eq!(encoded(path), None, "{path:?}");
        }
    }
}
