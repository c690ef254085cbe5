//! The rules of `#[derive(SecureApi)]`.

use syn::{LitInt, LitStr};

use super::{head, header_name, headers, one_of, positive, rate, reason, scopes, signing, url};
use crate::attr;
use crate::attr::words::{List, Written};
use crate::codes::{self, LimitFlaw, ScopeFlaw};
use crate::diagnostics::{Errors, TextRule};
use crate::model::{Api, Auth, Breaker, Class, ClientAuth, Redirects, Retries, Traffic};

/// Checks one API.
pub(crate) fn api(written: &attr::Api, errors: &mut Errors) -> Option<Api> {
    let head = head(&written.item, "SecureApi", errors);
    let url = base_url(written, errors);
    let scopes = match &written.scopes {
        Written::Present(list) => {
            Some(scopes(list, errors).into_iter().map(LitStr::value).collect())
        }
        said => absent(
            written,
            said,
            "`scopes`",
            "an agent could only be granted everything",
            "scopes(\"orders:read\")",
            errors,
        ),
    };
    let auth = match &written.auth {
        Written::Present(auth) => one_auth(auth, errors),
        said => absent(
            written,
            said,
            "`auth`",
            "the credential of the API is unknown",
            attr::AUTH,
            errors,
        ),
    };
    let receives = match &written.receives {
        Written::Present(list) => Some(classes(list, errors)),
        said => absent(
            written,
            said,
            "`receives`",
            "the data classes that this provider may receive are unknown",
            "receives(public, internal)",
            errors,
        ),
    };
    let reviewed = reviewed(&written.reviewed, errors);
    let headers = headers(&written.headers, errors);
    if let Some(Auth::Header { header, .. }) = &auth
        && let Some(twin) = headers.iter().find(|other| other.name == *header)
    {
        errors.at_span(twin.span, codes::repeated(header));
    }
    if let (Some(Auth::OAuth2 { .. }), Written::Present(list)) = (&auth, &written.scopes) {
        one_scope_each(list, errors);
    }
    let rate = rate(&written.rate, errors);
    let redirects = redirects(&written.redirects, errors);
    let sign = signing::sign(&written.sign, errors);
    let verify = signing::verify(&written.verify, sign.is_some(), errors);
    if sign.is_some() {
        signing::headers(&headers, errors);
    }
    signing::one_job(written, errors);
    if let (Some(gzip), false) = (written.gzip, written.verify.is_absent()) {
        // A signature covers the encoded bytes; the pipeline would read the decoded ones.
        errors.at_span(gzip, codes::conflict("`gzip`", "`verify`"));
    }
    let traffic = traffic(written, errors);
    Some(Api {
        head,
        url: url?,
        scopes: scopes?,
        auth: auth?,
        headers,
        receives: receives?,
        reviewed,
        rate,
        redirects,
        traffic,
        sign,
        verify,
    })
}

/// The maximum number of retries. With more, the doubling backoff exceeds every deadline.
const MOST_RETRIES: u32 = 10;

fn traffic(written: &attr::Api, errors: &mut Errors) -> Traffic {
    let concurrency = written
        .concurrency
        .as_ref()
        .ok()
        .and_then(|number| positive(number, "`concurrency`", "concurrency = 32", errors));
    let retries = written.retries.as_ref().ok().and_then(|retries| {
        let most: u32 = positive(&retries.most, "`retries`", attr::RETRIES, errors)?;
        let base_millis = retries
            .base
            .as_ref()
            .ok()
            .and_then(|base| positive(base, "`base_millis`", attr::RETRIES, errors));
        if most > MOST_RETRIES {
            errors
                .at(&retries.most, codes::limit(&LimitFlaw::TooManyRetries { most: MOST_RETRIES }));
        }
        Some(Retries { most, base_millis })
    });
    let breaker = written.breaker.as_ref().ok().and_then(|breaker| {
        let mut one = |said: &Written<LitInt>, what: &str, otherwise: u64| match said {
            Written::Absent => Some(otherwise),
            Written::Malformed => None,
            Written::Present(number) => {
                positive::<u32>(number, what, attr::BREAKER, errors).map(u64::from)
            }
        };
        let (failures, seconds) =
            (one(&breaker.failures, "`failures`", 10), one(&breaker.seconds, "`seconds`", 30));
        Some(Breaker { failures: u32::try_from(failures?).ok()?, seconds: seconds? })
    });
    Traffic { concurrency, retries, breaker, gzip: written.gzip.is_some() }
}

