//! Runs patterns near their literals: takes positions of literals, merges them into windows that
//! contain every match, returns the matches.

use std::ops::Range;

use super::pattern::Pattern;
use super::rules::{Budget, Match};

/// The cost of one try, in bytes. Most tries end sooner, and none takes more than three times as
/// long.
const TRY: usize = 128;

/// A window that waits for its end before a pattern is tried in it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pending {
    window: Range<usize>,
    /// The positions of literals of the first set.
    places: Vec<usize>,
    /// Whether the window is searched as a whole. Then `places` is empty: it has too many literals,
    /// or the pattern does not start with one.
    whole: bool,
    /// Whether the window contains a literal of the second set.
    has_second: bool,
    last_second: Option<usize>,
}

impl Pending {
    /// Adds a literal of the first set with its window. Returns the previous window if it is now
    /// complete.
    pub(crate) fn first(&mut self, at: usize, window: Range<usize>, leads: bool) -> Option<Self> {
        let done = if !self.window.is_empty() && window.start <= self.window.end {
            self.window = self.window.start.min(window.start)..self.window.end.max(window.end);
            self.has_second |= self.last_second.is_some_and(|at| at >= self.window.start);
            None
        } else {
            let has_second = self.last_second.is_some_and(|at| at >= window.start);
            let fresh = Self {
                window,
                has_second,
                last_second: self.last_second,
                places: Vec::new(),
                whole: !leads,
            };
            Some(std::mem::replace(self, fresh))
        };
        if !self.whole {
            self.places.push(at);
            // INVARIANT: the number of stored places is bounded, so that memory does not grow with
            // the text.
            self.whole = self.places.len() * TRY > self.window.len() + 16 * TRY;
        }
        done
    }

    /// Adds a literal of the second set.
    pub(crate) fn second(&mut self, at: usize) {
        self.has_second |= self.window.contains(&at);
        self.last_second = self.last_second.max(Some(at));
    }
}

/// Tries a pattern in a window, if it can match there. Returns `false` if the budget is exhausted.
pub(crate) fn attempt(
    pattern: &Pattern,
    text: &[u8],
    pending: &Pending,
    budget: &mut Budget,
    each: &mut impl FnMut(Match),
) -> bool {
    if pending.window.is_empty() || (pattern.needs_second && !pending.has_second) {
        return true;
    }
    let mut found = |span| each(Match { rule: pattern.rule, span });
    let window = pending.window.clone();
    let tries = pending.places.len() * TRY;
    if pending.whole || tries > window.len() {
        // With many places, one search of the whole window is cheaper.
        let enough = budget.spend(window.len());
        if enough {
            pattern.matches_in(text, window, found);
        }
        return enough;
    }
    let enough = budget.spend(tries);
    if enough {
        let mut free = 0;
        for span in pending.places.iter().filter_map(|&at| pattern.match_at(text, at)) {
            // Matches do not overlap, as in a search of the whole window.
            if span.start >= free {
                free = span.end;
                found(span);
            }
        }
    }
    enough
}
