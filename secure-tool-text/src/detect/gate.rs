//! Finds all literals of all rules in one pass: takes a text, returns positions of literals.
//!
//! Each four bytes of the text, ignoring case, are hashed to 16 bits, in a loop that the compiler
//! vectorizes. A filter checks the hashes of 16 positions at once. Only on a hit are literals
//! compared. Each literal is stored by its window of four bytes that is rarest in ordinary text. So
//! the time of a pass hardly depends on the number of literals.
//! are.

use std::ops::Range;

use super::literals::SHORTEST;
use super::ordinary::ORDINARY;

/// The number of positions that are hashed before any lookup.
const CHUNK: usize = 256;

/// The number of positions of one lookup: 8 even and 8 odd ones.
const GROUP: usize = 16;

/// How far the last window of a chunk extends beyond the chunk.
const BEYOND: usize = 3;

/// The index of a literal in the order of the input.
pub(crate) type Literal = usize;

/// A window of a literal.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// The four bytes, with case removed.
    window: u32,
    hash: u16,
    /// The offset of the window in the literal.
    offset: u16,
    literal: u32,
}

/// For each hash, whether a window has it.
type Filter = [u8; 1 << 16];

/// Finds literals, ignoring the case of ASCII.
pub(crate) struct Gate {
    literals: Vec<Vec<u8>>,
    /// For each hash, 1 if a window has it.
    filter: Vec<u8>,
    /// Sorted by hash.
    entries: Vec<Entry>,
    /// The start of the entries for each value of the upper bits.
    starts: Vec<u32>,
}

/// The number of lower bits of a hash that share one element of [`Gate::starts`].
const LOWER: u32 = 4;

/// The hashes of the even and the odd positions of a chunk.
type Hashes = [[u16; CHUNK / 2]; 2];

/// Returns the hash of four bytes with case removed, given as two halves.
const fn hash(first: u16, second: u16) -> u16 {
    (first | 0x2020).wrapping_mul(0x9E37) ^ (second | 0x2020).wrapping_mul(0x79B1).rotate_left(7)
}

/// Returns four bytes with case removed. Returns 0 near the end of the text.
fn window_at(bytes: &[u8], at: usize) -> u32 {
    bytes
        .get(at..)
        .and_then(|rest| rest.first_chunk())
        .map_or(0, |four| u32::from_le_bytes(*four) | 0x2020_2020)
}

fn hash_at(bytes: &[u8], at: usize) -> Option<u16> {
    match bytes.get(at..at + 4)? {
        &[a, b, c, d] => Some(hash(u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]))),
        _ => None,
    }
}

/// Returns how common a letter is in text. Windows of rare letters are preferred.
fn commonness(byte: u8) -> u32 {
    match byte {
        b'e' | b' ' => 12,
        b't' | b'a' | b'o' | b'i' | b'n' | b's' | b'r' => 9,
        b'h' | b'l' | b'd' | b'c' | b'u' | b'm' | b'p' => 6,
        b'"' | b'/' | b'.' | b'-' | b'_' | b'0'..=b'9' => 7,
        _ => 3,
    }
}

impl Gate {
    /// Creates a gate for these literals. Literals shorter than [`SHORTEST`] are never found.
    pub(crate) fn new(literals: Vec<Vec<u8>>) -> Self {
        let mut ordinary = vec![false; 1 << 16];
        for hash in (0..ORDINARY.len()).filter_map(|at| hash_at(ORDINARY.as_bytes(), at)) {
            ordinary.get_mut(usize::from(hash)).into_iter().for_each(|is| *is = true);
        }
        let mut filter = vec![0; 1 << 16];
        let mut entries: Vec<Entry> = Vec::with_capacity(literals.len());
        for (number, literal) in
            literals.iter().enumerate().filter(|(_, literal)| literal.len() >= SHORTEST)
        {
            let cost = |at: &usize| {
                let hash = usize::from(hash_at(literal, *at).unwrap_or_default());
                let letters: u32 =
                    literal.iter().skip(*at).take(SHORTEST).map(|&byte| commonness(byte)).sum();
                let is = |list: Option<bool>, cost| if list == Some(true) { cost } else { 0 };
                letters
                    + is(ordinary.get(hash).copied(), 100)
                    + is(filter.get(hash).map(|is| *is == 0), 12)
            };
            let offset = (0..=literal.len() - SHORTEST).min_by_key(cost).unwrap_or_default();
            let Some(hash) = hash_at(literal, offset) else { continue };
            filter.get_mut(usize::from(hash)).into_iter().for_each(|is| *is = 1);
            let (Ok(literal), Ok(offset)) = (u32::try_from(number), u16::try_from(offset)) else {
                continue;
            };
            entries.push(Entry {
                window: window_at(
                    literals.get(number).map(Vec::as_slice).unwrap_or_default(),
                    usize::from(offset),
                ),
                hash,
                offset,
                literal,
            });
        }
        entries.sort_by_key(|entry| (entry.hash, entry.literal));
        let before = |upper: usize| {
            entries.partition_point(|entry| usize::from(entry.hash >> LOWER) < upper)
        };
        let starts = (0..=1 << (16 - LOWER))
            .map(|upper| u32::try_from(before(upper)).unwrap_or(u32::MAX))
            .collect();
        Self { literals, filter, entries, starts }
    }

