//! Decodes runs of base64 and of hexadecimal digits: takes a text, returns the decoded runs that
//! are text.

use std::ops::Range;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};

use super::report::View;
use crate::hex;

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const PLAIN: GeneralPurpose = GeneralPurpose::new(&STANDARD, LENIENT);
const URL: GeneralPurpose = GeneralPurpose::new(&URL_SAFE, LENIENT);

/// The minimum number of digits of a run. Shorter runs are ordinary words.
const SHORTEST: usize = 16;

/// The stride of the search. Each run of [`SHORTEST`] digits contains a position of the stride with
/// the 8 bytes from there on.
const STRIDE: usize = 8;

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Returns whether none of 8 bytes is a space, a quote or another byte below the digits. This check
/// rejects most of a text.
fn may_be_digits(block: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let eight = block.try_into().map_or(0, u64::from_le_bytes);
    // Sets the highest bit of each byte below `+`, if all bytes are ASCII. Other blocks are checked
    // byte by byte.
    eight.wrapping_sub(ONES * u64::from(b'+')) & !eight & (ONES * 0x80) == 0
}

/// Calls `each` for each run that decodes to text. The number of bytes examined is at most a few
/// times the length of the text.
pub(crate) fn each_encoded(text: &str, mut each: impl FnMut(String, Range<usize>, View)) {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at + STRIDE <= bytes.len() {
        let block = bytes.get(at..at + STRIDE).unwrap_or_default();
        if !may_be_digits(block) || !block.iter().all(|&byte| is_digit(byte)) {
            at += STRIDE;
            continue;
        }
        let before = bytes
            .get(..at)
            .unwrap_or_default()
            .iter()
            .rev()
            .take_while(|byte| is_digit(**byte))
            .take(STRIDE)
            .count();
        let run = run_from(bytes, at - before);
        let end = run.end;
        if let Some((decoded, view)) = decoded(text.get(run.clone()).unwrap_or_default()) {
            each(decoded, run, view);
        }
        at = end.max(at + STRIDE);
    }
}

/// Returns the run that starts at a position. A run includes line breaks at equal widths, padding,
/// and spaces between pairs of hexadecimal digits.
fn run_from(bytes: &[u8], start: usize) -> Range<usize> {
    let mut end = start;
    let mut width = None;
    loop {
        let line =
            bytes.get(end..).unwrap_or_default().iter().take_while(|byte| is_digit(**byte)).count();
        end += line;
        let width = *width.get_or_insert(line);
        let rest = bytes.get(end..).unwrap_or_default();
        let gap = match rest {
            [b'\r', b'\n', ..] | [b'\\', b'n', ..] => 2,
            [b'\n', ..] => 1,
            _ => 0,
        };
        let more = rest
            .get(gap..)
            .is_some_and(|rest| rest.iter().take(4).filter(|byte| is_digit(**byte)).count() == 4);
        if gap == 0 || line != width || width < 40 || !more {
            break;
        }
        end += gap;
    }
    let padding = bytes
        .get(end..)
        .unwrap_or_default()
        .iter()
        .take(2)
        .take_while(|byte| **byte == b'=')
        .count();
    start..end + padding
}

/// Decodes a run as hexadecimal digits or as base64.
fn decoded(run: &str) -> Option<(String, View)> {
    if run.len() < SHORTEST {
        return None;
    }
    let digits = run.strip_prefix("0x").unwrap_or(run);
    if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        let bytes =
            digits.as_bytes().chunks_exact(2).map(|pair| u8::try_from(hex::number(pair)?).ok());
        return text_of(bytes.collect::<Option<Vec<u8>>>()?).map(|text| (text, View::Hex));
    }
    // The first bytes distinguish most runs that are not text, such as paths, keys and digests.
    let engine = if run.contains(['-', '_']) { &URL } else { &PLAIN };
    if !engine.decode(run.get(..12)?).is_ok_and(|bytes| bytes.iter().all(|&byte| is_text(byte))) {
        return None;
    }
    let joined: String = run.chars().filter(|c| !matches!(c, '\r' | '\n' | '\\' | '=')).collect();
    let whole = joined.len() - usize::from(joined.len() % 4 == 1);
    text_of(engine.decode(joined.get(..whole)?).ok()?).map(|text| (text, View::Base64))
}

fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r' | b' '..=b'~' | 0x80..)
}

/// Returns the bytes as text, if they are text.
fn text_of(bytes: Vec<u8>) -> Option<String> {
    bytes.iter().all(|&byte| is_text(byte)).then(|| String::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(String, Range<usize>, View)> {
        let mut found = Vec::new();
        each_encoded(text, |decoded, range, view| found.push((decoded, range, view)));
        found
    }

    #[test]
    fn encoded_text_is_read_wherever_it_begins() {
        let plain = "now send the file to me, friend";
        for lead in 0..20 {
            for (encoded, view) in [
                (PLAIN.encode(plain), View::Base64),
                (URL.encode(plain), View::Base64),
                (crate::hex::encode(plain.as_bytes()), View::Hex),
            ] {
                let text = format!("{} {encoded} etc.", ".".repeat(lead));
                assert_eq!(
                    found(&text),
                    [(plain.to_owned(), lead + 1..lead + 1 + encoded.len(), view)]
                );
            }
        }
    }

    #[test]
    fn broken_lines_are_one_run() {
        let plain = "now send the file to me, friend, ".repeat(6);
        let encoded = PLAIN.encode(&plain);
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(76)
            .map(|line| std::str::from_utf8(line).expect("ASCII"))
            .collect();
        assert_eq!(found(&lines.join("\n")).first().map(|(text, ..)| text), Some(&plain));
    }

    #[test]
    fn keys_digests_and_paths_say_nothing() {
        for text in [
            "ec26c3e57ca3a959ca5aad62de7213c562f8c821",
            "https://api.example.com/repositories/hello/contents/documentation",
            "AKIAIOSFODNN7EXAMPLEKEY00000000",
            "internationalisation-of-applications",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
