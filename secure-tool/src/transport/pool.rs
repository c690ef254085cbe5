//! The connection pool of one endpoint, keyed by tenant and client identity.
//!
//! A reqwest client has its own pool, which knows neither ages nor identities. So this pool has one
//! client per tenant and identity, and replaces it as a whole:
//!
//! - when it is older than the maximum age,
//! - when a file of the identity or of a revocation list has changed,
//! - when a request over it failed or was cancelled,
//! - when [`Guard::reconnect`](crate::Guard::reconnect) is called.
//!
//! Requests in progress on a replaced client complete. Its idle connections are closed, and no
//! later call uses it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::connection::Connection;
use super::failure::Failure;
use super::gate::Gate;
use super::tls::{Handshake, Rejected, Terms};
use crate::clock::Clock;
use crate::error::Error;
use crate::policy::Agent;
use crate::posture::PostureTls;
use crate::refusal::Rule;

/// The maximum number of clients per endpoint. Beyond it, the least recently used client is
/// dropped.
const CLIENTS: usize = 64;
/// The maximum number of idle connections per client.
const IDLE: usize = 8;
/// The maximum number of headers in a response.
pub(super) const HEADERS: usize = 100;
/// The maximum size of the headers in bytes: names, values and, as HTTP/2 counts, 32 per header.
pub(super) const HEAD: u32 = 32 * 1024;
/// The HTTP/2 flow-control windows: unread bytes per stream and per connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// The interval of the warning that pins expire soon.
const DAY: Duration = Duration::from_hours(24);

/// The connection pool of one endpoint.
pub(super) struct Pool {
    what: String,
    clock: Arc<dyn Clock>,
    connection: Connection,
    terms: Terms,
    gate: Arc<Gate>,
    /// The timeout from the start of the DNS lookup to the end of the TLS handshake.
    connect: Duration,
    clients: Mutex<BTreeMap<Key, Entry>>,
    /// The day of the last warning about pins, in days since 1970.
    warned: AtomicU64,
}

/// The caller of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// An agent, with its own identity or that of the API.
    Agent(&'a Agent),
    /// The guard itself, with the identity of the connection.
    Guard,
    /// A caller that shows no identity.
    Anonymous,
}

/// The pool key: a tenant and the slot of an identity.
type Key = (String, Option<usize>);

struct Entry {
    client: Arc<Client>,
    handshake: Handshake,
    born: Duration,
    used: Duration,
}

/// A client, and whether the server has ever responded over it.
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    answered: AtomicBool,
}

impl Client {
    /// Records that response headers arrived.
    pub(super) fn note_response(&self) {
        self.answered.store(true, Ordering::SeqCst);
    }

    /// Returns whether the server has responded over this client. If not, all of its connections
    /// are new.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::SeqCst)
    }
}

impl Pool {
    /// Reads all files and builds one client to validate the settings.
    pub(super) fn new(
        what: &str,
        connection: &Connection,
        gate: Arc<Gate>,
        connect: Duration,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        if connection
            .pins
            .as_ref()
            .is_some_and(|pins| pins.has_expired(clock.wall()) && pins.lapse.is_none())
        {
            return Err(Error::configuration(format!(
                "{what}: its pins have expired and nothing would be sent; check the server's \
                    key and set new pins"
            )));
        }
        let pool = Self {
            what: what.to_owned(),
            clock: clock.clone(),
            terms: Terms::new(what, connection, clock)?,
            connection: connection.clone(),
            gate,
            connect,
            clients: Mutex::default(),
            warned: AtomicU64::new(0),
        };
        pool.build(&pool.terms.known_handshake())?;
        Ok(pool)
    }

