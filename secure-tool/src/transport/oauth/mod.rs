//! Access tokens by OAuth 2.0 client credentials: an agent's client and the scopes of its tool in, a token that grants just these out.
//!
//! Promises: exactly the scopes asked for are granted, or there is no token; one request is under way for each kind of token, however many calls wait for it; a
//! token endpoint that fails is not asked again before some time has passed, and an API that refuses fresh tokens can't make us ask for more. It does not look into a
//! token, nor ask the server what it grants: an answer that says no scope grants what was asked for, by RFC 6749, 5.1, and that is said with the token.

mod exchange;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use tokio::sync::watch;

pub(crate) use self::exchange::Credentials;
use self::exchange::{Granted, fetch, refused};
use super::failure::Failure;
use super::own::Own;
use crate::clock::Clock;
use crate::guard::OwnConnection;
use crate::spec::ClientAuth;

/// The most kinds of tokens that are kept.
const MOST: usize = 256;
/// A token is not used any more so long before it ends, or for the last quarter of its life, whichever is shorter.
const MARGIN: Duration = Duration::from_secs(30);
/// After a failure the endpoint is asked again after a second, then after two, four, and so on up to this.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// A token that an API refused is asked for anew only if it is older than this: a fresh one would be refused as well.
const FRESH: Duration = Duration::from_secs(10);

/// What tells one token from another.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Kind {
    /// Whose it is: the tenant, and the names of the client's credentials.
    owner: Vec<String>,
    scopes: BTreeSet<String>,
}

impl Kind {
    pub(crate) fn new<'a>(owner: impl IntoIterator<Item = &'a str>, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        Self { owner: owner.into_iter().map(str::to_owned).collect(), scopes: scopes.into_iter().map(str::to_owned).collect() }
    }
}

/// A token. It is good now.
#[derive(Clone)]
pub(crate) struct Token {
    pub(crate) value: SecretString,
    /// Whether the server said no scope, and was taken to grant what it was asked for.
    pub(crate) scope_unsaid: bool,
}

/// The tokens of one token endpoint.
pub(crate) struct TokenSource {
    own: Arc<Own>,
    style: ClientAuth,
    clock: Arc<dyn Clock>,
    slots: Mutex<BTreeMap<Kind, Slot>>,
    /// Told of each token before anybody gets it.
    known: Box<dyn Fn(&SecretString) + Send + Sync>,
}

struct Slot {
    state: State,
    /// How often in a row there was none.
    failures: u32,
}

