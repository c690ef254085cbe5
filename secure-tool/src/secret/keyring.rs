//! The credentials of a guard: returns the value to send for a name, and another value after an API
//! rejected the first.
//!
//! The keyring reads a name from the store at most once per [`RECHECK`]. The scrubber learns a new
//! value before the keyring sends it.
//!
//! The keyring rejects a new value that cannot be used: too short, invalid in a header, or of
//! unknown age where the age is limited. If a value is rejected or has disappeared from the store,
//! the old value stays in use until its age limit, and the operator is notified.

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

/// The minimum time between two reads of one name from the store.
pub(crate) const RECHECK: Duration = Duration::from_secs(1);

/// The maximum number of names in one guard. Each name adds to the cost of every scan for secrets.
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

    /// Loads a secret and caches it. `of` names its owner in errors.
    ///
    /// # Errors
    ///
    /// Returns an error if the secret is missing, unusable or too old.
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
            "; the guard has no secret store, add one: `.secrets(EnvSecrets::new())`"
        };
        let secret = found
            .ok_or_else(|| Error::secret(format!("secret `{name}` of {of} is missing{hint}")))?;
        if !fits(&secret.value) {
            return Err(Error::secret(format!(
                "secret `{name}` of {of} is not a valid header value"
            )));
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
                "secret `{name}` of {of}: the guard already has {NAMES} secrets, the maximum"
            )));
        }
        self.scrubber.learn(name, &secret.value)?;
        self.held().entry(name.to_owned()).or_insert(held);
        Ok(())
    }

    /// Returns a value that is not secret, such as a client id. It may be short, has no age limit,
    /// and is not scrubbed from responses.
    ///
    /// # Errors
    ///
    /// Returns an error if the store has no such value.
    pub(crate) fn identifier(&self, name: &str, of: &str) -> Result<SecretString, Error> {
        let found = self.store.as_ref().map_or(Ok(None), |store| store.secret(name))?;
        found
            .map(|secret| secret.value)
            .ok_or_else(|| Error::secret(format!("`{name}` of {of} is missing")))
    }

    /// Adds a value that did not come from the store to the scrubber.
    ///
    /// # Errors
    ///
    /// Returns an error if the scrubber rejects the value. The caller must not use it then.
    pub(crate) fn learn(&self, name: &str, value: &SecretString) -> Result<(), Error> {
        self.scrubber.learn(name, value)
    }

    /// Notifies the operator that a token endpoint did not report the scope of its token.
    pub(crate) fn scope_unsaid(&self, name: &str, host: &str) {
        let detail = format!(
            "`{host}` returned no scope, so the requested scope counts as granted (RFC 6749, 5.1)"
        );
        self.notices.report(name, Notice::ScopeUnsaid, &detail);
    }

    /// Returns the value to send now.
    ///
    /// # Errors
    ///
    /// Returns a message for the operator if no value may be sent.
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
            drop(self.refresh()); // the known value is valid: the call does not wait
        }
        match self.freshness(name, rotation)? {
            Freshness::Fresh => {}
            Freshness::Aging => {
                self.notices.report(name, Notice::Aging, &self.ages(name, rotation));
            }
            Freshness::TooOld => {
                self.notices.report(name, Notice::TooOld, &self.ages(name, rotation));
                return Err(format!("secret `{name}` is too old to be sent"));
            }
        }
        let now = self.now();
        self.held().get(name).map(|held| held.first(rotation, now)).ok_or_else(|| not_held(name))
    }

    /// Returns another value after an API rejected `refused`: the current one, the previous one
    /// within the overlap, or a value that the store returns after a refresh.
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

    /// Records whether an API accepted the second value, after it rejected the first.
    pub(crate) async fn record_outcome(
        self: &Arc<Self>,
        name: &str,
        sent: &SecretString,
        accepted: bool,
        rotation: &Rotation,
    ) {
        let now = self.now();
        if !accepted {
            // The API rejected both values: refresh now, so that the next call finds the newest
            // value.
            self.refresh().await;
            self.reread(name, rotation);
        } else if self.held().get_mut(name).is_some_and(|held| held.prefer(sent, now)) {
            self.notices.report(
                name,
                Notice::PreviousUsed,
                "the API rejected the new value and accepted the previous one",
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

    /// Reads the name from the store, if the last read is older than [`RECHECK`] or the store was
    /// refreshed since.
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
            Ok(None) => self.notices.report(
                name,
                Notice::Missing,
                "the store no longer has it; the last known value stays in use",
            ),
            Err(error) => self.notices.report(
                name,
                Notice::Unreadable,
                &format!("{error}; the last known value stays in use"),
            ),
        }
    }

    fn take(&self, name: &str, ask: u64, secret: Secret, rotation: &Rotation) {
        let now = self.now();
        let is_known = self.held().get(name).is_some_and(|held| held.holds(&secret.value));
        if rotation.age.is_some() && secret.issued.is_none() {
            return self.notices.report(
                name,
                Notice::Unfit,
                "the store no longer reports when it was issued; the last known value stays in use",
            );
        }
        if !is_known {
            if !fits(&secret.value) {
                return self.notices.report(
                    name,
                    Notice::Unfit,
                    "the new value is not valid in a header; the previous value stays in use",
                );
            }
            // Learned before it can be sent, and so before a response can echo it.
            if let Err(error) = self.scrubber.learn(name, &secret.value) {
                return self.notices.report(
                    name,
                    Notice::Unfit,
                    &format!("{error}; the previous value stays in use"),
                );
            }
        }
        if self.held().get_mut(name).is_some_and(|held| held.take(ask, secret, now)) {
            self.notices.rotated(name);
        }
    }

    /// Refreshes the store, if a refresh is due. The refresh runs in its own task: it completes and
    /// reports errors even if the call that started it ends first.
    fn refresh(self: &Arc<Self>) -> impl Future<Output = ()> + use<> {
        let keyring = Arc::clone(self);
        let task = tokio::spawn(async move {
            let Some(store) = &keyring.store else { return };
            if let Err(error) = keyring.refresher.refresh(&**store, &*keyring.clock).await {
                keyring.notices.report("", Notice::RefreshFailed, &error.to_string());
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
            format!("warning from {} hours, not sent from {} hours", hours(warn), hours(refuse))
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
    format!("secret `{name}` is not loaded")
}

/// Returns whether a value is valid in a header: visible ASCII and inner spaces.
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
            "secret `{name}` of {of} has an age limit, but its store (`{store}`) does not \
                report when it was issued; use a store that does, or remove the limit"
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