/// Reports an absent word. A malformed word is already reported.
fn absent<T, U>(
    written: &attr::Api,
    said: &Written<T>,
    what: &str,
    why: &str,
    write: &str,
    errors: &mut Errors,
) -> Option<U> {
    if said.is_absent() {
        errors.at(&written.item.ident, codes::missing(what, why, write));
    }
    None
}

fn base_url(written: &attr::Api, errors: &mut Errors) -> Option<String> {
    match &written.url {
        Written::Present(literal) => checked_url(literal, url::base, errors),
        said => absent(
            written,
            said,
            "`url`",
            "the host of the API is unknown",
            "url = \"https://api.shop.example/v1\"",
            errors,
        ),
    }
}

fn checked_url(
    literal: &LitStr,
    read: impl FnOnce(&str) -> Result<url::BaseUrl, codes::Message>,
    errors: &mut Errors,
) -> Option<String> {
    match read(&literal.value()) {
        Ok(url::BaseUrl { url, host }) => {
            errors.defer(literal.span(), TextRule::Host, host);
            Some(url)
        }
        Err(flaw) => {
            errors.at(literal, flaw);
            None
        }
    }
}

fn one_auth(auth: &attr::Auth, errors: &mut Errors) -> Option<Auth> {
    match auth {
        attr::Auth::Bearer { secret } => {
            Some(Auth::Bearer { secret: secret_name(secret, errors)? })
        }
        attr::Auth::Header { header, secret } => {
            let (header, secret) = (header_name(header, errors), secret_name(secret, errors));
            Some(Auth::Header { header: header?, secret: secret? })
        }
        attr::Auth::OAuth2(written) => oauth2(written, errors),
        attr::Auth::None { word, reason: said } => {
            let reason = reason(said);
            if reason.is_none() && !matches!(said, Written::Malformed) {
                errors.at(word, codes::no_reason("auth(none)", "auth(none, reason = \"…\")"));
            }
            Some(Auth::None { reason: reason? })
        }
    }
}

/// Checks an OAuth 2.0 client, with the names of its id and its secret in the store.
fn oauth2(written: &attr::OAuth2, errors: &mut Errors) -> Option<Auth> {
    let token_url = match &written.token_url {
        Written::Present(literal) => checked_url(literal, url::endpoint, errors),
        said => unsaid(written, said, "`token_url`", "the token endpoint is unknown", errors),
    };
    let client_id = match &written.client_id {
        Written::Present(literal) => secret_name(literal, errors),
        said => unsaid(
            written,
            said,
            "`client_id`",
            "the client that requests tokens is unknown",
            errors,
        ),
    };
    let client_secret = match &written.client_secret {
        Written::Present(literal) => secret_name(literal, errors),
        said => {
            unsaid(written, said, "`client_secret`", "the client can't prove its identity", errors)
        }
    };
    let client_auth = match &written.client_auth {
        Written::Present(word) => one_of(word, ClientAuth::WORDS, errors),
        Written::Absent => Some(ClientAuth::Basic),
        Written::Malformed => None,
    };
    Some(Auth::OAuth2 {
        token_url: token_url?,
        client_id: client_id?,
        client_secret: client_secret?,
        client_auth: client_auth?,
    })
}

