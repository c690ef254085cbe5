//! String literals that look like secrets. An attribute contains names of secrets, never their
//! values.

use syn::LitStr;

use crate::codes;
use crate::diagnostics::Errors;

/// The prefixes of well-known issuers' secrets, each with a minimum of following characters. The
/// sources are the lists of gitleaks and of GitHub's secret scanning; the counts are lower than
/// theirs.
const PREFIXES: &[(&str, usize)] = &[
    ("sk-", 16),
    ("sk_live_", 8),
    ("sk_test_", 8),
    ("rk_live_", 8),
    ("whsec_", 8),
    ("AKIA", 12),
    ("ASIA", 12),
    ("ghp_", 16),
    ("gho_", 16),
    ("ghs_", 16),
    ("ghu_", 16),
    ("github_pat_", 16),
    ("xoxb-", 8),
    ("xoxa-", 8),
    ("xoxp-", 8),
    ("xoxr-", 8),
    ("AIza", 16),
    ("glpat-", 12),
    ("eyJ", 16),
];

/// Reports every literal that looks like a secret, without showing it.
pub(super) fn look_for_secrets(literals: &[LitStr], errors: &mut Errors) {
    for literal in literals.iter().filter(|literal| is_secret(&literal.value())) {
        errors.at(literal, codes::secret_literal());
    }
}

fn is_secret(text: &str) -> bool {
    text.contains("-----BEGIN")
        || tokens(text).any(|token| has_known_prefix(token) || is_random(token))
}

/// Returns the longest runs of characters that secrets consist of.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '=')))
        .filter(|token| !token.is_empty())
}

fn has_known_prefix(token: &str) -> bool {
    PREFIXES
        .iter()
        .any(|(prefix, rest)| token.strip_prefix(prefix).is_some_and(|after| after.len() >= *rest))
}

/// Returns whether a run is long, mixed and less repetitive than words: letters of both cases with
/// digits, or many hexadecimal digits.
fn is_random(token: &str) -> bool {
    let count = |of: fn(&u8) -> bool| token.bytes().filter(of).count();
    let (digits, upper, lower) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let hexadecimal =
        token.bytes().all(|b| b.is_ascii_hexdigit()) && digits >= 8 && upper + lower >= 8;
    let mixed = digits >= 3 && upper >= 3 && lower >= 3;
    token.len() >= 32 && (hexadecimal && entropy(token) >= 3.3 || mixed && entropy(token) >= 4.2)
}

/// Returns the Shannon entropy in bits per character.
fn entropy(token: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in token.bytes() {
        if let Some(count) = counts.get_mut(usize::from(byte)) {
            *count += 1;
        }
    }
    let total = f64::from(u32::try_from(token.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / total)
        .map(|share| -share * share.log2())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Built at run time, so that secret scanners do not flag this file.
    fn samples() -> Vec<String> {
        let tail = "Zq8Rk2Lw9Xv4Tn7Yb3Mc6Hd1";
        let mut samples: Vec<String> =
            ["sk-", "ghp_", "github_pat_", "xoxb-", "glpat-", "AIza", "AKIA", "eyJ"]
                .iter()
                .map(|prefix| format!("{prefix}{tail}"))
                .collect();
        samples.push(format!("Bearer {tail}{}", "f5Gj0PsQe"));
        samples.push(["9f86d081884c7d65", "9a2feaa0c55ad015", "a3bf4f1b2b0b822c"].concat());
        samples.push("-----BEGIN PRIVATE KEY-----".to_owned());
        samples
    }

    #[test]
    fn secrets_are_seen() {
        for sample in samples() {
            assert!(is_secret(&sample), "{sample}");
        }
    }

    #[test]
    fn names_patterns_and_addresses_are_no_secrets() {
        for text in [
            "SHOP_API_KEY",
            "https://api.shop.example/v1/organizations/departments/products",
            "[A-Za-z0-9_-]{20,40}",
            "sk-[a-z0-9]{10,20}",
            "task-list-of-the-whole-team",
            "the recipient was chosen by the user in the preceding call",
            "/repos/{owner}/{repo}/issues/{number}",
            "application/vnd.github.v3+json",
            "0f8fad5b-d9cb-469f-a165-70867728950e",
            "urn:ietf:params:oauth:grant-type:device_code",
        ] {
            assert!(!is_secret(text), "{text}");
        }
    }
}
