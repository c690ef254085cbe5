//! What was seen of an attempt in, why the attack succeeded out, or `None`.
//!
//! The oracles read what happened: the bytes on the wire, the texts that the model gets, the
//! records, the bits of the session. None reads the words of a refusal, and none asks a model.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secure_tool::{marked_regions, regions};
use serde_json::Value;

use crate::attempt::Seen;
use crate::hostile::Request;

/// Something reached the API, or opened a connection to it, or a handler ran.
pub(crate) fn left(seen: &Seen) -> Option<String> {
    let (requests, unreadable) = (seen.requests.len(), seen.unreadable);
    let wire = || {
        format!(
            "{requests} requests, {unreadable} unreadable messages and {} connections reached the API",
            seen.connections
        )
    };
    seen.left().then(|| if seen.ran { "the handler ran".into() } else { wire() })
}

/// A request, or bytes that are none, reached the API, or a handler ran.
pub(crate) fn requested(seen: &Seen) -> Option<String> {
    match seen.requests.first() {
        Some(request) => {
            Some(format!("the API got {} {}", request.method(), shortened(request.target())))
        }
        None if seen.ran => Some("the handler ran".into()),
        None => (seen.unreadable > 0).then(|| "bytes that are no request reached the API".into()),
    }
}

/// A name was looked up that is of no API of the tool.
pub(crate) fn looked_up(seen: &Seen) -> Option<String> {
    seen.asked.first().map(|name| format!("the name {} was looked up", shortened(name)))
}

/// The text is in what the model gets, in what a program prints, or in the records.
pub(crate) fn leaked(seen: &Seen, mark: &str) -> Option<String> {
    let (text, structured) = (seen.outcome.for_model(), seen.outcome.structured());
    let structured =
        structured.iter().any(|value| texts(value).iter().any(|text| holds(text, mark)));
    let places = [
        (holds(&text, mark), "the text for the model"),
        (structured, "the structured answer"),
        (holds(&format!("{:?}", seen.outcome), mark), "`Debug` of the outcome"),
        (seen.audit.iter().any(|line| holds(line, mark)), "the audit"),
    ];
    let found: Vec<&str> =
        places.iter().filter(|(is_there, _)| *is_there).map(|(_, place)| *place).collect();
    (!found.is_empty()).then(|| format!("it stands in {}", found.join(", ")))
}

/// Whether the mark stands in the text; a number, only where no digits of another one or of a
/// digest go on beside it.
fn holds(text: &str, mark: &str) -> bool {
    let is_number = mark.parse::<f64>().is_ok();
    let goes_on = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(mark).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !is_number || !goes_on(before) && !goes_on(after)
    })
}

/// O1 and O4: the text for the model is not one marked region with all of the attacker's text in
/// it, or, like a text of the structured answer, it has an untrusted text that is not isolated from
/// end to end, or a record holds it, or the session does not know what it has read.
pub(crate) fn unmarked(seen: &Seen, mark: &str) -> Option<String> {
    let text = seen.outcome.for_model();
    let mut values: Vec<String> = seen.outcome.structured().iter().flat_map(texts).collect();
    match (marked_regions(&text).as_deref(), serde_json::from_str::<Value>(&text)) {
        (Some([region]), _) if text.replacen(region, "", 1).contains(mark) => {
            return Some("it stands outside of the one marked region".into());
        }
        (Some([_]), _) => {}
        // Each text in a region of its own.
        (_, Ok(value)) => values.extend(texts(&value)),
        (Some(_), Err(_)) if text.contains(mark) => {
            return Some("it stands outside of the one marked region".into());
        }
        (Some(_), Err(_)) => {}
        (None, Err(_)) => {
            return Some("the markers of the text for the model are not sound".into());
        }
    }
    let nonce = nonce(&text).or_else(|| values.iter().find_map(|value| nonce(value)));
    let holds = |value: &str| {
        value.contains(mark) || decoded(value).is_some_and(|text| text.contains(mark))
    };
    let marked: Vec<&String> = values.iter().filter(|value| holds(value)).collect();
    let is_whole = |value: &str| {
        nonce.as_ref().is_some_and(|nonce| value.ends_with(&format!("⟦end {nonce}⟧")))
            && decoded(value).is_some()
    };
    if !marked.iter().all(|value| is_whole(value)) {
        return Some("a text is not isolated from end to end".into());
    }
    if seen.audit.iter().any(|line| line.contains(mark)) {
        return Some("it stands in the audit".into());
    }
    let was_read = text.contains(mark) || !marked.is_empty();
    (was_read && !seen.tainted)
        .then(|| "the session does not know that it has read untrusted text".into())
}

