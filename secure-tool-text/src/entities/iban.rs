//! IBANs: takes a position in a text, returns the end of the IBAN that starts there.

use super::bytes::{ALNUM, DIGIT, LETTER, UPPER, at, before, is};
use super::checks::mod_97;

/// The length of an IBAN by country, from the IBAN registry of SWIFT.
#[rustfmt::skip]
const LENGTHS: [(&[u8; 2], u8); 89] = [
    (b"AD", 24), (b"AE", 23), (b"AL", 28), (b"AT", 20), (b"AZ", 28), (b"BA", 20), (b"BE", 16), (b"BG", 22), (b"BH", 22), (b"BI", 27),
    (b"BR", 29), (b"BY", 28), (b"CH", 21), (b"CR", 22), (b"CY", 28), (b"CZ", 24), (b"DE", 22), (b"DJ", 27), (b"DK", 18), (b"DO", 28),
    (b"EE", 20), (b"EG", 29), (b"ES", 24), (b"FI", 18), (b"FK", 18), (b"FO", 18), (b"FR", 27), (b"GB", 22), (b"GE", 22), (b"GI", 23),
    (b"GL", 18), (b"GR", 27), (b"GT", 28), (b"HN", 28), (b"HR", 21), (b"HU", 28), (b"IE", 22), (b"IL", 23), (b"IQ", 23), (b"IS", 26),
    (b"IT", 27), (b"JO", 30), (b"KW", 30), (b"KZ", 20), (b"LB", 28), (b"LC", 32), (b"LI", 21), (b"LT", 20), (b"LU", 20), (b"LV", 21),
    (b"LY", 25), (b"MC", 27), (b"MD", 24), (b"ME", 22), (b"MK", 19), (b"MN", 20), (b"MR", 27), (b"MT", 31), (b"MU", 30), (b"NI", 28),
    (b"NL", 18), (b"NO", 15), (b"OM", 23), (b"PK", 24), (b"PL", 28), (b"PS", 29), (b"PT", 25), (b"QA", 29), (b"RO", 24), (b"RS", 22),
    (b"RU", 33), (b"SA", 24), (b"SC", 31), (b"SD", 18), (b"SE", 24), (b"SI", 19), (b"SK", 24), (b"SM", 27), (b"SO", 23), (b"ST", 25),
    (b"SV", 28), (b"TL", 23), (b"TN", 24), (b"TR", 26), (b"UA", 29), (b"VA", 22), (b"VG", 24), (b"XK", 20), (b"YE", 30),
];

/// Returns the end of the IBAN that starts here. It is written in one piece, or in groups with
/// single spaces or dashes. Lower-case letters are accepted in one piece only.
pub(super) fn iban_at(bytes: &[u8], start: usize) -> Option<usize> {
    let head = bytes.get(start..start + 4)?.first_chunk::<4>()?;
    let [a, b, c, d] = *head;
    if !is(a, LETTER)
        || !is(b, LETTER)
        || !is(c, DIGIT)
        || !is(d, DIGIT)
        || is(before(bytes, start), ALNUM)
    {
        return None;
    }
    let country = [a.to_ascii_uppercase(), b.to_ascii_uppercase()];
    let at_country = LENGTHS.binary_search_by(|(known, _)| (*known).cmp(&country)).ok()?;
    let length = usize::from(LENGTHS.get(at_country)?.1);
    let (mut plain, mut count, mut place, mut grouped) = ([0_u8; 34], 0, start, false);
    while count < length {
        let byte = at(bytes, place);
        if is(byte, ALNUM) {
            *plain.get_mut(count)? = byte;
            count += 1;
        } else if matches!(byte, b' ' | b'-') && is(at(bytes, place + 1), ALNUM) {
            grouped = true;
        } else {
            return None;
        }
        place += 1;
    }
    let small = !is(a, UPPER) || plain.iter().any(u8::is_ascii_lowercase);
    if is(at(bytes, place), ALNUM) || (grouped && small) {
        return None;
    }
    let (head, account) = plain.get(..length)?.split_at_checked(4)?;
    (mod_97(account.iter().chain(head).copied()) == 1).then_some(place)
}
