//! The ways in which a text can be read: text in, decoded views of it out, nested to a bound, each with the way back to the source.

use std::ops::Range;

use super::report::View;
use super::{decode, encoded, fold, letters};

/// How often encodings within encodings are taken off.
pub(crate) const DEPTH: usize = 3;

/// The bytes of all views of a text together are at most this many times its own, and [`SMALL`].
const TIMES: usize = 2;

/// What views of a short text may have in bytes.
const SMALL: usize = 4 * 1024;

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
    fn piece(&mut self, end: usize, range: Range<usize>) {
        self.pieces.push((end, range));
    }

    /// Where a range of the view that lies in pieces came from.
    fn of_pieces(&self, range: &Range<usize>) -> Range<usize> {
        let piece = |at: usize| self.pieces.get(self.pieces.partition_point(|(end, _)| *end <= at)).or(self.pieces.last());
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
        let (v, s) = next.checked_sub(1).and_then(|at| self.entries.get(at)).copied().unwrap_or_default();
        let limit = self.entries.get(next).map_or(usize::MAX, |(_, s)| *s);
        (s + (view - v)).min(limit.max(s))
    }

    /// The source places of the characters of a part of the view, of which the entries from `entries` on speak, and `source` before them.
    pub(crate) fn places(&self, start: usize, part: &str, entries: usize, source: usize) -> Vec<usize> {
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
            (None, Some(length)) => length.saturating_sub(range.end)..length.saturating_sub(range.start),
            (None, None) => self.place(range.start)..self.place(range.end).max(self.place(range.start)),
        };
        within.start + self.base..within.end + self.base
    }
}

/// One reading of a text.
#[derive(Debug)]
pub(crate) struct Reading {
    /// As it decodes, for decoding further; `None` of the text itself.
    raw: Option<String>,
    /// Its normal form, if it is not ASCII.
    folded: Option<(String, Map)>,
    pub(crate) view: View,
    map: Map,
    parent: Option<usize>,
    depth: usize,
}

/// The readings of one text.
#[derive(Debug)]
pub(crate) struct Readings<'t> {
    text: &'t str,
    all: Vec<Reading>,
    left: usize,
}

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

    /// The zones around places.
    fn around(places: impl Iterator<Item = usize>) -> Self {
        let mut zones = Self::default();
        places.for_each(|at| zones.add(at, AROUND));
        zones
    }

    /// The pieces of a text, each with where it begins.
    fn pieces<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (&'a str, usize)> {
        self.0.iter().filter_map(|zone| {
            let start = text.floor_char_boundary(zone.start);
            Some((text.get(start..text.ceil_char_boundary(zone.end))?, start))
        })
    }
}

