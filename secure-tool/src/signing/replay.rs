//! Replay protection: takes a mark and its expiry, returns whether the message is new. The memory
//! is bounded, and a full one rejects every message.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use super::unverified::Unverified;
use crate::clock::Clock;

/// The SHA-256 that identifies a message.
pub(super) type Mark = [u8; 32];

/// The accepted messages, each until it would be rejected as too old.
pub(super) struct Replays {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) most: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The latest time that the clock has returned.
    now: u64,
    /// When expired marks were last removed.
    swept: u64,
    marks: HashMap<Mark, u64>,
}

impl Replays {
    pub(super) fn new(clock: Arc<dyn Clock>, most: usize) -> Self {
        Self { clock, most, seen: Mutex::default() }
    }

    /// Returns seconds since 1970. The time never decreases: if the clock is set back, messages
    /// with expired marks stay rejected.
    pub(super) fn now(&self) -> u64 {
        let wall = self.clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.now = seen.now.max(wall);
        seen.now
    }

    /// Remembers a mark up to and including this second, if it is new.
    pub(super) fn admit(&self, mark: Mark, until: u64) -> Result<(), Unverified> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.marks.contains_key(&mark) {
            return Err(Unverified::Replayed);
        }
        let now = seen.now;
        if until < now {
            // The signature expired since the check of its age, and the mark of an earlier copy may
            // be gone.
            return Err(Unverified::TooOld);
        }
        if seen.marks.len() >= self.most && seen.swept < now {
            // At most one sweep a second, so that a full memory is not swept for every message.
            seen.swept = now;
            seen.marks.retain(|_, until| *until >= now);
        }
        if seen.marks.len() >= self.most {
            return Err(Unverified::MemoryFull);
        }
        seen.marks.insert(mark, until);
        Ok(())
    }
}

impl fmt::Debug for Replays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Replays").field("most", &self.most).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;

    /// A clock that can be set back.
    #[derive(Debug, Clone)]
    struct SettableClock(Arc<Mutex<u64>>);

    impl Clock for SettableClock {
        fn monotonic(&self) -> Duration {
            Duration::ZERO
        }

        fn wall(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_secs(*self.0.lock().unwrap())
        }
    }

    fn mark(n: u8) -> Mark {
        [n; 32]
    }

    #[test]
    fn full_memory_rejects_messages_until_marks_expire() {
        let clock = SettableClock(Arc::new(Mutex::new(1_000)));
        let replays = Replays::new(Arc::new(clock.clone()), 2);
        assert_eq!(replays.now(), 1_000);
        assert_eq!(replays.admit(mark(1), 1_010), Ok(()));
        assert_eq!(replays.admit(mark(2), 1_020), Ok(()));
        assert_eq!(replays.admit(mark(1), 1_010), Err(Unverified::Replayed));
        assert_eq!(replays.admit(mark(3), 1_030), Err(Unverified::MemoryFull));
        *clock.0.lock().unwrap() = 1_011;
        assert_eq!(replays.now(), 1_011);
        assert_eq!(replays.admit(mark(3), 1_030), Ok(()));
        assert_eq!(replays.admit(mark(2), 1_020), Err(Unverified::Replayed));
        assert_eq!(replays.admit(mark(4), 1_030), Err(Unverified::MemoryFull));
    }

    #[test]
    fn time_never_decreases() {
        let clock = SettableClock(Arc::new(Mutex::new(1_000)));
        let replays = Replays::new(Arc::new(clock.clone()), 2);
        assert_eq!(replays.now(), 1_000);
        *clock.0.lock().unwrap() = 10;
        assert_eq!(replays.now(), 1_000);
    }
}
