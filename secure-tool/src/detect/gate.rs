//! One pass for all literals of all rules: text in, where which literal stands out.
//!
//! A filter of four-byte windows over the text, in any case, looked at from every byte; only where it answers are literals compared. Its time hardly
//! depends on how many literals there are.

use super::literals::SHORTEST;

/// Bits of the filter, as a power of two: 8 KiB, a quarter of the smallest first-level cache.
const BITS: u32 = 16;

/// Buckets of the table behind it, as a power of two.
const BUCKETS: u32 = 12;

/// A literal's number, in the order in which they were given.
pub(crate) type Literal = usize;

/// Finds literals, in any case of ASCII.
pub(crate) struct Gate {
    literals: Vec<Vec<u8>>,
    filter: Vec<u64>,
    /// For each bucket of windows: literal and the window's offset in it.
    table: Vec<Vec<(u32, Literal, usize)>>,
}

const fn spread(window: u32) -> u32 {
    window.wrapping_mul(0x9E37_79B1)
}

/// A window of four bytes without their case.
const fn caseless(window: u32) -> u32 {
    window | 0x2020_2020
}

fn window_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).and_then(|four| four.try_into().ok()).map(|four| caseless(u32::from_le_bytes(four)))
}

/// How common a letter is in text; windows of rare ones are kept.
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
    /// One for these literals. Shorter ones than [`SHORTEST`] are never found.
    pub(crate) fn new(literals: Vec<Vec<u8>>) -> Self {
        let mut gate = Self { literals: Vec::new(), filter: vec![0; 1 << (BITS - 6)], table: vec![Vec::new(); 1 << BUCKETS] };
        for (number, literal) in literals.iter().enumerate().filter(|(_, literal)| literal.len() >= SHORTEST) {
            let weight = |at: &usize| literal.iter().skip(*at).take(SHORTEST).map(|&byte| commonness(byte)).sum::<u32>();
            let offset = (0..=literal.len() - SHORTEST).min_by_key(weight).unwrap_or_default();
            let Some(window) = window_at(literal, offset) else { continue };
            let spread = spread(window);
            if let Some(bits) = gate.filter.get_mut((spread >> (32 - BITS + 6)) as usize) {
                *bits |= 1 << (spread >> (32 - BITS) & 63);
            }
            if let Some(bucket) = gate.table.get_mut((spread >> (32 - BUCKETS)) as usize) {
                bucket.push((window, number, offset));
            }
        }
        gate.literals = literals;
        gate
    }

    fn answers(&self, window: u32) -> bool {
        let spread = spread(window);
        self.filter.get((spread >> (32 - BITS + 6)) as usize).is_some_and(|bits| bits >> (spread >> (32 - BITS) & 63) & 1 == 1)
    }

    /// Calls back for each place of each literal, roughly in order.
    pub(crate) fn each(&self, text: &[u8], mut each: impl FnMut(usize, Literal)) {
        let mut at = 0;
        for block in text.windows(11).step_by(8) {
            let (Some(first), Some(last)) = (block.first_chunk::<8>(), block.last_chunk::<8>()) else { continue };
            let (first, last) = (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
            #[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
            let window = |by: u32| caseless(if by < 5 { (first >> (8 * by)) as u32 } else { (last >> (8 * (by - 3))) as u32 });
            let windows = [0, 1, 2, 3, 4, 5, 6, 7].map(window);
            let answered = windows.iter().fold(false, |answered, window| answered | self.answers(*window));
            if answered {
                for (number, window) in windows.into_iter().enumerate() {
                    self.compare(text, at + number, window, &mut each);
                }
            }
            at += 8;
        }
        while let Some(window) = window_at(text, at) {
            self.compare(text, at, window, &mut each);
            at += 1;
        }
    }

    /// Compares the literals that have this window here.
    fn compare(&self, text: &[u8], at: usize, window: u32, each: &mut impl FnMut(usize, Literal)) {
        if !self.answers(window) {
            return;
        }
        let bucket = self.table.get((spread(window) >> (32 - BUCKETS)) as usize).map(Vec::as_slice).unwrap_or_default();
        for &(_, number, offset) in bucket.iter().filter(|(candidate, ..)| *candidate == window) {
            let Some(start) = at.checked_sub(offset) else { continue };
            let Some(literal) = self.literals.get(number) else { continue };
            let stands = text.get(start..start + literal.len()).is_some_and(|text| text.eq_ignore_ascii_case(literal));
            if stands {
                each(start, number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_literal_is_found_at_each_alignment_once() {
        let literals = ["ignore", "instruction", "[inst", "<|im_s", "忽略", "системн"];
        let gate = Gate::new(literals.iter().map(|literal| literal.as_bytes().to_vec()).collect());
        for lead in 0..40 {
            for (number, literal) in literals.iter().enumerate() {
                for tail in 0..12 {
                    let text = format!("{}{}{}", "-".repeat(lead), literal.to_ascii_uppercase(), ".".repeat(tail));
                    let mut found = Vec::new();
                    gate.each(text.as_bytes(), |at, literal| found.push((at, literal)));
                    assert_eq!(found, [(lead, number)], "{text}");
                }
            }
        }
    }
}
