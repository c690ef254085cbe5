//! Check digits and similar arithmetic: takes digits, returns whether they are valid. Each function
//! reads a bounded number of digits.

/// Returns the value of a digit. Other bytes are 0.
pub(super) const fn value(byte: u8) -> u32 {
    if byte.is_ascii_digit() { (byte - b'0') as u32 } else { 0 }
}

/// Returns the weighted sum of digits.
pub(super) fn weighted(digits: &[u8], weights: &[u32]) -> u32 {
    digits.iter().zip(weights).map(|(digit, weight)| value(*digit) * weight).sum()
}

/// Returns the digit at a position, or 0.
pub(super) fn digit(digits: &[u8], at: usize) -> u32 {
    digits.get(at).map_or(0, |byte| value(*byte))
}

/// Returns the number that a range of digits forms.
pub(super) fn number(digits: &[u8], from: usize, to: usize) -> u32 {
    digits
        .get(from..to)
        .unwrap_or_default()
        .iter()
        .fold(0_u32, |number, byte| number.wrapping_mul(10).wrapping_add(value(*byte)))
}

/// Luhn, ISO/IEC 7812-1.
pub(super) fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, byte)| match (at % 2, value(*byte)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|byte| *byte != b'0')
}

/// Verhoeff: the dihedral group with ten elements.
pub(super) fn verhoeff(digits: &[u8]) -> bool {
    // The permuted value of a digit, by its position modulo 8: powers of one permutation.
    const TURNED: [[u8; 10]; 8] = [
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
        [1, 5, 7, 6, 2, 8, 3, 0, 9, 4],
        [5, 8, 0, 3, 7, 9, 6, 1, 4, 2],
        [8, 9, 1, 6, 0, 4, 3, 5, 2, 7],
        [9, 4, 5, 3, 1, 2, 6, 8, 7, 0],
        [4, 2, 8, 6, 5, 7, 3, 9, 0, 1],
        [2, 7, 9, 3, 8, 0, 6, 4, 1, 5],
        [7, 0, 4, 6, 9, 1, 3, 2, 5, 8],
    ];
    let turned = |digit: u32, place: usize| {
        TURNED
            .get(place % 8)
            .and_then(|row| row.get(digit as usize))
            .map_or(0, |digit| u32::from(*digit))
    };
    let product = |a: u32, b: u32| match (a < 5, b < 5) {
        (true, true) => (a + b) % 5,
        (true, false) => (a + b - 5) % 5 + 5,
        (false, true) => (a + 5 - b - 5 + 5) % 5 + 5,
        (false, false) => (a + 5 - b) % 5,
    };
    digits
        .iter()
        .rev()
        .enumerate()
        .fold(0, |sum, (at, byte)| product(sum, turned(value(*byte), at)))
        == 0
}

/// ISO 7064, modulus 11,10.
pub(super) fn mod_11_10(digits: &[u8]) -> bool {
    let Some((last, rest)) = digits.split_last() else { return false };
    let product = rest.iter().fold(10, |product, byte| {
        let sum = (value(*byte) + product) % 10;
        (if sum == 0 { 10 } else { sum }) * 2 % 11
    });
    (11 - product) % 10 == value(*last)
}

/// Returns whether month and day form a valid date of some calendar.
pub(super) const fn is_day(month: u32, day: u32) -> bool {
    let longest = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => 0,
    };
    day >= 1 && day <= longest
}

/// Returns whether the last six characters are the CRC-32 of the previous ones in base62 (digits,
/// upper case, lower case).
pub(super) fn ends_in_crc(body: &[u8]) -> bool {
    let Some((random, check)) = body.split_last_chunk::<6>() else { return false };
    let spelled = check.iter().try_fold(0_u64, |number, byte| {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'A'..=b'Z' => byte - b'A' + 10,
            b'a'..=b'z' => byte - b'a' + 36,
            _ => return None,
        };
        Some(number * 62 + u64::from(digit))
    });
    spelled == Some(u64::from(crc32fast::hash(random)))
}

/// Returns the number that digits and letters form (`A` is 10, `Z` is 35), modulo 97. Case does not
/// matter.
pub fn mod_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte.to_ascii_uppercase().wrapping_sub(b'A')) + 10) % 97,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn valid_check_digits_pass_and_changed_ones_fail() {
        type Check = fn(&[u8]) -> bool;
        let cases: [(&str, Check); 4] = [
            ("4111111111111111", luhn),
            ("234123412346", verhoeff),
            ("86095742719", mod_11_10),
            ("2363", verhoeff),
        ];
        for (good, check) in cases {
            assert!(check(good.as_bytes()), "{good}");
            for at in 0..good.len() {
                let mut bad = good.as_bytes().to_vec();
                bad[at] = if bad[at] == b'9' { b'0' } else { bad[at] + 1 };
                assert!(!check(&bad), "{good} at {at}");
            }
        }
        assert_eq!(crc32fast::hash(b"123456789"), 0xcbf4_3926);
        assert_eq!(mod_97(b"370400440532013000DE89".iter().copied()), 1);
        assert!(!luhn(b"0000000000000000"));
    }
}
