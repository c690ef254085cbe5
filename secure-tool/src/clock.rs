//! The guard's clock: one injected source of time, so that tests can advance it without sleeping.
//!
//! Quotas, expiry times and audit records read this clock. Network timeouts do not: they use
//! tokio's timer, because a test cannot advance a socket.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of monotonic time and of wall-clock time.
///
/// ```
/// use secure_tool::clock::{Clock, SystemClock};
///
/// let clock = SystemClock::default();
/// let start = clock.monotonic();
/// assert!(clock.monotonic() >= start);
/// ```
pub trait Clock: Send + Sync + fmt::Debug {
    /// Returns the time elapsed since a fixed start. Never decreases.
    ///
    /// ```
    /// use secure_tool::clock::{Clock, ManualClock};
    /// use std::time::Duration;
    ///
    /// assert_eq!(ManualClock::new().monotonic(), Duration::ZERO);
    /// ```
    fn monotonic(&self) -> Duration;
    /// Returns the wall-clock time. It can jump when the system clock is set.
    ///
    /// ```
    /// use secure_tool::clock::{Clock, ManualClock};
    /// use std::time::{Duration, UNIX_EPOCH};
    ///
    /// let midnight = UNIX_EPOCH + Duration::from_secs(1_767_225_600); // 2026-01-01T00:00:00Z
    /// assert_eq!(ManualClock::new().wall(), midnight);
    /// ```
    fn wall(&self) -> SystemTime;
}

/// The operating system's clock. A guard uses it by default.
///
/// ```
/// use secure_tool::clock::{Clock, SystemClock};
///
/// println!("{:?}", SystemClock::default().wall());
/// ```
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

    #[expect(clippy::disallowed_methods, reason = "only this file may read the system clock")]
    fn wall(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock for tests. It stands still until a test advances it.
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
    /// The offset of the wall clock, in milliseconds.
    set: Arc<AtomicI64>,
}

impl ManualClock {
    /// Creates a clock that starts at 2026-01-01T00:00:00Z. Clones share one time.
    ///
    /// ```
    /// use secure_tool::clock::{Clock, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// clock.clone().advance(Duration::from_secs(1));
    /// assert_eq!(clock.monotonic(), Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Advances both times. Resolution: 1 ms.
    ///
    /// ```
    /// use secure_tool::clock::ManualClock;
    /// use std::time::Duration;
    ///
    /// ManualClock::new().advance(Duration::from_secs(60));
    /// ```
    pub fn advance(&self, by: Duration) {
        self.millis.fetch_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX), Ordering::SeqCst);
    }

    /// Moves the wall clock forward and leaves the monotonic time unchanged, as a manual change or
    /// a time server does. Resolution: 1 ms.
    ///
    /// ```
    /// use secure_tool::clock::{Clock, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// clock.set_ahead(Duration::from_secs(60));
    /// assert_eq!(clock.monotonic(), Duration::ZERO);
    /// ```
    pub fn set_ahead(&self, by: Duration) {
        self.set.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
    }

    /// Moves the wall clock backward and leaves the monotonic time unchanged. Resolution: 1 ms.
    ///
    /// ```
    /// use secure_tool::clock::{Clock, ManualClock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let before = clock.wall();
    /// clock.set_back(Duration::from_secs(60));
    /// assert!(clock.wall() < before);
    /// ```
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
