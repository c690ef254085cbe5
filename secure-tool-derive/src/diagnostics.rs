//! The mistakes of one item: spans and messages in, one stream of `compile_error!` out.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

use crate::codes::Message;

/// The mistakes found so far. Its only exit is [`Errors::finish`], which gives the result of a step
/// or the mistakes, never both.
#[derive(Debug, Default)]
#[must_use = "a mistake that nobody reads compiles"]
pub(crate) struct Errors(Vec<syn::Error>);

impl Errors {
    /// A mistake that reaches from the first to the last of these tokens.
    pub(crate) fn at(&mut self, tokens: &impl ToTokens, message: Message) {
        self.0.push(syn::Error::new_spanned(tokens, message.into_text()));
    }

    /// A mistake at one token.
    pub(crate) fn at_span(&mut self, span: Span, message: Message) {
        self.0.push(syn::Error::new(span, message.into_text()));
    }

    /// What was meant, if nothing was wrong.
    ///
    /// # Errors
    ///
    /// The mistakes, each a `compile_error!` at its tokens.
    pub(crate) fn finish<T>(self, meant: Option<T>) -> Result<T, TokenStream> {
        match meant {
            Some(meant) if self.0.is_empty() => Ok(meant),
            // INVARIANT: who gives no result has said why, so the stream is not empty; if that were
            // ever broken, it still does not compile.
            _ if self.0.is_empty() => {
                Err(syn::Error::new(Span::call_site(), "this item can't be expanded")
                    .into_compile_error())
            }
            _ => Err(self.0.iter().map(syn::Error::to_compile_error).collect()),
        }
    }

    /// The messages, for tests.
    #[cfg(test)]
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.iter().map(ToString::to_string).collect()
    }
}
