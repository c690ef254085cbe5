//! A store of Vault, put together: addresses, names and paths in, a store that has fetched all of
//! them out.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use percent_encoding::utf8_percent_encode;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

use super::{Place, Shared, VaultAuth, VaultSecrets};
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::spec::RESERVED;
use crate::transport::{Connection, OwnClient, Pinned, Resolver, SystemResolver, TOTAL};

/// How often secrets are read again: soon enough for a rotation, and seldom enough for a Vault that
/// many share.
const REFRESH_EVERY: Duration = Duration::from_mins(5);

/// A store that is being put together. See [`VaultSecrets`].
#[must_use = "a builder does nothing before `connect`"]
pub struct VaultBuilder {
    url: String,
    auth: Option<VaultAuth>,
    mount: String,
    namespace: Option<String>,
    places: BTreeMap<String, Place>,
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
            places: BTreeMap::new(),
            connection: Connection::new(),
            clock: Arc::new(SystemClock::default()),
            pinned: None,
            deadline: TOTAL,
            refresh_every: REFRESH_EVERY,
            resolver: Arc::new(SystemResolver),
        }
    }

    /// How the store proves who it is.
    pub fn auth(mut self, auth: VaultAuth) -> Self {
        self.auth = Some(auth);
        self
    }

    /// Where the KV engine, version 2, is mounted; `secret` by default.
    pub fn mount(mut self, mount: impl Into<String>) -> Self {
        self.mount = mount.into();
        self
    }

    /// The namespace of every request. By default there is none.
    pub fn namespace(mut self, namespace: impl Into<String>) -> Self {
        self.namespace = Some(namespace.into());
        self
    }

    /// A secret by the name that APIs call it, and where it is: the path of an entry below the
    /// mount, and the field of the entry.
    pub fn secret(
        mut self,
        name: impl Into<String>,
        path: impl Into<String>,
        field: impl Into<String>,
    ) -> Self {
        self.places.insert(name.into(), Place { path: path.into(), field: field.into() });
        self
    }

    /// How to connect: whom to trust. By default the authorities that the machine trusts.
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connection = connection;
        self
    }

    /// Who looks the host's name up; the machine by default. The addresses are checked whoever gave
    /// them.
    pub fn resolver(mut self, resolver: impl Resolver + 'static) -> Self {
        self.resolver = Arc::new(resolver);
        self
    }

    /// How often the guard has the secrets read again, where nothing else asks for it (a value that
    /// is too old, or that an API refused); every 5 minutes by default. It happens beside the call
    /// that finds them due, which goes on with what is known.
    pub fn refresh_every(mut self, every: Duration) -> Self {
        self.refresh_every = every;
        self
    }

    /// How long one exchange may take, all of it; 10 seconds by default.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Where the time comes from, by which leases end; the machine's clock by default.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// Reaches the host at this address, whatever the address is, instead of looking its name up:
    /// for a Vault on a network of one's own. Its certificate is verified as always; a port in the
    /// url goes before the address's. It stands in [`Guard::posture`](crate::Guard::posture) with
    /// the reason.
    pub fn dangerously_reach_at(mut self, address: SocketAddr, reason: impl Into<String>) -> Self {
        self.pinned = Some((address, reason.into()));
        self
    }

    /// Connects, logs in, and fetches every secret once. From then on the token is renewed in the
    /// background, until the store is dropped.
    ///
    /// # Errors
    ///
    /// If an address, a mount, a path or a namespace is none, no way to log in was given, Vault
    /// can't be reached or denies the login, or a secret is missing. The error names secrets, paths
    /// and kinds of failure; never a value, and nothing that Vault wrote.
    pub async fn connect(self) -> Result<VaultSecrets, Error> {
        let wrong = |what: String| Error::configuration(format!("secret manager: {what}"));
        let auth = self.auth.ok_or_else(|| {
            wrong("nothing says how to log in; write `.auth(VaultAuth::…)`".into())
        })?;
        if self.places.is_empty() {
            return Err(wrong(
                "it is asked for no secret; write `.secret(name, path, field)`".into(),
            ));
        }
        for mount in [&*self.mount, auth.mount()] {
            encoded(mount).ok_or_else(|| wrong(format!("the mount `{mount}` is no path")))?;
        }
        let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, place) in &self.places {
            encoded(&place.path).ok_or_else(|| {
                wrong(format!("the path `{}` of secret `{name}` is none", place.path))
            })?;
            paths.entry(place.path.clone()).or_default().push(name.clone());
        }
        let mut headers = HeaderMap::new();
        // Vault's agent can be told to refuse requests without it, which no page of a browser can
        // add.
        headers
            .insert(HeaderName::from_static("x-vault-request"), HeaderValue::from_static("true"));
        if let Some(namespace) = &self.namespace {
            let value = HeaderValue::from_str(namespace)
                .ok()
                .filter(|_| encoded(namespace.trim_matches('/')).is_some());
            headers.insert(
                HeaderName::from_static("x-vault-namespace"),
                value.ok_or_else(|| wrong(format!("the namespace `{namespace}` is none")))?,
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
            places: self.places,
            paths,
            pinned,
            clock: self.clock,
            refresh_every: self.refresh_every,
            held: Mutex::default(),
            lease: tokio::sync::Mutex::default(),
        };
        VaultSecrets::start(shared).await
    }
}

impl fmt::Debug for VaultBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the address: nobody has looked yet whether it holds a password.
        f.debug_struct("VaultBuilder")
            .field("auth", &self.auth)
            .field("secrets", &self.places.keys())
            .finish_non_exhaustive()
    }
}

/// A path with each of its segments percent-encoded, or `None` if one is empty or dotted.
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
    fn a_path_stays_below_its_mount() {
        assert_eq!(encoded("shop/api key?x").as_deref(), Some("/shop/api%20key%3Fx"));
        for path in ["", "/shop", "shop/", "shop//api", "shop/../sys", ".", "shop\n"] {
            assert_eq!(encoded(path), None, "{path:?}");
        }
    }
}
