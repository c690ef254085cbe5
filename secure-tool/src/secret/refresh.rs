//! When a store is told to bring itself up to date: one at a time, with a pause between and a deadline, whoever asks how often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use super::Secrets;
use crate::clock::Clock;
use crate::error::Error;

/// From one refresh of a store to the next, at the least: a model whose calls an API refuses can't make the guard hammer the store.
pub(super) const PAUSE: Duration = Duration::from_secs(10);
/// How long one refresh may take.
const DEADLINE: Duration = Duration::from_secs(5);

#[derive(Default)]
pub(super) struct Refresher {
    /// Held by who refreshes.
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

/// What became of a wish for a refresh.
#[derive(Debug)]
pub(super) enum Refreshed {
    /// It was made, by this caller or by one that this caller waited for.
    Done,
    /// It was made too recently, or another makes it and this caller does not wait.
    NotNow,
    /// It was tried, and failed.
    Failed(Error),
}

impl Refresher {
    /// Whether this long has passed since the last refresh.
    pub(super) fn is_due(&self, every: Duration, clock: &dyn Clock) -> bool {
        self.state().began.is_none_or(|began| clock.monotonic().saturating_sub(began) >= every)
    }

    /// Refreshes, or waits for the one who does. With `wait` false, who finds another at it goes on with what is known.
    pub(super) async fn refresh(&self, store: &dyn Secrets, clock: &dyn Clock, wait: bool) -> Refreshed {
        let before = self.state().ended;
        let flight = if wait {
            self.flight.lock().await
        } else {
            match self.flight.try_lock() {
                Ok(flight) => flight,
                Err(_) => return Refreshed::NotNow,
            }
        };
        if self.state().ended != before {
            return Refreshed::Done;
        }
        if !self.is_due(PAUSE, clock) {
            return Refreshed::NotNow;
        }
        // Before the wait: a caller that is dropped in it has had its turn.
        self.state().began = Some(clock.monotonic());
        let refreshed = tokio::time::timeout(DEADLINE, store.refresh()).await;
        self.state().ended += 1;
        drop(flight);
        match refreshed {
            Ok(Ok(())) => Refreshed::Done,
            Ok(Err(error)) => Refreshed::Failed(error),
            Err(_) => Refreshed::Failed(Error::secret("the store did not answer in time")),
        }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
