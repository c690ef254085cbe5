//! The memory budget that concurrent calls share.
//!
//! Each guard has one budget. A call reserves memory when it is admitted and while it receives its
//! response, and releases it when it ends. A reservation never waits: two responses that each wait
//! for the other's half would deadlock.
//!
//! The budget counts responses and their copies on the way to the model. It does not count code,
//! sessions, or copies that an application keeps.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::spec::MOST_TEXTS;

/// The memory cost per byte of a response: the body, its parsed parts and the copies made from
/// them, at peak.
pub(crate) const COST: usize = 4;
/// The memory cost of a call without its response: arguments, buffers, records.
pub(crate) const CALL: usize = 64 * 1024;

/// Returns the additional memory cost of scanning a response: the positions of its texts. A
/// position has 32 bytes, and 48 while the list grows. Each text in JSON except the root follows
/// one of 4 characters.
pub(crate) fn position_cost(response: &[u8]) -> usize {
    // Chunks of 255 bytes let the count fit in a byte, so that the loop vectorizes.
    let count = |piece: &[u8]| {
        piece
            .iter()
            .fold(0, |count: u8, byte| count + u8::from(matches!(byte, b',' | b':' | b'[' | b'{')))
    };
    let before: usize =
        response.chunks(u8::MAX.into()).map(|piece| usize::from(count(piece))).sum();
    48 * (before + 1).min(MOST_TEXTS)
}

/// The memory budget that concurrent calls share.
#[derive(Debug)]
pub(crate) struct Memory {
    budget: usize,
    used: AtomicUsize,
}

impl Memory {
    pub(crate) fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self { budget, used: AtomicUsize::new(0) })
    }

    /// Reserves `bytes`, if the budget has that many left.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: usize) -> Option<Reservation> {
        self.take(bytes).then(|| Reservation { memory: self.clone(), bytes })
    }

    fn take(&self, bytes: usize) -> bool {
        let with = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.budget);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, with).is_ok()
    }
}

/// Reserved memory. Released on drop.
#[derive(Debug)]
pub(crate) struct Reservation {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Reservation {
    /// Reserves more. Returns false if the budget is exhausted; the earlier reservation stays.
    #[must_use]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let has_room = self.memory.take(bytes);
        if has_room {
            self.bytes += bytes;
        }
        has_room
    }

    /// Takes over another reservation from the same budget.
    pub(crate) fn absorb(&mut self, mut other: Self) {
        if Arc::ptr_eq(&self.memory, &other.memory) {
            self.bytes += std::mem::take(&mut other.bytes);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.memory.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reservations_never_exceed_the_budget_and_are_released() {
        let memory = Memory::new(100);
        let mut first = memory.reserve(40).expect("room");
        let mut second = memory.reserve(40).expect("room");
        assert!(memory.reserve(21).is_none() && !first.grow(21) && !first.grow(usize::MAX));
        assert!(second.grow(20));
        assert_eq!(memory.used.load(Ordering::Relaxed), 100);
        first.absorb(second);
        assert!(memory.reserve(1).is_none());
        drop(first);
        assert_eq!(memory.used.load(Ordering::Relaxed), 0);
        assert!(memory.reserve(100).is_some());
    }

    #[test]
    fn each_text_has_a_position_up_to_the_maximum() {
        for (response, texts) in [("\"a\"", 1), ("[]", 1), (r#"{"a":"b","c":["d",1]}"#, 5), ("", 1)]
        {
            assert!(position_cost(response.as_bytes()) >= 48 * texts, "{response}");
        }
        assert_eq!(position_cost(&[b'a'; 1_000]), 48);
        assert_eq!(position_cost(&[b','; 1_000]), 48 * 1_001);
        assert_eq!(position_cost(&vec![b','; 1_000_000]), 48 * MOST_TEXTS);
    }

    #[test]
    fn concurrent_calls_share_one_budget() {
        let memory = Memory::new(1_000);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..10_000 {
                        let mut held = memory.reserve(300);
                        assert!(memory.used.load(Ordering::Relaxed) <= 1_000);
                        if let Some(held) = &mut held {
                            let _ = held.grow(300);
                        }
                        assert!(memory.used.load(Ordering::Relaxed) <= 1_000);
                    }
                });
            }
        });
        assert_eq!(memory.used.load(Ordering::Relaxed), 0);
    }
}
