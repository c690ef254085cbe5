//! The hash chain: each line contains its number, the digest of the previous line, and its own
//! digest.
//!
//! A line is `{"seq":…,"prev":"…",<record>,"hash":"…"}`; its digest is SHA-256 over the line up to
//! the last `,"hash":`. The first line's `prev` is empty.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use ring::digest::{SHA256, digest};
use serde::Deserialize;

use super::Record;
use crate::keys::hex;

/// The maximum length of a line, far above the length of any record.
const LONGEST_LINE: u64 = 1024 * 1024;

/// The end of a chain. Keep it where the writer of the chain can't change it.
///
/// ```
/// use secure_tool::audit::{Head, verify_lines};
///
/// let head: Head = verify_lines(std::io::Cursor::new(""))?.head;
/// println!("{} {}", head.records, head.hash); // store it on another machine
/// # Ok::<(), secure_tool::audit::Broken>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Head {
    /// The number of records.
    pub records: u64,
    /// The digest of the last record.
    pub hash: String,
}

/// A valid chain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Verified {
    /// The end of the chain.
    pub head: Head,
    /// The ids of calls whose effect is in doubt: their intent has no outcome, or the outcome
    /// `unknown` or `cancelled`.
    pub unknown: Vec<String>,
}

/// The reason why a chain is invalid.
#[derive(Debug)]
#[non_exhaustive]
pub enum Broken {
    /// This line, counted from 1, does not match its digest or does not follow the previous line.
    Line(u64),
    /// The chain does not contain the expected head: it was truncated or replaced.
    Head,
    /// The chain can't be read.
    Io(io::Error),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line} was changed, moved or taken out"),
            Self::Head => f.write_str(
                "the chain does not contain the head that was kept: it was cut or replaced",
            ),
            Self::Io(error) => write!(f, "the audit can't be read or made: {error}"),
        }
    }
}

impl std::error::Error for Broken {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

/// Returns the line that follows `head`, and the new head.
pub(super) fn link(head: &Head, record: &Record) -> io::Result<(String, Head)> {
    let body = serde_json::to_string(record)?;
    let body = body.strip_prefix('{').unwrap_or(&body);
    let body = body.strip_suffix('}').unwrap_or(body);
    let mut line = format!("{{\"seq\":{},\"prev\":\"{}\",{body}", head.records + 1, head.hash);
    let hash = hex(digest(&SHA256, line.as_bytes()).as_ref());
    line.push_str(",\"hash\":\"");
    line.push_str(&hash);
    line.push_str("\"}\n");
    Ok((line, Head { records: head.records + 1, hash }))
}

/// Verifies a chain in a file.
///
/// ```no_run
/// use secure_tool::audit::verify;
///
/// let verified = verify("audit.jsonl")?;
/// println!("{} records", verified.head.records);
/// # Ok::<(), secure_tool::audit::Broken>(())
/// ```
///
/// # Errors
///
/// Returns [`Broken`] with the first invalid line, or if the file can't be read.
pub fn verify(path: impl AsRef<Path>) -> Result<Verified, Broken> {
    verify_lines(std::fs::File::open(path).map_err(Broken::Io)?)
}

/// Verifies a chain in a file, and that it still contains a kept head.
///
/// ```
/// use secure_tool::audit::{Broken, Head, verify_against};
///
/// # fn example(kept: &Head) {
/// match verify_against("audit.jsonl", kept) {
///     Ok(verified) => println!("{} records; effects in doubt: {:?}", verified.head.records, verified.unknown),
///     Err(Broken::Line(line)) => println!("line {line} was changed, moved or removed"),
///     Err(broken) => println!("{broken}"),
/// }
/// # }
/// ```
///
/// # Errors
///
/// As [`verify`]. Also [`Broken::Head`] if the chain was truncated or replaced.
pub fn verify_against(path: impl AsRef<Path>, kept: &Head) -> Result<Verified, Broken> {
    let file = std::fs::File::open(path).map_err(Broken::Io)?;
    walk(file, Some(kept))
}

/// Verifies a chain from any reader.
///
/// ```
/// use secure_tool::audit::verify_lines;
///
/// let verified = verify_lines(std::io::Cursor::new(""))?;
/// assert_eq!(verified.head.records, 0);
/// # Ok::<(), secure_tool::audit::Broken>(())
/// ```
///
/// # Errors
///
/// As [`verify`].
pub fn verify_lines(lines: impl Read) -> Result<Verified, Broken> {
    walk(lines, None)
}

#[derive(Deserialize)]
struct Line<'a> {
    seq: u64,
    prev: &'a str,
    hash: &'a str,
    kind: &'a str,
    #[serde(default)]
    call: &'a str,
    #[serde(default)]
    decision: &'a str,
}

