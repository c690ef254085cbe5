//! The one grammar of public host names: for URLs, for declared domains and for e-mail addresses.

use std::fmt;

/// The top-level labels of names that a machine or a local network defines, or that no resolver of
/// the internet knows.
const INTERNAL: &[&str] = &[
    "alt",         // RFC 9476
    "arpa",        // RFC 3172; `home.arpa`: RFC 8375
    "corp",        // RFC 6762, appendix G
    "home",        // RFC 6762, appendix G
    "internal",    // reserved for private networks by ICANN; `metadata.google.internal`
    "intranet",    // RFC 6762, appendix G
    "invalid",     // RFC 6761
    "lan",         // RFC 6762, appendix G
    "local",       // RFC 6762
    "localdomain", // appended by resolvers on many machines
    "localhost",   // RFC 6761
    "onion",       // RFC 7686
    "private",     // RFC 6762, appendix G
];

/// Why a text is not the name of a public host. Displays as a clause that follows the name.
///
/// ```
/// use secure_tool_text::host_name::{HostFlaw, host_flaw};
///
/// assert_eq!(host_flaw("api.shop.example"), None);
/// assert_eq!(host_flaw("vault.internal"), Some(HostFlaw::Internal));
/// assert_eq!(host_flaw("127.1"), Some(HostFlaw::NumericEnd));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a new flaw must be decided wherever one is accepted")]
pub enum HostFlaw {
    /// The text is empty.
    Empty,
    /// The name has more than 253 characters.
    TooLong,
    /// A label is empty or has more than 63 characters.
    Label,
    /// A label starts or ends with a hyphen.
    Hyphen,
    /// A letter is in upper case. Names are compared in lower case.
    Uppercase,
    /// There is a `*`.
    Wildcard,
    /// There is a scheme, a user name, a port or a path.
    MoreThanAName,
    /// A letter is outside ASCII.
    NonAscii,
    /// Any other character.
    Character,
    /// There is one label only: a name of the local network, or a whole top-level domain.
    Undotted,
    /// The top-level label belongs to a machine or to a local network.
    Internal,
    /// The last label does not start with a letter, so some resolver reads an IP address.
    NumericEnd,
    /// An IP address in brackets.
    IpLiteral,
}

impl HostFlaw {
    /// Returns a clause that follows the name: "`vault.internal` is a name of a machine or of a
    /// local network".
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::TooLong => "is longer than 253 characters",
            Self::Label => {
                "has a label that is empty or longer than 63 characters (a dot at the start or the end adds an empty one)"
            }
            Self::Hyphen => "has a label that starts or ends with a hyphen",
            Self::Uppercase => "contains a capital letter, and names are compared in lower case",
            Self::Wildcard => "contains a wildcard",
            Self::MoreThanAName => {
                "is more than a name (remove the scheme, the user name, the port or the path)"
            }
            Self::NonAscii => {
                "contains letters outside ASCII, which are written in their `xn--` form"
            }
            Self::Character => "contains a character that is not a letter, digit, hyphen or dot",
            Self::Undotted => {
                "has no dot: it is a name of the local network or a whole top-level domain"
            }
            Self::Internal => "is a name of a machine or of a local network",
            Self::NumericEnd => "ends in a number: it is an IP address, not a name",
            Self::IpLiteral => "is an IP address, not a name",
        }
    }
}

impl fmt::Display for HostFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// Returns why a text is not the name of a public host, or `None` if it is one.
///
/// A public host name is in ASCII and in lower case, has a dot, and its last label starts with a
/// letter, so that no resolver reads an IP address in any notation. `xn--` labels are not decoded.
#[must_use]
pub const fn host_flaw(name: &str) -> Option<HostFlaw> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Some(HostFlaw::Empty);
    }
    if at_is(bytes, 0, b'[') {
        return Some(HostFlaw::IpLiteral);
    }
    if bytes.len() > 253 {
        return Some(HostFlaw::TooLong);
    }
    let (mut start, mut at, mut dots) = (0, 0, 0);
    while at <= bytes.len() {
        if at == bytes.len() || at_is(bytes, at, b'.') {
            if at == start || at - start > 63 {
                return Some(HostFlaw::Label);
            }
            if at_is(bytes, start, b'-') || at_is(bytes, at - 1, b'-') {
                return Some(HostFlaw::Hyphen);
            }
            if at < bytes.len() {
                dots += 1;
                start = at + 1;
            }
        } else if let Some(flaw) = letter_flaw(bytes, at) {
            return Some(flaw);
        }
        at += 1;
    }
    match bytes.split_at(start).1 {
        [b'a'..=b'z', ..] if dots == 0 => Some(HostFlaw::Undotted),
        last @ [b'a'..=b'z', ..] if is_internal(last) => Some(HostFlaw::Internal),
        [b'a'..=b'z', ..] => None,
        _ => Some(HostFlaw::NumericEnd),
    }
}

