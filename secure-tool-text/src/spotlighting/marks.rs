//! The nonce and the mark of one answer in, delimiters and texts written with them out.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Spotlighting, datamark};

/// What is drawn for one answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marks {
    nonce: String,
    /// Of an answer with datamarked texts: stands in none of them.
    mark: char,
}

impl Marks {
    /// Of a nonce, for texts that stand in `answer`. Also how often the mark stands in the answer,
    /// which it does only if every character that could be one stands in it.
    #[must_use]
    pub fn new(nonce: String, answer: &str, datamarks: bool) -> (Self, usize) {
        let (mark, taken) =
            if datamarks { datamark::draw(answer, seed(&nonce)) } else { (datamark::FIRST, 0) };
        (Self { nonce, mark }, taken)
    }

    /// What stands in the place of spaces in datamarked texts.
    #[must_use]
    pub fn mark(&self) -> char {
        self.mark
    }

    /// The delimiter before a text.
    #[must_use]
    pub fn open(&self, form: Spotlighting) -> Open<'_> {
        Open(self, form)
    }

    /// The delimiter behind a text.
    #[must_use]
    pub fn close(&self) -> Close<'_> {
        Close(&self.nonce)
    }

    /// A text as it stands between the delimiters.
    #[must_use]
    pub fn encode(&self, form: Spotlighting, text: &str) -> String {
        match form {
            Spotlighting::Markers => text.to_owned(),
            Spotlighting::Datamarking => datamark::encode(text, self.mark),
            Spotlighting::Base64 => STANDARD.encode(text),
        }
    }
}

/// A number of a nonce. The nonce is told beside the mark, so that they say the same twice is no
/// loss; neither was known to who wrote the answer.
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

/// Whether this, between brackets, is a delimiter of any form.
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
