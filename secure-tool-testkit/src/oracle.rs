//! Oracles: each returns why an attack succeeded, or `None`.
//!
//! They judge by effects: bytes on the wire, texts for the model, audit records, and the taint of
//! the session. They do not read the text of a refusal, and they call no model.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secure_tool::{marked_regions, regions};
use serde_json::Value;

use crate::attempt::Seen;
use crate::hostile::Request;

/// Checks whether a request or connection reached the API, or a handler ran.
pub(crate) fn left(seen: &Seen) -> Option<String> {
    let (requests, unreadable, connections) =
        (seen.requests.len(), seen.unreadable, seen.connections);
    let wire = || {
        format!(
            "{requests} requests, {unreadable} unreadable messages and {connections} connections \
             reached the API"
        )
    };
    seen.left().then(|| if seen.ran { "the handler ran".into() } else { wire() })
}

/// Checks whether a request or other bytes reached the API, or a handler ran.
pub(crate) fn requested(seen: &Seen) -> Option<String> {
    match seen.requests.first() {
        Some(request) => {
            Some(format!("the API got {} {}", request.method(), shortened(request.target())))
        }
        None if seen.ran => Some("the handler ran".into()),
        None => {
            (seen.unreadable > 0).then(|| "bytes that are not a request reached the API".into())
        }
    }
}

/// Checks whether the tool looked up a host that is not one of its APIs.
pub(crate) fn looked_up(seen: &Seen) -> Option<String> {
    seen.looked_up.first().map(|name| format!("the name {} was looked up", shortened(name)))
}

/// Checks whether the text is in the text for the model, in `Debug` of the outcome or in the audit.
pub(crate) fn leaked(seen: &Seen, mark: &str) -> Option<String> {
    let (text, structured) = (seen.outcome.for_model(), seen.outcome.structured());
    let structured =
        structured.iter().any(|value| texts(value).iter().any(|text| contains(text, mark)));
    let places = [
        (contains(&text, mark), "the text for the model"),
        (structured, "the structured response"),
        (contains(&format!("{:?}", seen.outcome), mark), "`Debug` of the outcome"),
        (seen.audit.iter().any(|line| contains(line, mark)), "the audit"),
    ];
    let found: Vec<&str> =
        places.iter().filter(|(is_there, _)| *is_there).map(|(_, place)| *place).collect();
    (!found.is_empty()).then(|| format!("the text is in {}", found.join(", ")))
}

/// Returns whether the text contains the mark.
///
/// A number counts only if no letter or digit is adjacent, because it could be part of another
/// number or of a digest.
fn contains(text: &str, mark: &str) -> bool {
    let is_number = mark.parse::<f64>().is_ok();
    let is_adjacent = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    text.match_indices(mark).any(|(at, found)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + found.len()..).and_then(|after| after.chars().next());
        !is_number || !is_adjacent(before) && !is_adjacent(after)
    })
}

/// Checks whether untrusted text is not isolated.
///
/// That is the case if the mark is outside the one marked region of the text for the model, in a
/// field that is not isolated as a whole, or in an audit record; or if the session is not tainted.
pub(crate) fn unmarked(seen: &Seen, mark: &str) -> Option<String> {
    let text = seen.outcome.for_model();
    let mut values: Vec<String> = seen.outcome.structured().iter().flat_map(texts).collect();
    match (marked_regions(&text).as_deref(), serde_json::from_str::<Value>(&text)) {
        (Some([region]), _) if text.replacen(region, "", 1).contains(mark) => {
            return Some("the text is outside the marked region".into());
        }
        (Some([_]), _) => {}
        // Each field has its own region.
        (_, Ok(value)) => values.extend(texts(&value)),
        (Some(_), Err(_)) if text.contains(mark) => {
            return Some("the text is outside the marked region".into());
        }
        (Some(_), Err(_)) => {}
        (None, Err(_)) => {
            return Some("the delimiters of the text for the model are invalid".into());
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
        return Some("a field is not isolated as a whole".into());
    }
    if seen.audit.iter().any(|line| line.contains(mark)) {
        return Some("the text is in the audit".into());
    }
    let was_read = text.contains(mark) || !marked.is_empty();
    (was_read && !seen.tainted).then(|| "the session read untrusted text and is not tainted".into())
}

/// Returns the nonce of the first delimiter.
fn nonce(text: &str) -> Option<String> {
    let (opening, _) = text.split_once('⟦')?.1.split_once('⟧')?;
    opening.split(' ').nth(1).map(str::to_owned)
}

/// Returns the content of a text that is exactly one isolated region.
fn decoded(text: &str) -> Option<String> {
    let mut regions = regions(text)?;
    (regions.len() == 1 && text.starts_with('⟦') && text.ends_with('⟧'))
        .then(|| regions.remove(0).text)
}

/// Checks whether the model receives a character that hides, reorders or overwrites others.
pub(crate) fn hidden(seen: &Seen) -> Option<String> {
    let text = seen.outcome.for_model();
    let structured = seen.outcome.structured();
    let mut all: Vec<String> = structured.iter().flat_map(texts).collect();
    // The model also reads the decoded form.
    all.extend(all.iter().filter_map(|text| decoded(text)).collect::<Vec<_>>());
    all.push(text);
    let found = all.iter().find_map(|text| first_hidden(text))?;
    Some(format!("U+{:04X} reached the model", u32::from(found)))
}

/// Returns the first character that is invisible, or that changes the display of others.
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

/// Independent of the guard's own list, but from the same sources: Unicode's
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
        // Legitimate between letters of joining scripts, and within emoji.
        '\u{200c}' | '\u{200d}' => !(joins(before) && joins(after)),
        // Legitimate after a character with a text form and an emoji form.
        '\u{fe0e}' | '\u{fe0f}' => {
            before.is_none_or(|before| before.is_ascii_alphabetic() || before == ' ')
        }
        _ => HIDDEN.iter().any(|range| range.contains(&c)),
    }
}

