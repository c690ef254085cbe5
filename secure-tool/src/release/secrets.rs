//! Text in, the same without secrets in use out, also behind escapes; see [`crate::detect::secrets`].

use std::ops::Range;

use super::spans::{merge, replace};
use super::stage::Stage;
use crate::detect::secrets::{Needles, ROUNDS, SCRUBBED, escape_at};
use crate::session::Session;

/// The most bytes that are held for a secret that is written in escapes of escapes. What goes beyond is cut.
pub(super) const MOST_HELD: usize = 16 * 1024;

/// The most bytes at the end of a text in which escapes may hang on what comes: three of ten bytes, within each other.
const OPEN_ESCAPES: usize = 40;

#[derive(Debug)]
pub(super) struct Secrets {
    session: Session,
    /// Set apart from a bracket or a colon behind it, so that it becomes no part of a link: where nothing looks at links any more.
    apart: bool,
    /// The last that was written is what stands in a secret's place.
    removed: bool,
}

impl Secrets {
    pub(super) fn new(session: Session, apart: bool) -> Self {
        Self { session, apart, removed: false }
    }
}

impl Stage for Secrets {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        // As they are now: they may have changed since the last piece.
        let needles = self.session.guard().scrubber.needles();
        let mut found = needles.find(text);
        let mut settled = text.len() - needles.begun(text);
        if text.contains(['%', '&', '\\']) {
            let view = View::of(text);
            found.extend(needles.find(&view.text).into_iter().map(|range| view.raw(range)));
            settled = settled.min(view.settled(&needles));
        }
        let mut found: Vec<(Range<usize>, &str)> = merge(found.into_iter().map(|range| (range, ())).collect(), |(), ()| ())
            .into_iter()
            .map(|(range, ())| (range, SCRUBBED))
            .collect();
        if end {
            settled = text.len();
        } else if text.len() - settled > MOST_HELD.max(needles.longest() * 2) {
            // Nothing honest looks like this.
            found.retain(|(range, _)| range.end <= settled);
            found.push((settled..text.len(), SCRUBBED));
            settled = text.len();
        }
        let start = out.len();
        let was_removed = self.removed;
        let settled = replace(text, settled, &found, out);
        if settled > 0 && self.apart {
            self.removed = found.iter().any(|(range, _)| range.end == settled);
            set_apart(out, start, was_removed);
        }
        settled
    }
}

/// Puts a space between what stands in a secret's place and a bracket or a colon.
fn set_apart(out: &mut String, start: usize, was_removed: bool) {
    let links = |c: char| matches!(c, '(' | '[' | ':');
    let written = out.split_off(start);
    if was_removed && written.starts_with(links) {
        out.push(' ');
    }
    let mut rest = written.as_str();
    while let Some((before, after)) = rest.split_once(SCRUBBED) {
        out.push_str(before);
        out.push_str(SCRUBBED);
        if after.starts_with(links) {
            out.push(' ');
        }
        rest = after;
    }
    out.push_str(rest);
}

/// A text without the escapes of addresses, HTML and JSON, with the place of each byte in the text as it is.
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
            let (seen, length) = if matches!(c, '%' | '&' | '\\') { escape_at(rest).unwrap_or((c, 1)) } else { (c, c.len_utf8()) };
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
        let begun = self.text.len() - needles.begun(&self.text);
        let tail = self.text.ceil_char_boundary(self.text.len().saturating_sub(OPEN_ESCAPES));
        let open = self.text.get(tail..).and_then(|rest| rest.find(['%', '&', '\\'])).map_or(self.text.len(), |at| tail + at);
        self.raw(begun.min(open)..begun.min(open)).start
    }
}
