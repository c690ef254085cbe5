//! The minimum rate of a body: computes the deadline of the next bytes.
//!
//! Each block of `bytes` must arrive within one window, including the last block. A slow body is
//! cut off at the end of the first window that received less. A stalled body is cut off one window
//! after the last complete block.

use std::time::Duration;

use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Pace {
    bytes: usize,
    window: Duration,
    received: usize,
    by: Instant,
}

impl Pace {
    pub(super) fn new(bytes: usize, window: Duration, now: Instant) -> Self {
        Self { bytes, window, received: 0, by: now + window }
    }

    /// Returns the deadline of the current block.
    pub(super) fn by(&self) -> Instant {
        self.by
    }

    /// Records received bytes.
    pub(super) fn record(&mut self, bytes: usize, now: Instant) {
        self.received = self.received.saturating_add(bytes);
        if self.received >= self.bytes {
            self.received = 0;
            self.by = now + self.window;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_secs(5);

    #[test]
    fn a_slow_body_is_cut_off_and_a_steady_one_is_not() {
        let start = Instant::now();
        let mut pace = Pace::new(1_000, WINDOW, start);
        for second in 1..5 {
            pace.record(249, start + Duration::from_secs(second));
            assert_eq!(pace.by(), start + WINDOW, "996 of 1,000");
        }
        pace.record(4, start + Duration::from_millis(4_500));
        assert_eq!(pace.by(), start + Duration::from_millis(9_500));
        // A burst counts for one window only.
        pace.record(1_000_000, start + Duration::from_secs(5));
        assert_eq!(pace.by(), start + Duration::from_secs(10));
    }
}
