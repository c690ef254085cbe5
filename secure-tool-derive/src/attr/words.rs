//! `#[secure(…)]` in, its words out. The attribute is split at its top-level commas and each piece
//! is read alone, so that one mistake does not hide another.

use std::borrow::Cow;

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, LitStr, Meta, Token};

use crate::codes;
use crate::diagnostics::Errors;
use crate::spelling;

/// The words that are allowed in a place, each with its usage.
pub(crate) type Table = &'static [(&'static str, &'static str)];

/// The same, from a table or collected from rows.
type Known = Cow<'static, [(&'static str, &'static str)]>;

/// The value of one word. A malformed word differs from an absent one: its mistake is already
/// reported, and a second error would mislead.
#[derive(Default)]
pub(crate) enum Written<T> {
    /// The word does not occur.
    #[default]
    Absent,
    /// The word can't be parsed; the error is reported.
    Malformed,
    /// The parsed value.
    Present(T),
}

impl<T> Written<T> {
    pub(crate) fn as_ref(&self) -> Written<&T> {
        match self {
            Self::Absent => Written::Absent,
            Self::Malformed => Written::Malformed,
            Self::Present(it) => Written::Present(it),
        }
    }

    pub(crate) fn ok(self) -> Option<T> {
        if let Self::Present(it) = self { Some(it) } else { None }
    }

    pub(crate) fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }

    pub(crate) fn map<U>(self, with: impl FnOnce(T) -> U) -> Written<U> {
        match self {
            Self::Absent => Written::Absent,
            Self::Malformed => Written::Malformed,
            Self::Present(it) => Written::Present(with(it)),
        }
    }
}

/// One piece: `word`, `word = …` or `word(…)`.
#[derive(Clone)]
pub(crate) struct Word {
    pub(crate) name: Ident,
    pub(crate) form: Form,
}

#[derive(Clone)]
pub(crate) enum Form {
    Alone,
    Value(TokenStream),
    Call(TokenStream),
}

impl Parse for Word {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.call(Ident::parse_any)?;
        let form = if input.is_empty() {
            Form::Alone
        } else if input.peek(syn::token::Paren) {
            let content;
            syn::parenthesized!(content in input);
            Form::Call(content.parse()?)
        } else {
            input.parse::<Token![=]>()?;
            Form::Value(input.parse()?)
        };
        if input.is_empty() {
            Ok(Self { name, form })
        } else {
            Err(input.error("a comma was expected"))
        }
    }
}

/// The words of one attribute, or of the parentheses of one word.
pub(crate) struct Words {
    said: Vec<Word>,
    /// The intended words of misspelled ones.
    misspelt: Vec<&'static str>,
    known: Known,
}

