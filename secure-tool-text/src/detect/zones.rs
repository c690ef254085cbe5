//! Pieces of a text that are worth more work: places in, ranges around them out.

use std::ops::Range;

/// What to look for beside what a text itself shows: words in disguise were seen in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Disguised {
    pub(crate) rot13: Zones,
    pub(crate) reversed: Zones,
}

/// Pieces of a text around places in it, in order and apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Zones(pub(crate) Vec<Range<usize>>);

/// How far around what was seen a disguise is read, in bytes.
const AROUND: usize = 320;

impl Zones {
    /// Adds the surroundings of a place; places come roughly in order.
    pub(crate) fn add(&mut self, at: usize, around: usize) {
        let zone = at.saturating_sub(around)..at + around;
        match self.0.last_mut() {
            Some(last) if last.end >= zone.start => last.end = last.end.max(zone.end),
            _ => self.0.push(zone),
        }
    }

    /// Whether a place lies in one of them.
    pub(crate) fn contains(&self, at: usize) -> bool {
        self.0
            .get(self.0.partition_point(|zone| zone.end <= at))
            .is_some_and(|zone| zone.contains(&at))
    }

    /// The zones around places.
    pub(crate) fn around(places: impl Iterator<Item = usize>) -> Self {
        let mut zones = Self::default();
        places.for_each(|at| zones.add(at, AROUND));
        zones
    }

    /// The pieces of a text, each with where it begins.
    pub(crate) fn pieces<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        self.0.iter().filter_map(|zone| {
            let start = text.floor_char_boundary(zone.start);
            Some((text.get(start..text.ceil_char_boundary(zone.end))?, start))
        })
    }
}
