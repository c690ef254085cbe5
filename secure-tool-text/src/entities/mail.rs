//! The text around an `@`: an e-mail address, or the user and password of a URL.

use std::ops::Range;

use super::bytes::{
    ALNUM, COLON, DASH, DIGIT, DOT, EQUALS, LETTER, LOCAL, Set, TILDE, UNDERSCORE, USERINFO, at,
    before, is, run_end, run_start,
};

/// Characters of a local part (RFC 5322, dot-atom), without the slash, because paths end with it.
const LOCAL_PART: Set = ALNUM | DASH | UNDERSCORE | DOT | LOCAL | EQUALS | TILDE;

/// Characters of user and password (RFC 3986).
const USER: Set = ALNUM | DASH | UNDERSCORE | DOT | EQUALS | TILDE | USERINFO | COLON;

/// The maximum lengths of a local part and of a domain, in bytes (RFC 5321).
const LONGEST: (usize, usize) = (64, 253);

/// The maximum length of user and password, in bytes.
const LONGEST_USER: usize = 512;

/// Returns whether an `@` has text on both sides. A cheap check, for texts with many of them.
pub(super) fn may_be(bytes: &[u8], sign: usize) -> bool {
    (is(before(bytes, sign), LOCAL_PART | USER) || before(bytes, sign) >= 0x80)
        && (is(at(bytes, sign + 1), ALNUM)
            || matches!(at(bytes, sign + 1), b'[' | b'@' | b'-' | b'!'))
}

/// Returns the e-mail address that has its `@` here.
pub(super) fn email_at(bytes: &[u8], sign: usize) -> Option<Range<usize>> {
    let mut start = run_start(bytes, sign, sign.saturating_sub(LONGEST.0 + 1), LOCAL_PART);
    start = widened(bytes, start, sign);
    // Quotes and punctuation of a sentence or a template are not part of the address.
    while start < sign && !is(at(bytes, start), ALNUM | UNDERSCORE) && at(bytes, start) < 0x80 {
        start += 1;
    }
    let sound = start < sign
        && sign - start <= LONGEST.0
        && before(bytes, sign) != b'.'
        && !matches!(before(bytes, start), b'@' | b'/' | b'\\')
        && !bytes.get(start..sign)?.windows(2).any(|pair| pair == b"..");
    let end = domain_end(bytes, sign + 1)?;
    // `git@host.example:path` is a repository.
    let path =
        at(bytes, end) == b':' && is(at(bytes, end + 1), ALNUM) && !is(at(bytes, end + 1), DIGIT);
    (sound && !path && !matches!(at(bytes, end), b'@' | b'_')).then_some(start..end)
}

/// Extends a local part to the left by accented Latin letters and the ASCII letters before them.
fn widened(bytes: &[u8], mut start: usize, sign: usize) -> usize {
    while sign - start < LONGEST.0 {
        match (before(bytes, start), start.checked_sub(2).map_or(0, |place| at(bytes, place))) {
            (0x80..=0xbf, 0xc3..=0xc5) => {
                start = run_start(
                    bytes,
                    start - 2,
                    sign.saturating_sub(LONGEST.0 + 1).min(start - 2),
                    LOCAL_PART,
                );
            }
            _ => break,
        }
    }
    start
}

/// Returns the end of a domain that starts here: labels of letters, digits and dashes, separated by
/// dots, with letters in the last one.
fn domain_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut end = run_end(bytes, start, ALNUM | DASH | DOT);
    if end - start > LONGEST.1 {
        return None;
    }
    while matches!(before(bytes, end), b'.' | b'-') && end > start {
        end -= 1;
    }
    let domain = std::str::from_utf8(bytes.get(start..end)?).ok()?;
    let (_, top) = domain.rsplit_once('.')?;
    let letters =
        top.len() >= 2 && (top.bytes().all(|byte| is(byte, LETTER)) || top.starts_with("xn--"));
    // `icon@2x.png` is an image file.
    let picture = matches!(
        top.to_ascii_lowercase().as_str(),
        "png"
            | "jpg"
            | "jpeg"
            | "gif"
            | "svg"
            | "webp"
            | "css"
            | "js"
            | "ts"
            | "json"
            | "html"
            | "py"
            | "rs"
    );
    let labels = domain.split('.').all(|label| {
        !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-')
    });
    (letters && !picture && labels).then_some(end)
}

/// Returns the user and password of the URL that has its first `@` here: from after `://` to before
/// the last `@` of the authority. A user without a password does not count.
pub(super) fn userinfo_at(bytes: &[u8], sign: usize) -> Option<Range<usize>> {
    let start = run_start(bytes, sign, sign.saturating_sub(LONGEST_USER), USER);
    if !bytes.get(..start)?.ends_with(b"://") {
        return None;
    }
    // Against the standard, a password may contain `@`. The last one before the path ends it.
    let authority = bytes.get(sign..(sign + LONGEST_USER).min(bytes.len()))?;
    let stop = authority
        .iter()
        .position(|byte| !is(*byte, USER) && *byte != b'@')
        .unwrap_or(authority.len());
    let last = sign + authority.get(..stop)?.iter().rposition(|byte| *byte == b'@')?;
    let (_, password) = std::str::from_utf8(bytes.get(start..last)?).ok()?.split_once(':')?;
    let host = is(at(bytes, last + 1), ALNUM) || at(bytes, last + 1) == b'[';
    (host && !password.is_empty() && !password.bytes().all(|byte| byte == b'*'))
        .then_some(start..last)
}