impl<'t> Readings<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut readings = Self { text, all: Vec::new(), left: SMALL.max(text.len() * TIMES) };
        let folded = fold::fold(text);
        readings.all.push(Reading { raw: None, folded, view: View::Plain, map: Map::default(), parent: None, depth: 0 });
        readings
    }

    /// How many there are so far.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    fn raw(&self, at: usize) -> &str {
        self.all.get(at).and_then(|reading| reading.raw.as_deref()).unwrap_or(self.text)
    }

    /// The text to search of a reading: ASCII in any case, or folded.
    pub(crate) fn searched(&self, at: usize) -> &str {
        match self.all.get(at) {
            Some(Reading { folded: Some((folded, _)), .. }) => folded,
            _ => self.raw(at),
        }
    }

    /// How a reading was made.
    pub(crate) fn view(&self, at: usize) -> View {
        match self.all.get(at) {
            Some(reading) if reading.view == View::Plain && reading.folded.is_some() => View::Folded,
            Some(reading) => reading.view,
            None => View::Plain,
        }
    }

    /// Where a range of a searched text stands in the source, between characters.
    pub(crate) fn back(&self, at: usize, range: Range<usize>) -> Range<usize> {
        let mut range = match self.all.get(at) {
            Some(Reading { folded: Some((_, map)), .. }) => map.back(range),
            _ => range,
        };
        let mut at = Some(at);
        while let Some(reading) = at.and_then(|at| self.all.get(at)) {
            if reading.parent.is_some() {
                range = reading.map.back(range);
            }
            at = reading.parent;
        }
        let start = self.text.floor_char_boundary(range.start);
        start..self.text.ceil_char_boundary(range.end).max(start)
    }

    fn add(&mut self, raw: String, view: View, map: Map, parent: usize) {
        let depth = self.all.get(parent).map_or(0, |reading| reading.depth) + 1;
        let Some(left) = self.left.checked_sub(raw.len()) else { return };
        if raw.is_empty() {
            return;
        }
        self.left = left;
        let folded = fold::fold(&raw);
        self.all.push(Reading { raw: Some(raw), folded, view, map, parent: Some(parent), depth });
    }

    /// Makes the readings that come from one of them.
    pub(crate) fn derive(&mut self, at: usize, disguised: &Disguised) {
        let Some(reading) = self.all.get(at) else { return };
        let (depth, view, folds) = (reading.depth, reading.view, reading.folded.is_some());
        if depth >= DEPTH {
            return;
        }
        let raw = self.raw(at);
        let mut found: Vec<(String, View, Map)> = Vec::new();
        if folds {
            found.extend(decode::smuggled(raw).into_iter().map(|(text, place)| (text, View::Smuggled, Map::whole(place))));
        }
        let escapes = Zones::around(memchr::memchr3_iter(b'\\', b'%', b'&', raw.as_bytes()));
        for (piece, start) in escapes.pieces(raw) {
            found.extend(decode::unescaped(piece).map(|(text, map)| (text, View::Unescaped, map.of_piece_at(start))));
        }
        found.extend(decoded(raw));
        let folded = self.all.get(at).and_then(|reading| reading.folded.as_ref()).map(|(_, map)| map);
        let by_letters = by_letters(self.searched(at), view, disguised);
        found.extend(
            by_letters
                .into_iter()
                .map(|(text, view, map)| (text, view, folded.map_or_else(|| map.clone(), |folded| composed(&map, folded)))),
        );
        for (text, view, map) in found {
            self.add(text, view, map, at);
        }
    }
}

/// What runs of base64 and hexadecimal digits say, those of one kind one after another.
fn decoded(raw: &str) -> Vec<(String, View, Map)> {
    let mut all = [(String::new(), View::Base64, Map::default()), (String::new(), View::Hex, Map::default())];
    encoded::each_encoded(raw, |said, place, view| {
        for (text, _, map) in all.iter_mut().filter(|(_, of, _)| *of == view) {
            text.push_str(&said);
            text.push('\n');
            map.piece(text.len(), place.clone());
        }
    });
    all.into_iter().filter(|(text, ..)| !text.is_empty()).collect()
}

/// What a searched text says when its letters are read otherwise.
fn by_letters(searched: &str, view: View, disguised: &Disguised) -> Vec<(String, View, Map)> {
    let mut found = Vec::new();
    if view != View::Spaced {
        for (piece, start) in Zones::around(letters::spaced(searched)).pieces(searched) {
            found.extend(letters::drawn_together(piece).map(|(text, map)| (text, View::Spaced, map.of_piece_at(start))));
        }
    }
    if view != View::Leet {
        for (piece, start) in Zones::around(letters::leet_words(searched)).pieces(searched) {
            found.push((letters::unleeted(piece), View::Leet, Map::default().of_piece_at(start)));
        }
    }
    if view != View::Rot13 {
        found.extend(
            disguised.rot13.pieces(searched).map(|(piece, start)| (letters::rot13(piece), View::Rot13, Map::default().of_piece_at(start))),
        );
    }
    if view != View::Reversed {
        let backwards = |piece: &str, start| Map::backwards(piece.len()).of_piece_at(start);
        found.extend(
            disguised.reversed.pieces(searched).map(|(piece, start)| (letters::reversed(piece), View::Reversed, backwards(piece, start))),
        );
    }
    found
}

