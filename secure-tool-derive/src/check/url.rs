//! Base addresses and path templates: text in, its parts or its flaws out.

use crate::codes::{self, Message};
use crate::model::PathPart;

/// A base address: https, a name as the host, no trailing slash.
pub(super) fn base(url: &str) -> Result<String, Message> {
    let Some((scheme, rest)) = url.split_once("://") else { return Err(codes::not_https()) };
    if !scheme.eq_ignore_ascii_case("https") {
        return Err(codes::not_https());
    }
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(codes::userinfo());
    }
    host_and_port(authority)?;
    let path = path.trim_end_matches('/');
    if path.contains(['?', '#', '{', '}', '\\', '*']) || !path.bytes().all(|b| b.is_ascii_graphic())
    {
        return Err(codes::address("the base address holds a character that has no place in it"));
    }
    if has_odd_segment(path) {
        return Err(codes::address(
            "the path of the base address has an empty, `.` or `..` segment",
        ));
    }
    Ok(format!("https://{}{path}", authority.to_ascii_lowercase()))
}

/// An address that is used as it is: as a base address, but that a slash at its end stays.
pub(super) fn endpoint(url: &str) -> Result<String, Message> {
    let base = base(url)?;
    Ok(if url.ends_with('/') { base + "/" } else { base })
}

/// A host alone: a name, without scheme, port or path.
pub(super) fn host(host: &str) -> Result<String, Message> {
    let host = host.to_ascii_lowercase();
    if host.rsplit('.').next().is_some_and(is_number) || !host.contains('.') {
        return Err(codes::address("this is no name of a host out in the world"));
    }
    name(&host)?;
    Ok(host)
}

fn host_and_port(authority: &str) -> Result<(), Message> {
    if authority.starts_with('[') {
        return Err(codes::special_address());
    }
    let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    if !port.is_empty()
        && port
            .strip_prefix(':')
            .and_then(|port| port.parse::<u16>().ok())
            .is_none_or(|port| port == 0)
    {
        return Err(codes::address("the port is not a number from 1 to 65535"));
    }
    name(host.strip_suffix('.').unwrap_or(host).to_ascii_lowercase().as_str())
}

fn name(host: &str) -> Result<(), Message> {
    let local = ["localhost", "metadata.google.internal", "instance-data"];
    if local.iter().any(|name| {
        host == *name || host.strip_suffix(name).is_some_and(|before| before.ends_with('.'))
    }) {
        return Err(codes::special_address());
    }
    if host.rsplit('.').next().is_some_and(is_number) {
        // `8.8.8.8` proves nothing by a certificate, and of `127.1`, `2130706433`, `0x7f000001` and
        // `0177.0.0.1` no reader sees which it is.
        return Err(codes::special_address());
    }
    let fits = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
    };
    if host.len() <= 253 && host.split('.').all(fits) {
        Ok(())
    } else {
        Err(codes::address("the host is no name of ASCII letters, digits, `-` and `.`"))
    }
}

fn is_number(label: &str) -> bool {
    let digits =
        label.strip_prefix("0x").filter(|rest| rest.bytes().all(|b| b.is_ascii_hexdigit()));
    digits.is_some() || !label.is_empty() && label.bytes().all(|b| b.is_ascii_digit())
}

fn has_odd_segment(path: &str) -> bool {
    path.split('/').skip(1).any(|segment| segment.is_empty() || segment == "." || segment == "..")
}

/// A path below the base address, with `{field}` where an argument stands.
pub(super) fn template(path: &str) -> Result<Vec<PathPart>, Message> {
    if !path.starts_with('/') {
        return Err(codes::address("the path does not start with `/`"));
    }
    if path.contains(['?', '#', '\\', '*', '%']) || !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(codes::address(
            "the path holds a character that has no place in it (a query is made of the fields)",
        ));
    }
    if has_odd_segment(path.strip_suffix('/').unwrap_or(path)) {
        return Err(codes::address(
            "the path has an empty, `.` or `..` segment, so it could lead out of the base address",
        ));
    }
    let mut parts = Vec::new();
    let mut rest = path;
    while let Some((literal, after)) = rest.split_once('{') {
        let Some((field, after)) = after.split_once('}') else {
            return Err(codes::address("a `{` of the path is not closed"));
        };
        if !literal.is_empty() {
            parts.push(PathPart::Literal(literal.to_owned()));
        }
        parts.push(PathPart::Field(field.to_owned()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(PathPart::Literal(rest.to_owned()));
    }
    let stray =
        parts.iter().any(|part| matches!(part, PathPart::Literal(text) if text.contains('}')));
    if stray { Err(codes::address("a `}` of the path was not opened")) } else { Ok(parts) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_address_loses_its_trailing_slash() {
        assert_eq!(
            base("https://api.shop.example/v1/").ok().as_deref(),
            Some("https://api.shop.example/v1")
        );
        assert_eq!(
            base("HTTPS://API.shop.example:8443").ok().as_deref(),
            Some("https://api.shop.example:8443")
        );
    }

    #[test]
    fn addresses_that_are_not_out_in_the_world_are_refused_in_every_spelling() {
        for host in [
            "localhost",
            "a.localhost",
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "[fd00::1]",
            "[fe80::1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "metadata.google.internal",
            "LOCALHOST.",
            "0.0.0.0",
            "1.2.3.0x7f",
            "8.8.8.8",
            "[2606:4700:4700::1111]",
        ] {
            let text = base(&format!("https://{host}/v1"))
                .err()
                .map(Message::into_text)
                .unwrap_or_default();
            assert!(text.starts_with("ST0006"), "{host}: {text}");
        }
        for host in ["api.shop.example", "localhost.shop.example", "127.0.0.1.shop.example"] {
            assert!(base(&format!("https://{host}/v1")).is_ok(), "{host}");
        }
    }

    #[test]
    fn other_flaws_of_an_address_have_their_own_codes() {
        for (url, code) in [
            ("http://api.shop.example", "ST0005"),
            ("api.shop.example", "ST0005"),
            ("ftp://api.shop.example", "ST0005"),
            ("https://user:pass@api.shop.example", "ST0007"),
            ("https://api.shop.example@evil.example", "ST0007"),
            ("https://", "ST0103"),
            ("https://api.shop.example:0", "ST0103"),
            ("https://*.shop.example", "ST0103"),
            ("https://api.shop.example/v1?key=1", "ST0103"),
            ("https://api.shop.example/../v1", "ST0103"),
            ("https://shöp.example", "ST0103"),
        ] {
            let text = base(url).err().map(Message::into_text).unwrap_or_default();
            assert!(text.starts_with(code), "{url}: {text}");
        }
    }

    #[test]
    fn a_template_is_split_at_its_fields() {
        let parts = template("/categories/{category}/products").ok();
        let expected = [
            PathPart::Literal("/categories/".into()),
            PathPart::Field("category".into()),
            PathPart::Literal("/products".into()),
        ];
        assert_eq!(parts.as_deref(), Some(expected.as_slice()));
        for bad in ["orders", "/a?b", "/a#b", "/../a", "/a//b", "/{a", "/a}", "/a b", "/%2e%2e/a"] {
            assert!(template(bad).is_err(), "{bad}");
        }
    }
}
