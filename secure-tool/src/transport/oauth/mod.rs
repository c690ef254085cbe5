//! Access tokens by OAuth 2.0 client credentials, with exactly the scopes of the calling tool.
//!
//! Promises:
//!
//! - A token grants exactly the requested scopes, or the call has no token.
//! - At most one request per kind of token is in progress, however many calls wait for it.
//! - After a failure the token endpoint gets no request until a pause has passed.
//! - An API that rejects fresh tokens cannot trigger more token requests.
//!
//! It does not parse a token or ask the server for its scopes. A response without a scope grants
//! the requested scopes (RFC 6749, 5.1), and the token records that.

mod exchange;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

use self::exchange::{Client, Granted, Refused, fetch, refused};
use super::failure::Failure;
use super::own_client::OwnClient;
use crate::clock::Clock;
use crate::posture::OwnConnection;
use crate::secret::{Keyring, Rotation};
use crate::spec::ClientAuth;

/// The maximum number of cached kinds of tokens.
const MOST: usize = 256;
/// A token is replaced this long before its expiry, or for the last quarter of its lifetime,
/// whichever is shorter.
const MARGIN: Duration = Duration::from_secs(30);
/// The maximum pause after a failure. The first pause is 1 second, and each further failure doubles
/// it.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// The minimum age of a token that is replaced after an API rejected it. The API would reject an
/// even newer token as well.
const FRESH: Duration = Duration::from_secs(10);

/// The cache key of a token. Agents that share a client share its tokens, across tenants.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// The name of the client's id.
    pub(super) id: String,
    /// The name of the client's secret.
    pub(super) secret: String,
    pub(super) scopes: BTreeSet<&'static str>,
}

/// A valid token.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: SecretString,
    /// Whether the token response stated no scope, so that the requested scopes count as granted.
    pub(super) scope_unsaid: bool,
}

/// The tokens of one token endpoint.
pub(crate) struct TokenSource {
    own: Arc<OwnClient>,
    style: ClientAuth,
    clock: Arc<dyn Clock>,
    keyring: Arc<Keyring>,
    /// The age limits and the overlap of the client's secret.
    rotation: Rotation,
    slots: Mutex<BTreeMap<Kind, Slot>>,
}

struct Slot {
    /// The number of this slot, below [`MOST`]. The scrubber learns the tokens of one slot under
    /// one name, which bounds the number of values that it searches for.
    place: usize,
    state: State,
    /// The number of consecutive failures.
    failures: u32,
}

enum State {
    /// A request is in progress. The channel closes when it ends.
    Asking(watch::Receiver<()>),
    Cached {
        token: Token,
        since: Duration,
        until: Duration,
    },
    /// The last request failed, and no request is made before `until`.
    Failed {
        detail: String,
        until: Duration,
    },
}

impl TokenSource {
    pub(super) fn new(
        own: OwnClient,
        style: ClientAuth,
        clock: Arc<dyn Clock>,
        keyring: Arc<Keyring>,
        rotation: Rotation,
    ) -> Self {
        Self { own: Arc::new(own), style, clock, keyring, rotation, slots: Mutex::default() }
    }

    /// Returns the entry for the posture report.
    pub(super) fn described(&self) -> OwnConnection {
        self.own.described()
    }

    /// Closes pooled connections to the token endpoint. Cached tokens stay.
    pub(super) fn reconnect(&self) {
        self.own.reconnect();
    }

    /// Returns a cached token of this kind or requests a new one. The timeout is that of the
    /// endpoint. If the caller is dropped earlier, the request continues for the next caller.
    pub(super) async fn token(self: &Arc<Self>, kind: &Kind) -> Result<Token, Failure> {
        if kind.scopes.is_empty() {
            // Without a scope the server would choose the grant.
            return Err(refused("no scope to ask for"));
        }
        loop {
            // Each request ends by its own timeout with a token or a failure, so that this loop
            // ends too.
            let mut asking = match self.look(kind) {
                Look::Has(token) => return Ok(token),
                Look::Wait(asking) => asking,
                Look::Failed(failure) => return Err(failure),
            };
            let _ = asking.changed().await;
        }
    }