/// Returns all keys and strings of a value.
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

/// The structure of a request, which a value must not change.
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
    // Servers ignore empty segments.
    let segments = request.path_segments().iter().filter(|segment| !segment.is_empty()).count();
    Structure {
        method: request.method().to_owned(),
        segments,
        pairs,
        headers,
        has_body: !request.body().is_empty(),
    }
}

/// Checks whether the structure of the request differs from that of the honest one, or whether the
/// API reads another value than the model sent.
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
            "the API got {} requests and {} unreadable messages",
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
        return Some(format!("the request has the structure {here:?} instead of {there:?}"));
    }
    (!is_read(request))
        .then(|| format!("the API reads another value than the model sent: {target}"))
}

/// Returns the forms in which an API may echo a secret: description, text, and the part to search
/// for.
pub(crate) fn echoes(secret: &str) -> Vec<(&'static str, String, String)> {
    let hex = secret.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let percent = utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string();
    let mut echoes = vec![
        ("the plain credential", format!("key {secret}."), secret.to_owned()),
        ("the credential in hex", format!("key {hex}."), hex),
        ("the credential percent-encoded", format!("key {percent}."), percent),
    ];
    for (before, how) in ["", "a", "ab"].into_iter().zip([
        "the credential in base64",
        "the credential in base64, shifted by one byte",
        "the credential in base64, shifted by two bytes",
    ]) {
        for (encoded, how) in [
            (STANDARD_NO_PAD.encode(format!("{before}{secret}yz")), how),
            (URL_SAFE_NO_PAD.encode(format!("{before}{secret}yz")), "the credential in base64url"),
        ] {
            // The first and last characters also encode the adjacent bytes.
            let core =
                encoded.get(4..encoded.len().saturating_sub(4)).unwrap_or_default().to_owned();
            echoes.push((how, format!("key {encoded}."), core));
        }
    }
    echoes
}

/// Returns at most 400 characters of an untrusted text, with unprintable characters escaped.
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
    let is_plain = c == ' ' || c.is_alphanumeric() || c.is_ascii_punctuation() || "⟦⟧…".contains(c);
    if is_plain && !is_hidden(None, c, None) { vec![c] } else { c.escape_unicode().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_are_distinguished_from_legitimate_ones() {
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
    fn number_within_a_digest_is_not_a_match() {
        assert!(contains("{\"a\":123456}", "123456") && contains("x-123456.", "123456"));
        assert!(!contains("0a1234567f", "123456") && contains("0acnry01", "cnry"));
    }

    #[test]
    fn each_echo_contains_its_search_text() {
        for (how, text, needle) in echoes("stk-7Qx/+=_~9fK2-0011") {
            assert!(text.contains(&needle) && needle.len() >= 16, "{how}");
        }
    }

    #[test]
    fn unprintable_characters_are_escaped_in_reports() {
        assert_eq!(shortened("a\u{202e}\u{1b}é\u{3164}"), "a\\u{202e}\\u{1b}é\\u{3164}");
        assert!(shortened(&"x".repeat(1_000)).ends_with("… (1000 characters)"));
    }
}
