//! Identity numbers with letters: takes a group of digits in a text, returns the kind and the range
//! of the number.
//!
//! All have a check character, except the British one, which has rules on its letters. None needs a
//! word nearby.

use std::ops::Range;

use super::bytes::{ALNUM, DIGIT, LETTER, UPPER, at, before, is, run_end};
use super::checks::{is_day, number, weighted};
use super::kind::Kind;
use super::national::chinese_check;

/// Returns the first identity number that has these digits.
pub(super) fn lettered_at(bytes: &[u8], start: usize, stop: usize) -> Option<(Kind, Range<usize>)> {
    let digits = bytes.get(start..stop)?;
    let (kind, range) = match digits.len() {
        8 => dni(bytes, digits, start, stop)?,
        7 => nie(bytes, digits, start, stop).or_else(|| nric(bytes, digits, start, stop))?,
        6 => hetu(bytes, digits, start, stop).or_else(|| nino(bytes, start, stop))?,
        2 => nino(bytes, start, run_end(bytes, start, DIGIT))?,
        17 if at(bytes, stop) == b'X' && chinese_check(digits) == Some(b'X') => {
            (Kind::CN_RESIDENT, start..stop + 1)
        }
        _ => return None,
    };
    bounded(bytes, &range).then_some((kind, range))
}

/// Returns whether no letter or digit adjoins a range, with or without a joining character between.
pub(super) fn bounded(bytes: &[u8], range: &Range<usize>) -> bool {
    let joins = |byte: u8| matches!(byte, b'-' | b'_' | b'/' | b'+');
    let (left, right) = (before(bytes, range.start), at(bytes, range.end));
    let left_far = range.start.checked_sub(2).map_or(0, |place| at(bytes, place));
    let left_joined = is(left, ALNUM) || left >= 0x80 || (joins(left) && is(left_far, ALNUM));
    let right_joined = is(right, ALNUM) || (joins(right) && is(at(bytes, range.end + 1), ALNUM));
    !left_joined && !right_joined
}

const DNI: &[u8; 23] = b"TRWAGMYFPDXBNJZSQVHLCKE";

fn dni_letter(number: u32) -> u8 {
    DNI.get((number % 23) as usize).copied().unwrap_or_default()
}

/// Returns the length of the separator before the last letter.
fn dash(bytes: &[u8], place: usize) -> usize {
    if at(bytes, place) == b'-' { place + 1 } else { place }
}

/// DNI: eight digits and a letter, modulus 23 (Ministry of the Interior of Spain).
fn dni(bytes: &[u8], digits: &[u8], start: usize, stop: usize) -> Option<(Kind, Range<usize>)> {
    let letter = dash(bytes, stop);
    (at(bytes, letter) == dni_letter(number(digits, 0, 8)))
        .then_some((Kind::ES_DNI, start..letter + 1))
}

/// NIE: `X`, `Y` or `Z` for 0, 1 or 2, seven digits, and the same check letter.
fn nie(bytes: &[u8], digits: &[u8], start: usize, stop: usize) -> Option<(Kind, Range<usize>)> {
    let begin = start.checked_sub(if before(bytes, start) == b'-' { 2 } else { 1 })?;
    let first = match at(bytes, begin) {
        letter @ b'X'..=b'Z' => u32::from(letter - b'X'),
        _ => return None,
    };
    let letter = dash(bytes, stop);
    (at(bytes, letter) == dni_letter(first * 10_000_000 + number(digits, 0, 7)))
        .then_some((Kind::ES_NIE, begin..letter + 1))
}

/// NRIC: a letter, seven digits, a letter, modulus 11 (Immigration and Checkpoints Authority of
/// Singapore).
fn nric(bytes: &[u8], digits: &[u8], start: usize, stop: usize) -> Option<(Kind, Range<usize>)> {
    let sum = weighted(digits, &[2, 7, 6, 5, 4, 3, 2]) as usize;
    let (table, plus): (&[u8; 11], usize) = match before(bytes, start) {
        b'S' => (b"JZIHGFEDCBA", 0),
        b'T' => (b"JZIHGFEDCBA", 4),
        b'F' => (b"XWUTRQPNMLK", 0),
        b'G' => (b"XWUTRQPNMLK", 4),
        b'M' => (b"KLJNPQRTUWX", 3),
        _ => return None,
    };
    let place = (sum + plus) % 11;
    let place = if before(bytes, start) == b'M' { 10 - place } else { place };
    (table.get(place) == Some(&at(bytes, stop))).then_some((Kind::SG_NRIC, start - 1..stop + 1))
}

