//! A streaming step over a text: emits the final part and buffers the rest.

/// A step that can pause at any position and continue with more text. Its output must not depend on
/// where the text was split.
pub(super) trait Stage {
    /// Processes the text, writes its final part, and returns that part's length in bytes. The rest
    /// is passed again with more text appended. With `end` set there is no more text, and all of it
    /// is final.
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize;
}

/// A step with its buffered text.
pub(super) struct Buffered<S> {
    stage: S,
    text: String,
    /// The number of buffered bytes that the step has not seen.
    fresh: usize,
}

/// The fraction of the buffer that must be new before it is processed again. Each byte is therefore
/// processed at most 32 times, however small the pieces are.
const PART: usize = 32;

impl<S: Stage> Buffered<S> {
    pub(super) fn new(stage: S) -> Self {
        Self { stage, text: String::new(), fresh: 0 }
    }

    /// Takes a piece and writes the final part.
    pub(super) fn feed(&mut self, piece: &str, end: bool, out: &mut String) {
        self.text.push_str(piece);
        self.fresh += piece.len();
        if !end && self.fresh * PART < self.text.len() {
            return;
        }
        self.fresh = 0;
        let settled = self.stage.pass(&self.text, end, out);
        self.text.drain(..settled);
    }

    /// Returns the number of buffered bytes.
    pub(super) fn held(&self) -> usize {
        self.text.len()
    }
}

impl Stage for secure_tool_text::defang::Scanner {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        self.pass(text, end, out)
    }
}
