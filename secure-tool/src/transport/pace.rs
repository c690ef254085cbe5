//! The least rate of a body: pieces and the time in, the moment by which more must come out.
//!
//! Each so many bytes of a body must come within a window, its last ones too. A server that
//! trickles is cut at the end of the first window in which it sent less, and one that stalls a
//! window after it last sent enough: never later, and never by a clock that ticks.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Pace {
    bytes: usize,
    window: Duration,
    come: usize,
    by: Instant,
}

impl Pace {
    pub(super) fn new(bytes: usize, window: Duration, now: Instant) -> Self {
        Self { bytes, window, come: 0, by: now + window }
    }

    /// When the next of the bytes must have come.
    pub(super) fn by(&self) -> Instant {
        self.by
    }

    /// So many have come.
    pub(super) fn came(&mut self, bytes: usize, now: Instant) {
        self.come = self.come.saturating_add(bytes);
        if self.come >= self.bytes {
            self.come = 0;
            self.by = now + self.window;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(5);

    #[test]
    fn a_trickle_ends_with_its_window_and_a_steady_body_does_not() {
        let start = Instant::now();
        let mut pace = Pace::new(1_000, WINDOW, start);
        for second in 1..5 {
            pace.came(249, start + Duration::from_secs(second));
            assert_eq!(pace.by(), start + WINDOW, "996 of 1,000");
        }
        pace.came(4, start + Duration::from_millis(4_500));
        assert_eq!(pace.by(), start + Duration::from_millis(9_500));
        // What came at once counts for one window only.
        pace.came(1_000_000, start + Duration::from_secs(5));
        assert_eq!(pace.by(), start + Duration::from_secs(10));
    }
}
