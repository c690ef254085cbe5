//! The distinct names of unexpected fields in a response, limited in number and length.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

/// The maximum number of distinct names per response.
const MOST: usize = 64;
/// The maximum length of a name, in bytes. Longer names are truncated and may then be equal.
const LONGEST: usize = 128;

/// The names in one response.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// A random hash key, so that an attacker can't construct names that collide.
    hasher: RandomState,
    seen: HashMap<u64, (&'static str, Box<str>)>,
}

impl Names {
    /// Adds a name, and the type that does not declare it.
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
    fn names_are_deduplicated_and_bounded() {
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
