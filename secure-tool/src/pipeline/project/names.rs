//! The names of fields that nobody declared: each that an answer has once, up to a bound, cut to a
//! bound.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// The most names of one answer that are told apart.
const MOST: usize = 64;
/// The most bytes of a name that are kept; longer ones may be taken for one another.
const LONGEST: usize = 128;

/// The names of one answer.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Nobody who writes answers can foresee it, and so make names that collide.
    hasher: RandomState,
    seen: HashMap<u64, (&'static str, Box<str>)>,
}

impl Names {
    /// A name, and the type that does not declare it.
    pub(super) fn add(&mut self, of: &'static str, name: &str) {
        let id = self.hasher.hash_one((of, name));
        if self.seen.len() < MOST && !self.seen.contains_key(&id) {
            let kept = name.get(..name.floor_char_boundary(LONGEST)).unwrap_or_default();
            self.seen.insert(id, (of, kept.into()));
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.seen.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.seen.values().map(|(of, name)| (*of, &**name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_once_and_within_bounds() {
        let mut names = Names::default();
        for _ in 0..3 {
            for name in ["a", "b", &"ä".repeat(1_000)] {
                names.add("Product", name);
            }
            names.add("Order", "a");
        }
        assert_eq!(names.len(), 4);
        assert!(names.iter().all(|(_, name)| name.len() <= LONGEST));
        (0..10_000).for_each(|index| names.add("Product", &index.to_string()));
        assert_eq!(names.len(), MOST);
    }
}
