//! Time, as the guard sees it: one clock, injected, so that tests move it instead of waiting.
//!
//! Quotas, expiries and the audit read this clock. Network deadlines don't: they run on tokio's
//! timer, because a socket can't be moved by a test.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where the time comes from.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Time since some fixed start; never goes back.
    fn monotonic(&self) -> Duration;
    /// The time of day.
    fn wall(&self) -> SystemTime;
}

/// The machine's clock. The default.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn monotonic(&self) -> Duration {
        self.start.elapsed()
    }

    #[expect(clippy::disallowed_methods, reason = "this file owns the system's clock")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still until it is moved. For tests.
///
/// ```
/// use secure_tool::clock::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let before = clock.monotonic();
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.monotonic() - before, Duration::from_secs(60));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock {
    millis: Arc<AtomicU64>,
    /// By how much the clock of the day was set ahead, or back.
    set: Arc<AtomicI64>,
}

impl ManualClock {
    /// A clock at midnight of 2026-01-01 UTC. Clones share the time.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time on, to the millisecond.
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Sets the time of day ahead, to the millisecond, and leaves the monotonic time as it is: what
    /// a clock does that is set by hand or by a time server.
    pub fn set_ahead(&self, by: Duration) {
        self.set.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// The same the other way.
    pub fn set_back(&self, by: Duration) {
        self.set.fetch_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn monotonic(&self) -> Duration {
        Duration::from_millis(self.millis.load(Ordering::SeqCst))
    }

    fn wall(&self) -> SystemTime {
        let set = self.set.load(Ordering::SeqCst);
        let by = Duration::from_millis(set.unsigned_abs());
        // 2026-01-01T00:00:00Z.
        let time = UNIX_EPOCH + Duration::from_hours(490_896) + self.monotonic();
        if set < 0 { time.checked_sub(by).unwrap_or(UNIX_EPOCH) } else { time + by }
    }
}