    /// Calls `each` for each position of each literal, roughly in order. A position is at most the
    /// length of the longest literal before the previous one.
    pub(crate) fn each(&self, text: &[u8], mut each: impl FnMut(usize, Literal)) {
        // A fixed length removes the bounds checks of lookups.
        let Some(filter) = self.filter.first_chunk() else { return };
        let mut hashes = [[0; CHUNK / 2]; 2];
        let mut at = 0;
        while let Some(chunk) =
            text.get(at..).and_then(|rest| rest.first_chunk::<{ CHUNK + BEYOND }>())
        {
            hash_all(chunk, &mut hashes);
            self.look_up(filter, text, at..at + CHUNK, &hashes, &mut each);
            at += CHUNK;
        }
        let rest = text.get(at..).unwrap_or_default();
        let mut last = [0; CHUNK + BEYOND];
        last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        hash_all(&last, &mut hashes);
        self.look_up(filter, text, at..text.len(), &hashes, &mut each);
    }

    /// Looks up the hashes of the positions of a chunk.
    fn look_up(
        &self,
        filter: &Filter,
        text: &[u8],
        places: Range<usize>,
        [even, odd]: &Hashes,
        each: &mut impl FnMut(usize, Literal),
    ) {
        let answer = |hash: u16| filter.get(usize::from(hash)).copied().unwrap_or_default();
        let groups =
            even.as_chunks::<{ GROUP / 2 }>().0.iter().zip(odd.as_chunks::<{ GROUP / 2 }>().0);
        for (number, (even, odd)) in groups.take(places.len().div_ceil(GROUP)).enumerate() {
            let answered = even.iter().fold(0, |answered, hash| answered | answer(*hash));
            if odd.iter().fold(answered, |answered, hash| answered | answer(*hash)) == 0 {
                continue;
            }
            let hashes = even.iter().zip(odd).flat_map(|(even, odd)| [*even, *odd]);
            let mut answers =
                hashes.rev().fold(0_u32, |answers, hash| answers << 1 | u32::from(answer(hash)));
            while answers != 0 {
                let by = answers.trailing_zeros() as usize;
                answers &= answers - 1;
                let of_parity = if by.is_multiple_of(2) { even } else { odd };
                self.compare(
                    text,
                    places.start + number * GROUP + by,
                    of_parity.get(by / 2).copied().unwrap_or_default(),
                    each,
                );
            }
        }
    }

    /// Compares the literals that have a window with this hash.
    fn compare(&self, text: &[u8], at: usize, hash: u16, each: &mut impl FnMut(usize, Literal)) {
        let start = |upper: usize| self.starts.get(upper).map_or(0, |start| *start as usize);
        let upper = usize::from(hash >> LOWER);
        let entries = self.entries.get(start(upper)..start(upper + 1)).unwrap_or_default();
        let window = window_at(text, at);
        for entry in entries.iter().filter(|entry| entry.window == window) {
            let Some(start) = at.checked_sub(usize::from(entry.offset)) else { continue };
            let Some(literal) = self.literals.get(entry.literal as usize) else { continue };
            let stands = text
                .get(start..start + literal.len())
                .is_some_and(|text| text.eq_ignore_ascii_case(literal));
            if stands {
                each(start, entry.literal as usize);
            }
        }
    }
}

/// Hashes the four bytes at each position of a chunk.
fn hash_all(chunk: &[u8; CHUNK + BEYOND], [even, odd]: &mut Hashes) {
    if let (Some(from_first), Some(from_second)) = (chunk.first_chunk(), chunk.last_chunk()) {
        hash_every_second(from_first, even);
        hash_every_second(from_second, odd);
    }
}

/// Hashes the four bytes at each even position. The loop has no branches and no dependency on the
/// previous position, so that the compiler vectorizes it.
#[expect(
    clippy::indexing_slicing,
    reason = "the bounds are those of the arrays; iterators keep the loop from becoming vector instructions"
)]
fn hash_every_second(bytes: &[u8; CHUNK + 2], hashes: &mut [u16; CHUNK / 2]) {
    for at in 0..CHUNK / 2 {
        let first = u16::from_le_bytes([bytes[2 * at], bytes[2 * at + 1]]);
        let second = u16::from_le_bytes([bytes[2 * at + 2], bytes[2 * at + 3]]);
        hashes[at] = hash(first, second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_literal_is_found_at_each_alignment_once() {
        let literals = ["ignore", "instruction", "[inst", "<|im_s", "忽略", "системн", "send"];
        let given = |more: usize| -> Vec<Vec<u8>> {
            let more = (0..more).map(|number| format!("{:05}", number * 7));
            literals
                .iter()
                .map(|literal| (*literal).to_owned())
                .chain(more)
                .map(String::into_bytes)
                .collect()
        };
        for gate in [Gate::new(given(0)), Gate::new(given(3_000))] {
            for lead in (0..40).chain(230..300) {
                for (number, literal) in literals.iter().enumerate() {
                    for tail in 0..20 {
                        let text = format!(
                            "{}{}{}",
                            "-".repeat(lead),
                            literal.to_ascii_uppercase(),
                            ".".repeat(tail)
                        );
                        let mut found = Vec::new();
                        gate.each(text.as_bytes(), |at, literal| found.push((at, literal)));
                        assert_eq!(found, [(lead, number)], "{text}");
                    }
                }
            }
        }
    }
}
