//! Maps of views: takes positions in a view of a text, returns positions in its source.

use std::ops::Range;

/// Maps the bytes of a view to the source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Map {
    /// Pairs of positions in the view and the source. Between two pairs, both advance by one byte.
    entries: Vec<(usize, usize)>,
    /// The range of the source that the whole view came from, if it has one.
    whole: Option<Range<usize>>,
    /// The length of the source, if the view is its reversal.
    backwards: Option<usize>,
    /// The start of the source in the full source.
    base: usize,
    /// Parts of the view that each came from a whole range: the end of the part, and the range.
    pieces: Vec<(usize, Range<usize>)>,
}

impl Map {
    pub(crate) fn whole(range: Range<usize>) -> Self {
        Self { whole: Some(range), ..Self::default() }
    }

    pub(crate) fn backwards(length: usize) -> Self {
        Self { backwards: Some(length), ..Self::default() }
    }

    /// Maps the next part of the view, up to `end`, to a range of the source.
    pub(crate) fn piece(&mut self, end: usize, range: Range<usize>) {
        self.pieces.push((end, range));
    }

    /// Returns the source range of a view range that lies in parts.
    fn of_pieces(&self, range: &Range<usize>) -> Range<usize> {
        let piece = |at: usize| {
            self.pieces
                .get(self.pieces.partition_point(|(end, _)| *end <= at))
                .or(self.pieces.last())
        };
        let start = piece(range.start).map_or(0, |(_, range)| range.start);
        start..piece(range.end.saturating_sub(1)).map_or(start, |(_, range)| range.end).max(start)
    }

    /// Moves the map to a source that starts at `start` of the full source.
    pub(crate) fn of_piece_at(mut self, start: usize) -> Self {
        self.base = start;
        self
    }

    /// Starts a new pair of positions.
    pub(crate) fn at(&mut self, view: usize, source: usize) {
        match self.entries.last_mut() {
            Some(last) if last.0 == view => last.1 = source,
            Some(&mut (v, s)) if view - v == source.wrapping_sub(s) => {}
            _ => self.entries.push((view, source)),
        }
    }

    /// Ends the view.
    pub(crate) fn end(&mut self, view: usize, source: usize) {
        self.at(view, source);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn truncate(&mut self, entries: usize) {
        self.entries.truncate(entries);
    }

    /// Returns the source position of a view position.
    fn place(&self, view: usize) -> usize {
        let next = self.entries.partition_point(|(v, _)| *v <= view);
        let (v, s) =
            next.checked_sub(1).and_then(|at| self.entries.get(at)).copied().unwrap_or_default();
        let limit = self.entries.get(next).map_or(usize::MAX, |(_, s)| *s);
        (s + (view - v)).min(limit.max(s))
    }

    /// Returns the source positions of the characters of a part of the view. Entries from `entries`
    /// on apply; before them, `source` does.
    pub(crate) fn places(
        &self,
        start: usize,
        part: &str,
        entries: usize,
        source: usize,
    ) -> Vec<usize> {
        let mut current = (start, source);
        let mut rest = self.entries.get(entries..).unwrap_or_default().iter().peekable();
        let place = |(offset, _): (usize, char)| {
            while let Some(next) = rest.next_if(|(v, _)| *v <= start + offset) {
                current = *next;
            }
            current.1 + (start + offset).saturating_sub(current.0)
        };
        part.char_indices().map(place).collect()
    }

    /// Returns the source range of a view range.
    pub(crate) fn back(&self, range: Range<usize>) -> Range<usize> {
        let within = match (&self.whole, self.backwards) {
            _ if !self.pieces.is_empty() => self.of_pieces(&range),
            (Some(whole), _) => whole.clone(),
            (None, Some(length)) => {
                length.saturating_sub(range.end)..length.saturating_sub(range.start)
            }
            (None, None) => {
                self.place(range.start)..self.place(range.end).max(self.place(range.start))
            }
        };
        within.start + self.base..within.end + self.base
    }
}

/// Composes two maps: from a view of folded text to the text before folding.
pub(crate) fn composed(view: &Map, folded: &Map) -> Map {
    if let Some(length) = view.backwards {
        return Map::whole(folded.back(view.base..view.base + length));
    }
    let mut steps: Vec<(usize, usize)> =
        view.entries.iter().map(|&(v, s)| (v, s + view.base)).collect();
    if steps.first().is_none_or(|(v, _)| *v > 0) {
        steps.insert(0, (0, view.base));
    }
    let mut entries: Vec<(usize, usize)> =
        steps.iter().map(|&(v, s)| (v, folded.place(s))).collect();
    // Between two entries of one map lie entries of the other.
    for &(v, s) in &folded.entries {
        let next = steps.partition_point(|(_, place)| *place <= v);
        if let Some(&(at, place)) = next.checked_sub(1).and_then(|at| steps.get(at)) {
            let end = steps.get(next).map_or(usize::MAX, |(v, _)| *v);
            if at + (v - place) < end {
                entries.push((at + (v - place), s));
            }
        }
    }
    entries.sort_unstable();
    entries.dedup_by_key(|(v, _)| *v);
    Map { entries, ..Map::default() }
}
