//! Prefixes of needles: takes needles and a text, returns how many bytes at the end of the text may
//! be the start of a needle. A stream must hold back exactly these.

use std::collections::HashMap;

use aho_corasick::automaton::{Automaton, StateID};
use aho_corasick::nfa::noncontiguous::NFA;
use aho_corasick::{Anchored, PatternID};

/// An automaton over the needles that advances byte by byte.
pub struct Prefixes {
    nfa: NFA,
    start: StateID,
    /// The number of needle bytes that each state has matched.
    depth: HashMap<StateID, usize>,
    longest: usize,
}

impl Prefixes {
    /// Builds the automaton. Returns `None` if the needles are too many or too long.
    #[must_use]
    pub fn new(needles: &[String]) -> Option<Self> {
        let nfa = NFA::builder().build(needles).ok()?;
        let start = nfa.start_state(Anchored::No).ok()?;
        let mut depth = HashMap::from([(start, 0)]);
        for needle in needles {
            let mut state = start;
            for (at, byte) in needle.bytes().enumerate() {
                state = nfa.next_state(Anchored::No, state, byte);
                depth.insert(state, at + 1);
            }
        }
        Some(Self {
            longest: needles.iter().map(String::len).max().unwrap_or(0),
            nfa,
            start,
            depth,
        })
    }

    /// Returns the initial state.
    #[must_use]
    pub fn start(&self) -> StateID {
        self.start
    }

    /// Returns the state after one more byte.
    #[must_use]
    pub fn next(&self, state: StateID, byte: u8) -> StateID {
        self.nfa.next_state(Anchored::No, state, byte)
    }

    /// Returns how many of the last bytes are a needle or the start of one.
    #[must_use]
    pub fn depth(&self, state: StateID) -> usize {
        self.depth.get(&state).copied().unwrap_or(0)
    }

    /// Returns the needles that end at this state.
    pub fn ended(&self, state: StateID) -> impl Iterator<Item = PatternID> + '_ {
        let many = if self.nfa.is_match(state) { self.nfa.match_len(state) } else { 0 };
        (0..many).map(move |at| self.nfa.match_pattern(state, at))
    }

    /// Returns the length of a needle, in bytes.
    #[must_use]
    pub fn length(&self, needle: PatternID) -> usize {
        self.nfa.pattern_len(needle)
    }

    /// Returns the length of the longest needle, in bytes.
    #[must_use]
    pub fn longest(&self) -> usize {
        self.longest
    }

    /// Returns how many bytes at the end of a text may be the start of a needle.
    #[must_use]
    pub fn at_end_of(&self, text: &str) -> usize {
        let from = text.len().saturating_sub(self.longest);
        let tail = text.as_bytes().get(from..).unwrap_or_default();
        self.depth(tail.iter().fold(self.start, |state, byte| self.next(state, *byte)))
    }
}

impl std::fmt::Debug for Prefixes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prefixes").field("longest", &self.longest).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longest_prefix_at_the_end_is_returned() {
        let needles = ["secret-value", "value-of-it", "aab"].map(str::to_owned);
        let prefixes = Prefixes::new(&needles).expect("few");
        for (text, held) in [
            ("", 0),
            ("nothing", 0),
            ("a secr", 4),
            ("secret-value", 12),
            ("secret-value-", 6),
            ("aaa", 2),
            ("xaab", 3),
            ("s", 1),
            ("secret-valux", 0),
        ] {
            assert_eq!(prefixes.at_end_of(text), held, "{text}");
        }
    }
}
