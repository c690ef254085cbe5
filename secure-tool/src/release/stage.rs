//! A step over a text that comes in pieces: what is settled goes on, the rest is held.

/// A step that can stop wherever the text does and go on when there is more. What it makes of a
/// text must not hang on where the text was cut.
pub(super) trait Stage {
    /// Goes over what is known of the text, writes what is settled, and gives how many bytes that
    /// were. The rest comes again, with more behind it; with `end` there is nothing more, and all
    /// is settled.
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize;
}

/// A step with the text that it could not settle yet.
pub(super) struct Buffered<S> {
    stage: S,
    text: String,
    /// How many bytes of it the step has not seen.
    fresh: usize,
}

/// The part of what is held that has to be new before it is gone over again: so a byte is gone over
/// 32 times at the most, however small the pieces are.
const PART: usize = 32;

impl<S: Stage> Buffered<S> {
    pub(super) fn new(stage: S) -> Self {
        Self { stage, text: String::new(), fresh: 0 }
    }

    /// Takes a piece, and writes what is settled by it.
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

    /// How many bytes are held.
    pub(super) fn held(&self) -> usize {
        self.text.len()
    }
}

impl Stage for secure_tool_text::defang::Scanner {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        self.pass(text, end, out)
    }
}
