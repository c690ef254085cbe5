//! Random values that are assigned to secret names, such as `password` or `api_key`: takes a word,
//! returns whether it is such a value.

use std::ops::Range;

use super::bytes::{
    ALNUM, DASH, DIGIT, DOT, EQUALS, HEX, Set, TILDE, TOKEN, UNDERSCORE, at, before, is, run_start,
};
use super::entropy::{changes, tenths};
use super::keys::Runs;

/// The maximum length of a value, in bytes. Longer values are documents.
const LONGEST: usize = 512;

/// The maximum length of a name, and of the separators between name and value, in bytes.
const NAME: usize = 64;
const GAP: usize = 8;

const VALUE: Set = TOKEN | EQUALS | TILDE;

/// Endings of secret names, in lower case and without separators.
const ENDINGS: [&str; 27] = [
    "password",
    "passwd",
    "pwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "accesskey",
    "secretkey",
    "privatekey",
    "authkey",
    "accountkey",
    "sharedaccesskey",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "appkey",
    "applicationkey",
    "clientkey",
    "credential",
    "credentials",
    "bearer",
    "sig",
    "signature",
    "accesskeyid",
    "secretid",
    "sessionid",
];

/// Parts of names that have such an ending but are not secret.
const OPEN: [&str; 20] = [
    "public",
    "page",
    "next",
    "cursor",
    "continu",
    "sync",
    "idempot",
    "sha",
    "hash",
    "checksum",
    "digest",
    "etag",
    "node",
    "csrf",
    "type",
    "url",
    "uri",
    "name",
    "prev",
    "verification",
];

/// Returns the range of a value that is, or starts with, a word, if its name is secret and the
/// value looks random.
pub(super) fn value_at(bytes: &[u8], word: &Range<usize>, runs: &mut Runs) -> Option<Range<usize>> {
    let start = word.start;
    let (word_before, assigned) = word_before(bytes, start)?;
    let scheme = SCHEMES.iter().any(|scheme| {
        bytes
            .get(word_before.clone())
            .is_some_and(|word| word.eq_ignore_ascii_case(scheme.as_bytes()))
    });
    // `Authorization: Bearer value` is a secret, and so is `Bearer value` alone.
    let secret = match (assigned, scheme) {
        (true, _) => is_secret(bytes.get(word_before)?),
        (false, true) => {
            let header =
                self::word_before(bytes, word_before.start).filter(|(_, assigned)| *assigned);
            is_secret(bytes.get(word_before)?)
                || header.is_some_and(|(name, _)| {
                    bytes.get(name).is_some_and(|name| is_secret(name) || is_header(name))
                })
        }
        (false, false) => false,
    };
    if !secret {
        return None;
    }
    let mut end = runs.end(bytes, start, VALUE);
    while end > start && matches!(before(bytes, end), b'.' | b'-') {
        end -= 1;
    }
    let value = bytes.get(start..end)?;
    let least = if value.iter().all(|byte| is(*byte, HEX | DASH)) { 28 } else { 33 };
    let random =
        (16..=LONGEST).contains(&value.len()) && tenths(value) >= least && changes(value) >= 3;
    random.then_some(start..end)
}

/// Schemes between the name and the value of a header.
const SCHEMES: [&str; 6] = ["bearer", "basic", "token", "ssws", "apikey", "bot"];

/// Returns the word before a value, and whether an assignment sign is between them: `name =
/// "value"`, `"name": "value"`, `?name=value`.
fn word_before(bytes: &[u8], value: usize) -> Option<(Range<usize>, bool)> {
    let mut end = value;
    let least = value.saturating_sub(GAP);
    let mut assigned = false;
    while end > least
        && matches!(
            before(bytes, end),
            b' ' | b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b'\\' | b'\t'
        )
    {
        end -= 1;
        assigned |= matches!(at(bytes, end), b'=' | b':');
    }
    let start = run_start(bytes, end, end.saturating_sub(NAME), ALNUM | DASH | UNDERSCORE | DOT);
    (start < end && end < value).then_some((start..end, assigned))
}

/// Returns whether this is the name of a header with a scheme and a secret.
fn is_header(name: &[u8]) -> bool {
    name.len() >= 13
        && name.get(name.len() - 13..).is_some_and(|end| end.eq_ignore_ascii_case(b"authorization"))
}

fn is_secret(name: &[u8]) -> bool {
    let mut letters = [0_u8; NAME];
    let mut count = 0;
    for byte in name.iter().filter(|byte| is(**byte, ALNUM)) {
        if let Some(to) = letters.get_mut(count) {
            *to = byte.to_ascii_lowercase();
            count += 1;
        }
    }
    let Some(Ok(name)) = letters.get(..count).map(std::str::from_utf8) else { return false };
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit());
    ENDINGS.iter().any(|ending| name.ends_with(ending))
        && !OPEN.iter().any(|open| name.contains(open))
}

/// Returns whether a word can be a value. A cheap check before the search for its name.
pub(super) fn may_be(bytes: &[u8], word: &Range<usize>) -> bool {
    matches!(before(bytes, word.start), b' ' | b'"' | b'\'' | b'`' | b'=' | b':' | b'>' | b'\t')
        && bytes.get(word.clone()).is_some_and(|word| {
            word.iter().take(LONGEST).any(|byte| is(*byte, DIGIT)) || changes(word) >= 3
        })
}
