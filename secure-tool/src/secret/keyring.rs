//! The credentials of a guard: a name in, the value to send now out; a value that was refused in,
//! another one out if there is one.
//!
//! The store is asked for a name at most once in [`RECHECK`]. A value that it gives anew is learned
//! by the search for echoes first, and is sent from then on. A value that can't be used (too short,
//! not for a header, of unknown age where its age is limited) is not taken, and one that has
//! vanished is not dropped: the old one stays, until its age limit, and the operator is told.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::cached::{CachedSecret, Freshness, Now, Rotation};
use super::notice::{Notice, Notices};
use super::refresh::Refresher;
use super::{Secret, Secrets};
use crate::audit::Recorder;
use crate::clock::Clock;
use crate::error::Error;
use crate::scrub::Scrubber;

/// From one look at a store to the next, for one name.
pub(crate) const RECHECK: Duration = Duration::from_secs(1);

/// The most names that one guard holds: each costs a share of every search for echoes.
const NAMES: usize = 10_000;

pub(crate) struct Keyring {
    store: Option<Arc<dyn Secrets>>,
    clock: Arc<dyn Clock>,
    scrubber: Arc<Scrubber>,
    held: Mutex<BTreeMap<String, CachedSecret>>,
    refresher: Refresher,
    notices: Notices,
}

impl Keyring {
    pub(crate) fn new(
        store: Option<Arc<dyn Secrets>>,
        clock: Arc<dyn Clock>,
        scrubber: Arc<Scrubber>,
        recorder: Arc<Recorder>,
    ) -> Self {
        let notices = Notices::new(recorder, clock.clone(), scrubber.clone());
        Self {
            store,
            clock,
            scrubber,
            held: Mutex::default(),
            refresher: Refresher::default(),
            notices,
        }
    }

    /// Holds a secret from now on. `of` says whose it is, as errors name it.
    ///
    /// # Errors
    ///
    /// If it is missing, can't be used, or is too old already.
    pub(crate) fn open(&self, name: &str, of: &str, rotation: &Rotation) -> Result<(), Error> {
        let now = self.now();
        if let Some(held) = self.held().get(name) {
            return usable(
                name,
                of,
                held.age(now).is_some(),
                held.freshness(rotation, now),
                rotation,
                self.store.as_deref(),
            );
        }
        let found = self.store.as_ref().map_or(Ok(None), |store| store.secret(name))?;
        let hint = if self.store.is_some() {
            ""
        } else {
            "; the guard has no store, add one: `.secrets(EnvSecrets::new())`"
        };
        let secret = found
            .ok_or_else(|| Error::secret(format!("secret `{name}` of {of} is missing{hint}")))?;
        if !fits(&secret.value) {
            return Err(Error::secret(format!("secret `{name}` of {of} can't stand in a header")));
        }
        let held = CachedSecret::new(secret.clone(), now);
        usable(
            name,
            of,
            secret.issued.is_some(),
            held.freshness(rotation, now),
            rotation,
            self.store.as_deref(),
        )?;
        if self.held().len() >= NAMES {
            return Err(Error::secret(format!(
                "secret `{name}` of {of}: the guard holds {NAMES} secrets already"
            )));
        }
        self.scrubber.learn(name, &secret.value)?;
        self.held().entry(name.to_owned()).or_insert(held);
        Ok(())
    }

