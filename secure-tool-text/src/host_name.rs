//! A host name in, why it is none out in the world out. One rule for the hosts of web addresses and
//! for the domains that a tool declares.

/// The last labels of names that are of a machine or its own network, or that no resolver of the
/// internet knows.
const LOCAL: &[&str] = &[
    "alt",         // RFC 9476
    "arpa",        // RFC 3172, and of homes RFC 8375
    "corp",        // RFC 6762, appendix G
    "home",        // RFC 6762, appendix G
    "internal",    // kept for private networks by ICANN; `metadata.google.internal`
    "intranet",    // RFC 6762, appendix G
    "invalid",     // RFC 6761
    "lan",         // RFC 6762, appendix G
    "local",       // RFC 6762
    "localdomain", // what resolvers add on many machines
    "localhost",   // RFC 6761
    "onion",       // RFC 7686
    "private",     // RFC 6762, appendix G
];

/// Why a name can't be a host's out in the world, to be read behind the name; `None` if it can.
///
/// A name is in ASCII and in lower case, has a dot, and ends in a label that begins with a letter,
/// so that no resolver takes it for an address in any notation. That `xn--` labels decode is not
/// looked at here.
#[must_use]
pub const fn host_flaw(name: &str) -> Option<&'static str> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Some("is empty");
    }
    if bytes.len() > 253 {
        return Some("is longer than 253 characters");
    }
    let (mut start, mut at, mut dots) = (0, 0, 0);
    while at <= bytes.len() {
        if at == bytes.len() || at_is(bytes, at, b'.') {
            if at == start || at - start > 63 {
                return Some(
                    "has a label that is empty or longer than 63 characters (a dot at an end makes one too)",
                );
            }
            if at_is(bytes, start, b'-') || at_is(bytes, at - 1, b'-') {
                return Some("has a label with a hyphen at its end");
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
        [b'a'..=b'z', ..] if dots == 0 => Some(
            "has no dot, so it is a name of the local network, or everything below a top-level domain",
        ),
        last @ [b'a'..=b'z', ..] if is_local(last) => {
            Some("is a name of a machine or of a local network")
        }
        [b'a'..=b'z', ..] => None,
        _ => Some("ends in a number, so it is an address and no name"),
    }
}

const fn letter_flaw(bytes: &[u8], at: usize) -> Option<&'static str> {
    match bytes.split_at(at).1 {
        [b'a'..=b'z' | b'0'..=b'9' | b'-', ..] => None,
        [b'A'..=b'Z', ..] => Some("holds a capital, and names are compared in lower case"),
        [b'*', ..] => Some("holds a wildcard, and a domain covers its subdomains anyway"),
        [b':' | b'/' | b'@' | b'[', ..] => {
            Some("is more than a name (a scheme, a port, a path or an address)")
        }
        [0x80..=0xff, ..] => {
            Some("holds letters outside of ASCII, which are written in their `xn--` form")
        }
        _ => Some("holds a character that is no letter, digit, hyphen or dot"),
    }
}

const fn at_is(bytes: &[u8], at: usize, wanted: u8) -> bool {
    matches!(bytes.split_at(at).1, [found, ..] if *found == wanted)
}

const fn is_local(last: &[u8]) -> bool {
    let mut names = LOCAL;
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

/// Whether a host is one of these domains or below one, label by label: `evilshop.example` is not
/// below `shop.example`.
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
    fn names_out_in_the_world_are_told_from_all_else() {
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
            ("", "is empty"),
            ("localhost", "has no dot"),
            ("com", "has no dot"),
            ("shop.example.", "has a label that is empty"),
            (".shop.example", "has a label that is empty"),
            ("shop..example", "has a label that is empty"),
            (long.as_str(), "has a label that is empty or longer"),
            (longer.as_str(), "is longer"),
            ("-a.example", "has a label with a hyphen"),
            ("a-.example", "has a label with a hyphen"),
            ("a.example-", "has a label with a hyphen"),
            ("Shop.example", "holds a capital"),
            ("*.shop.example", "holds a wildcard"),
            ("https://shop.example", "is more than a name"),
            ("shop.example:443", "is more than a name"),
            ("shop.example/a", "is more than a name"),
            ("a@shop.example", "is more than a name"),
            ("[::1]", "is more than a name"),
            ("shöp.example", "holds letters outside"),
            ("shop。example", "holds letters outside"),
            ("sh_op.example", "holds a character"),
            ("shop.example%00", "holds a character"),
            ("shop .example", "holds a character"),
            ("127.0.0.1", "ends in a number"),
            ("127.1", "ends in a number"),
            ("2130706433", "ends in a number"),
            ("0x7f.1", "ends in a number"),
            ("1.2.3.0x7f", "ends in a number"),
            ("0177.0.0.01", "ends in a number"),
            ("a.localhost", "is a name of a machine"),
            ("metadata.google.internal", "is a name of a machine"),
            ("printer.local", "is a name of a machine"),
            ("1.0.0.127.in-addr.arpa", "is a name of a machine"),
        ] {
            let found = host_flaw(bad);
            assert!(found.is_some_and(|found| found.starts_with(flaw)), "{bad}: {found:?}");
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
