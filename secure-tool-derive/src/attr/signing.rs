//! `sign(…)` and `verify(…)` of an API as written.

use proc_macro2::{Ident, TokenStream};
use syn::{LitInt, LitStr};

use super::Strings;
use super::words::{List, Pair, Said, Table, Words};
use crate::diagnostics::Errors;

pub(crate) const SIGN: &str =
    "sign(rfc9421 = ed25519, secret = \"NAME_OF_SECRET\", key_id = \"2026-10\")";
pub(crate) const VERIFY: &str = "verify(rfc9421 = ed25519, keys(\"2026-10\" = \"NAME_OF_KEY\"))";

const SIGN_WORDS: Table = &[
    ("rfc9421", "rfc9421 = ed25519"),
    ("secret", "secret = \"NAME_OF_SECRET\""),
    ("key_id", "key_id = \"2026-10\""),
    ("tag", "tag = \"shop\""),
];

const VERIFY_WORDS: Table = &[
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
    pub(crate) algorithm: Said<Ident>,
    pub(crate) secret: Said<LitStr>,
    pub(crate) key_id: Said<LitStr>,
    pub(crate) tag: Said<LitStr>,
}

/// `verify(rfc9421 = ed25519, keys("2026-10" = "NAME_OF_KEY"))`
pub(crate) struct Verify {
    pub(crate) word: Ident,
    pub(crate) algorithm: Said<Ident>,
    pub(crate) keys: Said<List<Pair>>,
    pub(crate) tag: Said<LitStr>,
    pub(crate) covers: Strings,
    pub(crate) reason: Said<LitStr>,
    pub(crate) max_age: Said<LitInt>,
    pub(crate) skew: Said<LitInt>,
}

pub(super) fn sign(words: &mut Words, errors: &mut Errors) -> Said<Sign> {
    words.call("sign", errors).map(|(word, tokens)| one_sign(word, tokens, errors))
}

fn one_sign(word: Ident, tokens: TokenStream, errors: &mut Errors) -> Sign {
    let mut words = Words::of(tokens, SIGN_WORDS, errors);
    Sign {
        word,
        algorithm: words.value("rfc9421", errors),
        secret: words.value("secret", errors),
        key_id: words.value("key_id", errors),
        tag: words.value("tag", errors),
    }
}

pub(super) fn verify(words: &mut Words, errors: &mut Errors) -> Said<Verify> {
    words.call("verify", errors).map(|(word, tokens)| one_verify(word, tokens, errors))
}

fn one_verify(word: Ident, tokens: TokenStream, errors: &mut Errors) -> Verify {
    let mut words = Words::of(tokens, VERIFY_WORDS, errors);
    Verify {
        word,
        algorithm: words.value("rfc9421", errors),
        keys: words.list("keys", errors),
        tag: words.value("tag", errors),
        covers: words.list("covers", errors),
        reason: words.value("reason", errors),
        max_age: words.value("max_age_seconds", errors),
        skew: words.value("skew_seconds", errors),
    }
}