/// The nonce of the first delimiter.
fn nonce(text: &str) -> Option<String> {
    let (opening, _) = text.split_once('⟦')?.1.split_once('⟧')?;
    opening.split(' ').nth(1).map(str::to_owned)
}

/// What stands in a text that is one isolated region from end to end.
fn decoded(text: &str) -> Option<String> {
    let mut regions = regions(text)?;
    (regions.len() == 1 && text.starts_with('⟦') && text.ends_with('⟧'))
        .then(|| regions.remove(0).text)
}

/// O2: a character that hides, reorders or overwrites is in what the model gets.
pub(crate) fn hidden(seen: &Seen) -> Option<String> {
    let text = seen.outcome.for_model();
    let structured = seen.outcome.structured();
    let mut all: Vec<String> = structured.iter().flat_map(texts).collect();
    // As a model reads it.
    all.extend(all.iter().filter_map(|text| decoded(text)).collect::<Vec<_>>());
    all.push(text);
    let found = all.iter().find_map(|text| first_hidden(text))?;
    Some(format!("U+{:04X} reached the model", u32::from(found)))
}

/// The first character that a reader does not see, or that changes what is seen of others.
fn first_hidden(text: &str) -> Option<char> {
    let mut before = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if is_hidden(before, c, rest.clone().next()) {
            return Some(c);
        }
        before = Some(c);
    }
    None
}

/// Written down apart from the guard's own list, from the same sources: Unicode's
/// `Default_Ignorable_Code_Point`, its bidirectional controls, and the controls of ISO 6429.
const HIDDEN: &[std::ops::RangeInclusive<char>] = &[
    '\0'..='\u{8}',
    '\u{b}'..='\u{c}',
    '\u{e}'..='\u{1f}',
    '\u{7f}'..='\u{9f}',
    '\u{61c}'..='\u{61c}',
    '\u{115f}'..='\u{1160}',
    '\u{17b4}'..='\u{17b5}',
    '\u{180b}'..='\u{180f}',
    '\u{200b}'..='\u{200b}',
    '\u{200e}'..='\u{200f}',
    '\u{2028}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{3164}'..='\u{3164}',
    '\u{fe00}'..='\u{fe0d}',
    '\u{feff}'..='\u{feff}',
    '\u{ffa0}'..='\u{ffa0}',
    '\u{fff0}'..='\u{fffb}',
    '\u{e0000}'..='\u{e0fff}',
];

fn is_hidden(before: Option<char>, c: char, after: Option<char>) -> bool {
    let joins = |c: Option<char>| c.is_some_and(|c| !c.is_ascii());
    match c {
        '\r' => after != Some('\n'),
        // Between letters of scripts that join them, and within emoji.
        '\u{200c}' | '\u{200d}' => !(joins(before) && joins(after)),
        // Behind what has two forms.
        '\u{fe0e}' | '\u{fe0f}' => {
            before.is_none_or(|before| before.is_ascii_alphabetic() || before == ' ')
        }
        _ => HIDDEN.iter().any(|range| range.contains(&c)),
    }
}

/// All keys and texts of a value.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(members) => members
            .iter()
            .flat_map(|(key, inner)| std::iter::once(key.clone()).chain(texts(inner)))
            .collect(),
        _ => Vec::new(),
    }
}

/// What of a request a value may not change: how many segments there are, which pairs and headers.
#[derive(Debug, PartialEq, Eq)]
struct Structure {
    method: String,
    segments: usize,
    pairs: Vec<String>,
    headers: Vec<String>,
    has_body: bool,
}

fn structure(request: &Request) -> Structure {
    let mut pairs: Vec<String> = request.query_pairs().into_iter().map(|(name, _)| name).collect();
    let mut headers: Vec<String> =
        request.headers().iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    pairs.sort_unstable();
    headers.sort_unstable();
    // An empty segment is one that servers take for none.
    let segments = request.path_segments().iter().filter(|segment| !segment.is_empty()).count();
    Structure {
        method: request.method().to_owned(),
        segments,
        pairs,
        headers,
        has_body: !request.body().is_empty(),
    }
}

