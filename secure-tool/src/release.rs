//! The model's final answer: text of the model in, text that the user may see out.

use std::borrow::Cow;

use crate::detect::hidden::{self, Counts};
use crate::session::Session;
use crate::spotlighting::is_delimiter;

pub(crate) fn release(session: &Session, answer: &str) -> String {
    let unmarked = without_markers(answer);
    let opened = open_handles(session, &unmarked);
    let clean = hidden::clean(&opened, &mut Counts::default());
    // Last, so that nothing above can put a secret together again.
    session.scrub(&clean).into_owned()
}

/// The text without delimiters such as `⟦untrusted …⟧` and `⟦end …⟧`, which a model may copy.
fn without_markers(text: &str) -> Cow<'_, str> {
    if !text.contains(hidden::OPEN) {
        return text.into();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(hidden::OPEN) {
        out.push_str(before);
        // A marker is short; the close of a longer one is not looked for.
        let near = after.get(..after.floor_char_boundary(40)).unwrap_or_default();
        let marker = near.split_once(hidden::CLOSE).filter(|(inside, _)| is_delimiter(inside));
        rest = match marker {
            Some((inside, _)) => after.get(inside.len() + hidden::CLOSE.len_utf8()..).unwrap_or_default(),
            None => {
                out.push(hidden::OPEN);
                after
            }
        };
    }
    out.push_str(rest);
    out.into()
}

/// The text with `Sku#3` replaced by what it stands for, where that is known and clear.
fn open_handles<'a>(session: &Session, text: &'a str) -> Cow<'a, str> {
    let kinds = &session.guard().handles;
    if kinds.is_empty() || !text.contains('#') {
        return text.into();
    }
    let state = session.state();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('#') {
        let digits = after.len() - after.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let name_start = before
            .rfind(|c: char| !(c.is_alphanumeric() || c == '_'))
            .map_or(0, |at| at + before.get(at..).and_then(|tail| tail.chars().next()).map_or(1, char::len_utf8));
        let name = before.get(name_start..).unwrap_or_default();
        let number = after.get(..digits).filter(|digits| digits.len() <= 6).and_then(|digits| digits.parse().ok());
        match number.and_then(|number| state.shown_handle(kinds, name, number)) {
            Some(value) => {
                out.push_str(before.get(..name_start).unwrap_or_default());
                match value {
                    serde_json::Value::String(text) => out.push_str(text),
                    other => out.push_str(&other.to_string()),
                }
                rest = after.get(digits..).unwrap_or_default();
            }
            None => {
                out.push_str(before);
                out.push('#');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out.into()
}
