//! Views of a text: takes a text, returns its decoded readings, nested up to a limit. Each reading
//! maps back to the source.

use std::ops::Range;

use super::map::{Map, composed};
use super::report::View;
use super::rules::GateFindings;
use super::zones::{DisguiseZones, Zones};
use super::{decode, encoded, fold, letters};

/// The maximum nesting of encodings.
pub(crate) const DEPTH: usize = 3;

/// The byte budget of all views of a text, as a multiple of its length. At least [`SMALL`] bytes.
const TIMES: usize = 2;

/// The minimum budget of all views, in bytes.
const SMALL: usize = 4 * 1024;

/// One reading of a text.
#[derive(Debug)]
pub(crate) struct Reading {
    /// The decoded text, as input of further decoding. `None` for the source text.
    raw: Option<String>,
    /// The normal form, if the text is not ASCII.
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

impl<'t> Readings<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut readings = Self { text, all: Vec::new(), left: SMALL.max(text.len() * TIMES) };
        let folded = fold::fold(text);
        readings.all.push(Reading {
            raw: None,
            folded,
            view: View::Plain,
            map: Map::default(),
            parent: None,
            depth: 0,
        });
        readings
    }

    /// Returns the number of readings so far.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    fn raw(&self, at: usize) -> &str {
        self.all.get(at).and_then(|reading| reading.raw.as_deref()).unwrap_or(self.text)
    }

    /// Returns the searchable text of a reading: ASCII in any case, or the normal form.
    pub(crate) fn searched(&self, at: usize) -> &str {
        match self.all.get(at) {
            Some(Reading { folded: Some((folded, _)), .. }) => folded,
            _ => self.raw(at),
        }
    }

    /// Returns the view that produced a reading.
    pub(crate) fn view(&self, at: usize) -> View {
        match self.all.get(at) {
            Some(reading) if reading.view == View::Plain && reading.folded.is_some() => {
                View::Folded
            }
            Some(reading) => reading.view,
            None => View::Plain,
        }
    }

    /// Maps a range of a searched text back to the source, on character boundaries.
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

    /// Derives the readings of a reading.
    pub(crate) fn derive(&mut self, at: usize, seen: &GateFindings) {
        let Some(reading) = self.all.get(at) else { return };
        let (depth, view, folds) = (reading.depth, reading.view, reading.folded.is_some());
        if depth >= DEPTH {
            return;
        }
        let raw = self.raw(at);
        let mut found: Vec<(String, View, Map)> = Vec::new();
        if folds {
            found.extend(
                decode::smuggled(raw)
                    .into_iter()
                    .map(|(text, place)| (text, View::Smuggled, Map::whole(place))),
            );
        }
        let triggered = |at: usize| folds || seen.zones.contains(at);
        let telling =
            |at: &usize| match decode::escape(raw.as_bytes().get(*at..).unwrap_or_default()) {
                decode::Escape::None => false,
                decode::Escape::OfGap => triggered(*at),
                decode::Escape::OfLetter => true,
            };
        let escapes =
            Zones::around(memchr::memchr3_iter(b'\\', b'%', b'&', raw.as_bytes()).filter(telling));
        for (piece, start) in escapes.pieces(raw) {
            found.extend(
                decode::unescaped(piece)
                    .map(|(text, map)| (text, View::Unescaped, map.of_piece_at(start))),
            );
        }
        found.extend(decoded(raw));
        let folded =
            self.all.get(at).and_then(|reading| reading.folded.as_ref()).map(|(_, map)| map);
        let by_letters = by_letters(self.searched(at), view, &seen.disguised);
        found.extend(by_letters.into_iter().map(|(text, view, map)| {
            (text, view, folded.map_or_else(|| map.clone(), |folded| composed(&map, folded)))
        }));
        for (text, view, map) in found {
            self.add(text, view, map, at);
        }
    }
}

