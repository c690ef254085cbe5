//! The second step: items as written in, checked items out. Every rule about words is decided here
//! and nowhere else.

mod api;
mod case;
mod domain;
mod escapes;
mod field;
mod names;
mod pattern;
mod secrets;
mod signing;
mod tool;
mod toolset;
mod url;
mod value;

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{LitInt, LitStr};

pub(crate) use api::api;
pub(crate) use case::snake;
pub(crate) use tool::tool;
pub(crate) use toolset::toolset;
pub(crate) use value::value;

use crate::attr::words::{List, Pair, Written};
use crate::attr::{self, Item};
use crate::codes::{self, LimitFlaw, ScopeFlaw};
use crate::diagnostics::{Errors, TextRule};
use crate::model::{Head, Header, Per, Rate};

/// Checks the parts that every item has.
fn head(item: &Item, derive: &str, errors: &mut Errors) -> Head {
    if let Some(generics) = &item.generics {
        errors.at(&generics.params, codes::generics(derive));
    }
    secrets::look_for_secrets(&item.literals, errors);
    Head { ident: item.ident.clone(), krate: item.krate.clone(), description: item.doc.clone() }
}

/// Returns the meaning of a word from a table.
fn one_of<T: Copy>(word: &Ident, known: &[(&'static str, T)], errors: &mut Errors) -> Option<T> {
    let found = known.iter().find(|(name, _)| word == name).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let names: Vec<&'static str> = known.iter().map(|(name, _)| *name).collect();
        errors.at(word, codes::unknown_value(&word.to_string(), &names));
    }
    found
}

/// Reads a number above zero.
fn positive<T: std::str::FromStr + Default + PartialEq>(
    literal: &LitInt,
    what: &str,
    usage: &str,
    errors: &mut Errors,
) -> Option<T>
where
    T::Err: std::fmt::Display,
{
    match literal.base10_parse::<T>() {
        Ok(number) if number == T::default() => {
            errors.at(literal, codes::limit(&LimitFlaw::Zero { what }));
        }
        Ok(number) => return Some(number),
        Err(_) => errors.at(literal, codes::malformed(what, usage)),
    }
    None
}

fn rate(said: &Written<attr::Rate>, errors: &mut Errors) -> Option<Rate> {
    let rate = said.as_ref().ok()?;
    let per = one_of(&rate.per, Per::WORDS, errors);
    let count = positive::<u32>(&rate.count, "the rate", attr::RATE, errors);
    let burst = match &rate.burst {
        Written::Absent => count,
        Written::Malformed => None,
        Written::Present(burst) => positive::<u32>(burst, "the burst", attr::RATE, errors),
    };
    let (count, burst) = (count?, burst?);
    let most = u64::from(count) * 60;
    if u64::from(burst) > most {
        errors.at(
            &rate
                .burst
                .as_ref()
                .ok()
                .map_or_else(|| rate.word.to_token_stream(), ToTokens::to_token_stream),
            codes::limit(&LimitFlaw::Burst { most }),
        );
        return None;
    }
    Some(Rate { count, per: per?, burst })
}

/// Checks that there are scopes and that none grants everything.
fn scopes<'a>(list: &'a List<LitStr>, errors: &mut Errors) -> Vec<&'a LitStr> {
    if list.items.is_empty() {
        errors.at(&list.word, codes::scope(&ScopeFlaw::Absent));
    }
    for literal in &list.items {
        let scope = literal.value();
        if scope.trim().is_empty() {
            errors.at(literal, codes::scope(&ScopeFlaw::Absent));
        } else if means_everything(&scope) {
            errors.at(literal, codes::scope(&ScopeFlaw::Omnibus { scope: &scope }));
        }
    }
    list.items.iter().collect()
}

/// Returns whether a scope grants everything: `*`, `all`, `admin`, `root`, `read_all`, `orders.*`,
/// `mail.all`, `https://graph.example/.default`.
fn means_everything(scope: &str) -> bool {
    const WORDS: [&str; 9] = [
        "*",
        "all",
        "admin",
        "root",
        "superuser",
        "read_all",
        "write_all",
        "full_access",
        ".default",
    ];
    let scope = scope.to_ascii_lowercase();
    scope.contains('*')
        || scope.ends_with("/.default")
        || scope.split([':', '.', '/', ' ']).any(|part| WORDS.contains(&part))
        || WORDS.contains(&scope.as_str())
}

/// Checks the headers that are sent with every request.
fn headers(said: &Written<List<Pair>>, errors: &mut Errors) -> Vec<Header> {
    let Written::Present(list) = said.as_ref() else { return Vec::new() };
    let mut headers: Vec<Header> = Vec::new();
    for pair in &list.items {
        let Some(name) = header_name(&pair.name, errors) else { continue };
        let value = pair.value.value();
        if value.trim() != value || !value.bytes().all(|b| b == b' ' || b.is_ascii_graphic()) {
            errors.at(
                &pair.value,
                codes::header("the value of a header must be printable ASCII without spaces around it, or it could start a new header"),
            );
        } else if headers.iter().any(|other| other.name == name) {
            errors.at(&pair.name, codes::repeated(&name));
        } else {
            headers.push(Header { span: pair.name.span(), name, value });
        }
    }
    headers
}

/// Returns the name of a header in lower case. A constant rejects headers of the transport.
fn header_name(literal: &LitStr, errors: &mut Errors) -> Option<String> {
    let name = literal.value().to_ascii_lowercase();
    let is_token = !name.is_empty()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
    if !is_token {
        errors.at(
            literal,
            codes::header("this is not the name of a header, and could split the request"),
        );
        return None;
    }
    errors.defer(literal.span(), TextRule::Header, &name);
    Some(name)
}

/// Returns whether a name is valid for a tool or an argument.
fn is_plain_name(name: &str) -> bool {
    (1..=128).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
}

/// Returns a reason that is not blank.
fn reason(said: &Written<LitStr>) -> Option<String> {
    said.as_ref()
        .ok()
        .map(|literal| literal.value().trim().to_owned())
        .filter(|reason| !reason.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_that_mean_everything_are_seen() {
        for scope in [
            "*",
            "all",
            "Admin",
            "root",
            "orders:*",
            "mail.all",
            "read_all",
            "https://graph.example/.default",
            "admin:org",
        ] {
            assert!(means_everything(scope), "{scope}");
        }
        for scope in [
            "orders:read",
            "allocations:read",
            "roots:read",
            "https://www.shop.example/auth/calendar.readonly",
        ] {
            assert!(!means_everything(scope), "{scope}");
        }
    }
}
