//! The memory that calls may cost together: bytes in, room for them or none out.
//!
//! One number for a guard, taken from as calls are admitted and as answers come in, and given back
//! when the call ends. Nothing waits for room: two answers that wait for each other's half would
//! wait for ever. What is counted is what answers and their copies on the way to the model take;
//! not the code, the sessions, nor what an application keeps of an answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::spec::MOST_TEXTS;

/// What an answer costs for each of its bytes: the body, its declared parts, and what is made of
/// them, at the moment when most of it is there.
pub(crate) const COST: usize = 4;
/// What a call costs beside its answer: arguments, buffers, records.
pub(crate) const CALL: usize = 64 * 1024;

/// What the walk over an answer may cost besides: the places of its texts. They are 32 bytes each,
/// and 48 while the list of them grows. Before each text of JSON stands one of four characters, but
/// before the whole.
pub(crate) fn places(answer: &[u8]) -> usize {
    // In pieces that a byte can count, so that many bytes are looked at in one step.
    let count = |piece: &[u8]| {
        piece
            .iter()
            .fold(0, |count: u8, byte| count + u8::from(matches!(byte, b',' | b':' | b'[' | b'{')))
    };
    let before: usize = answer.chunks(u8::MAX.into()).map(|piece| usize::from(count(piece))).sum();
    48 * (before + 1).min(MOST_TEXTS)
}

/// The memory that calls may cost together.
#[derive(Debug)]
pub(crate) struct Memory {
    budget: usize,
    used: AtomicUsize,
}

impl Memory {
    pub(crate) fn new(budget: usize) -> Arc<Self> {
        Arc::new(Self { budget, used: AtomicUsize::new(0) })
    }

    /// Takes room for so many bytes, if there is as much.
    pub(crate) fn reserve(self: &Arc<Self>, bytes: usize) -> Option<Reservation> {
        self.take(bytes).then(|| Reservation { memory: self.clone(), bytes })
    }

    fn take(&self, bytes: usize) -> bool {
        let with = |used: usize| used.checked_add(bytes).filter(|used| *used <= self.budget);
        self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, with).is_ok()
    }
}

/// Room that was taken. Dropped, it is given back.
#[derive(Debug)]
pub(crate) struct Reservation {
    memory: Arc<Memory>,
    bytes: usize,
}

impl Reservation {
    /// Takes more. False if there is not as much; what was taken before stays.
    #[must_use]
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let has_room = self.memory.take(bytes);
        if has_room {
            self.bytes += bytes;
        }
        has_room
    }

    /// Takes over what another one holds of the same budget.
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
    fn what_is_held_never_exceeds_the_budget_and_all_comes_back() {
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
    fn there_is_a_place_for_each_text_and_not_for_more_than_there_may_be() {
        for (answer, texts) in [("\"a\"", 1), ("[]", 1), (r#"{"a":"b","c":["d",1]}"#, 5), ("", 1)] {
            assert!(places(answer.as_bytes()) >= 48 * texts, "{answer}");
        }
        assert_eq!(places(&[b'a'; 1_000]), 48);
        assert_eq!(places(&[b','; 1_000]), 48 * 1_001);
        assert_eq!(places(&vec![b','; 1_000_000]), 48 * MOST_TEXTS);
    }

    #[test]
    fn many_at_once_share_one_budget() {
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
