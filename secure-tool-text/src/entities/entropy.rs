//! Entropy of a word: takes bytes, returns bits for each byte.

use super::bytes::{DIGIT, LOWER, UPPER, is};

/// The maximum number of bytes to examine.
const MOST: usize = 64;

/// Returns the Shannon entropy of a word over its first 64 bytes, in tenths of a bit for each byte.
pub(super) fn tenths(word: &[u8]) -> u32 {
    let word = word.get(..MOST).unwrap_or(word);
    let mut seen = 0_u128;
    for byte in word {
        seen |= 1 << (byte & 127);
    }
    // A word with few distinct bytes has low entropy. This check is cheap.
    if seen.count_ones() < 6 || word.is_empty() {
        return seen.count_ones().ilog2_or_zero() * 10;
    }
    let mut counts = [0_u8; 128];
    for byte in word {
        if let Some(count) = counts.get_mut(usize::from(byte & 127)) {
            *count += 1;
        }
    }
    let length = f32::from(u8::try_from(word.len()).unwrap_or(64));
    let mut sum = 0.0;
    let mut rest = seen;
    while rest != 0 {
        let count = f32::from(counts.get(rest.trailing_zeros() as usize).copied().unwrap_or(1));
        sum += count * count.log2();
        rest &= rest - 1;
    }
    let bits = length.log2() - sum / length;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 60")]
    let tenths = (bits * 10.0) as u32;
    tenths
}

trait OrZero {
    fn ilog2_or_zero(self) -> u32;
}

impl OrZero for u32 {
    fn ilog2_or_zero(self) -> u32 {
        self.checked_ilog2().unwrap_or(0)
    }
}

/// Returns how often a word changes between lower-case letters, capitals and digits. Words of
/// people change seldom. Other characters are skipped.
pub(super) fn changes(word: &[u8]) -> u32 {
    let (mut last, mut changes) = (0, 0);
    for byte in word.get(..MOST).unwrap_or(word) {
        let class = if is(*byte, LOWER) {
            1
        } else if is(*byte, UPPER) {
            2
        } else if is(*byte, DIGIT) {
            3
        } else {
            0
        };
        changes += u32::from(class != 0 && last != 0 && class != last);
        last = class;
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_words_are_distinguished_from_written_ones() {
        assert!(tenths(b"aaaaaaaaaaaaaaaa") == 0 && tenths(b"") == 0);
        assert_eq!(tenths(b"0123456789abcdef"), 40);
        assert!(tenths(b"wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx") > 44);
        assert!(changes(b"the-quick-brown-fox-jumps") == 0 && changes(b"wWPw5k4aXcaT4fNP0U") > 8);
    }
}
