//! When a store is told to bring itself up to date: one at a time, with a pause between and a
//! deadline, whoever asks how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Secrets;
use crate::clock::Clock;
use crate::error::Error;

/// From one refresh of a store to the next, at the least: a model whose calls an API refuses can't
/// make the guard hammer the store.
pub(super) const PAUSE: Duration = Duration::from_secs(10);
/// How long one refresh may take.
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Refresher {
    /// CachedSecret by who refreshes.
    flight: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// When the last refresh began, on the monotonic clock.
    began: Option<Duration>,
    /// How many have ended.
    ended: u64,
}

impl Refresher {
    /// Whether this long has passed since the last refresh.
    pub(super) fn is_due(&self, every: Duration, clock: &dyn Clock) -> bool {
        self.state().began.is_none_or(|began| clock.monotonic().saturating_sub(began) >= every)
    }

    /// How many refreshes have ended.
    pub(super) fn ended(&self) -> u64 {
        self.state().ended
    }

    /// Refreshes, or waits for the one who does, unless it was done just now.
    ///
    /// # Errors
    ///
    /// The store's, of a refresh that this caller made.
    pub(super) async fn refresh(
        &self,
        store: &dyn Secrets,
        clock: &dyn Clock,
    ) -> Result<(), Error> {
        let before = self.ended();
        let _flight = self.flight.lock().await;
        if self.ended() != before || !self.is_due(PAUSE, clock) {
            return Ok(());
        }
        self.state().began = Some(clock.monotonic());
        let refreshed = tokio::time::timeout(DEADLINE, store.refresh()).await;
        self.state().ended += 1;
        refreshed.unwrap_or_else(|_| Err(Error::secret("the store did not answer in time")))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