impl Words {
    /// Reads all `#[secure(…)]` of an item or a field as one.
    pub(crate) fn read(attrs: &[Attribute], known: impl Into<Known>, errors: &mut Errors) -> Self {
        let mut all = Self { said: Vec::new(), misspelt: Vec::new(), known: known.into() };
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("secure")) {
            match &attr.meta {
                Meta::List(list) => all.add(list.tokens.clone(), errors),
                _ => errors.at(attr, codes::malformed("secure", "#[secure(…)]")),
            }
        }
        all
    }

    /// Reads the words between the parentheses of a word.
    pub(crate) fn of(tokens: TokenStream, known: impl Into<Known>, errors: &mut Errors) -> Self {
        let mut all = Self { said: Vec::new(), misspelt: Vec::new(), known: known.into() };
        all.add(tokens, errors);
        all
    }

    fn add(&mut self, tokens: TokenStream, errors: &mut Errors) {
        for piece in pieces(tokens) {
            match syn::parse2::<Word>(piece.clone()) {
                Ok(word) => self.add_word(word, errors),
                Err(_) => self.report_malformed(&piece, errors),
            }
        }
    }

    fn add_word(&mut self, word: Word, errors: &mut Errors) {
        let name = word.name.unraw().to_string();
        if !self.known.iter().any(|(known, _)| *known == name) {
            self.misspelt
                .extend(spelling::nearest(&name, self.known.iter().map(|(known, _)| *known)));
            errors.at(&word.name, codes::unknown_word(&name, &self.known, super::place_of(&name)));
        } else if name != "allow" && self.said.iter().any(|other| other.name.unraw() == name) {
            errors.at(&word.name, codes::repeated(&name));
        } else {
            self.said.push(word);
        }
    }

    /// Reports a piece that does not parse as a word. If its first token is a known word, the message
    /// shows how that word is written.
    fn report_malformed(&mut self, piece: &TokenStream, errors: &mut Errors) {
        let first = Ident::parse_any.parse2(piece.clone().into_iter().take(1).collect()).ok();
        let meant =
            first.and_then(|first| self.known.iter().find(|(known, _)| first.unraw() == *known));
        if let Some((known, usage)) = meant {
            self.misspelt.push(known);
            errors.at(piece, codes::malformed(known, usage));
        } else {
            errors.at(
                piece,
                codes::not_words(self.known.first().map_or("url = \"…\"", |(_, usage)| usage)),
            );
        }
    }

    /// Returns the words that occur, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = String> {
        self.said.iter().map(|word| word.name.unraw().to_string())
    }

    pub(crate) fn usage(&self, name: &str) -> &'static str {
        self.known.iter().find(|(known, _)| *known == name).map_or("", |(_, usage)| usage)
    }

    fn take(&mut self, name: &'static str) -> Written<Word> {
        match self.said.iter().position(|word| word.name.unraw() == name) {
            Some(index) => Written::Present(self.said.swap_remove(index)),
            None if self.misspelt.contains(&name) => Written::Malformed,
            None => Written::Absent,
        }
    }

    fn malformed<T>(&self, word: &Word, errors: &mut Errors) -> Written<T> {
        let name = word.name.unraw().to_string();
        let message = codes::malformed(&name, self.usage(&name));
        match &word.form {
            Form::Value(tokens) | Form::Call(tokens) if !tokens.is_empty() => {
                errors.at(tokens, message);
            }
            _ => errors.at(&word.name, message),
        }
        Written::Malformed
    }

    /// `name`
    pub(crate) fn flag(&mut self, name: &'static str, errors: &mut Errors) -> Option<Span> {
        let word = self.take(name).ok()?;
        match word.form {
            Form::Alone => Some(word.name.span()),
            _ => self.malformed(&word, errors).ok(),
        }
    }

    /// `name = T`
    pub(crate) fn value<T: Parse>(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Written<T> {
        match self.take(name) {
            Written::Absent => Written::Absent,
            Written::Malformed => Written::Malformed,
            Written::Present(word) => match &word.form {
                Form::Value(tokens) => syn::parse2(tokens.clone())
                    .map_or_else(|_| self.malformed(&word, errors), Written::Present),
                _ => self.malformed(&word, errors),
            },
        }
    }

    /// Takes `name(…)`: the word and the tokens between its parentheses.
    pub(crate) fn call(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Written<(Ident, TokenStream)> {
        match self.take(name) {
            Written::Absent => Written::Absent,
            Written::Malformed => Written::Malformed,
            Written::Present(Word { name, form: Form::Call(tokens) }) => {
                Written::Present((name, tokens))
            }
            Written::Present(word) => self.malformed(&word, errors),
        }
    }

    /// `name(T, T, …)`
    pub(crate) fn list<T: Parse>(
        &mut self,
        name: &'static str,
        errors: &mut Errors,
    ) -> Written<List<T>> {
        let usage = self.usage(name);
        match self.call(name, errors) {
            Written::Absent => Written::Absent,
            Written::Malformed => Written::Malformed,
            Written::Present((word, tokens)) => {
                let (mut items, mut whole) = (Vec::new(), true);
                for piece in pieces(tokens) {
                    if let Ok(item) = syn::parse2(piece.clone()) {
                        items.push(item);
                    } else {
                        whole = false;
                        errors.at(&piece, codes::malformed(name, usage));
                    }
                }
                if whole { Written::Present(List { word, items }) } else { Written::Malformed }
            }
        }
    }

    /// Takes a word in any form, for words that have several.
    pub(crate) fn any_form(&mut self, name: &'static str) -> Written<Word> {
        self.take(name)
    }

    /// Every `allow(…)`.
    pub(crate) fn all(&mut self, name: &'static str) -> Vec<Word> {
        std::iter::from_fn(|| self.take(name).ok()).collect()
    }

    /// Reports a word in an unsupported form.
    pub(crate) fn refuse<T>(&self, word: &Word, errors: &mut Errors) -> Written<T> {
        self.malformed(word, errors)
    }
}

/// The items of `word(…)`.
pub(crate) struct List<T> {
    pub(crate) word: Ident,
    pub(crate) items: Vec<T>,
}

/// `"name" = "value"`
pub(crate) struct Pair {
    pub(crate) name: LitStr,
    pub(crate) value: LitStr,
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let name = input.parse()?;
        input.parse::<Token![=]>()?;
        Ok(Self { name, value: input.parse()? })
    }
}

/// Splits at commas outside groups and outside the angle brackets of a type.
pub(crate) fn pieces(tokens: TokenStream) -> Vec<TokenStream> {
    let (mut all, mut piece, mut depth, mut arrow) = (Vec::new(), Vec::new(), 0_u32, false);
    for token in tokens {
        if let TokenTree::Punct(punct) = &token {
            match punct.as_char() {
                ',' if depth == 0 => {
                    all.push(std::mem::take(&mut piece));
                    arrow = false;
                    continue;
                }
                '<' => depth += 1,
                '>' if !arrow => depth = depth.saturating_sub(1),
                _ => {}
            }
            arrow = matches!(punct.as_char(), '-' | '=') && punct.spacing() == Spacing::Joint;
        } else {
            arrow = false;
        }
        piece.push(token);
    }
    all.push(piece);
    all.into_iter()
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.into_iter().collect())
        .collect()
}
