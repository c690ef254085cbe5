//! The allowed domains of a URL: literals in, domains without public suffixes out.
//!
//! A constant of the runtime checks the grammar of a domain, with the same function as the hosts of
//! URLs.

use syn::LitStr;

use crate::attr::words::{List, Written};
use crate::codes::{self, DomainFlaw};
use crate::diagnostics::{Errors, TextRule};

pub(super) fn domains(said: &Written<List<LitStr>>, errors: &mut Errors) -> Vec<String> {
    let Written::Present(list) = said else { return Vec::new() };
    if list.items.is_empty() {
        errors.at(&list.word, codes::domain(&DomainFlaw::NoDomains));
    }
    let mut domains = Vec::new();
    for literal in &list.items {
        let name = literal.value();
        if lets_anyone_in(&name) {
            errors.at(literal, codes::domain(&DomainFlaw::Suffix { domain: &name }));
        } else {
            errors.defer(literal.span(), TextRule::Domain, &name);
        }
        domains.push(name);
    }
    domains
}

/// Returns whether anyone can register a name directly below a domain, by the [public suffix
/// list](https://publicsuffix.org): `co.uk`, `github.io`, and `kobe.jp`, below which every name is
/// a suffix. A domain below which only some names are suffixes (`amazonaws.com`) is not detected.
fn lets_anyone_in(domain: &str) -> bool {
    let below = format!("a.{}", domain.to_ascii_lowercase());
    let is_known = psl::suffix(below.as_bytes()).is_some_and(|suffix| suffix.is_known());
    is_known
        && psl::domain(below.as_bytes())
            .is_none_or(|registered| registered.as_bytes().len() == below.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_below_which_anyone_registers_are_told_from_registered_ones() {
        for open in [
            "com",
            "co.uk",
            "CO.UK",
            "github.io",
            "s3.amazonaws.com",
            "kobe.jp",
            "kawasaki.jp",
            "xn--p1ai",
            "appspot.com",
            "ck",
        ] {
            assert!(lets_anyone_in(open), "{open}");
        }
        for registered in [
            "shop.example",
            "example.com",
            "shop.co.uk",
            "api.shop.co.uk",
            "ann.github.io",
            "city.kobe.jp",
            "localhost",
            "",
            ".",
            "*.com",
        ] {
            assert!(!lets_anyone_in(registered), "{registered}");
        }
    }
}