    /// Handles the rejection of a token by an API. Returns whether [`token`](Self::token) will
    /// return another token.
    pub(super) fn refused(&self, kind: &Kind, token: &Token) -> bool {
        let now = self.clock.monotonic();
        let mut slots = self.slots();
        match slots.get(kind).map(|slot| &slot.state) {
            Some(State::Cached { token: held, since, .. })
                if held.value.expose_secret() == token.value.expose_secret() =>
            {
                let is_old = now.saturating_sub(*since) >= FRESH;
                if is_old {
                    slots.remove(kind);
                }
                is_old
            }
            // Another call handled the same rejection, and has requested a new token.
            Some(State::Cached { .. } | State::Asking(_)) | None => true,
            Some(State::Failed { .. }) => false,
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<Kind, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the cached result, or starts a request.
    fn look(self: &Arc<Self>, kind: &Kind) -> Look {
        let now = self.clock.monotonic();
        let mut slots = self.slots();
        let (place, failures) = match slots.get(kind) {
            Some(Slot { state: State::Cached { token, until, .. }, .. }) if now < *until => {
                return Look::Has(token.clone());
            }
            Some(Slot { state: State::Asking(asking), .. }) => return Look::Wait(asking.clone()),
            Some(Slot { state: State::Failed { detail, until }, .. }) if now < *until => {
                return Look::Failed(refused(format_args!(
                    "{detail}; the next request follows after a pause"
                )));
            }
            Some(slot) => (slot.place, slot.failures),
            None => match make_room(&mut slots, now) {
                Some(place) => (place, 0),
                None => return Look::Failed(refused("too many token requests are in progress")),
            },
        };
        let (ends, asking) = watch::channel(());
        slots.insert(kind.clone(), Slot { place, state: State::Asking(asking.clone()), failures });
        // Unlock first: if the task is dropped at once, as at the end of a runtime, its `Drop`
        // locks the slots.
        drop(slots);
        // The request has its own task, so that it survives the caller and its result is cached.
        let request = TokenRequest {
            source: Arc::clone(self),
            kind: kind.clone(),
            place,
            failures,
            completed: false,
            _ends: ends,
        };
        tokio::spawn(request.run());
        Look::Wait(asking)
    }
}

enum Look {
    Has(Token),
    Wait(watch::Receiver<()>),
    Failed(Failure),
}

/// Returns the number of a free slot. If all are taken, removes the expired ones, or else the one
/// that expires first. Returns `None` if every slot has a request in progress.
fn make_room(slots: &mut BTreeMap<Kind, Slot>, now: Duration) -> Option<usize> {
    let end = |slot: &Slot| match slot.state {
        State::Asking(_) => None,
        State::Cached { until, .. } | State::Failed { until, .. } => Some(until),
    };
    if slots.len() >= MOST {
        slots.retain(|_, slot| end(slot).is_none_or(|until| now < until));
    }
    if slots.len() >= MOST {
        let first = slots.iter().filter_map(|(kind, slot)| Some((end(slot)?, kind.clone()))).min();
        slots.remove(&first?.1);
    }
    let taken: BTreeSet<usize> = slots.values().map(|slot| slot.place).collect();
    (0..MOST).find(|place| !taken.contains(place))
}

/// A token request in progress. If it is dropped early, it stores a failure, so that no caller
/// waits forever.
struct TokenRequest {
    source: Arc<TokenSource>,
    kind: Kind,
    place: usize,
    failures: u32,
    completed: bool,
    /// Closes the channel on drop, after the slot was updated.
    _ends: watch::Sender<()>,
}

impl TokenRequest {
    async fn run(mut self) {
        let since = self.source.clock.monotonic();
        let result = self.ask().await;
        self.completed = true;
        match result.and_then(|granted| self.learn(granted)) {
            Ok(granted) => self.keep(granted, since),
            Err(failure) => self.fail(&failure.detail),
        }
    }

    /// Requests a token with the client's secret. If the server rejects the secret, tries another
    /// value of it, if there is one.
    async fn ask(&self) -> Result<Granted, Failure> {
        let TokenSource { own, style, keyring, rotation, .. } = &*self.source;
        let name = &self.kind.secret;
        let id = keyring.identifier(&self.kind.id, "a token endpoint's client").map_err(refused)?;
        let secret = keyring.value(name, rotation).await.map_err(refused)?;
        let scopes: Vec<String> =
            self.kind.scopes.iter().map(|scope| (*scope).to_owned()).collect();
        let fetch = |secret: &SecretString| {
            fetch(
                Arc::clone(own),
                *style,
                Client { id: id.clone(), secret: secret.clone() },
                scopes.clone(),
            )
        };
        match fetch(&secret).await {
            Ok(granted) => Ok(granted),
            Err(Refused::Other(failure)) => Err(failure),
            Err(Refused::Client(failure)) => {
                let Some(other) = keyring.another(name, &secret, rotation).await else {
                    return Err(failure);
                };
                let second = fetch(&other).await;
                keyring.record_outcome(name, &other, second.is_ok(), rotation).await;
                second.map_err(Refused::into_failure)
            }
        }
    }

    /// Adds the token to the scrubber before any caller receives it.
    fn learn(&self, granted: Granted) -> Result<Granted, Failure> {
        let name = format!("token {} of {}", self.place, self.source.own.url());
        self.source.keyring.learn(&name, &granted.value).map_err(refused)?;
        Ok(granted)
    }

    fn keep(&self, granted: Granted, since: Duration) {
        let Granted { value, lasts, scope_unsaid } = granted;
        if scope_unsaid {
            self.source.keyring.scope_unsaid(&self.kind.secret, self.source.own.host());
        }
        let until = since.saturating_add(lasts.saturating_sub(MARGIN.min(lasts / 4)));
        let state = State::Cached { token: Token { value, scope_unsaid }, since, until };
        self.source
            .slots()
            .insert(self.kind.clone(), Slot { place: self.place, state, failures: 0 });
    }

    fn fail(&self, detail: &str) {
        let pause =
            Duration::from_secs(1).saturating_mul(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        tracing::warn!(
            host = self.source.own.host(),
            credential = self.kind.secret,
            detail,
            ?pause,
            "no token"
        );
        // Later callers receive this detail, with the prefix added again.
        let detail = detail.strip_prefix("token endpoint: ").unwrap_or(detail).to_owned();
        let until = self.source.clock.monotonic().saturating_add(pause);
        let slot = Slot {
            place: self.place,
            state: State::Failed { detail, until },
            failures: self.failures.saturating_add(1),
        };
        self.source.slots().insert(self.kind.clone(), slot);
    }
}

impl Drop for TokenRequest {
    fn drop(&mut self) {
        if !self.completed {
            self.fail("the request was cancelled");
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("host", &self.own.host()).finish_non_exhaustive()
    }
}

/// Checks the syntax of a scope ([RFC 6749](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
pub(super) fn is_scope(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(number: usize) -> Kind {
        Kind { id: number.to_string(), secret: String::new(), scopes: BTreeSet::new() }
    }

    fn slot(place: usize, until: Option<u64>) -> Slot {
        let state = match until {
            Some(seconds) => {
                State::Failed { detail: String::new(), until: Duration::from_secs(seconds) }
            }
            None => State::Asking(watch::channel(()).1),
        };
        Slot { place, state, failures: 0 }
    }

    #[test]
    fn the_token_that_expires_first_is_evicted() {
        let now = Duration::from_secs(10);
        let mut slots = BTreeMap::new();
        for number in 0..MOST {
            assert_eq!(make_room(&mut slots, now), Some(number));
            // Two slots have expired, one expires next, and one has a request in progress.
            let until = match number {
                5 | 6 => Some(9),
                7 => Some(11),
                8 => None,
                _ => Some(100),
            };
            slots.insert(kind(number), slot(number, until));
        }
        assert_eq!(make_room(&mut slots, now), Some(5));
        assert_eq!(slots.len(), MOST - 2, "both expired slots are removed");
        slots.insert(kind(1005), slot(5, Some(100)));
        slots.insert(kind(1006), slot(6, Some(100)));
        assert_eq!(make_room(&mut slots, now), Some(7), "the slot that expires first");
        assert!(!slots.contains_key(&kind(7)));
        let mut asked: BTreeMap<_, _> =
            (0..MOST).map(|number| (kind(number), slot(number, None))).collect();
        assert_eq!(
            (make_room(&mut asked, now), asked.len()),
            (None, MOST),
            "requests in progress are not evicted"
        );
    }

    #[test]
    fn a_scope_is_one_word_of_visible_ascii() {
        for scope in ["orders:read", "https://www.shop.example/auth/orders", "a", "!#[]~"] {
            assert!(is_scope(scope), "{scope}");
        }
        for scope in ["", "a b", "a\tb", "a\"b", "a\\b", "\u{e9}", "a\n"] {
            assert!(!is_scope(scope), "{scope:?}");
        }
    }
}
