//! A linear model over features of words: takes a text, returns the stretch that looks most like an
//! instruction to a model.
//!
//! The score of a stretch is the sum of the weights of its words and the points of the rules in it.
//! The best stretch of at most [`STRETCH`] words decides. A long text has more stretches, so its
//! score has a [`penalty`]. `train-detector` of `text-eval` computes the weights reproducibly, byte
//! for byte.

use std::iter::Peekable;
use std::ops::Range;

use super::words::{FEATURES, each_word};

/// The maximum number of words in a stretch.
pub const STRETCH: usize = 48;

/// The weights: one signed byte for each feature, after a header of two numbers.
pub(crate) struct Model<'a> {
    /// The value of one step of a weight, in 1/256 points.
    scale: i32,
    /// The cost of each word, in 1/256 points, so that long honest text does not accumulate a
    /// score.
    drift: i32,
    weights: &'a [u8],
}

/// The size of the header, in bytes.
pub const HEADER: usize = 8;

/// The best stretch of a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Best {
    pub(crate) score: i32,
    pub(crate) span: Range<usize>,
    /// The part of the score that comes from rules.
    pub(crate) of_rules: i32,
}

impl<'a> Model<'a> {
    /// Parses a model file. A file that is too short becomes a model that finds nothing.
    pub(crate) fn of(bytes: &'a [u8]) -> Self {
        let number = |at: usize| {
            bytes
                .get(at..at + 4)
                .and_then(|four| four.try_into().ok())
                .map_or(0, i32::from_le_bytes)
        };
        Self {
            scale: number(0),
            drift: number(4),
            weights: bytes.get(HEADER..HEADER + FEATURES).unwrap_or_default(),
        }
    }

    fn weight(&self, feature: u16) -> i32 {
        self.weights.get(usize::from(feature)).map_or(0, |&byte| i32::from(byte.cast_signed()))
    }

    /// Returns the best stretch of a text. It reads `zones` only. `points` has the points of the
    /// rules with their positions, in order.
    pub(crate) fn best(
        &self,
        text: &[u8],
        zones: &[Range<usize>],
        points: &[(usize, i32)],
    ) -> Best {
        let mut best = Best::default();
        let mut points = points.iter().peekable();
        for zone in zones {
            let zone = whole_words(text, &(zone.start..zone.end.min(text.len())));
            while points.next_if(|(at, _)| *at < zone.start).is_some() {}
            let found =
                self.best_of(text.get(zone.clone()).unwrap_or_default(), zone.start, &mut points);
            if found.score > best.score {
                best = found;
            }
        }
        best.score -= penalty(text.len());
        best
    }

    /// Returns the best stretch of a zone that starts at `from`.
    fn best_of<'p>(
        &self,
        zone: &[u8],
        from: usize,
        points: &mut Peekable<impl Iterator<Item = &'p (usize, i32)>>,
    ) -> Best {
        let mut stretches = Stretches::default();
        each_word(zone, |word| {
            let weights: i32 = word.features.iter().map(|&feature| self.weight(feature)).sum();
            let mut given = 0;
            while let Some((_, more)) = points.next_if(|(at, _)| *at < from + word.end) {
                given += more;
            }
            stretches.push(
                weights.saturating_mul(self.scale).saturating_sub(self.drift),
                given,
                from + word.start..from + word.end,
            );
        });
        stretches.best
    }
}

/// Shrinks a zone to whole words.
fn whole_words(text: &[u8], zone: &Range<usize>) -> Range<usize> {
    let cut = |at: &usize| {
        text.get(*at).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte >= 0x80)
    };
    let start = (zone.start..zone.end).find(|at| *at == 0 || !cut(at)).unwrap_or(zone.start);
    let end = (zone.end..text.len()).take(24).find(|at| !cut(at)).unwrap_or(zone.end);
    start..end
}

/// Returns the penalty of a text of this length, in points. Each doubling of the length costs the
/// same, because one of more stretches may score by chance.
#[must_use]
pub fn penalty(bytes: usize) -> i32 {
    const EACH: i32 = 140;
    const FREE: usize = 64;
    let words = bytes / 8;
    let doublings = (words / FREE).checked_ilog2().unwrap_or(0);
    let rest = i32::try_from(words.saturating_sub(FREE << doublings) * 64 / (FREE << doublings))
        .unwrap_or(0);
    i32::try_from(doublings).unwrap_or(0) * EACH + rest.clamp(0, 64) * EACH / 64
}

/// Finds the stretch of bounded length with the largest sum, with a queue of the smallest earlier
/// sums.
#[derive(Debug)]
struct Stretches {
    words: usize,
    sum: i64,
    given: i32,
    /// Candidate starts with increasing sums. A ring: the first is at `first`, and there are
    /// `count`.
    starts: [Start; RING],
    first: usize,
    count: usize,
    best: Best,
}

/// A candidate start of a stretch: the number of its word, the sum and the points before it, and
/// its position.
#[derive(Debug, Clone, Copy, Default)]
struct Start {
    number: usize,
    sum: i64,
    given: i32,
    place: usize,
}

/// The size of the ring: a power of two above [`STRETCH`].
const RING: usize = 64;

impl Default for Stretches {
    fn default() -> Self {
        Self {
            words: 0,
            sum: 0,
            given: 0,
            starts: [Start::default(); RING],
            first: 0,
            count: 0,
            best: Best::default(),
        }
    }
}

impl Stretches {
    fn start(&self, at: usize) -> Start {
        self.starts.get((self.first + at) % RING).copied().unwrap_or_default()
    }

    fn push(&mut self, value: i32, given: i32, place: Range<usize>) {
        while self.count > 0 && self.start(self.count - 1).sum >= self.sum {
            self.count -= 1;
        }
        let start =
            Start { number: self.words, sum: self.sum, given: self.given, place: place.start };
        self.starts
            .get_mut((self.first + self.count) % RING)
            .into_iter()
            .for_each(|free| *free = start);
        self.count += 1;
        self.words += 1;
        let mut first = self.start(0);
        if first.number + STRETCH < self.words {
            self.first += 1;
            self.count -= 1;
            first = self.start(0);
        }
        self.sum += i64::from(value) + (i64::from(given) << 8);
        self.given += given;
        let score = i32::try_from((self.sum - first.sum) >> 8).unwrap_or(i32::MAX);
        if score > self.best.score {
            self.best =
                Best { score, span: first.place..place.end, of_rules: self.given - first.given };
        }
    }
}
