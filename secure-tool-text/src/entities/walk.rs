//! The one walk over the bytes: text in, the few places that a second look can be worth out.
//!
//! A block of 128 bytes is eight rows of sixteen. A set of places is sixteen bytes, one for each
//! column, with a bit for each row: so what follows a column is the next byte, what follows the
//! last one is the first byte of the next row, and runs are found in a whole block by a few
//! operations on sixteen bytes. There are no branches, so that the compiler makes vector
//! instructions of it.

/// How many bytes are judged together.
pub(super) const BLOCK: usize = ROWS * COLUMNS;

const ROWS: usize = 8;
const COLUMNS: usize = 16;

/// A block, and the row behind it.
const WIDE: usize = BLOCK + COLUMNS;

/// Nothing that is found is shorter: `a@b.cd`.
const SHORTEST: usize = 6;

/// The places of a block, the first in the lowest bit.
pub(super) type Places = u128;

/// Where a second look is worth it. A place that is missing is a promise; one that is there is a
/// hint.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Seven bytes of digits, space and `()+-./` begin here, the first of them a digit; the last
    /// may be any letter. Of the next two, the three from the second, and the three from the fourth
    /// on one each is a digit.
    pub(super) numbers: Places,
    /// Sixteen letters, digits and other bytes from `+` on begin here.
    pub(super) words: Places,
    /// Here is a colon, and another not more than five bytes behind.
    pub(super) colons: Places,
}

/// Calls `visit` with the start and the marks of each block that has any.
pub(super) fn walk(bytes: &[u8], mut visit: impl FnMut(usize, &Marks)) {
    if bytes.len() < SHORTEST {
        return;
    }
    let mut start = 0;
    while let Some(wide) = bytes.get(start..).and_then(|rest| rest.first_chunk::<WIDE>()) {
        if let Some(marks) = judge(wide) {
            visit(start, &marks);
        }
        start += BLOCK;
    }
    // What is left, with nothing behind it.
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let mut padded = [0; WIDE];
        let length = rest.len().min(WIDE);
        if let (Some(to), Some(from)) = (padded.get_mut(..length), rest.get(..length)) {
            to.copy_from_slice(from);
        }
        if let Some(marks) = judge(&padded) {
            visit(start, &marks);
        }
        start += BLOCK;
    }
}

type Columns = [u8; COLUMNS];

const fn all(bit: bool) -> u8 {
    if bit { 0xff } else { 0 }
}

/// Whether a byte is one of `count` from `first` on: one addition and one comparison, signed as
/// vectors compare.
const fn within(byte: u8, first: u8, count: u8) -> bool {
    byte.wrapping_sub(first).wrapping_add(0x80).cast_signed()
        < count.wrapping_add(0x80).cast_signed()
}

/// A set of places in columns, and those columns moved on by a row, the row behind the block with
/// them.
#[derive(Clone, Copy)]
struct Wide {
    here: u128,
    ahead: u128,
}

/// The lowest bit of each column.
const FIRST_ROW: u128 = u128::from_le_bytes([1; COLUMNS]);

impl Wide {
    /// The columns of a block, and those of the row behind it, in any of their bits.
    const fn new(block: Columns, behind: Columns) -> Self {
        let (here, behind) = (u128::from_le_bytes(block), u128::from_le_bytes(behind));
        Self { here, ahead: (here >> 1) & !(FIRST_ROW << 7) | (behind & FIRST_ROW) << 7 }
    }

    /// What stands so far behind each place.
    const fn behind<const BY: u32>(self) -> u128 {
        self.here >> (8 * BY) | self.ahead << (128 - 8 * BY)
    }

    /// The places with which another so far behind is in the set.
    const fn pairs<const BY: u32>(self) -> Self {
        Self { here: self.here & self.behind::<BY>(), ahead: self.ahead & self.ahead >> (8 * BY) }
    }

    /// The places that are in the set, or another so far behind is.
    const fn either<const BY: u32>(self) -> Self {
        Self { here: self.here | self.behind::<BY>(), ahead: self.ahead | self.ahead >> (8 * BY) }
    }
}

struct Sets {
    tokens: Wide,
    digits: Wide,
    colons: Wide,
}

