//! Release of the model's final answer to its readers, as a whole or as a stream.
//!
//! | step | file | what it does |
//! |--|--|--|
//! | 1 | `datamarks` | replaces copied datamarks with spaces |
//! | 2 | `markers` | removes copied delimiters |
//! | 3 | `handles` | replaces handles with their values |
//! | 4 | `hidden` | removes hidden characters |
//! | 5, 8 | `secrets` | removes secrets in use; step 8 removes those that other steps uncovered |
//! | 6 | `confidential` | removes values that the readers may not see |
//! | 7 | [`secure_tool_text::defang`] | defangs links and images outside of the allowlist |
//!
//! Each step is a [`Stage`](stage::Stage). It emits the text that no further input can change and
//! buffers the rest. A whole text is a stream of one piece, so both give the same result.

mod confidential;
mod datamarks;
mod handles;
mod hidden;
mod markers;
mod secrets;
mod spans;
mod stage;

use std::fmt;
use std::sync::Arc;

use secure_tool_text::defang::Scanner;

use crate::conversation::Conversation;

use confidential::Removal;
use datamarks::Datamarks;
use handles::Handles;
use hidden::Hidden;
use markers::Markers;
use secrets::Secrets;
use stage::Buffered;

pub(crate) fn release(conversation: &Arc<Conversation>, answer: &str) -> String {
    let mut stream = ReleaseStream::new(conversation);
    stream.feed(answer, true)
}

/// A final answer, released while the model is still writing it. Returned by
/// [`Session::release_stream`](crate::Session::release_stream).
///
/// The concatenated output equals the output of [`Session::release`](crate::Session::release) for
/// the whole text, however the text is split. The stream buffers only text that may be the
/// beginning of a match: a word that could be a scheme or a handle, an unfinished link, the first
/// letters of a secret. Other text is returned at once.
///
/// The buffer is bounded for any input. The limits are 8 KiB after the text of a link, 2 KiB for a
/// tag, and 8 KiB for a word with escapes. A confidential value has 18 KiB: 512 bytes with eight
/// characters between any two. A secret has 16 KiB, or twice its longest form if that is larger.
/// Beyond a limit, a known link or tag is defanged, and a possible secret is cut. The output may
/// then differ from that for the whole text, but is equally safe.
///
/// ```
/// # fn example(conversation: &secure_tool::Session, pieces: impl Iterator<Item = String>) {
/// let mut stream = conversation.release_stream();
/// for piece in pieces {
///     print!("{}", stream.push(&piece));
/// }
/// println!("{}", stream.finish());
/// # }
/// ```
#[must_use = "without `finish`, the end of the text is lost"]
pub struct ReleaseStream {
    datamarks: Buffered<Datamarks>,
    markers: Buffered<Markers>,
    handles: Buffered<Handles>,
    hidden: Buffered<Hidden>,
    first: Buffered<Secrets>,
    confidential: Buffered<Removal>,
    links: Buffered<Scanner>,
    last: Buffered<Secrets>,
}

impl ReleaseStream {
    pub(crate) fn new(conversation: &Arc<Conversation>) -> Self {
        let (marks, search) = {
            let mut state = conversation.state();
            (state.marks.clone(), state.confidential.search())
        };
        Self {
            datamarks: Buffered::new(Datamarks::new(marks)),
            markers: Buffered::new(Markers),
            handles: Buffered::new(Handles::new(conversation.clone())),
            hidden: Buffered::new(Hidden::default()),
            first: Buffered::new(Secrets::new(conversation.clone(), false)),
            confidential: Buffered::new(Removal::new(search)),
            links: Buffered::new(Scanner::new(conversation.engine().links.clone())),
            last: Buffered::new(Secrets::new(conversation.clone(), true)),
        }
    }

    /// Takes the next piece. Returns the text that is final, which is often that of the previous
    /// piece and sometimes empty.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// let mut stream = session.release_stream();
    /// for piece in ["The kettle costs ", "39.90 euros."] {
    ///     print!("{}", stream.push(piece));
    /// }
    /// print!("{}", stream.finish());
    /// # }
    /// ```
    #[must_use = "each piece of text is returned only once"]
    pub fn push(&mut self, piece: &str) -> String {
        self.feed(piece, false)
    }

    /// Returns the remaining text.
    ///
    /// ```
    /// # fn example(session: &secure_tool::Session) {
    /// let mut stream = session.release_stream();
    /// let shown = stream.push("Done.") + &stream.finish();
    /// # drop(shown);
    /// # }
    /// ```
    #[must_use = "each piece of text is returned only once"]
    pub fn finish(mut self) -> String {
        self.feed("", true)
    }

    /// Returns the number of buffered bytes.
    #[must_use]
    pub fn held(&self) -> usize {
        let first = self.datamarks.held()
            + self.markers.held()
            + self.handles.held()
            + self.hidden.held()
            + self.first.held();
        first + self.confidential.held() + self.links.held() + self.last.held()
    }

    fn feed(&mut self, piece: &str, end: bool) -> String {
        let (mut text, mut next) = (String::new(), String::new());
        self.datamarks.feed(piece, end, &mut next);
        self.markers.feed(&next, end, &mut text);
        next.clear();
        self.handles.feed(&text, end, &mut next);
        text.clear();
        self.hidden.feed(&next, end, &mut text);
        next.clear();
        self.first.feed(&text, end, &mut next);
        text.clear();
        self.confidential.feed(&next, end, &mut text);
        next.clear();
        self.links.feed(&text, end, &mut next);
        text.clear();
        self.last.feed(&next, end, &mut text);
        text
    }
}

// The buffer may contain part of a secret.
impl fmt::Debug for ReleaseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleaseStream").field("held", &self.held()).finish_non_exhaustive()
    }
}
