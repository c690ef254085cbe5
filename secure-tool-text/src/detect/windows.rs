//! Where patterns are tried: places of their literals in, merged into windows that hold every
//! match, matches out.

use std::ops::Range;

use super::pattern::Pattern;
use super::rules::{Budget, Match};

/// What a try at one place is counted as, in bytes: most end sooner, and none goes on for three
/// times as many.
const TRY: usize = 128;

/// A window in which a pattern is to be tried, when all of it is known.
#[derive(Debug, Clone, Default)]
pub(crate) struct Pending {
    window: Range<usize>,
    /// The places of literals of the first set.
    places: Vec<usize>,
    /// Whether they are not kept: there are so many that the window is searched as a whole, or the
    /// pattern does not begin with them.
    whole: bool,
    /// Whether a literal of the second set stands in it.
    has_second: bool,
    last_second: Option<usize>,
}

impl Pending {
    /// Takes the place and the window of another literal of the first set; gives the window that is
    /// complete by that.
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
            // INVARIANT: places are kept only while they are few, so that no text makes lists as
            // long as itself.
            self.whole = self.places.len() * TRY > self.window.len() + 16 * TRY;
        }
        done
    }

    /// Takes a literal of the second set.
    pub(crate) fn second(&mut self, at: usize) {
        self.has_second |= self.window.contains(&at);
        self.last_second = self.last_second.max(Some(at));
    }
}

/// Tries a pattern in a window, if it may match there. Gives `false` where the budget does not
/// suffice.
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
        // So many places that the window is searched as a whole.
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
            // As if the window were searched: matches do not overlap.
            if span.start >= free {
                free = span.end;
                found(span);
            }
        }
    }
    enough
}