/// Adds a row to a set of places, before those that are in it.
#[inline(always)]
#[expect(clippy::inline_always, reason = "it is one addition and one subtraction of vectors")]
const fn push(set: u8, is: bool) -> u8 {
    set.wrapping_add(set).wrapping_sub(all(is))
}

/// The columns of some kinds of bytes, in a block and in the row behind it.
#[inline(never)]
#[expect(
    clippy::indexing_slicing,
    reason = "places are below constants: the compiler sees it, and makes vectors of it"
)]
fn columns<const KINDS: usize, const ROWS: usize>(
    wide: &[u8],
    kinds: impl Fn(u8) -> [bool; KINDS],
    columns: &mut [Columns; KINDS],
) {
    let wide = &wide[..ROWS * COLUMNS];
    for row in (0..ROWS).rev() {
        for column in 0..COLUMNS {
            let is = kinds(wide[row * COLUMNS + column]);
            for kind in 0..KINDS {
                columns[kind][column] = push(columns[kind][column], is[kind]);
            }
        }
    }
}

fn classify(wide: &[u8; WIDE]) -> Sets {
    let kinds =
        |byte: u8| [byte.cast_signed() > b'*'.cast_signed(), within(byte, b'0', 10), byte == b':'];
    let (mut block, mut behind) = ([[0; COLUMNS]; 3], [[0; COLUMNS]; 3]);
    columns::<3, ROWS>(wide, kinds, &mut block);
    columns::<3, 1>(&wide[BLOCK..], kinds, &mut behind);
    let [tokens, digits, colons] = block;
    let [tokens_behind, digits_behind, colons_behind] = behind;
    Sets {
        tokens: Wide::new(tokens, tokens_behind),
        digits: Wide::new(digits, digits_behind),
        colons: Wide::new(colons, colons_behind),
    }
}

/// The bytes that numbers are made of, which are looked for only where there are digits close
/// together.
#[inline(never)]
fn numbers(wide: &[u8; WIDE], sets: &Sets) -> u128 {
    // Without branches, for vectors.
    let kinds = |byte: u8| {
        [(all(byte == b' ')
            | (all(within(byte, b'(', 18)) & all(byte != b',') & all(byte != b'*')))
            != 0]
    };
    let (mut block, mut behind) = ([[0; COLUMNS]; 1], [[0; COLUMNS]; 1]);
    columns::<1, ROWS>(wide, kinds, &mut block);
    columns::<1, 1>(&wide[BLOCK..], kinds, &mut behind);
    let set = Wide::new(block[0], behind[0]);
    let pair = set.pairs::<1>();
    let four = pair.pairs::<2>();
    sets.digits.here
        & four.here
        & pair.behind::<4>()
        & (set.behind::<6>() | sets.tokens.behind::<6>())
}

/// Whether there may be sixteen in a row: of those there are three whole quarters of rows, one
/// behind another.
const fn may_be_long(set: Wide) -> bool {
    const fn quarters(of: u128) -> (u8, u8, u8, u8) {
        #[expect(clippy::cast_possible_truncation, reason = "its lower and its upper half")]
        let (left, right) = (of as u64, (of >> 64) as u64);
        let (left, right) = (left & left >> 16, right & right >> 16);
        let [left, right] = [(left & left >> 8).to_le_bytes(), (right & right >> 8).to_le_bytes()];
        let ([first, _, _, _, second, ..], [third, _, _, _, fourth, ..]) = (left, right);
        (first, second, third, fourth)
    }
    let (first, second, third, last) = quarters(set.here);
    let next = quarters(set.ahead);
    (second & third & (first | last)) | (next.0 & ((last & (third | next.1)) | (next.1 & next.2)))
        != 0
}

fn judge(wide: &[u8; WIDE]) -> Option<Marks> {
    let sets = classify(wide);
    let mut marks = Marks::default();
    if may_be_long(sets.tokens) {
        let eight = sets.tokens.pairs::<1>().pairs::<2>().pairs::<4>();
        marks.words = in_order(eight.here & eight.behind::<8>());
    }
    if sets.colons.here != 0 {
        let two = sets.colons.either::<1>();
        marks.colons = in_order(
            sets.colons.here & (two.either::<2>().behind::<1>() | sets.colons.behind::<5>()),
        );
    }
    if sets.digits.here != 0 {
        // Of seven bytes of a number there are digits among each two or three.
        let two = sets.digits.either::<1>();
        let three = two.either::<1>();
        let close =
            sets.digits.here & two.behind::<1>() & three.behind::<2>() & three.behind::<4>();
        if close != 0 {
            marks.numbers = in_order(numbers(wide, &sets) & close);
        }
    }
    (marks.words | marks.numbers | marks.colons != 0).then_some(marks)
}

