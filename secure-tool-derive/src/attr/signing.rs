//! `sign(…)` and `verify(…)` of an API as written.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{LitInt, LitStr};

use super::Strings;
use super::words::{List, Pair, Table, Words, Written};
use crate::diagnostics::Errors;

pub(crate) const SIGN: &str = "sign(hmac, secret = \"NAME_OF_SECRET\", key_id = \"2026-10\")` or `sign(rfc9421 = ed25519, secret = \"NAME_OF_SECRET\", key_id = \"2026-10\")";
pub(crate) const VERIFY: &str = "verify(hmac, keys(\"2026-10\" = \"NAME_OF_SECRET\"))` or `verify(rfc9421 = ed25519, keys(\"2026-10\" = \"NAME_OF_KEY\"))";

const SIGN_WORDS: Table = &[
    ("hmac", "hmac"),
    ("rfc9421", "rfc9421 = ed25519"),
    ("secret", "secret = \"NAME_OF_SECRET\""),
    ("key_id", "key_id = \"2026-10\""),
    ("tag", "tag = \"shop\""),
];

const VERIFY_WORDS: Table = &[
    ("hmac", "hmac"),
    ("rfc9421", "rfc9421 = ed25519"),
    ("keys", "keys(\"2026-10\" = \"NAME_OF_KEY\")"),
    ("tag", "tag = \"shop\""),
    ("covers", "covers(\"@status\", \"@path;req\")"),
    ("reason", "reason = \"…\""),
    ("max_age_seconds", "max_age_seconds = 300"),
    ("skew_seconds", "skew_seconds = 30"),
];

/// `sign(rfc9421 = ed25519, secret = "NAME_OF_SECRET", key_id = "2026-10")`
pub(crate) struct Sign {
    pub(crate) word: Ident,
    pub(crate) scheme: Scheme,
    pub(crate) secret: Written<LitStr>,
    pub(crate) key_id: Written<LitStr>,
    pub(crate) tag: Written<LitStr>,
}

/// `verify(rfc9421 = ed25519, keys("2026-10" = "NAME_OF_KEY"))`
pub(crate) struct Verify {
    pub(crate) word: Ident,
    pub(crate) scheme: Scheme,
    pub(crate) keys: Written<List<Pair>>,
    pub(crate) tag: Written<LitStr>,
    pub(crate) covers: Strings,
    pub(crate) reason: Written<LitStr>,
    pub(crate) max_age: Written<LitInt>,
    pub(crate) skew: Written<LitInt>,
}

/// `hmac`, or `rfc9421 = …`; nothing says that it is one of them.
pub(crate) struct Scheme {
    pub(crate) own: Option<Span>,
    pub(crate) rfc9421: Written<Ident>,
}

impl Scheme {
    fn read(words: &mut Words, errors: &mut Errors) -> Self {
        Self { own: words.flag("hmac", errors), rfc9421: words.value("rfc9421", errors) }
    }
}

pub(super) fn sign(words: &mut Words, errors: &mut Errors) -> Written<Sign> {
    words.call("sign", errors).map(|(word, tokens)| one_sign(word, tokens, errors))
}

fn one_sign(word: Ident, tokens: TokenStream, errors: &mut Errors) -> Sign {
    let mut words = Words::of(tokens, SIGN_WORDS, errors);
    Sign {
        word,
        scheme: Scheme::read(&mut words, errors),
        secret: words.value("secret", errors),
        key_id: words.value("key_id", errors),
        tag: words.value("tag", errors),
    }
}

pub(super) fn verify(words: &mut Words, errors: &mut Errors) -> Written<Verify> {
    words.call("verify", errors).map(|(word, tokens)| one_verify(word, tokens, errors))
}

fn one_verify(word: Ident, tokens: TokenStream, errors: &mut Errors) -> Verify {
    let mut words = Words::of(tokens, VERIFY_WORDS, errors);
    Verify {
        word,
        scheme: Scheme::read(&mut words, errors),
        keys: words.list("keys", errors),
        tag: words.value("tag", errors),
        covers: words.list("covers", errors),
        reason: words.value("reason", errors),
        max_age: words.value("max_age_seconds", errors),
        skew: words.value("skew_seconds", errors),
    }
}
