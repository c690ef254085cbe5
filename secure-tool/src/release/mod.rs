//! The model's final answer: text of the model in, text that its readers may see out, whole or as
//! it comes.
//!
//! | step | file | what it does |
//! |--|--|--|
//! | 1 | `datamarks` | puts spaces in the place of marks that the model copied |
//! | 2 | `markers` | takes markers out that the model copied |
//! | 3 | `handles` | puts values in the place of handles |
//! | 4 | `hidden` | takes hidden characters out |
//! | 5, 8 | `secrets` | removes secrets in use; again at the end, so that nothing between can put one together |
//! | 6 | `confidential` | removes values that the readers may not see |
//! | 7 | [`secure_tool_text::defang`] | makes links and images outside of the allowlist inert |
//!
//! Each is a [`Stage`](stage::Stage): it settles as much of the text as does not hang on what
//! comes, and holds the rest. A whole text is a stream of one piece, so the two can't differ in
//! what they do.

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

/// A final answer on its way to its readers while the model still writes it. Of
/// [`Session::release_stream`](crate::Session::release_stream).
///
/// Put together, what it gives out is what [`Session::release`](crate::Session::release) gives for
/// the whole, wherever the pieces were cut. It holds back only what may be the beginning of
/// something: the letters of a word that could be a scheme or a handle, a link until it ends, the
/// first letters of a secret. Plain text goes on at once.
///
/// What is held is bounded, whatever comes: a link by 8 KiB behind its text, a tag by 2 KiB, a word
/// with escapes in it by 8 KiB, a confidential value by 18 KiB (512 bytes with eight characters
/// between any two of them), a secret by the larger of 16 KiB and twice its longest form. What goes
/// beyond is made inert where it is known to be a link or a tag, and cut where it may be a secret;
/// beyond that bound the text may differ from that of the whole, and is no less safe.
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
#[must_use = "what is not finished is not shown as a whole"]
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

    /// Takes the next piece, and gives out what is settled by it; often that is the piece before,
    /// and sometimes nothing.
    #[must_use = "what is given out is not given out again"]
    pub fn push(&mut self, piece: &str) -> String {
        self.feed(piece, false)
    }

    /// Gives out the rest.
    #[must_use = "what is given out is not given out again"]
    pub fn finish(mut self) -> String {
        self.feed("", true)
    }

    /// How many bytes are held back.
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

// What is held may be half a secret.
impl fmt::Debug for ReleaseStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReleaseStream").field("held", &self.held()).finish_non_exhaustive()
    }
}
