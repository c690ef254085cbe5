//! Zones: takes positions, returns the ranges around them that deserve a closer scan.

use std::ops::Range;

/// The disguises to decode in addition, because a disguised trigger occurs in the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DisguiseZones {
    pub(crate) rot13: Zones,
    pub(crate) reversed: Zones,
}

/// Disjoint ranges of a text, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Zones(pub(crate) Vec<Range<usize>>);

/// How far around a trigger a disguise is decoded, in bytes.
const AROUND: usize = 320;

impl Zones {
    /// Adds the surroundings of a position. Positions come roughly in order.
    pub(crate) fn add(&mut self, at: usize, around: usize) {
        let zone = at.saturating_sub(around)..at + around;
        match self.0.last_mut() {
            Some(last) if last.end >= zone.start => last.end = last.end.max(zone.end),
            _ => self.0.push(zone),
        }
    }

    /// Returns whether a zone contains a position.
    pub(crate) fn contains(&self, at: usize) -> bool {
        self.0
            .get(self.0.partition_point(|zone| zone.end <= at))
            .is_some_and(|zone| zone.contains(&at))
    }

    /// Creates the zones around positions.
    pub(crate) fn around(places: impl Iterator<Item = usize>) -> Self {
        let mut zones = Self::default();
        places.for_each(|at| zones.add(at, AROUND));
        zones
    }

    /// Returns the parts of a text, each with its start.
    pub(crate) fn pieces<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        self.0.iter().filter_map(|zone| {
            let start = text.floor_char_boundary(zone.start);
            Some((text.get(start..text.ceil_char_boundary(zone.end))?, start))
        })
    }
}
