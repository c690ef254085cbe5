//! What was accepted before: a mark and the end of its time in, go or no out. Bounded, and closed
//! when it is full.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::UNIX_EPOCH;

use super::unverified::Unverified;
use crate::clock::Clock;

/// What stands for a message: the SHA-256 of what makes it this one.
pub(super) type Mark = [u8; 32];

/// The messages that were accepted, each until it would be refused as too old.
pub(super) struct Replays {
    pub(super) clock: Arc<dyn Clock>,
    pub(super) most: usize,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    /// The latest time that the clock has told.
    now: u64,
    /// When the marks were last looked through.
    swept: u64,
    marks: HashMap<Mark, u64>,
}

impl Replays {
    pub(super) fn new(clock: Arc<dyn Clock>, most: usize) -> Self {
        Self { clock, most, seen: Mutex::default() }
    }

    /// Seconds since 1970. A clock that is set back does not bring back messages whose marks are
    /// gone.
    pub(super) fn now(&self) -> u64 {
        let wall = self.clock.wall().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.now = seen.now.max(wall);
        seen.now
    }

    /// Remembers a mark through this second, if it is a new one.
    pub(super) fn admit(&self, mark: Mark, until: u64) -> Result<(), Unverified> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.marks.contains_key(&mark) {
            return Err(Unverified::Replayed);
        }
        let now = seen.now;
        if until < now {
            // Its time ended since it was looked at, and the mark of its twin may be gone.
            return Err(Unverified::TooOld);
        }
        if seen.marks.len() >= self.most && seen.swept < now {
            // Once a second: a full memory is not looked through for every message.
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

    /// A clock whose time of day can be set back.
    #[derive(Debug, Clone)]
    struct Set(Arc<Mutex<u64>>);

    impl Clock for Set {
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
    fn a_full_memory_is_closed_until_time_empties_it() {
        let clock = Set(Arc::new(Mutex::new(1_000)));
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
    fn time_does_not_go_back() {
        let clock = Set(Arc::new(Mutex::new(1_000)));
        let replays = Replays::new(Arc::new(clock.clone()), 2);
        assert_eq!(replays.now(), 1_000);
        *clock.0.lock().unwrap() = 10;
        assert_eq!(replays.now(), 1_000);
    }
}