/// Columns of rows as rows of columns.
fn in_order(columns: u128) -> Places {
    if columns == 0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "its lower and its upper half")]
    let (left, right) =
        (turned(columns as u64).to_le_bytes(), turned((columns >> 64) as u64).to_le_bytes());
    let mut places = [0; 16];
    for ((to, left), right) in places.chunks_exact_mut(2).zip(left).zip(right) {
        to.copy_from_slice(&[left, right]);
    }
    u128::from_le_bytes(places)
}

/// Eight rows of eight bits, turned over the diagonal.
const fn turned(mut bits: u64) -> u64 {
    let mut swap = (bits ^ (bits >> 7)) & 0x00aa_00aa_00aa_00aa;
    bits ^= swap ^ (swap << 7);
    swap = (bits ^ (bits >> 14)) & 0x0000_cccc_0000_cccc;
    bits ^= swap ^ (swap << 14);
    swap = (bits ^ (bits >> 28)) & 0x0000_0000_f0f0_f0f0;
    bits ^ swap ^ (swap << 28)
}

/// The first of the places from one on, both counted from the text's start.
pub(super) fn next(places: Places, start: usize, from: usize) -> Option<usize> {
    let skip = from.saturating_sub(start);
    let rest = if skip < BLOCK { places >> skip << skip } else { 0 };
    (rest != 0).then(|| start + rest.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The promises, read plainly.
    fn plainly(bytes: &[u8], start: usize) -> Marks {
        let mut marks = Marks::default();
        for at in start..(start + BLOCK).min(bytes.len()) {
            let ahead = |by: usize| bytes.get(at + by).copied().unwrap_or_default();
            let number = |byte: u8| byte.is_ascii_digit() || b" ()+-./".contains(&byte);
            let word = |byte: u8| (b'+'..0x80).contains(&byte);
            let bit = 1 << (at - start);
            let digit = |mut places: std::ops::RangeInclusive<usize>| {
                places.any(|by| ahead(by).is_ascii_digit())
            };
            let close = digit(0..=0) && digit(1..=2) && digit(2..=4) && digit(4..=6);
            if close && (0..6).all(|by| number(ahead(by))) && (number(ahead(6)) || word(ahead(6))) {
                marks.numbers |= bit;
            }
            if (0..16).all(|by| word(ahead(by))) {
                marks.words |= bit;
            }
            if ahead(0) == b':' && (1..6).any(|by| ahead(by) == b':') {
                marks.colons |= bit;
            }
        }
        marks
    }

    #[test]
    fn marks_are_what_a_plain_reading_gives() {
        let alphabet = b"0123456789 ()-./+:@aZ_Bx\"--ABC123,*\x7f\xc3\xa9";
        let mut seed = 11_u64;
        let mut next = |below: usize| {
            seed = seed
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(seed >> 33).unwrap() % below
        };
        for round in 0..300 {
            let length = 6 + next(1_000);
            let some = if round % 2 == 0 { 19 } else { alphabet.len() };
            let bytes: Vec<u8> = (0..length).map(|_| alphabet[next(some)]).collect();
            let mut walked = vec![Marks::default(); length.div_ceil(BLOCK)];
            walk(&bytes, |start, marks| walked[start / BLOCK] = *marks);
            for (block, marks) in walked.iter().enumerate() {
                assert_eq!(
                    *marks,
                    plainly(&bytes, block * BLOCK),
                    "block {block} of {:?}",
                    String::from_utf8_lossy(&bytes)
                );
            }
        }
    }

    #[test]
    fn places_are_found_from_one_on() {
        let places = 1 << 3 | 1 << 127;
        assert_eq!(
            [0, 256, 259, 260, 383, 384, 9_999].map(|from| next(places, 256, from)),
            [Some(259), Some(259), Some(259), Some(383), Some(383), None, None]
        );
    }
}