/// HETU: a date, a sign for the century, three digits, a character, modulus 31 (Digital and
/// Population Data Services Agency of Finland).
fn hetu(bytes: &[u8], digits: &[u8], start: usize, stop: usize) -> Option<(Kind, Range<usize>)> {
    if !matches!(at(bytes, stop), b'-' | b'+' | b'A'..=b'F' | b'U'..=b'Y')
        || !is_day(number(digits, 2, 4), number(digits, 0, 2))
    {
        return None;
    }
    let serial = bytes.get(stop + 1..stop + 4)?;
    let all = number(digits, 0, 6) * 1000 + number(serial, 0, 3);
    let check = b"0123456789ABCDEFHJKLMNPRSTUVWXY".get((all % 31) as usize);
    let sound = serial.iter().all(u8::is_ascii_digit) && check == Some(&at(bytes, stop + 4));
    sound.then_some((Kind::FI_HETU, start..stop + 5))
}

/// NINO: two letters, three pairs of digits with optional spaces, `A` to `D` (HMRC manual
/// NIM39110). It has no check character.
fn nino(bytes: &[u8], start: usize, stop: usize) -> Option<(Kind, Range<usize>)> {
    let spaced = stop - start == 2;
    let begin = start.checked_sub(if before(bytes, start) == b' ' { 3 } else { 2 })?;
    let [first, second] = *bytes.get(begin..begin + 2)?.first_chunk::<2>()?;
    let mut end = stop;
    if spaced {
        for _ in 0..2 {
            let pair = bytes.get(end..end + 3)?;
            if !matches!(pair, [b' ', a, b] if a.is_ascii_digit() && b.is_ascii_digit()) {
                return None;
            }
            end += 3;
        }
    }
    end += usize::from(at(bytes, end) == b' ');
    let letters = is(first, UPPER)
        && is(second, UPPER)
        && !b"DFIQUV".contains(&first)
        && !b"DFIQUVO".contains(&second)
        && !matches!(&[first, second], b"BG" | b"GB" | b"NK" | b"KN" | b"TN" | b"NT" | b"ZZ");
    (letters && matches!(at(bytes, end), b'A'..=b'D')).then_some((Kind::UK_NINO, begin..end + 1))
}

/// Returns whether a word is a codice fiscale: sixteen letters and digits with a final check letter
/// (decree of the Italian Minister of Finance of 23 December 1976).
pub(super) fn is_codice_fiscale(word: &[u8]) -> bool {
    // The value of a character at an odd position: digits and the letters A to J alike, then K to
    // Z.
    const ODD: [u32; 26] = [
        1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24,
        23,
    ];
    let is_number = |place: usize| matches!(place, 6 | 7 | 9 | 10 | 12..=14);
    let form = word.len() == 16
        && word.iter().enumerate().all(|(place, byte)| {
            if is_number(place) {
                byte.is_ascii_digit() || b"LMNPQRSTUV".contains(byte)
            } else {
                is(*byte, LETTER) && byte.is_ascii_uppercase()
            }
        })
        && word.get(8).is_some_and(|month| b"ABCDEHLMPRST".contains(month));
    let worth = |byte: u8| {
        u32::from(if byte.is_ascii_digit() { byte - b'0' } else { byte.wrapping_sub(b'A') })
    };
    let sum: u32 = word
        .iter()
        .take(15)
        .enumerate()
        .map(|(place, byte)| {
            if place % 2 == 0 {
                ODD.get(worth(*byte) as usize).copied().unwrap_or_default()
            } else {
                worth(*byte)
            }
        })
        .sum();
    form && word.get(15).copied().map(worth) == Some(sum % 26)
}
