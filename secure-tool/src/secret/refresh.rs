//! Limits the refreshes of a store: one at a time, with a minimum pause and a timeout, however many
//! calls request one.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Secrets;
use crate::clock::Clock;
use crate::error::Error;

/// The minimum time between two refreshes of a store. It keeps a model whose calls an API rejects
/// from flooding the store.
pub(super) const PAUSE: Duration = Duration::from_secs(10);
/// The timeout of one refresh.
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Refresher {
    /// Locked by the task that refreshes.
    running: tokio::sync::Mutex<()>,
    state: Mutex<State>,
}

#[derive(Debug, Default, Clone, Copy)]
struct State {
    /// The monotonic time when the last refresh began.
    began: Option<Duration>,
    /// The number of completed refreshes.
    ended: u64,
}

impl Refresher {
    /// Returns whether `every` has passed since the last refresh began.
    pub(super) fn is_due(&self, every: Duration, clock: &dyn Clock) -> bool {
        self.state().began.is_none_or(|began| clock.monotonic().saturating_sub(began) >= every)
    }

    /// Returns the number of completed refreshes.
    pub(super) fn ended(&self) -> u64 {
        self.state().ended
    }

    /// Refreshes the store, or waits for a refresh in progress. Does nothing within the pause.
    ///
    /// # Errors
    ///
    /// Returns the error of the refresh, if this caller performed it.
    pub(super) async fn refresh(
        &self,
        store: &dyn Secrets,
        clock: &dyn Clock,
    ) -> Result<(), Error> {
        let before = self.ended();
        let _running = self.running.lock().await;
        if self.ended() != before || !self.is_due(PAUSE, clock) {
            return Ok(());
        }
        self.state().began = Some(clock.monotonic());
        let refreshed = tokio::time::timeout(DEADLINE, store.refresh()).await;
        self.state().ended += 1;
        refreshed.unwrap_or_else(|_| {
            Err(Error::secret("the secret store did not complete its refresh in time"))
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
