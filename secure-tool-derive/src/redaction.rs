//! Redactions, from their words to their tokens: the one file of the derives that knows them.
//!
//! The three steps are separate here too: [`Redactions::read`] reads the words,
//! [`Redactions::check`] decides their meaning, and [`Redaction::tokens`] writes the tokens.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::quote;
use syn::LitInt;

use crate::attr::rows::{Direction, Position, Row};
use crate::attr::words::{Form, Word, Words, Written};
use crate::codes;
use crate::diagnostics::Errors;

const VALUES: &[Position] = &[Position::Value, Position::Response];
const VALUES_AND_KEYS: &[Position] = &[Position::Value, Position::Response, Position::Keys];

const fn row(word: &'static str, usage: &'static str, positions: &'static [Position]) -> Row {
    Row { word, usage, positions, direction: Direction::Response }
}

const GENERALIZE: &str =
    "generalize(year)`, `generalize(month)`, `generalize(step = 100)` or `generalize(prefix = 3)";

/// The words, each with its usage.
pub(crate) const ROWS: &[Row] = &[
    row("drop", "drop", VALUES),
    row("hash", "hash", VALUES_AND_KEYS),
    row("tokenize", "tokenize", VALUES_AND_KEYS),
    row("generalize", GENERALIZE, VALUES),
    // A key is a text, so it has no range.
    row(
        "generalize",
        "generalize(year)`, `generalize(month)` or `generalize(prefix = 3)",
        &[Position::Keys],
    ),
    row("mask", "mask(keep_last = 4)", VALUES_AND_KEYS),
    row("mask_email", "mask_email", VALUES_AND_KEYS),
];

/// The redactions of a field, or of its keys, as written.
#[derive(Default)]
pub(crate) struct Redactions {
    written: Vec<(Ident, WrittenRedaction)>,
    /// Whether one of them can't be read; the error is reported.
    is_malformed: bool,
}

/// One redaction as written.
enum WrittenRedaction {
    Drop,
    Hash,
    Tokenize,
    MaskEmail,
    Generalize {
        year: Option<Span>,
        month: Option<Span>,
        step: Written<LitInt>,
        prefix: Written<LitInt>,
    },
    Mask {
        first: Written<LitInt>,
        last: Written<LitInt>,
    },
}

impl Redactions {
    /// Takes the words of redactions.
    pub(crate) fn read(words: &mut Words, errors: &mut Errors) -> Self {
        let mut all = Self::default();
        for name in ["drop", "hash", "tokenize", "generalize", "mask", "mask_email"] {
            match words.any_form(name) {
                Written::Absent => {}
                Written::Malformed => all.is_malformed = true,
                Written::Present(word) => match WrittenRedaction::read(name, &word, errors) {
                    Some(redaction) => all.written.push((word.name, redaction)),
                    None => {
                        all.is_malformed = true;
                        let _: Written<()> = words.refuse(&word, errors);
                    }
                },
            }
        }
        all
    }

    /// Returns whether no word of a redaction occurs.
    pub(crate) fn is_absent(&self) -> bool {
        self.written.is_empty() && !self.is_malformed
    }

    /// Returns the words that leave no text for detectors.
    pub(crate) fn blanking(&self) -> impl Iterator<Item = (&Ident, bool)> {
        self.written.iter().filter_map(|(word, redaction)| match redaction {
            WrittenRedaction::Drop => Some((word, true)),
            WrittenRedaction::Hash => Some((word, false)),
            WrittenRedaction::Tokenize
            | WrittenRedaction::MaskEmail
            | WrittenRedaction::Generalize { .. }
            | WrittenRedaction::Mask { .. } => None,
        })
    }

