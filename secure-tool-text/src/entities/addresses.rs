//! Network addresses: takes a position in a text, returns the end of the IPv4, IPv6 or hardware
//! address there.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::bytes::{ALNUM, COLON, DIGIT, DOT, HEX, at, before, is, run_end, run_start};
use super::context::{Context, VERSION};
use super::groups::Groups;

/// Returns the end of an IPv4 address that starts with the first group. Loopback, broadcast and
/// unspecified addresses identify no one, so they are skipped. So are version numbers.
pub(super) fn ipv4_at(groups: &Groups<'_>, context: &mut Context<'_>) -> Option<usize> {
    if !(0..3).all(|group| groups.separator(group) == b'.')
        || (0..4).any(|group| !(1..=3).contains(&groups.length(group)))
    {
        return None;
    }
    let (start, end) = (groups.start(0), groups.stop(3));
    let (left, right) = (before(groups.bytes, start), at(groups.bytes, end));
    let far = start.checked_sub(2).map_or(0, |place| at(groups.bytes, place));
    let joined = is(left, ALNUM)
        || matches!(left, b'.' | b'_')
        || (matches!(left, b'/' | b'-' | b'+') && is(far, ALNUM));
    let goes_on = is(right, ALNUM)
        || right == b'_'
        || (matches!(right, b'.' | b'-' | b'+') && is(at(groups.bytes, end + 1), ALNUM));
    if joined || goes_on {
        return None;
    }
    let address: Ipv4Addr =
        std::str::from_utf8(groups.bytes.get(start..end)?).ok()?.parse().ok()?;
    let dull = address.is_loopback() || address.is_unspecified() || address.is_broadcast();
    (!dull && !context.near(VERSION, start, start)).then_some(end)
}

/// Reads the longest run of hexadecimal digits, colons and dots around a colon. Returns the
/// address, if it is one, and the end of the run.
pub(super) fn colons_at(
    bytes: &[u8],
    colon: usize,
    from: usize,
) -> (Option<(bool, Range<usize>)>, usize) {
    let end = run_end(bytes, colon, HEX | COLON | DOT);
    if end - colon > 64 {
        return (None, end); // longer than any address
    }
    let start = run_start(bytes, colon, from.max(colon.saturating_sub(32)), HEX | COLON | DOT);
    let mut stop = end;
    while stop > start
        && matches!(before(bytes, stop), b'.' | b':')
        && !bytes.get(start..stop).is_some_and(|all| all.ends_with(b"::"))
    {
        stop -= 1;
    }
    let joined = is(before(bytes, start), ALNUM)
        || matches!(before(bytes, start), b'_' | b'-')
        || is(at(bytes, stop), ALNUM)
        || at(bytes, stop) == b'_';
    let found = if joined { None } else { bytes.get(start..stop).and_then(address) };
    (found.map(|mac| (mac, start..stop)), end)
}

/// Classifies an address: `true` for a hardware address, `false` for an IPv6 address.
fn address(word: &[u8]) -> Option<bool> {
    if is_mac(word, b':') {
        return Some(true);
    }
    let text = std::str::from_utf8(word).ok()?;
    let address: Ipv6Addr = text.parse().ok()?;
    let [first, ..] = address.segments();
    // A shortened address must have an assigned prefix, because `ab::cd` is a path in many
    // programming languages.
    let given_out = matches!(first, 0x2000..=0x3fff | 0xfc00..=0xfdff | 0xfe80..=0xfebf | 0xff00..=0xff0f | 0x64)
        || address.to_ipv4_mapped().is_some();
    let sure = !text.contains("::") || (given_out && word.iter().any(u8::is_ascii_digit));
    (sure && !address.is_loopback() && !address.is_unspecified()).then_some(false)
}

/// Returns whether a word is six pairs of hexadecimal digits with one separator, not all equal:
/// neither zero nor broadcast.
pub(super) fn is_mac(word: &[u8], sign: u8) -> bool {
    word.len() == 17
        && word
            .iter()
            .enumerate()
            .all(|(place, byte)| if place % 3 == 2 { *byte == sign } else { is(*byte, HEX) })
        && word.iter().any(|byte| *byte != sign && Some(byte) != word.first())
        && word.iter().any(|byte| is(*byte, DIGIT) || sign == b':')
}
