//! `#[derive(SecureApi)]` as written.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::{DeriveInput, LitInt, LitStr};

use super::words::{Form, List, Pair, Table, Words, Written, pieces};
use super::{Item, RATE, Rate, SIGN, Sign, Strings, VERIFY, Verify, is_unit_struct, rate, signing};
use crate::codes;
use crate::diagnostics::Errors;

pub(super) const WORDS: Table = &[
    ("url", "url = \"https://api.shop.example/v1\""),
    ("scopes", "scopes(\"products:read\", \"orders:write\")"),
    ("auth", AUTH),
    ("headers", "headers(\"accept-language\" = \"en\")"),
    ("receives", "receives(public, internal)"),
    ("reviewed", "reviewed = \"2026-09-01\""),
    ("rate_limit", RATE),
    ("redirects", REDIRECTS),
    ("concurrency", "concurrency = 32"),
    ("retries", RETRIES),
    ("breaker", BREAKER),
    ("gzip", "gzip"),
    ("sign", SIGN),
    ("verify", VERIFY),
    ("crate", "crate = path::to::secure_tool"),
];

pub(crate) const AUTH: &str = "auth(bearer = \"NAME_OF_SECRET\")`, `auth(header = \"x-api-key\", secret = \"NAME_OF_SECRET\")`, `auth(oauth2(…))` or `auth(none, reason = \"…\")";

pub(crate) const OAUTH2: &str = "oauth2(token_url = \"https://auth.shop.example/token\", client_id = \"NAME_OF_ID\", client_secret = \"NAME_OF_SECRET\")";

pub(crate) const REDIRECTS: &str = "redirects(most = 3, to(\"files.shop.example\"))";

const REDIRECT_WORDS: Table = &[("most", "most = 3"), ("to", "to(\"files.shop.example\")")];
pub(crate) const RETRIES: &str = "retries = 2` or `retries(2, base_millis = 100)";
pub(crate) const BREAKER: &str = "breaker(failures = 10, seconds = 30)";

const BREAKER_WORDS: Table = &[("failures", "failures = 10"), ("seconds", "seconds = 30")];

const AUTH_WORDS: Table = &[
    ("bearer", "bearer = \"NAME_OF_SECRET\""),
    ("header", "header = \"x-api-key\""),
    ("secret", "secret = \"NAME_OF_SECRET\""),
    ("oauth2", OAUTH2),
    ("none", "none"),
    ("reason", "reason = \"…\""),
];

const OAUTH2_WORDS: Table = &[
    ("token_url", "token_url = \"https://auth.shop.example/token\""),
    ("client_id", "client_id = \"NAME_OF_ID\""),
    ("client_secret", "client_secret = \"NAME_OF_SECRET\""),
    ("client_auth", "client_auth = client_secret_post"),
];

/// An API, as written.
pub(crate) struct Api {
    pub(crate) item: Item,
    pub(crate) url: Written<LitStr>,
    pub(crate) scopes: Strings,
    pub(crate) auth: Written<Auth>,
    pub(crate) headers: Written<List<Pair>>,
    pub(crate) receives: Written<List<Ident>>,
    pub(crate) reviewed: Written<LitStr>,
    pub(crate) rate: Written<Rate>,
    pub(crate) redirects: Written<Redirects>,
    pub(crate) concurrency: Written<LitInt>,
    pub(crate) retries: Written<Retries>,
    pub(crate) breaker: Written<Breaker>,
    pub(crate) gzip: Option<Span>,
    pub(crate) sign: Written<Sign>,
    pub(crate) verify: Written<Verify>,
}

/// `retries = 2` or `retries(2, base_millis = 100)`
pub(crate) struct Retries {
    pub(crate) most: LitInt,
    pub(crate) base: Written<LitInt>,
}

/// `redirects(most = 3, to("files.shop.example"))`
pub(crate) struct Redirects {
    pub(crate) word: Ident,
    pub(crate) most: Written<LitInt>,
    pub(crate) to: Strings,
}

/// `breaker(failures = 10, seconds = 30)`
pub(crate) struct Breaker {
    pub(crate) failures: Written<LitInt>,
    pub(crate) seconds: Written<LitInt>,
}

/// The credential of an API.
pub(crate) enum Auth {
    Bearer { secret: LitStr },
    Header { header: LitStr, secret: LitStr },
    OAuth2(OAuth2),
    None { word: Ident, reason: Written<LitStr> },
}

/// `oauth2(token_url = "…", client_id = "…", client_secret = "…")`
pub(crate) struct OAuth2 {
    pub(crate) word: Ident,
    pub(crate) token_url: Written<LitStr>,
    pub(crate) client_id: Written<LitStr>,
    pub(crate) client_secret: Written<LitStr>,
    pub(crate) client_auth: Written<Ident>,
}