    /// Decides on the redaction of a value that has at most `longest` characters.
    pub(crate) fn check(&self, longest: Option<u32>, errors: &mut Errors) -> Redaction {
        let meant: Vec<Redaction> = self
            .written
            .iter()
            .map(|(word, redaction)| redaction.check(word, longest, errors))
            .collect();
        if let [(first, _), (second, _), ..] = self.written.as_slice() {
            errors.at(second, codes::conflict(&format!("`{first}`"), &format!("`{second}`")));
        }
        // A malformed redaction is already reported. It must not be reported as a kept secret too.
        let otherwise = if self.is_malformed { Redaction::Drop } else { Redaction::Keep };
        meant.first().copied().unwrap_or(otherwise)
    }
}

impl WrittenRedaction {
    /// Reads one word. Returns `None` if its form is not supported.
    fn read(name: &str, word: &Word, errors: &mut Errors) -> Option<Self> {
        match (name, &word.form) {
            ("drop", Form::Alone) => Some(Self::Drop),
            ("hash", Form::Alone) => Some(Self::Hash),
            ("tokenize", Form::Alone) => Some(Self::Tokenize),
            ("mask_email", Form::Alone) => Some(Self::MaskEmail),
            ("generalize", Form::Call(tokens)) => {
                const WORDS: &[(&str, &str)] = &[
                    ("year", "year"),
                    ("month", "month"),
                    ("step", "step = 100"),
                    ("prefix", "prefix = 3"),
                ];
                let mut words = Words::of(tokens.clone(), WORDS, errors);
                Some(Self::Generalize {
                    year: words.flag("year", errors),
                    month: words.flag("month", errors),
                    step: words.value("step", errors),
                    prefix: words.value("prefix", errors),
                })
            }
            ("mask", Form::Alone) => {
                Some(Self::Mask { first: Written::Absent, last: Written::Absent })
            }
            ("mask", Form::Call(tokens)) => {
                const WORDS: &[(&str, &str)] =
                    &[("keep_first", "keep_first = 2"), ("keep_last", "keep_last = 4")];
                let mut words = Words::of(tokens.clone(), WORDS, errors);
                Some(Self::Mask {
                    first: words.value("keep_first", errors),
                    last: words.value("keep_last", errors),
                })
            }
            _ => None,
        }
    }

    fn check(&self, word: &Ident, longest: Option<u32>, errors: &mut Errors) -> Redaction {
        match self {
            Self::Drop => Redaction::Drop,
            Self::Hash => Redaction::Hash,
            Self::Tokenize => Redaction::Tokenize,
            Self::MaskEmail => Redaction::MaskEmail,
            Self::Generalize { year, month, step, prefix } => {
                let meant = [
                    year.map(|_| Generalize::Year),
                    month.map(|_| Generalize::Month),
                    step.as_ref().ok().map(|literal| Generalize::Step(number_of(literal, errors))),
                    prefix
                        .as_ref()
                        .ok()
                        .map(|literal| Generalize::Prefix(number_of(literal, errors))),
                ];
                let meant: Vec<Generalize> = meant.into_iter().flatten().collect();
                let is_malformed =
                    matches!(step, Written::Malformed) || matches!(prefix, Written::Malformed);
                generalized(word, &meant, step.as_ref().ok(), is_malformed, longest, errors)
            }
            Self::Mask { first, last } => masked(word, first, last, longest, errors),
        }
    }
}

fn masked(
    word: &Ident,
    first: &Written<LitInt>,
    last: &Written<LitInt>,
    longest: Option<u32>,
    errors: &mut Errors,
) -> Redaction {
    let mut count = |written: &Written<LitInt>| {
        written.as_ref().ok().map_or(0, |literal| {
            literal.base10_parse::<u8>().unwrap_or_else(|_| {
                errors.at(
                    literal,
                    codes::malformed(
                        "mask",
                        "mask(keep_first = 2, keep_last = 4)` with counts up to `255",
                    ),
                );
                0
            })
        })
    };
    let (first, last) = (count(first), count(last));
    let sum = u32::from(first) + u32::from(last);
    if let Some(longest) = longest.filter(|longest| sum > 0 && sum >= *longest) {
        errors.at(word, codes::mask_keeps_all(sum, longest));
    }
    Redaction::Mask { first, last }
}

