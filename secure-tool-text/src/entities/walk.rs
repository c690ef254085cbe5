//! The first pass: takes a text, returns the few positions that need a second look.
//!
//! A block of 128 bytes is a matrix of 8 rows and 16 columns. A set of positions is 16 bytes, one
//! for each column, with one bit for each row. So the successor of a column is the next byte, and
//! the successor of the last column is the first byte of the next row. A few operations on 16 bytes
//! find runs in a whole block. There are no branches, so that the compiler vectorizes the code.

/// The number of bytes in a block.
pub(super) const BLOCK: usize = ROWS * COLUMNS;

const ROWS: usize = 8;
const COLUMNS: usize = 16;

/// The size of a block and the next row.
const WIDE: usize = BLOCK + COLUMNS;

/// The minimum length of an entity: `a@b.cd`.
const SHORTEST: usize = 6;

/// The positions of a block, the first one in the lowest bit.
pub(super) type Places = u128;

/// The positions that need a second look. There are no false negatives; there may be false
/// positives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Marks {
    /// Seven bytes of digits, space and `()+-./` start here, the first a digit; the last one may be
    /// any letter. At least one of bytes 1 to 2 after the first is a digit, one of 2 to 4, and one
    /// of 4 to 6.
    pub(super) numbers: Places,
    /// Sixteen letters, digits and other bytes from `+` on start here.
    pub(super) words: Places,
    /// A colon is here, and another one at most five bytes later.
    pub(super) colons: Places,
}

/// Calls `visit` with the start and the marks of each block that has marks.
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
    // The rest of the text, padded with zeros.
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

/// Returns whether a byte is one of `count` bytes from `first` on: one addition and one signed
/// comparison, as in vector instructions.
const fn within(byte: u8, first: u8, count: u8) -> bool {
    byte.wrapping_sub(first).wrapping_add(0x80).cast_signed()
        < count.wrapping_add(0x80).cast_signed()
}

/// A set of positions in columns, together with the columns moved by one row, which include the row
/// after the block.
#[derive(Clone, Copy)]
struct Wide {
    here: u128,
    ahead: u128,
}

/// The lowest bit of each column.
const FIRST_ROW: u128 = u128::from_le_bytes([1; COLUMNS]);

impl Wide {
    /// Creates the set from the columns of a block and of the row after it.
    const fn new(block: Columns, behind: Columns) -> Self {
        let (here, behind) = (u128::from_le_bytes(block), u128::from_le_bytes(behind));
        Self { here, ahead: (here >> 1) & !(FIRST_ROW << 7) | (behind & FIRST_ROW) << 7 }
    }

    /// Returns the positions whose successor at distance `BY` is in the set.
    const fn behind<const BY: u32>(self) -> u128 {
        self.here >> (8 * BY) | self.ahead << (128 - 8 * BY)
    }

    /// Returns the positions of the set whose successor at distance `BY` is in it too.
    const fn pairs<const BY: u32>(self) -> Self {
        Self { here: self.here & self.behind::<BY>(), ahead: self.ahead & self.ahead >> (8 * BY) }
    }

    /// Returns the positions that are in the set, or whose successor at distance `BY` is.
    const fn either<const BY: u32>(self) -> Self {
        Self { here: self.here | self.behind::<BY>(), ahead: self.ahead | self.ahead >> (8 * BY) }
    }
}

struct Sets {
    tokens: Wide,
    digits: Wide,
    colons: Wide,
}

/// Adds a row to a set of positions, before its existing rows.
#[inline(always)]
#[expect(clippy::inline_always, reason = "one addition and one subtraction of vectors")]
const fn push(set: u8, is: bool) -> u8 {
    set.wrapping_add(set).wrapping_sub(all(is))
}

/// The columns of several byte classes, in a block and in the row after it.
#[inline(never)]
#[expect(
    clippy::indexing_slicing,
    reason = "positions are below constants, so the compiler removes the checks and vectorizes the loop"
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

/// Returns where seven bytes of numbers start. Called only where digits are close together.
#[inline(never)]
fn numbers(wide: &[u8; WIDE], sets: &Sets) -> u128 {
    // No branches, for vectorization.
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

/// Returns whether the set may contain 16 consecutive positions. Such a run contains three
/// consecutive quarters of rows.
const fn may_be_long(set: Wide) -> bool {
    const fn quarters(of: u128) -> (u8, u8, u8, u8) {
        #[expect(clippy::cast_possible_truncation, reason = "the lower and the upper half")]
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
        // Among seven bytes of a number, each two or three contain a digit.
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

/// Transposes columns of rows to rows of columns.
fn in_order(columns: u128) -> Places {
    if columns == 0 {
        return 0;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the lower and the upper half")]
    let (left, right) =
        (turned(columns as u64).to_le_bytes(), turned((columns >> 64) as u64).to_le_bytes());
    let mut places = [0; 16];
    for ((to, left), right) in places.chunks_exact_mut(2).zip(left).zip(right) {
        to.copy_from_slice(&[left, right]);
    }
    u128::from_le_bytes(places)
}

/// Transposes eight rows of eight bits.
const fn turned(mut bits: u64) -> u64 {
    let mut swap = (bits ^ (bits >> 7)) & 0x00aa_00aa_00aa_00aa;
    bits ^= swap ^ (swap << 7);
    swap = (bits ^ (bits >> 14)) & 0x0000_cccc_0000_cccc;
    bits ^= swap ^ (swap << 14);
    swap = (bits ^ (bits >> 28)) & 0x0000_0000_f0f0_f0f0;
    bits ^ swap ^ (swap << 28)
}

/// Returns the first position at or after `from`. Both are relative to the start of the text.
pub(super) fn next(places: Places, start: usize, from: usize) -> Option<usize> {
    let skip = from.saturating_sub(start);
    let rest = if skip < BLOCK { places >> skip << skip } else { 0 };
    (rest != 0).then(|| start + rest.trailing_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computes the marks byte by byte.
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
    fn marks_match_a_byte_by_byte_reading() {
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
    fn next_position_is_found() {
        let places = 1 << 3 | 1 << 127;
        assert_eq!(
            [0, 256, 259, 260, 383, 384, 9_999].map(|from| next(places, 256, from)),
            [Some(259), Some(259), Some(259), Some(383), Some(383), None, None]
        );
    }
}
