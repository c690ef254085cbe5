//! A secret store that tests can change, break and count.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use secure_tool::{Error, FileSecrets, Refreshing, Secret, Secrets};

/// A store whose values change on request, at once or at the next refresh. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct ChangingSecrets(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    values: BTreeMap<String, Secret>,
    /// The values of the next refresh.
    next: BTreeMap<String, Secret>,
    is_broken: bool,
    hangs: bool,
    asked: usize,
    refreshed: usize,
}

impl ChangingSecrets {
    /// Creates a store with the credentials of all APIs.
    #[must_use]
    pub fn new() -> Self {
        let store = Self::default();
        store.set("SHOP_API_KEY", crate::SHOP_KEY);
        store.set("MAIL_API_KEY", crate::MAIL_KEY);
        store
    }

    /// Sets a value at once.
    pub fn set(&self, name: &str, value: impl Into<String>) {
        self.set_secret(name, Secret::new(value.into()));
    }

    /// Sets a secret with its dates at once.
    pub fn set_secret(&self, name: &str, secret: Secret) {
        self.state().values.insert(name.to_owned(), secret);
    }

    /// Removes a value.
    pub fn remove(&self, name: &str) {
        self.state().values.remove(name);
    }

    /// Sets a value at the next refresh.
    pub fn set_remotely(&self, name: &str, value: impl Into<String>) {
        self.state().next.insert(name.to_owned(), Secret::new(value.into()));
    }

    /// Makes reads fail, or succeed again.
    pub fn break_down(&self, is_broken: bool) {
        self.state().is_broken = is_broken;
    }

    /// Makes refreshes hang, or complete again.
    pub fn hang(&self, hangs: bool) {
        self.state().hangs = hangs;
    }

    /// Returns the number of reads and of refreshes.
    #[must_use]
    pub fn counts(&self) -> (usize, usize) {
        let state = self.state();
        (state.asked, state.refreshed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no panic")
    }
}

impl Secrets for ChangingSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        let mut state = self.state();
        state.asked += 1;
        // Only this crate can build such an error, so the test store borrows one.
        if state.is_broken {
            FileSecrets::new("").secret("no/file")
        } else {
            Ok(state.values.get(name).cloned())
        }
    }

    fn refresh(&self) -> Refreshing<'_> {
        Box::pin(async {
            self.state().refreshed += 1;
            tokio::task::yield_now().await; // others come in between
            if self.state().hangs {
                std::future::pending::<()>().await;
            }
            let mut state = self.state();
            let next = std::mem::take(&mut state.next);
            state.values.extend(next);
            if state.is_broken { FileSecrets::new("").secret("no/file").map(drop) } else { Ok(()) }
        })
    }
}