impl Api {
    pub(crate) fn read(input: &DeriveInput, errors: &mut Errors) -> Self {
        if !is_unit_struct(input) {
            errors.at(&input.ident, codes::not_a_unit_struct("SecureApi"));
        }
        let mut words = Words::read(&input.attrs, WORDS, errors);
        Self {
            item: Item::read(input, &mut words, errors),
            url: words.value("url", errors),
            scopes: words.list("scopes", errors),
            auth: auth(&mut words, errors),
            headers: words.list("headers", errors),
            receives: words.list("receives", errors),
            reviewed: words.value("reviewed", errors),
            rate: rate(&mut words, errors),
            redirects: redirects(&mut words, errors),
            concurrency: words.value("concurrency", errors),
            retries: retries(&mut words, errors),
            breaker: words.call("breaker", errors).map(|(_, tokens)| {
                let mut words = Words::of(tokens, BREAKER_WORDS, errors);
                Breaker {
                    failures: words.value("failures", errors),
                    seconds: words.value("seconds", errors),
                }
            }),
            gzip: words.flag("gzip", errors),
            sign: signing::sign(&mut words, errors),
            verify: signing::verify(&mut words, errors),
        }
    }
}

fn redirects(words: &mut Words, errors: &mut Errors) -> Written<Redirects> {
    words.call("redirects", errors).map(|(word, tokens)| {
        let mut words = Words::of(tokens, REDIRECT_WORDS, errors);
        Redirects { word, most: words.value("most", errors), to: words.list("to", errors) }
    })
}

fn retries(words: &mut Words, errors: &mut Errors) -> Written<Retries> {
    let word = match words.any_form("retries") {
        Written::Absent => return Written::Absent,
        Written::Malformed => return Written::Malformed,
        Written::Present(word) => word,
    };
    let tokens = match &word.form {
        Form::Alone => TokenStream::new(),
        Form::Value(tokens) | Form::Call(tokens) => tokens.clone(),
    };
    let mut pieces = pieces(tokens).into_iter();
    let Some(Ok(most)) = pieces.next().map(syn::parse2::<LitInt>) else {
        return words.refuse(&word, errors);
    };
    let rest: TokenStream = pieces.map(|piece| quote!(#piece,)).collect();
    if matches!(word.form, Form::Value(_)) && !rest.is_empty() {
        return words.refuse(&word, errors);
    }
    let base = Words::of(rest, &[("base_millis", "base_millis = 100")], errors)
        .value("base_millis", errors);
    Written::Present(Retries { most, base })
}

fn auth(words: &mut Words, errors: &mut Errors) -> Written<Auth> {
    match words.call("auth", errors) {
        Written::Absent => Written::Absent,
        Written::Malformed => Written::Malformed,
        Written::Present((word, tokens)) => one_auth(word, tokens, errors),
    }
}

fn one_auth(word: Ident, tokens: TokenStream, errors: &mut Errors) -> Written<Auth> {
    let mut words = Words::of(tokens, AUTH_WORDS, errors);
    let none = words.flag("none", errors);
    let (bearer, header) =
        (words.value::<LitStr>("bearer", errors), words.value::<LitStr>("header", errors));
    let (secret, reason) =
        (words.value::<LitStr>("secret", errors), words.value::<LitStr>("reason", errors));
    let oauth2 = words.call("oauth2", errors);
    match (none, bearer, header, secret, reason, oauth2) {
        (
            None,
            Written::Present(secret),
            Written::Absent,
            Written::Absent,
            Written::Absent,
            Written::Absent,
        ) => Written::Present(Auth::Bearer { secret }),
        (
            None,
            Written::Absent,
            Written::Present(header),
            Written::Present(secret),
            Written::Absent,
            Written::Absent,
        ) => Written::Present(Auth::Header { header, secret }),
        (
            None,
            Written::Absent,
            Written::Absent,
            Written::Absent,
            Written::Absent,
            Written::Present((word, tokens)),
        ) => Written::Present(Auth::OAuth2(oauth(word, tokens, errors))),
        (Some(_), Written::Absent, Written::Absent, Written::Absent, reason, Written::Absent) => {
            Written::Present(Auth::None { word, reason })
        }
        (None, Written::Malformed, ..)
        | (_, _, Written::Malformed, ..)
        | (_, _, _, Written::Malformed, ..)
        | (_, _, _, _, Written::Malformed, _)
        | (.., Written::Malformed) => Written::Malformed,
        _ => {
            errors.at(&word, codes::malformed("auth", AUTH));
            Written::Malformed
        }
    }
}

fn oauth(word: Ident, tokens: TokenStream, errors: &mut Errors) -> OAuth2 {
    let mut words = Words::of(tokens, OAUTH2_WORDS, errors);
    OAuth2 {
        word,
        token_url: words.value("token_url", errors),
        client_id: words.value("client_id", errors),
        client_secret: words.value("client_secret", errors),
        client_auth: words.value("client_auth", errors),
    }
}