/// The request is not built as the honest one, or the API reads another value than the one that was
/// sent.
pub(crate) fn restructured(
    seen: &Seen,
    honest: &Seen,
    is_read: impl Fn(&Request) -> bool,
) -> Option<String> {
    if seen.requests.is_empty() && seen.unreadable == 0 {
        return None;
    }
    let ([request], [honest], 0) =
        (seen.requests.as_slice(), honest.requests.as_slice(), seen.unreadable)
    else {
        return Some(format!(
            "the API got {} requests and {} messages that are none",
            seen.requests.len(),
            seen.unreadable
        ));
    };
    let target = shortened(request.target());
    let (here, there) = (structure(request), structure(honest));
    if here.segments != there.segments {
        return Some(format!(
            "the path has {} segments instead of {}: {target}",
            here.segments, there.segments
        ));
    }
    if here.pairs != there.pairs {
        return Some(format!(
            "the query has the names {:?} instead of {:?}: {target}",
            here.pairs, there.pairs
        ));
    }
    if here != there {
        return Some(format!("the request is built as {here:?} instead of {there:?}"));
    }
    (!is_read(request)).then(|| format!("the API reads another value than was sent: {target}"))
}

/// Forms in which an API may give a secret back, each with a part of it that stands nowhere else.
pub(crate) fn echoes(secret: &str) -> Vec<(&'static str, String, String)> {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut echoes = vec![
        ("the credential as it is", format!("key {secret}."), secret.to_owned()),
        ("the credential in hex", format!("key {hex}."), hex),
        ("the credential percent-encoded", format!("key {percent}."), percent),
    ];
    for (before, how) in ["", "a", "ab"].into_iter().zip([
        "in base64",
        "in base64, one byte in",
        "in base64, two bytes in",
    ]) {
        for (encoded, how) in [
            (STANDARD_NO_PAD.encode(format!("{before}{secret}yz")), how),
            (URL_SAFE_NO_PAD.encode(format!("{before}{secret}yz")), "in the base64 of URLs"),
        ] {
            // Without its ends, which belong to the neighbours too.
            let core =
                encoded.get(4..encoded.len().saturating_sub(4)).unwrap_or_default().to_owned();
            echoes.push((how, format!("key {encoded}."), core));
        }
    }
    echoes
}

/// The first characters of a text from outside, with everything that is not printable escaped.
pub(crate) fn shortened(text: &str) -> String {
    const MOST: usize = 400;
    let mut short: String = text.chars().take(MOST).flat_map(shown).collect();
    let count = text.chars().count();
    if count > MOST {
        let _ = write!(short, "… ({count} characters)");
    }
    short
}

fn shown(c: char) -> Vec<char> {
    let is_plain =
        c == ' ' || c.is_alphanumeric() || c.is_ascii_punctuation() || matches!(c, '⟦' | '⟧' | '…');
    if is_plain && !is_hidden(None, c, None) { vec![c] } else { c.escape_unicode().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_told_from_honest_ones() {
        for hidden in [
            "a\u{200b}b",
            "a\u{200d}b",
            "\u{202e}x",
            "x\u{e0041}",
            "\u{1b}[0m",
            "x\u{9b}0m",
            "x\u{fe0f}",
            "a\rb",
        ] {
            assert!(first_hidden(hidden).is_some(), "{hidden:?}");
        }
        for honest in [
            "plain\r\n\ttext",
            "👨\u{200d}👩\u{200d}👧",
            "1\u{fe0f}\u{20e3}",
            "❤\u{fe0f}",
            "naïve",
            "می\u{200c}خواهم",
            "⟦untrusted 00⟧",
        ] {
            assert_eq!(first_hidden(honest), None, "{honest:?}");
        }
    }

    #[test]
    fn a_number_is_not_found_in_a_digest() {
        assert!(holds("{\"a\":123456}", "123456") && holds("x-123456.", "123456"));
        assert!(!holds("0a1234567f", "123456") && holds("0acnry01", "cnry"));
    }

    #[test]
    fn an_echo_holds_what_is_looked_for() {
        for (how, text, needle) in echoes("stk-7Qx/+=_~9fK2-0011") {
            assert!(text.contains(&needle) && needle.len() >= 16, "{how}");
        }
    }

    #[test]
    fn what_is_shown_can_not_move_the_cursor() {
        assert_eq!(shortened("a\u{202e}\u{1b}é\u{3164}"), "a\\u{202e}\\u{1b}é\\u{3164}");
        assert!(shortened(&"x".repeat(1_000)).ends_with("… (1000 characters)"));
    }
}