fn unsaid<T>(
    written: &attr::OAuth2,
    said: &Written<LitStr>,
    what: &str,
    why: &str,
    errors: &mut Errors,
) -> Option<T> {
    if said.is_absent() {
        errors.at(&written.word, codes::missing(what, why, attr::OAUTH2));
    }
    None
}

/// Checks that each literal is one scope. A token endpoint separates scopes at spaces ([RFC
/// 6749](https://www.rfc-editor.org/rfc/rfc6749#section-3.3)).
fn one_scope_each(list: &List<LitStr>, errors: &mut Errors) {
    for literal in &list.items {
        let scope = literal.value();
        if !scope.trim().is_empty()
            && !scope.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\\'))
        {
            errors.at(literal, codes::scope(&ScopeFlaw::NotOne { scope: &scope }));
        }
    }
}

/// Returns the name of a secret in the store.
pub(super) fn secret_name(literal: &LitStr, errors: &mut Errors) -> Option<String> {
    let name = literal.value();
    let fits = is_secret_name(&name);
    if !fits {
        errors.at(literal, codes::secret_name());
    }
    fits.then_some(name)
}

fn is_secret_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-/:".contains(&b))
}

fn classes(list: &List<proc_macro2::Ident>, errors: &mut Errors) -> Vec<Class> {
    if list.items.is_empty() {
        errors.at(&list.word, codes::malformed("receives", "receives(public, internal)"));
    }
    let mut classes = Vec::new();
    for word in &list.items {
        match one_of(word, Class::WORDS, errors) {
            Some(class) if classes.contains(&class) => {
                errors.at(word, codes::repeated(&word.to_string()));
            }
            Some(class) => classes.push(class),
            None => {}
        }
    }
    classes
}

/// Checks `redirects`: a bound is required, and hosts are names.
fn redirects(said: &Written<attr::Redirects>, errors: &mut Errors) -> Option<Redirects> {
    let written = said.as_ref().ok()?;
    let most = match &written.most {
        Written::Present(literal) => {
            positive::<u8>(literal, "the number of redirects", attr::REDIRECTS, errors)
        }
        Written::Malformed => None,
        Written::Absent => {
            errors.at(
                &written.word,
                codes::missing(
                    "`most`",
                    "a server could redirect a call without end",
                    attr::REDIRECTS,
                ),
            );
            None
        }
    };
    let mut to = Vec::new();
    for literal in written.to.as_ref().ok().map(|list| list.items.as_slice()).unwrap_or_default() {
        let host = literal.value().to_ascii_lowercase();
        errors.defer(literal.span(), TextRule::Host, &host);
        if to.contains(&host) {
            errors.at(literal, codes::repeated(&host));
        } else {
            to.push(host);
        }
    }
    Some(Redirects { most: most?, to })
}

/// Returns a date, or the empty text without one.
fn reviewed(said: &Written<LitStr>, errors: &mut Errors) -> String {
    let Written::Present(literal) = said else { return String::new() };
    let date = literal.value();
    if !is_date(&date) {
        errors.at(literal, codes::malformed("reviewed", "reviewed = \"2026-09-01\""));
    }
    date
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let [year, month, day] = parts.as_slice() else { return false };
    let number = |part: &str, length: usize| {
        (part.len() == length && part.bytes().all(|b| b.is_ascii_digit()))
            .then(|| part.parse::<u32>().ok())
            .flatten()
    };
    let (Some(year), Some(month), Some(day)) = (number(year, 4), number(month, 2), number(day, 2))
    else {
        return false;
    };
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1..=days).contains(&day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_review_has_a_date_of_the_calendar() {
        for date in ["2026-09-01", "2024-02-29", "2000-02-29"] {
            assert!(is_date(date), "{date}");
        }
        for date in [
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-9-1",
            "01.09.2026",
            "2026-09-31",
            "",
        ] {
            assert!(!is_date(date), "{date}");
        }
    }
}