/// One of the four forms of `generalize`. A reported mistake becomes the form that keeps nothing.
fn generalized(
    word: &Ident,
    meant: &[Generalize],
    step: Option<&LitInt>,
    is_malformed: bool,
    longest: Option<u32>,
    errors: &mut Errors,
) -> Redaction {
    match (meant, step) {
        ([Generalize::Step(1)], Some(literal)) => errors.at(literal, codes::step_keeps_all()),
        ([one], _) => {
            if let Generalize::Prefix(kept) = one
                && let Some(longest) = longest.filter(|longest| u32::from(*kept) >= *longest)
            {
                errors.at(word, codes::mask_keeps_all((*kept).into(), longest));
            }
            return Redaction::Generalize(*one);
        }
        _ if is_malformed => {}
        _ => errors.at(word, codes::malformed("generalize", GENERALIZE)),
    }
    Redaction::Drop
}

/// Reads a number above zero. Reports any other, and returns 2 for it, which causes no further
/// error.
fn number_of<T: std::str::FromStr + Default + PartialEq + TryFrom<u8>>(
    literal: &LitInt,
    errors: &mut Errors,
) -> T
where
    T::Err: std::fmt::Display,
{
    let number = literal.base10_parse::<T>().ok().filter(|number| *number != T::default());
    if number.is_none() {
        errors.at(literal, codes::malformed("generalize", GENERALIZE));
    }
    number.or_else(|| T::try_from(2).ok()).unwrap_or_default()
}

/// A checked redaction.
#[derive(Clone, Copy)]
pub(crate) enum Redaction {
    Keep,
    Drop,
    Mask { first: u8, last: u8 },
    Hash,
    Tokenize,
    MaskEmail,
    Generalize(Generalize),
}

#[derive(Clone, Copy)]
pub(crate) enum Generalize {
    Year,
    Month,
    Step(u64),
    Prefix(u8),
}

impl Redaction {
    /// Returns whether it keeps more of a secret than the model may see.
    pub(crate) fn keeps_too_much(self) -> bool {
        match self {
            // Receipts print four digits of a card number (PCI DSS allows no more beside the
            // issuer's digits).
            Self::Mask { first, last } => u16::from(first) + u16::from(last) > 4,
            // A year has four characters; a month has more, and a range reveals most of a
            // four-digit code.
            Self::Generalize(Generalize::Prefix(kept)) => kept > 4,
            // A first character and a domain have more than four characters.
            Self::Keep
            | Self::MaskEmail
            | Self::Generalize(Generalize::Month | Generalize::Step(_)) => true,
            Self::Drop | Self::Hash | Self::Tokenize | Self::Generalize(Generalize::Year) => false,
        }
    }

    /// Returns whether a constant of the runtime checks that it supports the type.
    pub(crate) fn is_of_scalars(self) -> bool {
        !matches!(self, Self::Keep | Self::Drop)
    }

    /// Writes the runtime's value. `field` is the name of its tokens.
    pub(crate) fn tokens(self, field: &str) -> TokenStream {
        let value = match self {
            Self::Keep => quote!(Keep),
            Self::Drop => quote!(Drop),
            Self::Hash => quote!(Hash),
            Self::Tokenize => quote!(Tokenize { field: #field }),
            Self::MaskEmail => quote!(MaskEmail),
            Self::Mask { first, last } => {
                let (first, last) = (Literal::u8_unsuffixed(first), Literal::u8_unsuffixed(last));
                quote!(Mask { keep_first: #first, keep_last: #last })
            }
            Self::Generalize(to) => {
                let to = match to {
                    Generalize::Year => quote!(Year),
                    Generalize::Month => quote!(Month),
                    Generalize::Step(step) => {
                        let step = Literal::u64_unsuffixed(step);
                        quote!(Step(#step))
                    }
                    Generalize::Prefix(count) => {
                        let count = Literal::u8_unsuffixed(count);
                        quote!(Prefix(#count))
                    }
                };
                quote!(Generalize(__secure_tool_p::Generalize::#to))
            }
        };
        quote!(__secure_tool_p::Redaction::#value)
    }
}
