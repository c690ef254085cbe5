//! The nonce and the mark of one text: returns its delimiters and its encoded form.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Spotlighting, datamark};

/// The random parts of the delimiters of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    nonce: String,
    /// The mark of datamarked text, which does not occur in it.
    mark: char,
}

impl Marks {
    /// Creates the marks of `answer` from a nonce. Also returns how often the mark occurs in the
    /// text: 0, unless every possible mark occurs.
    #[must_use]
    pub fn new(nonce: String, answer: &str, datamarks: bool) -> (Self, usize) {
        let (mark, taken) =
            if datamarks { datamark::draw(answer, seed(&nonce)) } else { (datamark::FIRST, 0) };
        (Self { nonce, mark }, taken)
    }

    /// Returns the character that replaces spaces in datamarked text.
    #[must_use]
    pub fn mark(&self) -> char {
        self.mark
    }

    /// Returns the delimiter before a text.
    #[must_use]
    pub fn open(&self, form: Spotlighting) -> Open<'_> {
        Open(self, form)
    }

    /// Returns the delimiter after a text.
    #[must_use]
    pub fn close(&self) -> Close<'_> {
        Close(&self.nonce)
    }

    /// Returns a text in the form that it has between the delimiters.
    #[must_use]
    pub fn encode(&self, form: Spotlighting, text: &str) -> String {
        match form {
            Spotlighting::Markers => text.to_owned(),
            Spotlighting::Datamarking => datamark::encode(text, self.mark),
            Spotlighting::Base64 => STANDARD.encode(text),
        }
    }
}

/// Derives a number from a nonce. The delimiter shows the nonce and the mark together, so they need
/// not be independent. The author of the text knew neither.
fn seed(nonce: &str) -> u64 {
    u64::from_str_radix(nonce, 16).unwrap_or_default()
}

#[derive(Debug)]
pub struct Open<'a>(&'a Marks, Spotlighting);

impl fmt::Display for Open<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(Marks { nonce, mark }, form) = self;
        match form {
            Spotlighting::Datamarking => write!(f, "⟦{} {nonce} {mark}⟧", form.word()),
            Spotlighting::Markers | Spotlighting::Base64 => write!(f, "⟦{} {nonce}⟧", form.word()),
        }
    }
}

#[derive(Debug)]
pub struct Close<'a>(&'a str);

impl fmt::Display for Close<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "⟦end {}⟧", self.0)
    }
}

/// Returns whether a text between brackets is a delimiter of any form.
#[must_use]
pub fn is_delimiter(inside: &str) -> bool {
    let Some((word, rest)) = inside.split_once(' ') else { return false };
    let (nonce, mark) =
        rest.split_once(' ').map_or((rest, None), |(nonce, mark)| (nonce, Some(mark)));
    let known = word == "end" || Spotlighting::ALL.iter().any(|form| form.word() == word);
    let marked = mark
        .is_none_or(|mark| word == Spotlighting::Datamarking.word() && mark.chars().count() == 1);
    known && marked && nonce.len() == 16 && nonce.bytes().all(|byte| byte.is_ascii_hexdigit())
}
