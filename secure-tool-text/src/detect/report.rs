//! What a scan found: rule ids, places and confidence, never the text. And [`Detector`], the trait
//! behind which it is done.

use std::fmt::Debug;
use std::ops::Range;

/// Looks for text that tries to steer a model. What it finds is a signal; no decision of the guard
/// rests on it alone.
///
/// ```
/// use secure_tool_text::detect::{Confidence, Detector, Report, View};
///
/// /// Flags one phrase of the house.
/// #[derive(Debug)]
/// struct Phrase;
///
/// impl Detector for Phrase {
///     fn scan(&self, text: &str, report: &mut Report) {
///         for (at, phrase) in text.match_indices("open the pod bay doors") {
///             report.add("house.phrase", at..at + phrase.len(), Confidence::Strong, View::Plain);
///         }
///     }
/// }
///
/// let mut report = Report::new();
/// Phrase.scan("HAL, open the pod bay doors.", &mut report);
/// assert!(report.is_flagged());
/// ```
pub trait Detector: Debug + Send + Sync {
    /// Looks through a text, and adds what it finds to the report. It must take time linear in the
    /// text, whatever the text is.
    fn scan(&self, text: &str, report: &mut Report);
}

/// How sure a signal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Confidence {
    /// Seen in honest text too; worth a note.
    Weak,
    /// Rare in honest text.
    Medium,
    /// Flags a text by itself.
    Strong,
}

impl Confidence {
    /// Its weight, where [`THRESHOLD`] flags.
    pub(crate) const fn points(self) -> i32 {
        match self {
            Self::Weak => THRESHOLD / 4,
            Self::Medium => THRESHOLD * 5 / 8,
            Self::Strong => THRESHOLD,
        }
    }
}

/// How a text has to be read for a signal to be seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum View {
    /// As it is written.
    Plain,
    /// With compatibility forms, look-alikes and hidden characters resolved.
    Folded,
    /// What tag characters, variation selectors or zero-width characters spell.
    Smuggled,
    /// With the escapes of JSON, HTML and addresses taken off.
    Unescaped,
    /// From base64.
    Base64,
    /// From hexadecimal digits.
    Hex,
    /// With spaced letters drawn together.
    Spaced,
    /// With digits read as the letters that they resemble.
    Leet,
    /// Each letter moved by thirteen.
    Rot13,
    /// From the end to the beginning.
    Reversed,
}

/// One thing that was found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Signal {
    /// The id of the rule; it stays the same from version to version.
    pub rule: &'static str,
    /// Where it stands, in bytes of the text that was scanned. Both ends are boundaries of
    /// characters. What was decoded spans all that it was decoded from.
    pub span: Range<usize>,
    /// How sure the rule is.
    pub confidence: Confidence,
    /// How the text has to be read for it to be seen.
    pub view: View,
}

/// The score from which on a text is flagged.
pub const THRESHOLD: i32 = 1_000;

/// The most signals that a report keeps; what comes after is counted only.
pub const MOST_SIGNALS: usize = 256;

/// What scans have found in one text. It holds no text.
#[derive(Debug, Clone, Default)]
pub struct Report {
    signals: Vec<Signal>,
    score: i32,
    dropped: usize,
    /// The stretch that raised the score highest, and how high.
    window: Option<(i32, Range<usize>)>,
}

impl Report {
    /// An empty one.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a signal. The score becomes at least that of its confidence. A signal beyond
    /// [`MOST_SIGNALS`] is counted in [`dropped`](Self::dropped).
    pub fn add(
        &mut self,
        rule: &'static str,
        span: Range<usize>,
        confidence: Confidence,
        view: View,
    ) {
        self.score = self.score.max(confidence.points());
        if self.signals.len() < MOST_SIGNALS {
            self.signals.push(Signal { rule, span, confidence, view });
        } else {
            self.dropped += 1;
        }
    }

    /// Raises the score, for detectors that weigh signals together. A lower one than it has changes
    /// nothing.
    pub fn raise(&mut self, score: i32) {
        self.score = self.score.max(score);
    }

    /// The same for what stands in one stretch of the text, in bytes of it. The stretch is kept if
    /// none before raised the score as high.
    pub fn raise_over(&mut self, score: i32, span: Range<usize>) {
        self.raise(score);
        if self.window.as_ref().is_none_or(|(highest, _)| score > *highest) {
            self.window = Some((score, span));
        }
    }

    /// The stretch that raised the score highest, if it flags, in bytes of the text. It may hold
    /// much besides what is meant.
    #[must_use]
    pub fn window(&self) -> Option<Range<usize>> {
        self.window.as_ref().filter(|(score, _)| *score >= THRESHOLD).map(|(_, span)| span.clone())
    }

    /// Returns what [`window`](Self::window) does, whether the score flags or not.
    #[must_use]
    pub fn suspect(&self) -> Option<Range<usize>> {
        self.window.as_ref().map(|(_, span)| span.clone())
    }

    /// What was found, in the order of finding.
    #[must_use]
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// How many signals there were beyond those that are kept.
    #[must_use]
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// How much speaks for an attack. It has no unit; [`THRESHOLD`] is where the shipped detector
    /// was set.
    #[must_use]
    pub const fn score(&self) -> i32 {
        self.score
    }

    /// Whether the score reaches [`THRESHOLD`].
    #[must_use]
    pub const fn is_flagged(&self) -> bool {
        self.score >= THRESHOLD
    }
}