const fn letter_flaw(bytes: &[u8], at: usize) -> Option<HostFlaw> {
    match bytes.split_at(at).1 {
        [b'a'..=b'z' | b'0'..=b'9' | b'-', ..] => None,
        [b'A'..=b'Z', ..] => Some(HostFlaw::Uppercase),
        [b'*', ..] => Some(HostFlaw::Wildcard),
        [b':' | b'/' | b'@' | b'[', ..] => Some(HostFlaw::MoreThanAName),
        [0x80..=0xff, ..] => Some(HostFlaw::NonAscii),
        _ => Some(HostFlaw::Character),
    }
}

const fn at_is(bytes: &[u8], at: usize, wanted: u8) -> bool {
    matches!(bytes.split_at(at).1, [found, ..] if *found == wanted)
}

const fn is_internal(last: &[u8]) -> bool {
    let mut names = INTERNAL;
    while let [name, rest @ ..] = names {
        if same(name.as_bytes(), last) {
            return true;
        }
        names = rest;
    }
    false
}

const fn same(mut a: &[u8], mut b: &[u8]) -> bool {
    while let ([first, rest @ ..], [other, others @ ..]) = (a, b) {
        if *first != *other {
            return false;
        }
        (a, b) = (rest, others);
    }
    a.is_empty() && b.is_empty()
}

/// Returns whether a host is one of these domains or a subdomain of one. `evilshop.example` is not
/// a subdomain of `shop.example`.
#[must_use]
pub fn is_within(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_host_names_pass() {
        for good in [
            "shop.example",
            "a.b-c.example",
            "xn--bcher-kva.example",
            "r3---sn.example",
            "1.2.3.example",
            "shop.xn--p1ai",
            "0x7f.example",
        ] {
            assert_eq!(host_flaw(good), None, "{good}");
        }
        let long = format!("{}.example", "a".repeat(64));
        let longer = format!("{}example", "abc.".repeat(70));
        for (bad, flaw) in [
            ("", HostFlaw::Empty),
            ("localhost", HostFlaw::Undotted),
            ("com", HostFlaw::Undotted),
            ("shop.example.", HostFlaw::Label),
            (".shop.example", HostFlaw::Label),
            ("shop..example", HostFlaw::Label),
            (long.as_str(), HostFlaw::Label),
            (longer.as_str(), HostFlaw::TooLong),
            ("-a.example", HostFlaw::Hyphen),
            ("a-.example", HostFlaw::Hyphen),
            ("a.example-", HostFlaw::Hyphen),
            ("Shop.example", HostFlaw::Uppercase),
            ("*.shop.example", HostFlaw::Wildcard),
            ("https://shop.example", HostFlaw::MoreThanAName),
            ("shop.example:443", HostFlaw::MoreThanAName),
            ("shop.example/a", HostFlaw::MoreThanAName),
            ("a@shop.example", HostFlaw::MoreThanAName),
            ("[::1]", HostFlaw::IpLiteral),
            ("shöp.example", HostFlaw::NonAscii),
            ("shop。example", HostFlaw::NonAscii),
            ("sh_op.example", HostFlaw::Character),
            ("shop.example%00", HostFlaw::Character),
            ("shop .example", HostFlaw::Character),
            ("127.0.0.1", HostFlaw::NumericEnd),
            ("127.1", HostFlaw::NumericEnd),
            ("2130706433", HostFlaw::NumericEnd),
            ("0x7f.1", HostFlaw::NumericEnd),
            ("1.2.3.0x7f", HostFlaw::NumericEnd),
            ("0177.0.0.01", HostFlaw::NumericEnd),
            ("a.localhost", HostFlaw::Internal),
            ("metadata.google.internal", HostFlaw::Internal),
            ("printer.local", HostFlaw::Internal),
            ("1.0.0.127.in-addr.arpa", HostFlaw::Internal),
        ] {
            assert_eq!(host_flaw(bad), Some(flaw), "{bad}");
        }
    }

    #[test]
    fn a_host_is_within_a_domain_label_by_label() {
        let domains = ["shop.example", "cdn.partner.example"];
        for within in [
            "shop.example",
            "www.shop.example",
            "a.b.shop.example",
            "cdn.partner.example",
            "eu.cdn.partner.example",
        ] {
            assert!(is_within(within, &domains), "{within}");
        }
        for without in [
            "evilshop.example",
            "shop.example.evil.example",
            "partner.example",
            "evilcdn.partner.example",
            "hop.example",
            "example",
            "",
            "shop.example2",
            "xn--shop.example",
        ] {
            assert!(!is_within(without, &domains), "{without}");
        }
        assert!(!is_within("shop.example", &[]));
    }
}