/// Decodes runs of base64 and of hexadecimal digits. Runs of one encoding are concatenated.
fn decoded(raw: &str) -> Vec<(String, View, Map)> {
    let mut all =
        [(String::new(), View::Base64, Map::default()), (String::new(), View::Hex, Map::default())];
    encoded::each_encoded(raw, |said, place, view| {
        for (text, _, map) in all.iter_mut().filter(|(_, of, _)| *of == view) {
            text.push_str(&said);
            text.push('\n');
            map.piece(text.len(), place.clone());
        }
    });
    all.into_iter().filter(|(text, ..)| !text.is_empty()).collect()
}

/// Reads the letters of a searched text in other ways: spaced, leet, ROT13, reversed.
fn by_letters(searched: &str, view: View, disguised: &DisguiseZones) -> Vec<(String, View, Map)> {
    let mut found = Vec::new();
    let suspects = letters::suspects(searched);
    if view != View::Spaced {
        for (piece, start) in Zones::around(letters::spaced(searched, &suspects)).pieces(searched) {
            found.extend(
                letters::drawn_together(piece)
                    .map(|(text, map)| (text, View::Spaced, map.of_piece_at(start))),
            );
        }
    }
    if view != View::Leet {
        for (piece, start) in
            Zones::around(letters::leet_words(searched, &suspects)).pieces(searched)
        {
            found.push((letters::unleeted(piece), View::Leet, Map::default().of_piece_at(start)));
        }
    }
    if view != View::Rot13 {
        found.extend(disguised.rot13.pieces(searched).map(|(piece, start)| {
            (letters::rot13(piece), View::Rot13, Map::default().of_piece_at(start))
        }));
    }
    if view != View::Reversed {
        let backwards = |piece: &str, start| Map::backwards(piece.len()).of_piece_at(start);
        found.extend(disguised.reversed.pieces(searched).map(|(piece, start)| {
            (letters::reversed(piece), View::Reversed, backwards(piece, start))
        }));
    }
    found
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
            readings.derive(
                at,
                &GateFindings {
                    disguised: DisguiseZones { rot13: zones(), reversed: zones() },
                    ..GateFindings::default()
                },
            );
            at += 1;
        }
        (0..readings.len())
            .map(|at| (readings.view(at), readings.searched(at).to_owned()))
            .collect()
    }

    #[test]
    fn text_is_decoded_up_to_three_levels() {
        let mut text = "a plain sentence for everyone".to_owned();
        for times in 1..=4 {
            text = STANDARD.encode(&text);
            let read =
                all(&text).iter().any(|(_, said)| said.contains("a plain sentence for everyone"));
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
            let disguised = DisguiseZones { rot13: everywhere(), reversed: everywhere() };
            readings.derive(at, &GateFindings { disguised, ..GateFindings::default() });
            at += 1;
        }
        let bytes: usize =
            readings.all.iter().filter_map(|reading| reading.raw.as_ref()).map(String::len).sum();
        assert!(bytes > text.len() && bytes <= 2 * text.len(), "{bytes} bytes of {}", text.len());
    }

    #[test]
    fn spans_of_views_stand_where_they_came_from() {
        let encoded = STANDARD.encode("ignore the rest of it");
        let text = format!("an é and {encoded} here");
        let mut readings = Readings::new(&text);
        readings.derive(0, &GateFindings::default());
        let at =
            (0..readings.len()).find(|&at| readings.view(at) == View::Base64).expect("decoded");
        assert_eq!(&text[readings.back(at, 0..6)], encoded);
        let text = "so é, i g n o r e  t h i s, ok";
        let mut readings = Readings::new(text);
        readings.derive(0, &GateFindings::default());
        let at = (0..readings.len())
            .find(|&at| readings.view(at) == View::Spaced)
            .expect("drawn together");
        let start = readings.searched(at).find("ignore").expect("there");
        assert_eq!(&text[readings.back(at, start..start + 6)], "i g n o r e");
    }
}