fn walk(lines: impl Read, kept: Option<&Head>) -> Result<Verified, Broken> {
    let mut reader = BufReader::new(lines);
    let mut verified = Verified::default();
    let mut open = std::collections::BTreeSet::new();
    let mut contains = kept.is_none_or(|kept| kept.records == 0);
    let mut text = String::new();
    loop {
        text.clear();
        if (&mut reader).take(LONGEST_LINE).read_line(&mut text).map_err(Broken::Io)? == 0 {
            break;
        }
        let number = verified.head.records + 1;
        let line = follow(&text, &verified.head).ok_or(Broken::Line(number))?;
        match line.kind {
            "intent" => {
                open.insert(line.call.to_owned());
            }
            // A cancelled call, or one without a complete response, may have made its effect.
            "outcome" if !matches!(line.decision, "unknown" | "cancelled") => {
                open.remove(line.call);
            }
            _ => {}
        }
        verified.head = Head { records: number, hash: line.hash.to_owned() };
        contains |= kept == Some(&verified.head);
    }
    verified.unknown = open.into_iter().collect();
    if contains { Ok(verified) } else { Err(Broken::Head) }
}

/// Returns the line if it is complete and follows the head.
fn follow<'a>(text: &'a str, head: &Head) -> Option<Line<'a>> {
    let line: Line<'a> = serde_json::from_str(text.strip_suffix('\n')?).ok()?;
    let (body, tail) = text.rsplit_once(",\"hash\":")?;
    // Nothing may follow the digest: a reader that takes the last of duplicate keys would read data
    // that was not hashed.
    let whole = tail == format!("\"{}\"}}\n", line.hash)
        && line.hash == hex(digest(&SHA256, body.as_bytes()).as_ref());
    (whole && line.seq == head.records + 1 && line.prev == head.hash).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::super::{Call, Decision, Event, Header, Intent, Outcome};
    use super::*;

    fn intent(call: &str) -> Event {
        let call = Call { call: call.into(), ..Call::default() };
        Event::Intent(Box::new(Intent { call, ..Intent::default() }))
    }

    fn outcome(call: &str) -> Event {
        let call = Call { call: call.into(), ..Call::default() };
        let decision = Decision::Answered;
        Event::Outcome(Box::new(Outcome { call, decision, ..Outcome::default() }))
    }

    fn chain(events: &[Event]) -> Vec<String> {
        let mut head = Head::default();
        events
            .iter()
            .map(|event| {
                let record = Record { header: Header::default(), event: event.clone() };
                let (line, next) = link(&head, &record).expect("plain data");
                head = next;
                line
            })
            .collect()
    }

    fn verified(lines: &[String]) -> Result<Verified, Broken> {
        verify_lines(lines.concat().as_bytes())
    }

    #[test]
    fn an_edited_moved_or_missing_line_is_found() {
        let lines = chain(&[outcome("a"), intent("b"), outcome("b"), intent("c")]);
        let whole = verified(&lines).expect("untouched");
        assert_eq!((whole.head.records, whole.unknown), (4, vec!["c".to_owned()]));

        let mut edited = lines.clone();
        edited[1] = edited[1].replace("\"b\"", "\"x\"");
        assert!(matches!(verified(&edited), Err(Broken::Line(2))));

        let mut swapped = lines.clone();
        swapped.swap(1, 2);
        assert!(matches!(verified(&swapped), Err(Broken::Line(2))));

        let mut missing = lines.clone();
        missing.remove(0);
        assert!(matches!(verified(&missing), Err(Broken::Line(1))));

        for tail in [",\"decision\":\"refused\"}\n", "} \n", ",\"hash\":\"\"}\n"] {
            let mut longer = lines.clone();
            longer[3] = longer[3].replace("}\n", tail);
            assert!(matches!(verified(&longer), Err(Broken::Line(4))), "{tail}");
        }
    }

    #[test]
    fn a_cut_end_is_found_against_a_head_that_was_kept() {
        let lines = chain(&[outcome("a"), outcome("b")]);
        let kept = verified(&lines).expect("untouched").head;
        let cut = lines.first().cloned().unwrap_or_default();
        assert!(
            verify_lines(cut.as_bytes()).is_ok(),
            "a chain alone can't show that its end is missing"
        );
        assert!(matches!(walk(cut.as_bytes(), Some(&kept)), Err(Broken::Head)));
    }

    #[test]
    fn a_broken_chain_is_an_error_and_no_panic() {
        for text in [
            "x",
            "{}\n",
            "\n",
            "{\"seq\":1,\"prev\":\"\",\"kind\":\"outcome\",\"hash\":\"\"}\n",
            "\u{0}",
        ] {
            assert!(matches!(verify_lines(text.as_bytes()), Err(Broken::Line(1))), "{text:?}");
        }
        assert!(matches!(verify_lines(&[0xff, 0xfe][..]), Err(Broken::Io(_))));
    }
}
