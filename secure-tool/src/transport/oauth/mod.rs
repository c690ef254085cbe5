//! Access tokens by OAuth 2.0 client credentials: an agent's client, by the names of its
//! credentials, and the scopes of its tool in, a token that grants just these out.
//!
//! Promises: exactly the scopes asked for are granted, or there is no token; one request is under
//! way for each kind of token, however many calls wait for it; a token endpoint that fails is not
//! asked again before some time has passed, and an API that refuses fresh tokens can't make us ask
//! for more. It does not look into a token, nor ask the server what it grants: an answer that says
//! no scope grants what was asked for, by RFC 6749, 5.1, and that is said with the token.

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

/// The most kinds of tokens that are kept.
const MOST: usize = 256;
/// A token is not used any more so long before it ends, or for the last quarter of its life,
/// whichever is shorter.
const MARGIN: Duration = Duration::from_secs(30);
/// After a failure the endpoint is asked again after a second, then after two, four, and so on up
/// to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A token that an API refused is asked for anew only if it is older than this: a fresh one would
/// be refused as well.
const FRESH: Duration = Duration::from_secs(10);

/// What tells one token from another. A token is its client's: agents that share a client share its
/// tokens, of whatever tenant they are.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    /// The name of the client's id.
    pub(super) id: String,
    /// The name of the client's secret.
    pub(super) secret: String,
    pub(super) scopes: BTreeSet<&'static str>,
}

/// A token. It is good now.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) value: SecretString,
    /// Whether the server said no scope, and was taken to grant what it was asked for.
    pub(super) scope_unsaid: bool,
}

/// The tokens of one token endpoint.
pub(crate) struct TokenSource {
    own: Arc<OwnClient>,
    style: ClientAuth,
    clock: Arc<dyn Clock>,
    keyring: Arc<Keyring>,
    /// How the client's secret grows old and is replaced.
    rotation: Rotation,
    slots: Mutex<BTreeMap<Kind, Slot>>,
}

struct Slot {
    /// Which of the places it is: the tokens of one place are learned under one name, so that those
    /// that are searched for are bounded.
    place: usize,
    state: State,
    /// How often in a row there was none.
    failures: u32,
}

enum State {
    /// A request is under way; the channel closes when it has ended.
    Asking(watch::Receiver<()>),
    Cached {
        token: Token,
        since: Duration,
        until: Duration,
    },
    /// There was none, and until then nobody asks again.
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

    /// As a reviewer wants it.
    pub(super) fn described(&self) -> OwnConnection {
        self.own.described()
    }

    /// Lets go of the connections to the token endpoint. The tokens stay.
    pub(super) fn reconnect(&self) {
        self.own.reconnect();
    }

    /// A token of this kind: the one there is, or a new one. It ends with the endpoint's deadline;
    /// when the caller ends sooner, the request goes on for the next.
    pub(super) async fn token(self: &Arc<Self>, kind: &Kind) -> Result<Token, Failure> {
        if kind.scopes.is_empty() {
            // Without a scope the server would grant what it likes.
            return Err(refused("no scope to ask for"));
        }
        loop {
            // It is ours to wait for a request at most once after another: each ends by its own
            // deadline, and leaves a token or a failure.
            let mut asking = match self.look(kind) {
                Look::Has(token) => return Ok(token),
                Look::Wait(asking) => asking,
                Look::Not(failure) => return Err(failure),
            };
            let _ = asking.changed().await;
        }
    }

    /// An API refused a token. Whether it is worth to ask [`token`](Self::token) again: it will
    /// give another one.
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
            // Another call was told the same, and has asked.
            Some(State::Cached { .. } | State::Asking(_)) | None => true,
            Some(State::Failed { .. }) => false,
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<Kind, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is; and where there is nothing, a request that has begun.
    fn look(self: &Arc<Self>, kind: &Kind) -> Look {
        let now = self.clock.monotonic();
        let mut slots = self.slots();
        let (place, failures) = match slots.get(kind) {
            Some(Slot { state: State::Cached { token, until, .. }, .. }) if now < *until => {
                return Look::Has(token.clone());
            }
            Some(Slot { state: State::Asking(asking), .. }) => return Look::Wait(asking.clone()),
            Some(Slot { state: State::Failed { detail, until }, .. }) if now < *until => {
                return Look::Not(refused(format_args!("{detail}; it is asked again later")));
            }
            Some(slot) => (slot.place, slot.failures),
            None => match make_room(&mut slots, now) {
                Some(place) => (place, 0),
                None => return Look::Not(refused("too many tokens are asked for at once")),
            },
        };
        let (ends, asking) = watch::channel(());
        slots.insert(kind.clone(), Slot { place, state: State::Asking(asking.clone()), failures });
        // A request that is dropped at once, as at the end of a runtime, writes its slot.
        drop(slots);
        // A task of its own: whoever asked may go away, and the next finds what came.
        let request = Asked {
            source: Arc::clone(self),
            kind: kind.clone(),
            place,
            failures,
            answered: false,
            _ends: ends,
        };
        tokio::spawn(request.run());
        Look::Wait(asking)
    }
}

enum Look {
    Has(Token),
    Wait(watch::Receiver<()>),
    Not(Failure),
}

/// A free place. Where there is none, what has ended goes, or else what ends first; `None` if every
/// place is of a request under way.
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

/// A request under way. Dropped without an answer, it leaves a failure: nobody waits for ever.
struct Asked {
    source: Arc<TokenSource>,
    kind: Kind,
    place: usize,
    failures: u32,
    answered: bool,
    /// Closes when it is dropped, after the slot was written.
    _ends: watch::Sender<()>,
}

impl Asked {
    async fn run(mut self) {
        let since = self.source.clock.monotonic();
        let answer = self.ask().await;
        self.answered = true;
        match answer.and_then(|granted| self.learn(granted)) {
            Ok(granted) => self.keep(granted, since),
            Err(failure) => self.fail(&failure.detail),
        }
    }

    /// Asks with the client's secret, and where that is refused with another, if there is one.
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
                keyring.was(name, &other, second.is_ok(), rotation).await;
                second.map_err(Refused::into_failure)
            }
        }
    }

    /// A token is searched for in answers before anybody gets it.
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
        // The failure itself is what later callers are told.
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

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.answered {
            self.fail("the request broke off");
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("host", &self.own.host()).finish_non_exhaustive()
    }
}

/// Whether a token endpoint takes this for one scope ([RFC
/// 6749](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
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
    fn tokens_are_bounded_and_what_ends_first_goes() {
        let now = Duration::from_secs(10);
        let mut slots = BTreeMap::new();
        for number in 0..MOST {
            assert_eq!(make_room(&mut slots, now), Some(number));
            // Two have ended, one is about to, one is asked for.
            let until = match number {
                5 | 6 => Some(9),
                7 => Some(11),
                8 => None,
                _ => Some(100),
            };
            slots.insert(kind(number), slot(number, until));
        }
        assert_eq!(make_room(&mut slots, now), Some(5));
        assert_eq!(slots.len(), MOST - 2, "both that had ended are gone");
        slots.insert(kind(1005), slot(5, Some(100)));
        slots.insert(kind(1006), slot(6, Some(100)));
        assert_eq!(make_room(&mut slots, now), Some(7), "what ends first");
        assert!(!slots.contains_key(&kind(7)));
        let mut asked: BTreeMap<_, _> =
            (0..MOST).map(|number| (kind(number), slot(number, None))).collect();
        assert_eq!(
            (make_room(&mut asked, now), asked.len()),
            (None, MOST),
            "a request under way is waited for"
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
