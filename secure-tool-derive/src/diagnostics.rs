//! The mistakes of one item: spans and messages in, one stream of `compile_error!` out.

use std::mem;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::codes::Message;

/// The mistakes found so far, and the rules that are left to constants of the runtime. Its only
/// exit is [`Errors::finish`], which returns the result of a step or the mistakes, never both.
#[derive(Debug, Default)]
#[must_use = "a mistake that is not reported compiles"]
pub(crate) struct Errors {
    found: Vec<syn::Error>,
    deferred: Vec<Deferred>,
}

/// A rule about the text of one word, which a constant of the runtime decides at the word's span:
/// the derive and the runtime share one grammar and one table.
#[derive(Debug)]
pub(crate) struct Deferred {
    pub(crate) span: Span,
    pub(crate) rule: TextRule,
    pub(crate) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextRule {
    /// A domain of a URL is a public host name (ST0004).
    Domain,
    /// The host of an API or of a redirect is public (ST0006), and is a host name (ST0103).
    Host,
    /// A header is not one that the transport writes (ST0103).
    Header,
    /// A header of an API that signs is not one that the signature adds (ST0102).
    SignatureField,
}

impl Errors {
    /// Reports a mistake that reaches from the first to the last of these tokens.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, message: Message) {
        self.found.push(syn::Error::new_spanned(tokens, message.into_text()));
    }

    /// Reports a mistake at one token.
    pub(crate) fn at_span(&mut self, span: Span, message: Message) {
        self.found.push(syn::Error::new(span, message.into_text()));
    }

    /// Leaves a rule about a word to a constant of the runtime.
    pub(crate) fn defer(&mut self, span: Span, rule: TextRule, text: impl Into<String>) {
        self.deferred.push(Deferred { span, rule, text: text.into() });
    }

    /// Takes the rules that are left to constants.
    pub(crate) fn take_deferred(&mut self) -> Vec<Deferred> {
        mem::take(&mut self.deferred)
    }

    /// Returns the result of a step if there is no mistake.
    ///
    /// # Errors
    ///
    /// The mistakes, each a `compile_error!` at its tokens.
    pub(crate) fn finish<T>(self, meant: Option<T>) -> Result<T, TokenStream> {
        match meant {
            Some(meant) if self.found.is_empty() => Ok(meant),
            // INVARIANT: a step without a result has reported why. If that were ever broken, the item
            // still does not compile.
            _ if self.found.is_empty() => {
                Err(syn::Error::new(Span::call_site(), "this item can't be expanded")
                    .into_compile_error())
            }
            _ => Err(self.found.iter().map(syn::Error::to_compile_error).collect()),
        }
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub(crate) fn texts(&self) -> Vec<String> {
        self.found.iter().map(ToString::to_string).collect()
    }
}