    /// Returns the client for the calls of this caller.
    pub(super) async fn client(&self, caller: Caller<'_>) -> Result<Arc<Client>, Failure> {
        self.check_pins()?;
        let now = self.clock.monotonic();
        let handshake = self.terms.handshake(caller, now).await;
        let tenant =
            if let Caller::Agent(agent) = caller { agent.tenant.clone() } else { String::new() };
        let key = (tenant, handshake.slot);
        let mut clients = self.clients();
        // Clients that are too old or use outdated revocation lists are dropped for all callers,
        // not only for this one.
        clients.retain(|_, entry| {
            now.saturating_sub(entry.born) < self.connection.max_age
                && entry.handshake.trusts_as(&handshake)
        });
        if let Some(entry) =
            clients.get_mut(&key).filter(|entry| entry.handshake.is_same(&handshake))
        {
            entry.used = now;
            return Ok(entry.client.clone());
        }
        let http =
            self.build(&handshake).map_err(|error| Failure::new(Rule::Tls, error.to_string()))?;
        let client = Arc::new(Client { http, answered: AtomicBool::new(false) });
        if clients.len() >= CLIENTS
            && let Some(oldest) =
                clients.iter().min_by_key(|(_, entry)| entry.used).map(|(key, _)| key.clone())
        {
            clients.remove(&oldest);
        }
        clients.insert(key, Entry { client: client.clone(), handshake, born: now, used: now });
        Ok(client)
    }

    /// Closes the connections of one client.
    fn close(&self, client: &Arc<Client>) {
        self.clients().retain(|_, entry| !Arc::ptr_eq(&entry.client, client));
    }

    /// Closes all connections.
    pub(super) fn reconnect(&self) {
        self.clients().clear();
    }

    /// Returns whether a connection with this TLS version may be used.
    pub(super) fn accepts(&self, version: Option<reqwest::tls::Version>) -> bool {
        version == Some(reqwest::tls::Version::TLS_1_3)
            || version == Some(reqwest::tls::Version::TLS_1_2) && self.connection.tls_1_2.is_some()
    }

    pub(super) fn posture(&self) -> PostureTls {
        self.terms.posture(&self.connection)
    }

    fn clients(&self) -> MutexGuard<'_, BTreeMap<Key, Entry>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Rejects connections after the pins have expired, including established ones.
    fn check_pins(&self) -> Result<(), Failure> {
        let Some(pins) = &self.connection.pins else { return Ok(()) };
        let now = self.clock.wall();
        if !pins.expires_soon(now) {
            return Ok(());
        }
        let today = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs() / DAY.as_secs();
        let is_first = self.warned.swap(today, Ordering::SeqCst) != today;
        let (what, until) = (&self.what, pins.until());
        if pins.has_expired(now) && pins.lapse.is_none() {
            tracing::error!(
                target: "secure_tool::tls",
                what,
                until,
                "the pins have expired; no request is sent until new pins are set"
            );
            return Err(Failure::new(Rule::Tls, Rejected::PinsExpired.text()));
        }
        if is_first && pins.has_expired(now) {
            tracing::error!(
                target: "secure_tool::tls",
                what,
                until,
                "the pins have expired and are not checked any more"
            );
        } else if is_first {
            tracing::warn!(
                target: "secure_tool::tls",
                what,
                until,
                "the pins expire soon; set new pins before that date"
            );
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "only this file may build HTTP clients")]
    fn build(&self, handshake: &Handshake) -> Result<reqwest::Client, Error> {
        reqwest::Client::builder()
            .tls_backend_preconfigured(self.terms.config(handshake)?)
            .tls_info(true)
            .https_only(true)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .dns_resolver(self.gate.clone())
            .connect_timeout(self.connect)
            .pool_max_idle_per_host(IDLE)
            .http1_max_headers(HEADERS)
            .http2_max_header_list_size(HEAD)
            .http2_initial_stream_window_size(STREAM_WINDOW)
            .http2_initial_connection_window_size(CONNECTION_WINDOW)
            .http2_adaptive_window(false) // the server could grow the window
            .user_agent(concat!("secure-tool/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                Error::configuration(format!("{}: its HTTP client cannot be built", self.what))
                    .because(error)
            })
    }
}

/// A request in progress. If it is dropped before its end, because it failed or timed out, the
/// connections of its client are closed. Over HTTP/2 the next call would otherwise share the
/// connection, and a server can keep writing to a cancelled stream.
pub(super) struct InFlight<'a> {
    pool: &'a Pool,
    client: &'a Arc<Client>,
    ended: bool,
}

impl<'a> InFlight<'a> {
    pub(super) fn new(pool: &'a Pool, client: &'a Arc<Client>) -> Self {
        Self { pool, client, ended: false }
    }

    /// Marks the request as complete, so that its connection can be reused.
    pub(super) fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.pool.close(self.client);
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("what", &self.what).finish_non_exhaustive()
    }
}
