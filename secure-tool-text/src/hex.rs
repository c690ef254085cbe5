//! Encodes and decodes hexadecimal digits.

/// Encodes bytes as lower-case hexadecimal digits.
#[must_use]
pub fn encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for digit in [byte >> 4, byte & 15] {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    })
}

/// Decodes hexadecimal digits of either case. Returns `None` for other characters or an odd number
/// of digits.
#[must_use]
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let pairs = text.as_bytes().chunks(2);
    pairs.map(|pair| u8::try_from(number(pair).filter(|_| pair.len() == 2)?).ok()).collect()
}

/// Parses hexadecimal digits of either case as a number. Returns `None` for other characters or
/// more than 8 digits, and 0 for no digits.
#[must_use]
#[inline]
pub fn number(digits: &[u8]) -> Option<u32> {
    if digits.len() > 8 {
        return None;
    }
    digits
        .iter()
        .try_fold(0, |number: u32, digit| Some(number << 4 | char::from(*digit).to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_encoded_and_decoded() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(decode(&encode(&all)), Some(all));
        assert_eq!(decode("aBCd"), Some(vec![0xab, 0xcd]));
        assert_eq!(decode(""), Some(Vec::new()));
        for malformed in ["a", "abc", "0x", "g0", " 00", "00 ", "+1", "é0"] {
            assert_eq!(decode(malformed), None, "{malformed}");
        }
    }

    #[test]
    fn digits_are_one_number() {
        for (digits, value) in [
            (&b""[..], Some(0)),
            (b"0a", Some(10)),
            (b"fFfFfFfF", Some(u32::MAX)),
            (b"100000000", None),
            (b"1g", None),
            (b"-1", None),
        ] {
            assert_eq!(number(digits), value, "{digits:?}");
        }
    }
}
