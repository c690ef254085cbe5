//! The connections of one endpoint: who calls in, a client whose connections are for that identity
//! and of the present settings out.
//!
//! A reqwest client keeps a pool of its own, and knows neither an age nor an identity. So there is
//! one for each tenant and identity, and it is let go of as a whole: when it is older than the
//! maximum age, when a file of the identity or of a revocation list has changed, when an exchange
//! over it broke or was given up, and when the guard says so. What is on its way over it ends as it
//! would; its idle connections are closed, and no later call finds them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use super::connection::Connection;
use super::failure::Failure;
use super::gate::Gate;
use super::tls::{Handshake, Terms, Unfit};
use crate::clock::Clock;
use crate::error::Error;
use crate::policy::Agent;
use crate::posture::PostureTls;
use crate::refusal::Rule;

/// The most clients that are kept for one endpoint; past it, the one that was not used for longest
/// is let go of.
const CLIENTS: usize = 64;
/// The most idle connections that are kept by one client.
const IDLE: usize = 8;
/// The most headers of an answer.
pub(super) const HEADERS: usize = 100;
/// The most bytes of its headers: names, values and, as HTTP/2 counts them, 32 for each.
pub(super) const HEAD: u32 = 32 * 1024;
/// What an HTTP/2 server may send before it was read: of one answer, and of all on a connection.
const STREAM_WINDOW: u32 = 256 * 1024;
const CONNECTION_WINDOW: u32 = 1024 * 1024;
/// How often it is said that pins end soon.
const DAY: Duration = Duration::from_hours(24);

/// The connections of one endpoint.
pub(super) struct Pool {
    what: String,
    clock: Arc<dyn Clock>,
    connection: Connection,
    terms: Terms,
    gate: Arc<Gate>,
    /// From the start of the name look-up to the end of the handshake.
    connect: Duration,
    clients: Mutex<BTreeMap<Key, Entry>>,
    /// The day, since 1970, on which it was last said that the pins end soon.
    warned: AtomicU64,
}

/// Who calls.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Caller<'a> {
    /// An agent, with its own identity or that of the API.
    Agent(&'a Agent),
    /// The guard itself, with the identity of the connection.
    Guard,
    /// Someone who must not say who they are.
    Nobody,
}

/// Whose calls share connections: those of one tenant and one identity.
type Key = (String, Option<usize>);

struct Entry {
    client: Arc<Client>,
    handshake: Handshake,
    born: Duration,
    used: Duration,
}

/// A client, and whether the server has answered over it.
pub(super) struct Client {
    pub(super) http: reqwest::Client,
    answered: AtomicBool,
}

impl Client {
    /// The head of an answer has come.
    pub(super) fn note_answer(&self) {
        self.answered.store(true, Ordering::SeqCst);
    }

    /// Whether one has: if not, every connection of it is one over which nothing was ever answered.
    pub(super) fn has_answered(&self) -> bool {
        self.answered.load(Ordering::SeqCst)
    }
}

impl Pool {
    /// Reads all files, and builds a client to see that it can be built.
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
                "{what}: its pins have expired; look at the server's key, and give new ones"
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

    /// The client for this one's calls.
    pub(super) async fn client(&self, caller: Caller<'_>) -> Result<Arc<Client>, Failure> {
        self.check_pins()?;
        let now = self.clock.monotonic();
        let handshake = self.terms.handshake(caller, now).await;
        let tenant =
            if let Caller::Agent(agent) = caller { agent.tenant.clone() } else { String::new() };
        let key = (tenant, handshake.slot);
        let mut clients = self.clients();
        // What is too old, or of other lists, is let go of for everybody: it does not wait for its
        // owner to come back.
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

    /// Lets go of the connections of one client.
    fn let_go(&self, client: &Arc<Client>) {
        self.clients().retain(|_, entry| !Arc::ptr_eq(&entry.client, client));
    }

    /// Lets go of every connection.
    pub(super) fn reconnect(&self) {
        self.clients().clear();
    }

    /// Whether a connection of this version may be used.
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

    /// After the pins' expiry no connection is used, not even one that was made before.
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
            tracing::error!(target: "secure_tool::tls", what, until, "the pins have expired, and nothing is sent");
            return Err(Failure::new(Rule::Tls, Unfit::PinsExpired.text()));
        }
        if is_first && pins.has_expired(now) {
            tracing::error!(target: "secure_tool::tls", what, until, "the pins have expired, and are not looked at");
        } else if is_first {
            tracing::warn!(target: "secure_tool::tls", what, until, "the pins expire soon");
        }
        Ok(())
    }

    #[expect(clippy::disallowed_methods, reason = "this file owns the HTTP clients")]
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
            .http2_adaptive_window(false) // the server would say how much is held for it
            .user_agent(concat!("secure-tool/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| {
                Error::configuration(format!("{}: its client can't be built", self.what))
                    .because(error)
            })
    }
}

/// An exchange on its way. If it is dropped before its end, because it broke or because its time
/// was up, the connections of its client are let go of: over HTTP/2 the next call would be on the
/// same one, and a server need not stop writing because a stream of it was given up.
pub(super) struct Underway<'a> {
    pool: &'a Pool,
    client: &'a Arc<Client>,
    ended: bool,
}

impl<'a> Underway<'a> {
    pub(super) fn new(pool: &'a Pool, client: &'a Arc<Client>) -> Self {
        Self { pool, client, ended: false }
    }

    /// It has come to its end, and its connection may serve the next.
    pub(super) fn end(mut self) {
        self.ended = true;
    }
}

impl Drop for Underway<'_> {
    fn drop(&mut self) {
        if !self.ended {
            self.pool.let_go(self.client);
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("what", &self.what).finish_non_exhaustive()
    }
}
