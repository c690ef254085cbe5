//! Keys of providers: takes the start of a word, returns the key that starts there.

use std::ops::Range;
use std::sync::LazyLock;

use super::bytes::{
    ALNUM, DIGIT, HEX, LOWER_HEX, Set, TOKEN, UNDERSCORE, UPPER, at, before, is, run_end,
};
use super::checks::ends_in_crc;
use super::entropy::{changes, tenths};
use super::kind::{Class, Kind, Label};
use super::providers::{Check, KEYS, Key};

/// The minimum length of a key with its prefix. [`super::walk`] finds all words of this length.
pub(super) const SHORTEST: usize = 16;

/// A key, with the first eight bytes of its prefix as a number and the mask of the existing bytes.
type Packed = (u64, u64, &'static Key);

/// A second byte, and the keys whose prefix has it.
type Second = (u8, Vec<Packed>);

/// The keys by the first two bytes of their prefix, longer prefixes first.
struct Index {
    /// By first byte: the possible second bytes, and the keys with each.
    firsts: Vec<(u128, Vec<Second>)>,
}

fn packed(bytes: &[u8]) -> (u64, u64) {
    let mut eight = [0; 8];
    for (to, from) in eight.iter_mut().zip(bytes) {
        *to = *from;
    }
    let mask = if bytes.len() >= 8 { u64::MAX } else { (1 << (8 * bytes.len())) - 1 };
    (u64::from_le_bytes(eight), mask)
}

static INDEX: LazyLock<Index> = LazyLock::new(|| {
    let of = |first: u8| {
        let mut keys: Vec<&Key> =
            KEYS.iter().filter(|key| at(key.prefix.as_bytes(), 0) == first).collect();
        keys.sort_by_key(|key| std::cmp::Reverse(key.prefix.len()));
        let second = |key: &&Key| at(key.prefix.as_bytes(), 1) & 127;
        let mut seconds: Vec<u8> = keys.iter().map(second).collect();
        seconds.sort_unstable();
        seconds.dedup();
        let pack = |key: &'static Key| {
            let (value, mask) = packed(key.prefix.as_bytes());
            (value, mask, key)
        };
        let lists = seconds
            .iter()
            .map(|byte| {
                (
                    *byte,
                    keys.iter().filter(|key| second(key) == *byte).map(|key| pack(key)).collect(),
                )
            })
            .collect();
        (seconds.iter().fold(0, |all, byte| all | 1 << byte), lists)
    };
    Index { firsts: (0..128).map(of).collect() }
});

/// The runs that were already measured, one for each alphabet, so that each byte is measured once
/// for each alphabet.
#[derive(Debug, Default)]
pub(super) struct Runs {
    known: Vec<(Set, usize, usize)>,
}

impl Runs {
    /// Returns the end of the run of bytes of a set that starts at a position.
    pub(super) fn end(&mut self, bytes: &[u8], from: usize, set: Set) -> usize {
        for (known, start, end) in &mut self.known {
            if *known == set {
                if !(*start..*end).contains(&from) {
                    (*start, *end) = (from, run_end(bytes, from, set));
                }
                return *end;
            }
        }
        let end = run_end(bytes, from, set);
        self.known.push((set, from, end));
        end
    }
}

/// Returns the key that starts here.
pub(super) fn key_at(bytes: &[u8], start: usize, runs: &mut Runs) -> Option<(Kind, Range<usize>)> {
    let (seconds, lists) = INDEX.firsts.get(usize::from(at(bytes, start)))?;
    let second = at(bytes, start + 1);
    if second >= 128 || seconds & (1 << second) == 0 {
        return None;
    }
    let rest = bytes.get(start..)?;
    let (here, _) = packed(rest.get(..8).unwrap_or(rest));
    let (_, keys) = lists.iter().find(|(byte, _)| *byte == second)?;
    let begins = |(value, mask, key): &&Packed| {
        here & mask == *value && (key.prefix.len() <= 8 || rest.starts_with(key.prefix.as_bytes()))
    };
    keys.iter().filter(begins).find_map(|(_, _, key)| sound(bytes, start, key, runs))
}

