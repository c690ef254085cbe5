//! The way back from a view of a text to its source: places of the view in, places of the source
//! out.

use std::ops::Range;

/// Where the bytes of a view came from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Map {
    /// Places in the view, and in the source; in between, both go on by one byte each.
    entries: Vec<(usize, usize)>,
    /// The whole view came from all of this.
    whole: Option<Range<usize>>,
    /// The view is written backwards from a source so long.
    backwards: Option<usize>,
    /// Where in the source all of this begins.
    base: usize,
    /// Pieces that came each from all of a range: where the piece ends, and the range.
    pieces: Vec<(usize, Range<usize>)>,
}

impl Map {
    pub(crate) fn whole(range: Range<usize>) -> Self {
        Self { whole: Some(range), ..Self::default() }
    }

    pub(crate) fn backwards(length: usize) -> Self {
        Self { backwards: Some(length), ..Self::default() }
    }

    /// The next piece of the view, up to a place of it, came from all of a range.
    pub(crate) fn piece(&mut self, end: usize, range: Range<usize>) {
        self.pieces.push((end, range));
    }

    /// Where a range of the view that lies in pieces came from.
    fn of_pieces(&self, range: &Range<usize>) -> Range<usize> {
        let piece = |at: usize| {
            self.pieces
                .get(self.pieces.partition_point(|(end, _)| *end <= at))
                .or(self.pieces.last())
        };
        let start = piece(range.start).map_or(0, |(_, range)| range.start);
        start..piece(range.end.saturating_sub(1)).map_or(start, |(_, range)| range.end).max(start)
    }

    /// The same for a source that is a piece, which begins there, of the whole one.
    pub(crate) fn of_piece_at(mut self, start: usize) -> Self {
        self.base = start;
        self
    }

    /// From this place of the view on, it goes on from that place of the source.
    pub(crate) fn at(&mut self, view: usize, source: usize) {
        match self.entries.last_mut() {
            Some(last) if last.0 == view => last.1 = source,
            Some(&mut (v, s)) if view - v == source.wrapping_sub(s) => {}
            _ => self.entries.push((view, source)),
        }
    }

    /// The view ends here.
    pub(crate) fn end(&mut self, view: usize, source: usize) {
        self.at(view, source);
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn truncate(&mut self, entries: usize) {
        self.entries.truncate(entries);
    }

    /// The source place of a place in the view.
    fn place(&self, view: usize) -> usize {
        let next = self.entries.partition_point(|(v, _)| *v <= view);
        let (v, s) =
            next.checked_sub(1).and_then(|at| self.entries.get(at)).copied().unwrap_or_default();
        let limit = self.entries.get(next).map_or(usize::MAX, |(_, s)| *s);
        (s + (view - v)).min(limit.max(s))
    }

    /// The source places of the characters of a part of the view, of which the entries from
    /// `entries` on speak, and `source` before them.
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

    /// The range of the source that a range of the view came from.
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

/// The way back through two maps: from a view of folded text to the text that was folded.
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
    // Between the entries of the one lie entries of the other.
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
