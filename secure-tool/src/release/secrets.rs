//! Removes secrets in use, in escaped forms too; see [`crate::scrub`].

use std::ops::Range;
use std::sync::Arc;

use secure_tool_text::internal::{ROUNDS, escape_at};
use secure_tool_text::needles::Needles;

use super::spans::{merge, replace};
use super::stage::Stage;
use crate::conversation::Conversation;
use crate::scrub::SCRUBBED;

/// The maximum number of buffered bytes for a secret in nested escapes. Longer candidates are cut.
pub(super) const MOST_HELD: usize = 16 * 1024;

/// The maximum length of incomplete escapes at the end of a text: three nested escapes of ten
/// bytes.
const OPEN_ESCAPES: usize = 40;

#[derive(Debug)]
pub(super) struct Secrets {
    conversation: Arc<Conversation>,
    /// Whether to separate a replacement from a following bracket or colon, so that they don't form
    /// a link. Used after the links have been defanged.
    apart: bool,
    /// Whether the last output was the replacement of a secret.
    removed: bool,
}

impl Secrets {
    pub(super) fn new(conversation: Arc<Conversation>, apart: bool) -> Self {
        Self { conversation, apart, removed: false }
    }
}

impl Stage for Secrets {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        // Read the current secrets: they may have changed since the last piece.
        let needles = self.conversation.engine().scrubber.needles();
        let mut found = needles.find(text);
        let mut settled = text.len() - needles.pending(text);
        if text.contains(['%', '&', '\\']) {
            let view = View::of(text);
            found.extend(needles.find(&view.text).into_iter().map(|range| view.raw(range)));
            settled = settled.min(view.settled(&needles));
        }
        let mut found: Vec<Range<usize>> =
            merge(found.into_iter().map(|range| (range, ())).collect(), |(), ()| ())
                .into_iter()
                .map(|(range, ())| range)
                .collect();
        if end {
            settled = text.len();
        } else if text.len() - settled > MOST_HELD.max(needles.longest() * 2) {
            // No legitimate text has this form.
            found.retain(|range| range.end <= settled);
            found.push(settled..text.len());
            settled = text.len();
        }
        if self.removed && text.starts_with(LINKS) {
            out.push(' ');
        }
        let links = |range: &Range<usize>| {
            self.apart && text.get(range.end..).is_some_and(|rest| rest.starts_with(LINKS))
        };
        let found: Vec<_> = found
            .into_iter()
            .map(|range| if links(&range) { (range, SET_APART) } else { (range, SCRUBBED) })
            .collect();
        let settled = replace(text, settled, &found, out);
        if settled > 0 {
            self.removed = self.apart
                && found.iter().any(|(range, with)| range.end == settled && *with == SCRUBBED);
        }
        settled
    }
}

/// Characters that would form a link with preceding brackets.
const LINKS: [char; 3] = ['(', '[', ':'];

/// The replacement of a secret before one of these characters.
const SET_APART: &str = "[secret removed] ";

/// A text without URL, HTML and JSON escapes, with the position of each byte in the original text.
struct View {
    text: String,
    /// One position more than there are bytes.
    places: Vec<usize>,
}

impl View {
    fn of(text: &str) -> Self {
        let mut view = Self { text: text.to_owned(), places: (0..=text.len()).collect() };
        for _ in 0..ROUNDS {
            if !view.text.contains(['%', '&', '\\']) {
                break;
            }
            view = view.once();
        }
        view
    }

    fn once(&self) -> Self {
        let mut text = String::with_capacity(self.text.len());
        let mut places = Vec::with_capacity(self.places.len());
        let mut at = 0;
        while let Some(c) = self.text.get(at..).and_then(|rest| rest.chars().next()) {
            let rest = self.text.get(at..).unwrap_or_default();
            let (seen, length) = if matches!(c, '%' | '&' | '\\') {
                escape_at(rest).unwrap_or((c, 1))
            } else {
                (c, c.len_utf8())
            };
            let place = self.places.get(at).copied().unwrap_or_default();
            places.extend(std::iter::repeat_n(place, seen.len_utf8()));
            text.push(seen);
            at += length;
        }
        places.push(self.places.last().copied().unwrap_or_default());
        Self { text, places }
    }

    fn raw(&self, range: Range<usize>) -> Range<usize> {
        let place = |at: usize| self.places.get(at).copied().unwrap_or_default();
        place(range.start)..place(range.end)
    }

    /// Returns the number of bytes of the original text that no further input can change.
    fn settled(&self, needles: &Needles) -> usize {
        let tail = self.text.ceil_char_boundary(self.text.len().saturating_sub(OPEN_ESCAPES));
        let open = self
            .text
            .get(tail..)
            .and_then(|rest| rest.find(['%', '&', '\\']))
            .map_or(self.text.len(), |at| tail + at);
        let known = self.text.get(..open).unwrap_or_default();
        let settled = known.len() - needles.pending(known);
        self.raw(settled..settled).start
    }
}
