//! Text in, the same without secrets in use out, also behind escapes; see
//! [`crate::scrub`].

use std::ops::Range;
use std::sync::Arc;

use secure_tool_text::internal::{ROUNDS, escape_at};
use secure_tool_text::needles::Needles;

use super::spans::{merge, replace};
use super::stage::Stage;
use crate::conversation::Conversation;
use crate::scrub::SCRUBBED;

/// The most bytes that are held for a secret that is written in escapes of escapes. What goes
/// beyond is cut.
pub(super) const MOST_HELD: usize = 16 * 1024;

/// The most bytes at the end of a text in which escapes may hang on what comes: three of ten bytes,
/// within each other.
const OPEN_ESCAPES: usize = 40;

#[derive(Debug)]
pub(super) struct Secrets {
    conversation: Arc<Conversation>,
    /// Set apart from a bracket or a colon behind it, so that it becomes no part of a link: where
    /// nothing looks at links any more.
    apart: bool,
    /// The last that was written is what stands in a secret's place.
    removed: bool,
}

impl Secrets {
    pub(super) fn new(conversation: Arc<Conversation>, apart: bool) -> Self {
        Self { conversation, apart, removed: false }
    }
}

impl Stage for Secrets {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        // As they are now: they may have changed since the last piece.
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
            // Nothing honest looks like this.
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

/// What would make a link of brackets before it.
const LINKS: [char; 3] = ['(', '[', ':'];

/// What stands where a secret stood, before one of these.
const SET_APART: &str = "[secret removed] ";

/// A text without the escapes of addresses, HTML and JSON, with the place of each byte in the text
/// as it is.
struct View {
    text: String,
    /// One more than bytes.
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

    /// So many bytes of the text as it is hang on nothing that comes.
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
