//! How random a word looks: bytes in, bits a byte out.

use super::bytes::{DIGIT, LOWER, UPPER, is};

/// How many bytes are looked at, at most.
const MOST: usize = 64;

/// Shannon's entropy of a word, in tenths of a bit a byte, over its first 64 bytes.
pub(super) fn tenths(word: &[u8]) -> u32 {
    let word = word.get(..MOST).unwrap_or(word);
    let mut seen = 0_u128;
    for byte in word {
        seen |= 1 << (byte & 127);
    }
    // The entropy of a word with few different bytes is low, and that is cheap to see.
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

/// How often a word changes between small letters, capitals and digits. Words that people make do
/// so seldom; signs between are passed over.
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
    fn random_words_are_told_from_made_ones() {
        assert!(tenths(b"aaaaaaaaaaaaaaaa") == 0 && tenths(b"") == 0);
        assert_eq!(tenths(b"0123456789abcdef"), 40);
        assert!(tenths(b"wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx") > 44);
        assert!(changes(b"the-quick-brown-fox-jumps") == 0 && changes(b"wWPw5k4aXcaT4fNP0U") > 8);
    }
}