    /// What a name stands for that is no secret, such as a client's id: it is not searched for in
    /// answers, has no age, and may be short.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub(crate) fn identifier(&self, name: &str, of: &str) -> Result<SecretString, Error> {
        let found = self.store.as_ref().map_or(Ok(None), |store| store.secret(name))?;
        found
            .map(|secret| secret.value)
            .ok_or_else(|| Error::secret(format!("`{name}` of {of} is missing")))
    }

    /// Searches for a value that did not come from the store.
    ///
    /// # Errors
    ///
    /// If it can't be searched for. Then it must not be used.
    pub(crate) fn learn(&self, name: &str, value: &SecretString) -> Result<(), Error> {
        self.scrubber.learn(name, value)
    }

    /// Tells that a token endpoint did not say what its token grants.
    pub(crate) fn scope_unsaid(&self, name: &str, host: &str) {
        let detail = format!(
            "`{host}` said no scope, and is taken to grant what it was asked for (RFC 6749, 5.1)"
        );
        self.notices.tell(name, Notice::ScopeUnsaid, &detail);
    }

    /// The value to send now.
    ///
    /// # Errors
    ///
    /// A text for the operator, if there is none that may be sent.
    pub(crate) async fn value(
        self: &Arc<Self>,
        name: &str,
        rotation: &Rotation,
    ) -> Result<SecretString, String> {
        self.reread(name, rotation);
        let is_stale = self
            .store
            .as_ref()
            .and_then(|store| store.refresh_every())
            .is_some_and(|every| self.refresher.is_due(every, &*self.clock));
        let freshness = self.freshness(name, rotation)?;
        if freshness == Freshness::TooOld {
            self.refresh().await;
            self.reread(name, rotation);
        } else if is_stale {
            drop(self.refresh()); // what is known is good: nobody waits for what is newer
        }
        match self.freshness(name, rotation)? {
            Freshness::Fresh => {}
            Freshness::Aging => self.notices.tell(name, Notice::Aging, &self.ages(name, rotation)),
            Freshness::TooOld => {
                self.notices.tell(name, Notice::TooOld, &self.ages(name, rotation));
                return Err(format!("secret `{name}` is too old to be sent"));
            }
        }
        let now = self.now();
        self.held().get(name).map(|held| held.first(rotation, now)).ok_or_else(|| not_held(name))
    }

    /// What to send where an API refused this value: the current one if that is another, the one
    /// before within the overlap, or what the store gives when it is asked again.
    pub(crate) async fn another(
        self: &Arc<Self>,
        name: &str,
        refused: &SecretString,
        rotation: &Rotation,
    ) -> Option<SecretString> {
        let other = |now| self.held().get(name)?.other_than(refused, rotation, now);
        if let Some(other) = other(self.now()) {
            return Some(other);
        }
        self.refresh().await;
        self.reread(name, rotation);
        other(self.now())
    }

    /// Says what became of the value that was sent in another's place.
    pub(crate) async fn was(
        self: &Arc<Self>,
        name: &str,
        sent: &SecretString,
        accepted: bool,
        rotation: &Rotation,
    ) {
        let now = self.now();
        if !accepted {
            // Neither is good: the next call shall find what the store has by then.
            self.refresh().await;
            self.reread(name, rotation);
        } else if self.held().get_mut(name).is_some_and(|held| held.prefer(sent, now)) {
            self.notices.tell(
                name,
                Notice::PreviousUsed,
                "the new value was refused, and the one before was accepted",
            );
        }
    }

    fn freshness(&self, name: &str, rotation: &Rotation) -> Result<Freshness, String> {
        let now = self.now();
        self.held()
            .get(name)
            .map(|held| held.freshness(rotation, now))
            .ok_or_else(|| not_held(name))
    }

    /// Asks the store, if it was not asked just now, or was refreshed since.
    fn reread(&self, name: &str, rotation: &Rotation) {
        let Some(store) = &self.store else { return };
        let (now, refreshes) = (self.now(), self.refresher.ended());
        let Some(ask) =
            self.held().get_mut(name).and_then(|held| held.ask(now, RECHECK, refreshes))
        else {
            return;
        };
        match store.secret(name) {
            Ok(Some(secret)) => self.take(name, ask, secret, rotation),
            Ok(None) => self.notices.tell(
                name,
                Notice::Missing,
                "the store has it no more; the value that was known stays in use",
            ),
            Err(error) => self.notices.tell(
                name,
                Notice::Unreadable,
                &format!("{error}; the value that was known stays in use"),
            ),
        }
    }

    fn take(&self, name: &str, ask: u64, secret: Secret, rotation: &Rotation) {
        let now = self.now();
        let is_known = self.held().get(name).is_some_and(|held| held.holds(&secret.value));
        if rotation.age.is_some() && secret.issued.is_none() {
            return self.notices.tell(
                name,
                Notice::Unfit,
                "the store does not say any more when it was issued; the value that was known stays in use",
            );
        }
        if !is_known {
            if !fits(&secret.value) {
                return self.notices.tell(
                    name,
                    Notice::Unfit,
                    "the new value can't stand in a header; the one before stays in use",
                );
            }
            // Before it can be sent, and so before it can be echoed.
            if let Err(error) = self.scrubber.learn(name, &secret.value) {
                return self.notices.tell(
                    name,
                    Notice::Unfit,
                    &format!("{error}; the value before stays in use"),
                );
            }
        }
        if self.held().get_mut(name).is_some_and(|held| held.take(ask, secret, now)) {
            self.notices.rotated(name);
        }
    }

    /// Brings the store up to date, if it is time for it. The work is a task of its own: it ends,
    /// and what it says is told, also where the call that wanted it has ended before.
    fn refresh(self: &Arc<Self>) -> impl Future<Output = ()> + use<> {
        let keyring = Arc::clone(self);
        let task = tokio::spawn(async move {
            let Some(store) = &keyring.store else { return };
            if let Err(error) = keyring.refresher.refresh(&**store, &*keyring.clock).await {
                keyring.notices.tell("", Notice::RefreshFailed, &error.to_string());
            }
        });
        async { drop(task.await) }
    }

    fn ages(&self, name: &str, rotation: &Rotation) -> String {
        let now = self.now();
        let hours = |time: Duration| time.as_secs() / 3600;
        let age = self
            .held()
            .get(name)
            .and_then(|held| held.age(now))
            .map(|age| format!("issued {} hours ago", hours(age)));
        let limits = rotation.age.map(|(warn, refuse)| {
            format!("warned of from {} hours on, refused from {}", hours(warn), hours(refuse))
        });
        [age, limits].into_iter().flatten().collect::<Vec<_>>().join("; ")
    }

    fn now(&self) -> Now {
        Now { monotonic: self.clock.monotonic(), wall: self.clock.wall() }
    }

    fn held(&self) -> MutexGuard<'_, BTreeMap<String, CachedSecret>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn not_held(name: &str) -> String {
    format!("secret `{name}` is not held")
}

/// Whether a value can stand in a header as it is: visible ASCII and inner spaces.
fn fits(value: &SecretString) -> bool {
    let value = value.expose_secret();
    value.trim() == value && HeaderValue::from_str(value).is_ok()
}

fn usable(
    name: &str,
    of: &str,
    has_age: bool,
    freshness: Freshness,
    rotation: &Rotation,
    store: Option<&dyn Secrets>,
) -> Result<(), Error> {
    if rotation.age.is_some() && !has_age {
        let store = store.map(Secrets::describe).unwrap_or_default();
        return Err(Error::secret(format!(
            "secret `{name}` of {of} has an age limit, and its store (`{store}`) does not tell when it was issued; take a store that does, or the limit away"
        )));
    }
    if freshness == Freshness::TooOld {
        return Err(Error::secret(format!("secret `{name}` of {of} is too old to be sent")));
    }
    Ok(())
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.held().keys()).finish()
    }
}
