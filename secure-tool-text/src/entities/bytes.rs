//! The byte classes that all recognizers share, in one table.

/// A set of bytes.
pub(super) type Set = u16;

/// `2` to `7`: digits of base32.
pub(super) const LOW: Set = 1;
/// `0`, `1`, `8`, `9`.
pub(super) const HIGH: Set = 1 << 1;
/// `a` to `f`.
pub(super) const LOWER_HEX: Set = 1 << 2;
/// `A` to `F`.
pub(super) const UPPER_HEX: Set = 1 << 3;
/// `g` to `z`.
pub(super) const LOWER_REST: Set = 1 << 4;
/// `G` to `Z`.
pub(super) const UPPER_REST: Set = 1 << 5;
pub(super) const DASH: Set = 1 << 6;
pub(super) const UNDERSCORE: Set = 1 << 7;
pub(super) const DOT: Set = 1 << 8;
/// `+` and `/`: with letters and digits, base64.
pub(super) const PLUS_SLASH: Set = 1 << 9;
pub(super) const EQUALS: Set = 1 << 10;
pub(super) const TILDE: Set = 1 << 11;
/// Characters within numbers: space, `(`, `)`, `+`, `-`, `.`, `/`.
pub(super) const SEPARATOR: Set = 1 << 12;
/// Further characters of the local part of an e-mail address.
pub(super) const LOCAL: Set = 1 << 13;
/// Further characters of the user and password of a URL.
pub(super) const USERINFO: Set = 1 << 14;
pub(super) const COLON: Set = 1 << 15;

pub(super) const DIGIT: Set = LOW | HIGH;
pub(super) const LOWER: Set = LOWER_HEX | LOWER_REST;
pub(super) const UPPER: Set = UPPER_HEX | UPPER_REST;
pub(super) const LETTER: Set = LOWER | UPPER;
pub(super) const ALNUM: Set = LETTER | DIGIT;
pub(super) const HEX: Set = DIGIT | LOWER_HEX | UPPER_HEX;
/// Characters of keys and other long words.
pub(super) const TOKEN: Set = ALNUM | DASH | UNDERSCORE | DOT | PLUS_SLASH;

const fn class(byte: u8) -> Set {
    let plain = match byte {
        b'2'..=b'7' => LOW,
        b'0' | b'1' | b'8' | b'9' => HIGH,
        b'a'..=b'f' => LOWER_HEX,
        b'A'..=b'F' => UPPER_HEX,
        b'g'..=b'z' => LOWER_REST,
        b'G'..=b'Z' => UPPER_REST,
        b'-' => DASH,
        b'_' => UNDERSCORE,
        b'.' => DOT,
        b'+' | b'/' => PLUS_SLASH,
        b'=' => EQUALS,
        b'~' => TILDE,
        b':' => COLON,
        _ => 0,
    };
    let separator =
        if matches!(byte, b' ' | b'(' | b')' | b'+' | b'-' | b'.' | b'/') { SEPARATOR } else { 0 };
    let local = if matches!(
        byte,
        b'!' | b'#'
            | b'$'
            | b'%'
            | b'&'
            | b'\''
            | b'*'
            | b'+'
            | b'?'
            | b'^'
            | b'`'
            | b'{'
            | b'|'
            | b'}'
    ) {
        LOCAL
    } else {
        0
    };
    let userinfo = if matches!(
        byte,
        b'!' | b'$' | b'%' | b'&' | b'*' | b'+' | b',' | b';' | b'^' | b'(' | b')'
    ) {
        USERINFO
    } else {
        0
    };
    plain | separator | local | userinfo
}

const TABLE: [Set; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(
            clippy::indexing_slicing,
            clippy::cast_possible_truncation,
            reason = "evaluated at compile time, for all bytes"
        )]
        {
            table[byte] = class(byte as u8);
        }
        byte += 1;
    }
    table
};

/// Returns whether a byte is in a set.
#[inline]
pub(super) fn is(byte: u8, set: Set) -> bool {
    TABLE.get(usize::from(byte)).is_some_and(|class| class & set != 0)
}

/// Returns the byte at a position, or 0 outside of the text.
#[inline]
pub(super) fn at(bytes: &[u8], place: usize) -> u8 {
    bytes.get(place).copied().unwrap_or_default()
}

/// Returns the byte before a position, or 0 at the start.
#[inline]
pub(super) fn before(bytes: &[u8], place: usize) -> u8 {
    place.checked_sub(1).map_or(0, |place| at(bytes, place))
}

/// Returns the end of the run of bytes of a set that starts at a position.
#[inline]
pub(super) fn run_end(bytes: &[u8], from: usize, set: Set) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    from + rest.iter().position(|byte| !is(*byte, set)).unwrap_or(rest.len())
}

/// Returns the start of the run of bytes of a set that ends at a position, but not before `least`.
#[inline]
pub(super) fn run_start(bytes: &[u8], to: usize, least: usize, set: Set) -> usize {
    let before = bytes.get(least..to).unwrap_or_default();
    to - before.iter().rev().position(|byte| !is(*byte, set)).unwrap_or(before.len())
}