enum State {
    /// A request is under way; the channel closes when it has ended.
    Asking(watch::Receiver<()>),
    Held {
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
    pub(crate) fn new(own: Own, style: ClientAuth, clock: Arc<dyn Clock>, known: Box<dyn Fn(&SecretString) + Send + Sync>) -> Self {
        Self { own: Arc::new(own), style, clock, slots: Mutex::default(), known }
    }

    /// As a reviewer wants it.
    pub(crate) fn described(&self) -> OwnConnection {
        self.own.described()
    }

    /// A token of this kind: the one there is, or a new one. It ends with the endpoint's deadline; when the caller ends sooner, the request goes on for the next.
    pub(crate) async fn token(self: &Arc<Self>, kind: &Kind, client: &Credentials) -> Result<Token, Failure> {
        if kind.scopes.is_empty() {
            // Without a scope the server would grant what it likes.
            return Err(refused("no scope to ask for"));
        }
        loop {
            // It is ours to wait for a request at most once after another: each ends by its own deadline, and leaves a token or a failure.
            let mut asking = match self.look(kind, client) {
                Look::Has(token) => return Ok(token),
                Look::Wait(asking) => asking,
                Look::Not(failure) => return Err(failure),
            };
            let _ = asking.changed().await;
        }
    }

    /// An API refused a token. Whether it is worth to ask [`token`](Self::token) again: it will give another one.
    pub(crate) fn refused(&self, kind: &Kind, token: &Token) -> bool {
        let now = self.clock.monotonic();
        let mut slots = self.slots();
        match slots.get(kind).map(|slot| &slot.state) {
            Some(State::Held { token: held, since, .. }) if held.value.expose_secret() == token.value.expose_secret() => {
                let is_old = now.saturating_sub(*since) >= FRESH;
                if is_old {
                    slots.remove(kind);
                }
                is_old
            }
            // Another call was told the same, and has asked.
            Some(State::Held { .. } | State::Asking(_)) | None => true,
            Some(State::Failed { .. }) => false,
        }
    }

    fn slots(&self) -> MutexGuard<'_, BTreeMap<Kind, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What there is; and where there is nothing, a request that has begun.
    fn look(self: &Arc<Self>, kind: &Kind, client: &Credentials) -> Look {
        let now = self.clock.monotonic();
        let mut slots = self.slots();
        let failures = match slots.get(kind) {
            Some(Slot { state: State::Held { token, until, .. }, .. }) if now < *until => return Look::Has(token.clone()),
            Some(Slot { state: State::Asking(asking), .. }) => return Look::Wait(asking.clone()),
            Some(Slot { state: State::Failed { detail, until }, .. }) if now < *until => {
                return Look::Not(refused(format_args!("{detail}; it is asked again later")));
            }
            Some(slot) => slot.failures,
            None => 0,
        };
        if !make_room(&mut slots, now) {
            return Look::Not(refused("too many tokens are asked for at once"));
        }
        let (ends, asking) = watch::channel(());
        slots.insert(kind.clone(), Slot { state: State::Asking(asking.clone()), failures });
        // A task of its own: whoever asked may go away, and the next finds what came.
        let request = Asked { source: Arc::clone(self), kind: kind.clone(), failures, answered: false, _ends: ends };
        tokio::spawn(request.run(client.clone()));
        Look::Wait(asking)
    }
}

enum Look {
    Has(Token),
    Wait(watch::Receiver<()>),
    Not(Failure),
}

/// Takes out what has ended, or else what ends first. False if every place is of a request under way.
fn make_room(slots: &mut BTreeMap<Kind, Slot>, now: Duration) -> bool {
    let end = |slot: &Slot| match slot.state {
        State::Asking(_) => None,
        State::Held { until, .. } | State::Failed { until, .. } => Some(until),
    };
    if slots.len() >= MOST {
        slots.retain(|_, slot| end(slot).is_none_or(|until| now < until));
    }
    if slots.len() >= MOST {
        let first = slots.iter().filter_map(|(kind, slot)| Some((end(slot)?, kind.clone()))).min();
        let Some((_, kind)) = first else { return false };
        slots.remove(&kind);
    }
    true
}

/// A request under way. Dropped without an answer, it leaves a failure: nobody waits for ever.
struct Asked {
    source: Arc<TokenSource>,
    kind: Kind,
    failures: u32,
    answered: bool,
    /// Closes when it is dropped, after the slot was written.
    _ends: watch::Sender<()>,
}

impl Asked {
    async fn run(mut self, client: Credentials) {
        let scopes: Vec<String> = self.kind.scopes.iter().cloned().collect();
        let since = self.source.clock.monotonic();
        let answer = fetch(Arc::clone(&self.source.own), self.source.style, &client, &scopes).await;
        self.answered = true;
        match answer {
            Ok(granted) => self.keep(granted, since),
            Err(failure) => self.fail(failure.detail),
        }
    }

    fn keep(&self, granted: Granted, since: Duration) {
        let Granted { value, lasts, scope_unsaid } = granted;
        (self.source.known)(&value);
        if scope_unsaid {
            tracing::warn!(
                host = self.source.own.host(),
                "a token endpoint said no scope, and is taken to grant what it was asked for (RFC 6749, 5.1)"
            );
        }
        let until = since.saturating_add(lasts.saturating_sub(MARGIN.min(lasts / 4)));
        let state = State::Held { token: Token { value, scope_unsaid }, since, until };
        self.source.slots().insert(self.kind.clone(), Slot { state, failures: 0 });
    }

    fn fail(&self, detail: String) {
        let pause = Duration::from_secs(1).saturating_mul(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        tracing::warn!(host = self.source.own.host(), detail, ?pause, "no token");
        // The failure itself is what later callers are told.
        let detail = detail.strip_prefix("token endpoint: ").unwrap_or(&detail).to_owned();
        let until = self.source.clock.monotonic().saturating_add(pause);
        let slot = Slot { state: State::Failed { detail, until }, failures: self.failures.saturating_add(1) };
        self.source.slots().insert(self.kind.clone(), slot);
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.answered {
            self.fail("the request broke off".into());
        }
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenSource").field("host", &self.own.host()).finish_non_exhaustive()
    }
}