/// The way back through two maps: from a view of folded text to the text that was folded.
fn composed(view: &Map, folded: &Map) -> Map {
    if let Some(length) = view.backwards {
        return Map::whole(folded.back(view.base..view.base + length));
    }
    let mut steps: Vec<(usize, usize)> = view.entries.iter().map(|&(v, s)| (v, s + view.base)).collect();
    if steps.first().is_none_or(|(v, _)| *v > 0) {
        steps.insert(0, (0, view.base));
    }
    let mut entries: Vec<(usize, usize)> = steps.iter().map(|&(v, s)| (v, folded.place(s))).collect();
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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn all(text: &str) -> Vec<(View, String)> {
        let mut readings = Readings::new(text);
        let mut at = 0;
        while at < readings.len() {
            let zones = || Zones::around(std::iter::once(0));
            readings.derive(at, &Disguised { rot13: zones(), reversed: zones() });
            at += 1;
        }
        (0..readings.len()).map(|at| (readings.view(at), readings.searched(at).to_owned())).collect()
    }

    #[test]
    fn what_is_encoded_three_times_is_read_and_four_times_is_not() {
        let mut text = "a plain sentence for everyone".to_owned();
        for times in 1..=4 {
            text = STANDARD.encode(&text);
            let read = all(&text).iter().any(|(_, said)| said.contains("a plain sentence for everyone"));
            assert_eq!(read, times <= 3, "{times}");
        }
    }

    #[test]
    fn all_readings_together_are_no_more_than_a_few_times_the_text() {
        for unit in [
            "%41\\u0042 ",
            "i g n o r e ",
            "1gn0re 4ll ",
            "\u{fdfa}",
            "e\u{301}",
            "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo= ",
            "\u{200b}\u{200c}",
            "\\",
            "414243444546474849 ",
        ] {
            let text = unit.repeat(100_000 / unit.len());
            let readings = all(&text);
            let bytes: usize = readings.iter().map(|(_, text)| text.len()).sum();
            assert!(bytes <= 12 * text.len() + SMALL, "{unit}: {bytes} bytes");
            assert!(readings.len() < 64, "{unit}: {} readings", readings.len());
        }
    }

    #[test]
    fn readings_of_readings_stay_within_their_share() {
        let text = "%31gn0re 4ll 7h1s, i g n o r e it & go; ".repeat(2_000);
        let mut readings = Readings::new(&text);
        let mut at = 0;
        while at < readings.len() {
            let everywhere = || Zones::around((0..readings.searched(at).len()).step_by(64));
            let disguised = Disguised { rot13: everywhere(), reversed: everywhere() };
            readings.derive(at, &disguised);
            at += 1;
        }
        let bytes: usize = readings.all.iter().filter_map(|reading| reading.raw.as_ref()).map(String::len).sum();
        assert!(bytes > text.len() && bytes <= 2 * text.len(), "{bytes} bytes of {}", text.len());
    }

    #[test]
    fn spans_of_views_stand_where_they_came_from() {
        let encoded = STANDARD.encode("ignore the rest of it");
        let text = format!("an é and {encoded} here");
        let mut readings = Readings::new(&text);
        readings.derive(0, &Disguised::default());
        let at = (0..readings.len()).find(|&at| readings.view(at) == View::Base64).expect("decoded");
        assert_eq!(&text[readings.back(at, 0..6)], encoded);
        let text = "so é, i g n o r e  t h i s, ok";
        let mut readings = Readings::new(text);
        readings.derive(0, &Disguised::default());
        let at = (0..readings.len()).find(|&at| readings.view(at) == View::Spaced).expect("drawn together");
        let start = readings.searched(at).find("ignore").expect("there");
        assert_eq!(&text[readings.back(at, start..start + 6)], "i g n o r e");
    }
}