fn sound(bytes: &[u8], start: usize, key: &Key, runs: &mut Runs) -> Option<(Kind, Range<usize>)> {
    let from = start + key.prefix.len();
    let mut end = runs.end(bytes, from, key.body);
    // A final dot or dash may belong to the sentence.
    while end > from && end - from > key.least && matches!(before(bytes, end), b'.' | b'-' | b'/') {
        end -= 1;
    }
    // In `dapi…-2`, the dash starts another part.
    if !(key.least..=key.most).contains(&(end - from)) || is(at(bytes, end), ALNUM | UNDERSCORE) {
        return None;
    }
    let body = bytes.get(from..end)?;
    let (sound, begin) = match key.check {
        Check::Crc => (ends_in_crc(body), start),
        Check::Random(least) => (tenths(body) >= least && changes(body) >= 3, start),
        Check::Entropy(least) => (tenths(body) >= least, start),
        Check::Parts(lengths) => (has_parts(body, lengths) && tenths(body) >= 28, start),
        Check::Form(form) => (form(body) && tenths(body) >= 28, start),
        Check::Behind(count) => {
            let begin = start.checked_sub(count)?;
            (
                bytes.get(begin..start - 1)?.iter().all(|byte| is(*byte, ALNUM))
                    && tenths(body) >= 38,
                begin,
            )
        }
    };
    sound.then_some((key.kind, begin..end))
}

fn has_parts(body: &[u8], lengths: &[usize]) -> bool {
    let mut place = 0;
    lengths.iter().enumerate().all(|(part, length)| {
        let sign = part == 0 || matches!(at(body, place), b'.' | b'-' | b'_');
        place += usize::from(part > 0) + length;
        sign && place <= body.len()
    }) && place == body.len()
}

macro_rules! provider {
    ($name:literal) => {{
        const KIND: Kind = Kind::of(&Label::new(
            concat!("api_key.", $name),
            Class::Credential,
            concat!("[", $name, " key removed]"),
        ));
        KIND
    }};
}

/// Returns the key that a whole word is, if its form identifies it without a prefix.
pub(super) fn shaped(bytes: &[u8], word: Range<usize>) -> Option<(Kind, Range<usize>)> {
    let text = bytes.get(word.clone())?;
    let length = text.len();
    // `0123…cdef-us12`
    if (36..=37).contains(&length)
        && text.get(32..35) == Some(b"-us")
        && hex(text.get(..32)?)
        && text.get(35..)?.iter().all(u8::is_ascii_digit)
    {
        return Some((provider!("mailchimp"), word));
    }
    if length == 50
        && at(text, 32) == b'-'
        && at(text, 41) == b'-'
        && hex(text.get(..32)?)
        && hex(text.get(33..41)?)
        && hex(text.get(42..)?)
    {
        return Some((provider!("mailgun"), word));
    }
    // `110201543:AA…`: the token after the colon, the number of the bot before it.
    if length == 35
        && text.starts_with(b"AA")
        && before(bytes, word.start) == b':'
        && tenths(text) >= 35
    {
        let colon = word.start - 1;
        let digits = super::bytes::run_start(bytes, colon, colon.saturating_sub(11), DIGIT);
        if (8..=10).contains(&(colon - digits)) && !is(before(bytes, digits), ALNUM) {
            return Some((provider!("telegram"), digits..word.end));
        }
    }
    // Azure: three characters, a digit, `Q~`, and 31 to 34 more.
    if (31..=34).contains(&length) && word.start >= 6 {
        let head = bytes.get(word.start - 6..word.start)?;
        if matches!(head, [.., digit, b'Q', b'~'] if digit.is_ascii_digit())
            && head.iter().take(3).all(|byte| is(*byte, TOKEN))
            && tenths(text) >= 35
        {
            return Some((provider!("azure"), word.start - 6..word.end));
        }
    }
    if length == 84 && text.get(76..80) == Some(b"AZDO") && tenths(text) >= 40 {
        return Some((provider!("azure"), word));
    }
    discord(text).then_some((provider!("discord"), word))
}

fn hex(word: &[u8]) -> bool {
    word.iter().all(|byte| is(*byte, DIGIT | LOWER_HEX))
        && tenths(word) >= 28
        && word.iter().any(|byte| !is(*byte, HEX) || !is(*byte, UPPER))
}

/// The number of the bot in base64, six characters of time, 27 to 38 characters of a MAC.
fn discord(word: &[u8]) -> bool {
    let mut parts = word.split(|byte| *byte == b'.');
    let (Some(id), Some(time), Some(mac), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    (24..=28).contains(&id.len())
        && time.len() == 6
        && (27..=38).contains(&mac.len())
        && id.first().is_some_and(|first| b"MNO".contains(first))
        && id.iter().all(|byte| is(*byte, ALNUM))
        && changes(id) > 3
        && tenths(mac) >= 35
}
